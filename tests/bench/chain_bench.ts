/**
 * What a chain of handlers costs: 1 GB to one handler that drops it, and to two and three.
 *
 * Run: `deno run -A tests/bench/chain_bench.ts`.
 *
 * @module
 */

import { chainHandlers } from "../../lib/handler/chain.ts";
import type { StoreRequest } from "../../lib/handler/handler.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";

const MB = 1_000_000;
const LENGTH = 1000 * MB;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Reads as the handlers do that pay for each call. */
async function drop({ dataSet }: StoreRequest): Promise<number> {
  const reader = dataSet.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(256 * 1024);
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer), { min: buffer.byteLength });
    if (value !== undefined) buffer = value.buffer;
    if (done) return 0x0000;
  }
}

for (const portion of [16_372, 131_060, 262_144]) {
  for (const count of [1, 2, 3]) {
    const members = Array.from(
      { length: count },
      () => ({ name: "drop", handlers: { store: drop } }),
    );
    const { store } = chainHandlers(members, SILENT);
    const { stream } = openDataSet({ length: LENGTH, portions: [portion] });
    const start = performance.now();
    await store?.(storeRequest({ dataSet: stream }));
    const seconds = (performance.now() - start) / 1000;
    const speed = Math.round(LENGTH / MB / seconds);
    const rss = Math.round(Deno.memoryUsage().rss / MB);
    const line = `${count} handlers, portions of ${portion}: ${speed} MB/s, ${rss} MB of RSS\n`;
    await Deno.stdout.write(new TextEncoder().encode(line));
  }
}
