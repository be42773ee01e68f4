/**
 * What a sandbox costs: 1 GB to a handler that drops it, in process and in a sandbox, by a reader that
 * brings its buffer and by one that takes what comes.
 *
 * Run: `deno run -A tests/bench/sandbox_bench.ts`.
 *
 * @module
 */

import { loadHandler } from "../../lib/handler/load.ts";
import { sandboxHandler } from "../../lib/handler/sandbox.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";

const MB = 1_000_000;
const LENGTH = 1000 * MB;
const SMALL = 500_000;
const SMALL_COUNT = 400;

/** Reads as the handlers do that pay for each call. */
const BY_BUFFER = `async ({ dataSet }) => {
  const reader = dataSet.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(256 * 1024);
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer), { min: buffer.byteLength });
    if (value !== undefined) buffer = value.buffer;
    if (done) return 0x0000;
  }
}`;

const BY_CHUNK = `async ({ dataSet }) => {
  for await (const chunk of dataSet);
  return 0x0000;
}`;

const CONTEXT = {
  options: {},
  log: { debug() {}, info() {}, warn() {}, error() {} },
  signal: new AbortController().signal,
  associate: (): Promise<never> => Promise.reject(new TypeError("Cannot associate: it is a bench")),
};

async function say(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

for (const [reader, code] of [["by buffer", BY_BUFFER], ["by chunk", BY_CHUNK]] as const) {
  const source = `export default () => ({ store: ${code} });`;
  const url = `data:text/javascript,${encodeURIComponent(source)}`;
  for (
    const [place, load] of [["in process", loadHandler], ["sandboxed", sandboxHandler]] as const
  ) {
    const began = performance.now();
    const handlers = await (await load(url, { builtIns: {} })).create(CONTEXT);
    const started = Math.round(performance.now() - began);
    for (const portion of [16_372, 262_144]) {
      const { stream } = openDataSet({ length: LENGTH, portions: [portion] });
      const start = performance.now();
      await handlers.store?.(storeRequest({ dataSet: stream }));
      const seconds = (performance.now() - start) / 1000;
      const speed = (LENGTH / 1000 / MB / seconds).toFixed(2);
      const rss = Math.round(Deno.memoryUsage().rss / MB);
      await say(
        `${place}, read ${reader}, portions of ${portion}: ${speed} GB/s, ${rss} MB of RSS`,
      );
    }
    const start = performance.now();
    for (let i = 0; i < SMALL_COUNT; i++) {
      const { stream } = openDataSet({ length: SMALL, portions: [16_372] });
      await handlers.store?.(storeRequest({ dataSet: stream }));
    }
    const each = ((performance.now() - start) / SMALL_COUNT).toFixed(2);
    await say(`${place}, read ${reader}: started in ${started} ms, ${each} ms for ${SMALL} bytes`);
    await handlers[Symbol.asyncDispose]?.();
  }
}
