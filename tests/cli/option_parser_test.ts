import assert from "node:assert/strict";
import { parseSync, type Result } from "@optique/core/parser";
import { integer, string } from "@optique/core/valueparser";
import {
  defaultedOption,
  flagOption,
  listOption,
  type Option,
  positional,
  positionals,
  switchOption,
  valueOption,
} from "../../cli/option.ts";
import { section, sections } from "../../cli/option_parser.ts";

/** How often the parser of an option was made, by field. */
const made = new Map<string, number>();

function counted<T>(field: string, option: Option<T>): Option<T> {
  return {
    ...option,
    parser: () => {
      made.set(field, (made.get(field) ?? 0) + 1);
      return option.parser();
    },
  };
}

const parser = sections(
  section("Parameters", {
    first: positional(string(), "an argument"),
    rest: positionals(string(), "more"),
  }),
  sections(
    section("Options", {
      quiet: counted("quiet", flagOption(["-q", "--quiet"], "a flag")),
      debug: counted("debug", flagOption(["-d"], "a flag")),
      quick: counted("quick", flagOption(["-quick"], "a flag whose name begins as another's")),
    }),
    section("Others", {
      number: counted("number", defaultedOption(["-n", "--number"], integer(), 7, "a number")),
      list: counted("list", listOption(["-l"], string(), "a list")),
    }),
  ),
  section("Options", {
    name: counted("name", valueOption(["-na", "--name"], string(), "a name")),
    colour: counted("colour", switchOption("--colour", "--no-colour", "in colour", "grey")),
  }),
);

/** The options that a command line is parsed with, beside the arguments. */
const CASES: readonly (readonly [args: string, named: string])[] = [
  ["", ""],
  ["a", ""],
  ["a b c", ""],
  ["-q", "quiet"],
  ["--quiet a", "quiet"],
  ["-qd", "debug quiet"],
  ["-quick", "quick quiet"],
  ["-q -d a -quick", "debug quick quiet"],
  ["-n 1 -n 2", "number"],
  ["--number=3 -l a -l b", "list number"],
  ["-n one", "number"],
  ["-n", "number"],
  ["--number", "number"],
  ["-na x", "name number"],
  ["--name=-q", "name"],
  ["--name -q", "name quiet"],
  ["--colour --no-colour", "colour"],
  ["--colour=yes", "colour"],
  ["-- -q a", "quiet"],
  ["a -- b --", ""],
  ["--unknown", ""],
  ["-dn", "debug number"],
  ["-", ""],
  ["-5", ""],
  ["-n -5", "number"],
];

function valueOf<T>(result: Result<T>): T | string {
  return result.success ? result.value : "refused";
}

for (const [line, named] of CASES) {
  const args = line === "" ? [] : line.split(" ");

  Deno.test({
    name: `OptionParser.parse() reads "${line}" as the parser of all options does`,
    permissions: "none",
    fn: () => {
      assert.deepEqual(valueOf(parser.parse(args)), valueOf(parseSync(parser.whole(), args)));
    },
  });

  Deno.test({
    name: `OptionParser.parse() makes no parsers for "${line}" but of ${named || "arguments"}`,
    permissions: "none",
    fn: () => {
      made.clear();
      parser.parse(args);
      assert.deepEqual([...made.keys()].toSorted().join(" "), named);
    },
  });
}

Deno.test({
  name: "section() and sections() parse nothing where there are no options",
  permissions: "none",
  fn: () => {
    assert.deepEqual(valueOf(section("Nothing", {}).parse([])), {});
    assert.equal(valueOf(section("Nothing", {}).parse(["a"])), "refused");
  },
});

Deno.test({
  name: "sections() keeps the sections in their order, and the names of the options",
  permissions: "none",
  fn: () => {
    assert.deepEqual(parser.sections.map(({ title, options }) => [title, Object.keys(options)]), [
      ["Parameters", ["first", "rest"]],
      ["Options", ["quiet", "debug", "quick"]],
      ["Others", ["number", "list"]],
      ["Options", ["name", "colour"]],
    ]);
  },
});
