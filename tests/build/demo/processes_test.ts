import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Processes } from "../../../build/demo/processes.ts";
import { InterruptedError } from "../../../cli/interrupt.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A server that runs until it is told to end. */
const SERVER = { tool: "storescp", args: ["0", "-ba", "127.0.0.1", "--ignore"] } as const;

function bench() {
  const [cancel, abort] = [new AbortController(), new AbortController()];
  const options = { directory: ROOT, cancel: cancel.signal, abort: abort.signal };
  return { cancel, abort, processes: new Processes(options) };
}

/** Waits until a program has written something on its standard error: it can take signals then. */
async function started(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stderr.getReader();
  await reader.read();
  await reader.cancel();
}

Deno.test("run() gives what a tool left behind", async () => {
  const { processes } = bench();
  await using _ = processes;
  const { code, stdout, stderr } = await processes.run({ tool: "echoscu", args: ["--version"] });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^echoscu \d/);
  const refused = await processes.run({ tool: "echoscu", args: ["--nonsense"] });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^echoscu: error:/);
});

Deno.test("no process is left when the processes are given up", async () => {
  const { processes } = bench();
  const child = processes.start(SERVER);
  await started(child);
  await processes[Symbol.asyncDispose]();
  // In good order: it had time to.
  assert.equal((await child.status).code, 0);
  await child.stdout.cancel();
});

Deno.test("a cancelled demo ends its tools, and starts no others", async () => {
  const { processes, cancel } = bench();
  await using _ = processes;
  const child = processes.start(SERVER);
  await started(child);
  cancel.abort(new InterruptedError());
  await child.status;
  await child.stdout.cancel();
  assert.throws(() => processes.start(SERVER), InterruptedError);
  await assert.rejects(processes.run(SERVER), InterruptedError);
});

Deno.test("run() is no result when the demo was cancelled meanwhile", async () => {
  const { processes, cancel } = bench();
  await using _ = processes;
  const running = processes.run(SERVER);
  cancel.abort(new InterruptedError());
  await assert.rejects(running, InterruptedError);
});

Deno.test("an aborted demo kills its tools", async () => {
  const { processes, abort } = bench();
  await using _ = processes;
  const child = processes.start(SERVER);
  await started(child);
  abort.abort();
  assert.equal((await child.status).success, false);
  await child.stdout.cancel();
});
