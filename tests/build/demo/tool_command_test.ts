import assert from "node:assert/strict";
import { denoArguments, typed } from "../../../build/demo/tool_command.ts";

Deno.test("denoArguments() gives a tool the rights that it needs, and no others", {
  permissions: "none",
}, () => {
  assert.deepEqual(denoArguments({ tool: "echoscu", args: ["pacs:104"] }), [
    ...["run", "--allow-net", "cli/echoscu.ts", "pacs:104"],
  ]);
  assert.deepEqual(denoArguments({ tool: "getscu", args: [] }), [
    ...["run", "--allow-net", "--allow-read", "--allow-write", "cli/getscu.ts"],
  ]);
});

const CASES: readonly (readonly [name: string, args: readonly string[], shown: string])[] = [
  ["what needs no quotes", ["A@1.2.3.4:104", "-k", "PatientID=1"], "A@1.2.3.4:104 -k PatientID=1"],
  ["what a shell would expand", ["-k", "PatientID=D*"], "-k 'PatientID=D*'"],
  ["a space", ["-od", "my files"], "-od 'my files'"],
  ["nothing", [""], "''"],
];

for (const [name, args, shown] of CASES) {
  Deno.test(`typed() writes ${name} as a shell takes it`, { permissions: "none" }, () => {
    const text = typed({ tool: "echoscu", args }, 100);
    assert.equal(text, `deno run --allow-net cli/echoscu.ts ${shown}`);
  });
}

Deno.test("typed() writes quotes as the shell of Unix takes them", {
  permissions: "none",
  ignore: Deno.build.os === "windows",
}, () => {
  const text = typed({ tool: "echoscu", args: ["O'Brien", "a\\b"] }, 100);
  assert.equal(text, "deno run --allow-net cli/echoscu.ts 'O'\\''Brien' 'a\\b'");
});

Deno.test("typed() breaks long lines, but not between an option and its value", {
  permissions: "none",
}, () => {
  const args = ["PACS@pacs:104", "-k", "PatientID=4711", "--store", "--store-port", "11113", "-q"];
  const text = typed({ tool: "echoscu", args }, 50);
  assert.deepEqual(text.split("\n"), [
    "deno run --allow-net cli/echoscu.ts \\",
    "    PACS@pacs:104 -k PatientID=4711 --store \\",
    "    --store-port 11113 -q",
  ]);
  assert.equal(text.replaceAll(" \\\n    ", " "), typed({ tool: "echoscu", args }, 1000));
});
