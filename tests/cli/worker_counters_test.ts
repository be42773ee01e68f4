import assert from "node:assert/strict";
import { WorkerCounters } from "../../cli/worker_counters.ts";

Deno.test("WorkerCounters gives each association a number of its own", () => {
  const counters = WorkerCounters.make(1);
  const same = new WorkerCounters(counters.buffer);
  const numbers = [counters, same, counters].map((each) => each.nextAssociation());
  assert.deepEqual(numbers, [1, 2, 3]);
});

const MODULE = new URL("../../cli/worker_counters.ts", import.meta.url).href;

/** Writes as much as it may; tells each time that it has. */
const WRITER = `
import { WorkerCounters } from ${JSON.stringify(MODULE)};
globalThis.onmessage = ({ data: { buffer, index } }) => {
  const counters = new WorkerCounters(buffer);
  for (let count = 1; count <= 6; count++) {
    postMessage(count);
    counters.wrote(index, 400 * 1024);
  }
  postMessage("done");
};`;

Deno.test("a worker waits while what it has written is not printed", async () => {
  const counters = WorkerCounters.make(2);
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(WRITER)}`, {
    type: "module",
  });
  const said: unknown[] = [];
  let wake = (): void => {};
  worker.onmessage = ({ data }: MessageEvent<unknown>) => {
    said.push(data);
    wake();
  };
  const until = async (what: unknown): Promise<void> => {
    while (!said.includes(what)) await new Promise<void>((resolve) => wake = resolve);
  };
  worker.postMessage({ buffer: counters.buffer, index: 1 });
  // The third makes it more than a million.
  await until(3);
  // What another has printed is not its own.
  counters.printed(0, 400 * 1024);
  assert.deepEqual(said, [1, 2, 3]);
  counters.printed(1, 400 * 1024);
  await until(4);
  assert.deepEqual(said, [1, 2, 3, 4]);
  for (let count = 0; count < 3; count++) counters.printed(1, 400 * 1024);
  await until("done");
  worker.terminate();
});

Deno.test("a worker that begins anew has written nothing", () => {
  const counters = WorkerCounters.make(1);
  counters.wrote(0, 1_000_000);
  counters.reset(0);
  // It would wait for ever.
  counters.wrote(0, 1_000_000);
});
