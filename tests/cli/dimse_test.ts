import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import { main, type MultiCallIo, type PermissionName } from "../../cli/dimse.ts";
import { TOOLS } from "../../cli/tools.ts";
import { run } from "../support/command.ts";
import { ToolBench } from "./tool_bench.ts";

interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly revoked: readonly PermissionName[];
}

async function call(args: readonly string[], calledAs?: string): Promise<Called> {
  const bench = new ToolBench();
  const revoked: PermissionName[] = [];
  const io: MultiCallIo = {
    ...bench.io,
    ...(calledAs === undefined ? {} : { calledAs }),
    revoke: (name) => void revoked.push(name),
  };
  const code = await main(args, io);
  return { code, stdout: bench.stdout, stderr: bench.stderr, revoked };
}

for (const { name } of TOOLS) {
  Deno.test(`dimse ${name} runs ${name} with what follows`, async () => {
    const { code, stdout } = await call([name, "--version"]);
    assert.match(stdout, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n$`));
    assert.equal(code, 0);
  });
}

const NAMES: readonly (readonly [calledAs: string, tool: string])[] = [
  ["movescu", "movescu"],
  ["./movescu", "movescu"],
  ["/usr/local/bin/getscu", "getscu"],
  ["C:\\Tools\\EchoSCU.EXE", "echoscu"],
  ["storescu.exe", "storescu"],
  ["/opt/line\nbreak/findscu", "findscu"],
];

for (const [calledAs, tool] of NAMES) {
  Deno.test(`dimse called as ${JSON.stringify(calledAs)} is ${tool}`, async () => {
    const { code, stdout } = await call(["--version"], calledAs);
    assert.match(stdout, new RegExp(`^${tool} \\d`));
    assert.equal(code, 0);
  });
}

for (const calledAs of ["dimse", "/usr/bin/deno", "Movescu", "movescu-1.0", "echoscu/", ""]) {
  Deno.test(`dimse called as "${calledAs}" goes by its first argument`, async () => {
    const { stdout } = await call(["findscu", "--version"], calledAs);
    assert.match(stdout, /^findscu \d/);
  });
}

Deno.test("dimse called as a tool takes the first argument for the tool's", async () => {
  const { code, stderr } = await call(["movescu", "--nonsense"], "echoscu");
  assert.equal(code, 2);
  assert.match(stderr, /^echoscu: error: .*--nonsense/);
});

Deno.test("dimse --help tells each tool in a line of at most 80 columns", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout } = await call([option]);
    assert.equal(code, 0);
    const lines = stdout.split("\n");
    for (const { name, summary } of TOOLS) {
      assert.deepEqual(lines.filter((line) => line.startsWith(`  ${name} `)).length, 1, name);
      assert.ok(lines.some((line) => line.startsWith(`  ${name} `) && line.endsWith(summary)));
    }
    assert.deepEqual(lines.filter((line) => line.length > 80), []);
  }
});

Deno.test("dimse without arguments shows its help where errors go", async () => {
  const { code, stdout, stderr } = await call([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Usage: dimse TOOL/);
});

Deno.test("dimse --version prints the version", async () => {
  const { code, stdout } = await call(["--version"]);
  assert.match(stdout, /^dimse \d+\.\d+\.\d+\n$/);
  assert.equal(code, 0);
});

const UNKNOWN: readonly (readonly [first: string, sentence: string])[] = [
  ["movscu", 'Cannot run "movscu": there is no such tool; did you mean movescu?'],
  ["echo-scu", 'Cannot run "echo-scu": there is no such tool; did you mean echoscu?'],
  ["\u001b[2J", 'Cannot run "\\x1b[2J": there is no such tool; it is one of movescu, '],
  ["constructor", 'Cannot run "constructor": there is no such tool; it is one of movescu, '],
];

for (const [first, sentence] of UNKNOWN) {
  Deno.test(`dimse ${JSON.stringify(first)} is refused in one sentence`, async () => {
    const { code, stderr } = await call([first]);
    assert.equal(code, 2);
    assert.ok(stderr.startsWith(`dimse: error: ${sentence}`), stderr);
    assert.equal(stderr.split("\n").length, 2);
  });
}

Deno.test("dimse gives up what the tool does not need", async () => {
  const revoked = async (tool: string): Promise<readonly PermissionName[]> =>
    (await call([tool, "--version"])).revoked;
  assert.deepEqual(await revoked("echoscu"), ["write", "run", "sys", "ffi"]);
  // It writes the journal of --resume.
  assert.deepEqual(await revoked("storescu"), ["run", "sys", "ffi"]);
  assert.deepEqual(await revoked("findscu"), ["run", "sys", "ffi"]);
  // Handlers may need what the tool does not.
  assert.deepEqual(await revoked("movescu"), []);
  assert.deepEqual((await call(["--version"], "echoscu")).revoked, [
    ...["write", "run", "sys", "ffi"],
  ]);
});

const DIMSE = fileURLToPath(new URL("../../cli/dimse.ts", import.meta.url));

Deno.test("dimse, as a process, knows the name of the link that it is called by", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_link_" });
  try {
    // Here it is the runtime that the link names: an executable has one of its own inside.
    const link = `${directory}/getscu`;
    await Deno.symlink(Deno.execPath(), link);
    const { code, stdout, stderr } = await run(link, ["run", "--no-prompt", DIMSE, "--version"]);
    assert.match(stdout, /^getscu \d/, stderr);
    assert.equal(code, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("dimse, as a process, gives permissions up for good", async () => {
  const program = `
    import { denoMultiCallIo, main } from ${JSON.stringify(pathToFileURL(DIMSE).href)};
    await main(["echoscu", "--version"], denoMultiCallIo);
    for (const name of ["net", "read", "write", "run", "sys", "ffi"]) {
      console.log(name, Deno.permissions.querySync({ name }).state);
    }
  `;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const { code, stdout, stderr } = await run(Deno.execPath(), ["eval", "-c", config, program]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.split("\n").slice(1, -1), [
    ...["net granted", "read granted", "write prompt", "run prompt", "sys prompt", "ffi prompt"],
  ]);
});

Deno.test("dimse, as a process, needs no permission to tell what it can do", async () => {
  const { code, stdout, stderr } = await run(Deno.execPath(), [
    ...["run", "--no-prompt", DIMSE, "--help"],
  ]);
  assert.match(stdout, /^Usage: dimse TOOL/, stderr);
  assert.equal(code, 0);
});
