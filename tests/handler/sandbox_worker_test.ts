import assert from "node:assert/strict";
import type { Greeting, HostMessage } from "../../lib/handler/sandbox_protocol.ts";

Deno.test("the worker of a sandbox lets its guest answer by the port that it is greeted with", async () => {
  const url = new URL("../../lib/handler/sandbox_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", deno: { permissions: "none" } });
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<unknown>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
  });
  const greeting: Greeting = { port: port2, label: "mine" };
  worker.postMessage(greeting, [port2]);
  const question: HostMessage = { type: "question", id: 3, question: { type: "dispose" } };
  port1.postMessage(question);
  assert.deepEqual(await answer, {
    type: "answer",
    id: 3,
    answer: { type: "value", value: undefined },
  });
  worker.terminate();
  port1.close();
});
