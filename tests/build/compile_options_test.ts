import assert from "node:assert/strict";
import { compileCommandLine, type CompileOptions } from "../../build/compile_options.ts";
import { readCommandLine } from "../../cli/command_line.ts";
import { PROGRAMS } from "../../build/program.ts";
import { TARGETS } from "../../build/targets.ts";
import { ToolBench } from "../cli/tool_bench.ts";

async function parse(args: readonly string[]): Promise<CompileOptions> {
  const bench = new ToolBench();
  const command = await readCommandLine(compileCommandLine(), args, bench.io);
  assert.ok("options" in command, bench.stderr);
  return command.options;
}

const ALL = PROGRAMS.map(({ name }) => name);
const HANDLING = PROGRAMS.filter(({ hasHandlers }) => hasHandlers).map(({ name }) => name);

const CHOICES: readonly (readonly [args: readonly string[], programs: readonly string[]])[] = [
  [[], ALL],
  [["echoscu", "movescu"], ["movescu", "echoscu"]],
  [["movescu", "movescu"], ["movescu"]],
  [["--handler", "./x.ts"], HANDLING],
  [["getscu", "echoscu", "--handler", "./x.ts"], ["getscu"]],
];

for (const [args, programs] of CHOICES) {
  Deno.test(`compile ${args.join(" ")} makes ${programs.join(", ")}`, async () => {
    assert.deepEqual((await parse(args)).programs.map(({ name }) => name), programs);
  });
}

const HOST = Deno.build.target;

const WHERE: readonly (readonly [args: readonly string[], targets: readonly string[], boolean])[] =
  [
    [[], [HOST], false],
    [["--target", "windows-x64"], ["x86_64-pc-windows-msvc"], true],
    [["--all-targets"], TARGETS.map(({ triple }) => triple), true],
  ];

for (const [args, targets, hasTargetDirectories] of WHERE) {
  Deno.test(`compile ${args.join(" ")} is for ${targets.join(", ")}`, async () => {
    const options = await parse(args);
    assert.deepEqual(options.targets.map(({ triple }) => triple), targets);
    assert.equal(options.hasTargetDirectories, hasTargetDirectories);
    assert.equal(options.output, "dist");
  });
}

Deno.test("compile --handler takes what the handler may do", async () => {
  const { handler } = await parse([
    ...["--handler", "./x.ts", "--handler-allow-env", "A", "--handler-allow-env", "B"],
    ...["--handler-allow-run", "gzip"],
  ]);
  assert.deepEqual(handler, { specifier: "./x.ts", env: ["A", "B"], run: ["gzip"] });
  assert.equal((await parse([])).handler, undefined);
});

const USAGE: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [["movscu"], /^compile: error: .*movscu/],
  [["--target", "amiga"], /^compile: error: --target: .*amiga/],
  [
    ["--all-targets", "--target", "linux-x64"],
    /: Cannot combine --all-targets and --target: give one of them$/,
  ],
  [
    ["--handler-allow-env", "A"],
    /: Cannot use --handler-allow-env and --handler-allow-run without --handler$/,
  ],
  [["echoscu", "--handler", "x.ts"], /: Cannot compile a handler into echoscu: it has none$/],
];

for (const [args, sentence] of USAGE) {
  Deno.test(`compile ${args.join(" ")} is refused in one sentence`, async () => {
    const bench = new ToolBench();
    const command = await readCommandLine(compileCommandLine(), args, bench.io);
    assert.deepEqual(command, { exitCode: 2 });
    assert.match(bench.lines[0] ?? "", sentence);
    assert.equal(bench.lines.length, 1, bench.stderr);
  });
}
