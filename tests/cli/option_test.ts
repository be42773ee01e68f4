import assert from "node:assert/strict";
import { integer, string } from "@optique/core/valueparser";
import {
  defaultedOption,
  flagOption,
  listOption,
  positional,
  positionals,
  switchOption,
  valueOption,
} from "../../cli/option.ts";
import { section } from "../../cli/option_parser.ts";

const OPTIONS = {
  flag: flagOption(["-fl", "--flag"], "a flag"),
  switched: switchOption("--switch", "--no-switch", "a switch", "its contrary"),
  value: valueOption(["-va", "--value"], string(), "a value"),
  number: defaultedOption(["-nu"], integer(), 7, "a number"),
  list: listOption(["-li"], string(), "a list"),
  first: positional(string(), "an argument"),
  second: positional(string(), "an argument"),
  rest: positionals(string(), "more arguments"),
};

const parser = section("Options", OPTIONS);

const NOTHING = {
  flag: false,
  switched: undefined,
  value: undefined,
  number: 7,
  list: [],
  first: undefined,
  second: undefined,
  rest: [],
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
  ["x y -fl z -va a -fl", { first: "x", flag: true, second: "y", value: "a", rest: ["z"] }],
  ["-- -fl", { first: "-fl" }],
];

for (const [args, expected] of CASES) {
  Deno.test({
    name: `options read "${args}"`,
    permissions: "none",
    fn: () => {
      const result = parser.parse(args === "" ? [] : args.split(" "));
      assert.ok(result.success);
      assert.deepEqual(result.value, { ...NOTHING, ...expected });
    },
  });
}

for (const args of ["-va", "-nu one", "-fl=1", "--unknown"]) {
  Deno.test({
    name: `options refuse "${args}"`,
    permissions: "none",
    fn: () => assert.equal(parser.parse(args.split(" ")).success, false),
  });
}
