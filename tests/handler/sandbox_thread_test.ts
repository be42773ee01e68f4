import assert from "node:assert/strict";
import type { HandlerPermissions } from "../../lib/handler/handler.ts";
import type { WorkerMessage } from "../../lib/handler/sandbox_protocol.ts";
import { SandboxThread } from "../../lib/handler/sandbox_thread.ts";
import { graphOf } from "./one_module.ts";

/** A thread that evaluates the code, and the first that is heard of it. */
function threadOf(code: string, permissions: HandlerPermissions = {}): {
  readonly thread: SandboxThread;
  readonly first: Promise<WorkerMessage | string>;
  readonly heard: (WorkerMessage | string)[];
} {
  const heard: (WorkerMessage | string)[] = [];
  const { promise: first, resolve } = Promise.withResolvers<WorkerMessage | string>();
  const hear = (what: WorkerMessage | string): void => {
    heard.push(what);
    resolve(what);
  };
  const thread = new SandboxThread({ label: "mine", permissions, onMessage: hear, onEnd: hear });
  const graph = graphOf(code);
  thread.post({ type: "question", id: 7, question: { type: "evaluate", graph } });
  return { thread, first, heard };
}

Deno.test("`SandboxThread` carries messages there and back", async () => {
  const { thread, first, heard } = threadOf(`export const name = "x"; export default () => ({});`);
  const value = { name: "x", version: undefined };
  assert.deepEqual(await first, { type: "answer", id: 7, answer: { type: "value", value } });
  thread.terminate();
  thread.terminate();
  thread.post({ type: "question", id: 8, question: { type: "dispose" } });
  assert.equal(heard.length, 1);
});

/** What a module does, and why its thread has ended. */
const ENDS: readonly (readonly [what: string, code: string, reason: RegExp])[] = [
  ["closes itself", "self.close(); await new Promise(() => {})", /^it ended itself$/],
  ["exits", "Deno.exit(3); await new Promise(() => {})", /^it ended itself$/],
  [
    "throws where nobody catches it",
    "setTimeout(() => { throw new Error('boom') }); await new Promise(() => {})",
    /^boom$/,
  ],
  [
    "rejects where nobody catches it",
    "Promise.reject('lost'); await new Promise(() => {})",
    /^lost$/,
  ],
  [
    "keeps errors to itself, and throws",
    `addEventListener("error", (event) => event.stopImmediatePropagation(), true);
    EventTarget.prototype.dispatchEvent = () => true;
    setTimeout(() => { throw new Error('boom') }); await new Promise(() => {})`,
    /boom/,
  ],
  [
    "talks nonsense to the host",
    `const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function () { postMessage.call(this, "nonsense"); };`,
    /^what it said is nothing that a sandbox says$/,
  ],
];

for (const [what, code, reason] of ENDS) {
  Deno.test(`\`SandboxThread\` says why it has ended when its module ${what}`, async () => {
    const { first, heard } = threadOf(`${code}; export default () => ({});`);
    const end = await first;
    assert.ok(typeof end === "string", Deno.inspect(end));
    assert.match(end, reason);
    assert.equal(heard.length, 1);
  });
}

Deno.test("what a module posts by the worker's own port goes nowhere", async () => {
  const { thread, first } = threadOf(`
    postMessage({ type: "answer", id: 7, answer: { type: "value", value: "forged" } });
    export default () => ({});
  `);
  const value = { name: undefined, version: undefined };
  assert.deepEqual(await first, { type: "answer", id: 7, answer: { type: "value", value } });
  thread.terminate();
});

Deno.test({
  name: "`SandboxThread` does not start with more rights than there are",
  permissions: { read: true },
  fn() {
    assert.throws(() => threadOf("", { net: ["a.example:104"] }), {
      name: "HandlerError",
      message:
        "Cannot start handler mine in a sandbox: it needs --allow-net=a.example:104, which " +
        "this program does not have itself",
    });
  },
});
