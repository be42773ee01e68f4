import assert from "node:assert/strict";
import { WorkerThread } from "../../lib/handler/worker_thread.ts";

/** A worker whose program is given as text: greeted, it has `port`, and the rest as `greeting`. */
function threadOf(program: string): {
  readonly thread: WorkerThread;
  /** What it says, and the reason of its end. */
  readonly heard: unknown[];
  /** Resolves with the first of that. */
  readonly first: Promise<unknown>;
} {
  const heard: unknown[] = [];
  const { promise: first, resolve } = Promise.withResolvers<unknown>();
  const hear = (what: unknown): void => {
    heard.push(what);
    resolve(what);
  };
  const code = `
    globalThis.onmessage = async ({ data: { port, ...greeting } }) => {
      addEventListener("unhandledrejection", (event) => event.preventDefault());
      ${program}
    };`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const thread = new WorkerThread(worker, { colour: "blue" }, { onMessage: hear, onEnd: hear });
  return { thread, heard, first };
}

Deno.test("`WorkerThread` greets, and carries messages there and back", async () => {
  const { thread, heard, first } = threadOf(
    "port.onmessage = ({ data }) => port.postMessage([greeting, data]);",
  );
  thread.post({ question: 1 });
  assert.deepEqual(await first, [{ colour: "blue" }, { question: 1 }]);
  thread.terminate();
  thread.terminate();
  thread.post({ question: 2 });
  thread.end("too late");
  assert.equal(heard.length, 1);
});

for (
  const [what, program, reason] of [
    ["closes itself", "self.close();", "it ended itself"],
    ["exits", "Deno.exit(3);", "it ended itself"],
  ] as const
) {
  Deno.test(`\`WorkerThread\` says why a worker has ended that ${what}`, async () => {
    const { heard, first } = threadOf(program);
    assert.equal(await first, reason);
    assert.deepEqual(heard, [reason]);
  });
}

Deno.test("`WorkerThread` ends a worker for a reason of its host's", async () => {
  const { thread, first } = threadOf("port.onmessage = () => {};");
  thread.end("it is out of hand");
  assert.equal(await first, "it is out of hand");
});
