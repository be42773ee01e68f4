import assert from "node:assert/strict";
import { firstUntrue } from "./shown_lines.ts";

const WRITTEN = [
  "I: one",
  "I: Listening on port 4711 of 127.0.0.1",
  "I: three",
  "I: Received 6 instances (3.4 kB) in 0.3 s",
  "",
].join("\n");

const CASES: readonly [name: string, shown: readonly string[], untrue: string | undefined][] = [
  ["all of it", [
    "I: one",
    "I: Listening on port 104 of 10.1.2.3",
    "I: three",
    "I: Received 6 instances (3.4 kB) in 12.7 s",
  ], undefined],
  ["its ends", ["I: one", "…", "I: Received 6 instances (3.4 kB) in 0.1 s"], undefined],
  ["its middle", ["…", "I: three", "…"], undefined],
  ["its end", ["…", "I: three", "I: Received 6 instances (3.4 kB) in 0.3 s"], undefined],
  ["its beginning", ["I: one", "…"], undefined],
  ["what is not there", ["I: one", "…", "I: two", "…"], "I: two"],
  [
    "another number",
    ["…", "I: Received 7 instances (3.4 kB) in 0.3 s"],
    "I: Received 7 instances (3.4 kB) in 0.3 s",
  ],
  ["a part as if it were all", ["I: one"], "I: one"],
  ["a middle as if it were the end", ["I: one", "…", "I: three"], "I: three"],
  [
    "the wrong order",
    ["…", "I: three", "…", "I: Listening on port 1 of 127.0.0.1", "…"],
    "I: Listening on port 1 of 127.0.0.1",
  ],
  ["nothing", [], "(nothing)"],
];

for (const [name, shown, untrue] of CASES) {
  Deno.test({
    name: `firstUntrue() compares ${name}`,
    permissions: "none",
    fn: () => assert.equal(firstUntrue(shown, WRITTEN), untrue),
  });
}

Deno.test({
  name: "firstUntrue() finds nothing where nothing is shown and nothing was written",
  permissions: "none",
  fn: () => assert.equal(firstUntrue([], ""), undefined),
});
