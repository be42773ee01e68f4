import assert from "node:assert/strict";
import { object } from "@optique/core/constructs";
import { parseSync } from "@optique/core/parser";
import { integer, string } from "@optique/core/valueparser";
import {
  defaultedOption,
  flagOption,
  listOption,
  positional,
  switchOption,
  valueOption,
} from "../../cli/option.ts";

const parser = object({
  flag: flagOption(["-fl", "--flag"], "a flag"),
  switched: switchOption("--switch", "--no-switch", "a switch", "its contrary"),
  value: valueOption(["-va", "--value"], string(), "a value"),
  number: defaultedOption(["-nu"], integer(), 7, "a number"),
  list: listOption(["-li"], string(), "a list"),
  first: positional(string(), "an argument"),
  second: positional(string(), "an argument"),
});

const NOTHING = {
  flag: false,
  switched: undefined,
  value: undefined,
  number: 7,
  list: [],
  first: undefined,
  second: undefined,
};

const CASES: readonly (readonly [args: string, expected: Readonly<Record<string, unknown>>])[] = [
  ["", {}],
  ["-fl", { flag: true }],
  ["-fl --flag", { flag: true }],
  ["--switch", { switched: true }],
  ["--no-switch", { switched: false }],
  ["--switch -fl --no-switch", { flag: true, switched: false }],
  ["--no-switch x --switch --switch", { first: "x", switched: true }],
  ["-va a", { value: "a" }],
  ["-va=a", { value: "a" }],
  ["--value=a=b", { value: "a=b" }],
  ["-va a --value b", { value: "b" }],
  ["-va -fl", { value: "-fl" }],
  ["-nu 1 -nu 2", { number: 2 }],
  ["-li a -li b -li a", { list: ["a", "b", "a"] }],
  ["x", { first: "x" }],
  ["x -fl y", { first: "x", flag: true, second: "y" }],
  ["-- -fl", { first: "-fl" }],
];

for (const [args, expected] of CASES) {
  Deno.test({
    name: `options read "${args}"`,
    permissions: "none",
    fn: () => {
      const result = parseSync(parser, args === "" ? [] : args.split(" "));
      assert.ok(result.success);
      assert.deepEqual(result.value, { ...NOTHING, ...expected });
    },
  });
}

for (const args of ["x y z", "-va", "-nu one", "-fl=1", "--unknown"]) {
  Deno.test({
    name: `options refuse "${args}"`,
    permissions: "none",
    fn: () => assert.equal(parseSync(parser, args.split(" ")).success, false),
  });
}
