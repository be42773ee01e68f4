import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Handlers, StatusReply, StoreRequest } from "../../../lib/handler/handler.ts";
import {
  handlerConformance,
  openDataSet,
  storeRequest,
  syntheticDataSet,
} from "../../../plugins/conformance.ts";
import pipeCommand, { permissions } from "../../../plugins/samples/pipe_command.ts";

/** The handler that runs a command, and what it logged. */
function piping(...command: string[]): { handlers: Handlers; logged: string[] } {
  const logged: string[] = [];
  const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void logged.push(text) };
  const { signal } = new AbortController();
  const associate = () => Promise.reject(new Error("There is no network here"));
  const [program = "", ...arg] = command;
  const options = { command: [program], arg };
  return { handlers: pipeCommand({ options, log, signal, associate }), logged };
}

async function store({ store }: Handlers, request: StoreRequest): Promise<StatusReply> {
  const reply = await store?.(request);
  return typeof reply === "object" ? reply : { status: reply ?? NaN };
}

function instance(length = 500_000): { request: StoreRequest; file: Uint8Array } {
  const { bytes } = syntheticDataSet(length);
  const request = storeRequest({ dataSet: openDataSet({ bytes, portions: [9973] }).stream });
  return { request, file: Uint8Array.from([...request.fileMetaInformation(), ...bytes]) };
}

const COMMANDS = [["cat"], ["sha256sum"], ["head", "-c", "100"], ["true"], ["false"]];

for (const [command = "", ...arg] of COMMANDS) {
  handlerConformance({
    name: `pipe_command ${[command, ...arg].join(" ")}`,
    create: pipeCommand,
    options: { command: [command], arg },
  });
}

/** Makes a file of its input, and, when that has ended, names it by its digest. */
const SAVE = 'cd "$0" && f=$(mktemp -p .) && cat >"$f" && mv "$f" "$(sha256sum <"$f" | cut -c-64)"';

handlerConformance({
  name: "pipe_command that saves",
  create: (context, { directory }) => ({
    handlers: pipeCommand(context),
    async stored(sopInstanceUid) {
      const kept: Uint8Array[] = [];
      const { stream: dataSet } = openDataSet({});
      const head = storeRequest({ dataSet, sopInstanceUid }).fileMetaInformation();
      for await (const { name } of Deno.readDir(directory)) {
        if (name.startsWith("tmp.")) continue;
        const bytes = await Deno.readFile(`${directory}/${name}`);
        if (head.every((byte, i) => byte === bytes[i])) kept.push(bytes);
      }
      return kept;
    },
  }),
  options: ({ directory }) => ({ command: ["sh"], arg: ["-c", SAVE, directory] }),
});

Deno.test("`pipeCommand()` gives the command the instance as a file", async () => {
  const { request, file } = instance();
  const digest = createHash("sha256").update(file).digest("hex");
  const check = `[ "$(sha256sum | cut -c-64)" = ${digest} ] || { echo Differs >&2; exit 3; }`;
  const { handlers, logged } = piping("sh", "-c", check);
  assert.deepEqual([await store(handlers, request), logged], [{ status: 0x0000 }, []]);
});

Deno.test("`pipeCommand()` answers a failure, and logs the last line of what the command said", async () => {
  const say = "cat >/dev/null; seq 100000 >&2; echo Disk on fire >&2; exit 3";
  const { handlers, logged } = piping("sh", "-c", say);
  const reply = await store(handlers, instance().request);
  assert.deepEqual(reply, { status: 0x0110, errorComment: "Exit code 3" });
  assert.deepEqual(logged, ["sh ended with exit code 3: Disk on fire"]);
});

Deno.test("`pipeCommand()` says that a command which is missing is", async () => {
  const { handlers } = piping("/nonexistent/command");
  await assert.rejects(store(handlers, instance().request), Deno.errors.NotFound);
});

/** Tells its process id, and then does not read. */
const SLEEP = 'echo $$ >"$0"; exec sleep 600';

for (const how of ["lost", "broken"] as const) {
  Deno.test(`\`pipeCommand()\` ends the command when the data set is ${how}`, async () => {
    const path = await Deno.makeTempFile({ prefix: "pipe_command_" });
    try {
      const { handlers } = piping("sh", "-c", SLEEP, path);
      const association = new AbortController();
      const { bytes } = syntheticDataSet(how === "lost" ? 1_000_000 : 1000);
      const error = new Error("Data set is broken");
      const { stream, fail } = openDataSet({ bytes, end: how === "lost" ? "stall" : error });
      const request = storeRequest({ dataSet: stream, signal: association.signal });
      const reply = assert.rejects(store(handlers, request), error);
      if (how === "lost") {
        await told(path);
        fail(error);
        association.abort(error);
      }
      await reply;
      const pid = Number(await Deno.readTextFile(path));
      // 0 where it was ended before it could tell.
      if (pid > 0) assert.throws(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
    } finally {
      await Deno.remove(path);
    }
  });
}

/** Waits until something is written to a file. */
async function told(path: string): Promise<void> {
  using watcher = Deno.watchFs(path);
  if ((await Deno.stat(path)).size > 0) return;
  for await (const _ of watcher) if ((await Deno.stat(path)).size > 0) return;
}

/** Lets the command, and what is written to it, go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("`pipeCommand()` takes no more of the data set than the command does", async () => {
  const { handlers } = piping("sleep", "600");
  const association = new AbortController();
  const { stream, progress, fail } = openDataSet({ length: 1_000_000_000 });
  const request = storeRequest({ dataSet: stream, signal: association.signal });
  const reply = assert.rejects(store(handlers, request), /Association lost/);
  // A pipe holds 64 KiB, and there is one chunk on each side of it.
  while (progress.delivered < 64 * 1024) await turn();
  for (let turns = 0; turns < 200; turns++) await turn();
  assert.ok(progress.delivered <= 1_000_000, `${progress.delivered} bytes were taken`);
  const error = new Error("Association lost");
  fail(error);
  association.abort(error);
  await reply;
});

Deno.test("`pipeCommand()` needs a command, and to run it", () => {
  assert.deepEqual(permissions({ command: ["aws"], arg: ["s3"] }), { run: ["aws"] });
  assert.deepEqual(permissions({}), { run: [] });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const { signal } = new AbortController();
  const associate = () => Promise.reject(new Error("There is no network here"));
  assert.throws(() => pipeCommand({ options: {}, log, signal, associate }), {
    name: "TypeError",
    message: "Cannot pipe: the option command is missing",
  });
});
