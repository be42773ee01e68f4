import assert from "node:assert/strict";
import { string } from "@optique/core/valueparser";
import { type CommandLine, readCommandLine } from "../../cli/command_line.ts";
import { UsageError } from "../../cli/exit_code.ts";
import { flagOption, listOption, positional, valueOption } from "../../cli/option.ts";
import { section } from "../../cli/option_parser.ts";
import { VERSION } from "../../cli/version.ts";
import { ToolBench } from "./tool_bench.ts";

interface Parsed {
  readonly target: string | undefined;
  readonly loud: boolean;
  readonly name: string | undefined;
  readonly all: readonly string[];
}

function tool(
  resolve: (parsed: Parsed) => string = (parsed) => JSON.stringify(parsed),
): CommandLine<Parsed, string> {
  return {
    program: "tool",
    parser: section("Parameters", {
      target: positional(string({ metavar: "target" }), "whom to greet"),
      loud: flagOption(["-l", "--loud"], "shout"),
      name: valueOption(["-nm", "--name"], string({ metavar: "NAME" }), "who greets"),
      all: listOption(["-a"], string({ metavar: "X" }), "more"),
    }),
    resolve,
    help: { usage: ["[options] target"], description: ["Greets."], notes: [] },
  };
}

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("readCommandLine() parses and resolves", async () => {
  const bench = new ToolBench();
  const args = ["-a", "1", "you", "-l", "-nm", "A", "--name=B", "-a=2", "-l"].slice(0, 7);
  assert.deepEqual(await readCommandLine(tool(), args, bench.io), {
    options: '{"target":"you","loud":true,"name":"B","all":["1"]}',
  });
  assert.equal(bench.stdout + bench.stderr, "");
});

const FAILURES: readonly (readonly [
  name: string,
  args: readonly string[],
  resolve: ((parsed: Parsed) => string) | undefined,
  stderr: string,
  exitCode: number,
])[] = [
  [
    "an unknown option",
    ["--lout"],
    undefined,
    'Unexpected option or argument: "--lout". Did you mean --loud?',
    2,
  ],
  ["a missing value", ["--name"], undefined, "--name requires NAME", 2],
  ["control characters", ["\x1b[2J", "x"], undefined, 'Unexpected option or argument: "x"', 2],
  [
    "a usage error",
    [],
    () => {
      throw new UsageError("Not\nso");
    },
    "Not\\x0aso",
    2,
  ],
  [
    "a bug",
    [],
    () => {
      throw new TypeError("oops");
    },
    "Internal error, please report it: oops",
    1,
  ],
];

for (const [name, args, resolve, stderr, exitCode] of FAILURES) {
  pure(`readCommandLine() tells of ${name} in one line and returns ${exitCode}`, async () => {
    const bench = new ToolBench();
    assert.deepEqual(await readCommandLine(tool(resolve), args, bench.io), { exitCode });
    assert.equal(bench.stderr, `tool: error: ${stderr}\n`);
    assert.equal(bench.stdout, "");
  });
}

pure("readCommandLine() prints help, version and completions to stdout and returns 0", async () => {
  for (
    const [args, start] of [
      [["-h"], "Usage: tool [options] target\n\nGreets.\n\nParameters:\n  -l, --loud "],
      [["you", "--help"], "Usage: tool [options] target\n"],
      [["--version"], `tool ${VERSION}\n`],
      [["--completion", "fish"], ""],
    ] as const
  ) {
    const bench = new ToolBench();
    assert.deepEqual(await readCommandLine(tool(), args, bench.io), { exitCode: 0 });
    assert.ok(bench.stdout.startsWith(start), bench.stdout);
    assert.ok(bench.stdout.endsWith("\n"));
    assert.equal(bench.stderr, "");
  }
});
