import assert from "node:assert/strict";
import { string } from "@optique/core/valueparser";
import { UsageError } from "../../cli/exit_code.ts";
import { flagOption, positional } from "../../cli/option.ts";
import { section } from "../../cli/option_parser.ts";
import { VERSION } from "../../cli/version.ts";
import { type DescribedTool, parseWholeCommandLine } from "../../cli/whole_command_line.ts";

interface Parsed {
  readonly target: string | undefined;
  readonly loud: boolean;
}

const TOOL: DescribedTool<Parsed> = {
  program: "tool",
  parser: section("Parameters", {
    target: positional(string({ metavar: "target" }), "whom to greet"),
    loud: flagOption(["-l", "--loud"], "shout, so that whoever is not near hears it too, and well"),
  }),
  help: { usage: ["[options] target"], description: ["Greets."], notes: [] },
};

Deno.test({
  name: "parseWholeCommandLine() returns what the arguments say",
  permissions: "none",
  fn: () => {
    assert.deepEqual(parseWholeCommandLine(TOOL, ["-l", "you"], 80), {
      parsed: { target: "you", loud: true },
    });
  },
});

for (
  const [args, columns, pattern] of [
    [
      ["--help"],
      80,
      /^Usage: tool \[options\] target\n\nGreets\.\n[^]*shout, so that whoever is not near\n? *hears/,
    ],
    [["-h"], 100, /shout, so that whoever is not near hears it too, and well\n/],
    [["--version"], 80, new RegExp(`^tool ${VERSION}\n$`)],
    [["--completion", "bash"], 80, /<\(tool '--completion' 'bash' /],
    [["--completion", "bash", "--lo"], 80, /^--loud\n$/],
  ] as const
) {
  Deno.test({
    name: `parseWholeCommandLine() answers ${args.join(" ")} in ${columns} columns`,
    permissions: "none",
    fn: () => {
      const read = parseWholeCommandLine(TOOL, args, columns);
      assert.ok("answer" in read);
      assert.match(read.answer, pattern);
    },
  });
}

Deno.test({
  name: "parseWholeCommandLine() says what is wrong, and what may have been meant",
  permissions: "none",
  fn: () => {
    assert.throws(
      () => parseWholeCommandLine(TOOL, ["--loudd"], 80),
      new UsageError('Unexpected option or argument: "--loudd". Did you mean --loud?'),
    );
  },
});
