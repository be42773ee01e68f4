/**
 * How fast the store handler writes, and with how much memory: one large instance, many small ones.
 *
 * Run: `deno run -A tests/bench/store_bench.ts [directory]`.
 *
 * @module
 */

import { storeHandler, type StoreOptions } from "../../plugins/store.ts";
import { openDataSet, storeRequest } from "../conformance/store_request.ts";

const MB = 1_000_000;

interface Load {
  readonly name: string;
  readonly instances: number;
  readonly length: number;
  /** The pieces in which the bytes come: the value of PDVs. */
  readonly portion: number;
  readonly parallel?: number;
  readonly options?: StoreOptions;
}

const LOADS: readonly Load[] = [
  { name: "1 GB, memory still cold", instances: 1, length: 1000 * MB, portion: 262_144 },
  { name: "1 GB, 16 KiB PDVs", instances: 1, length: 1000 * MB, portion: 16_372 },
  { name: "1 GB, 128 KiB PDVs", instances: 1, length: 1000 * MB, portion: 131_060 },
  { name: "1 GB, 256 KiB reads", instances: 1, length: 1000 * MB, portion: 262_144 },
  { name: "2000 x 0.5 MB", instances: 2000, length: MB / 2, portion: 131_060 },
  {
    name: "2000 x 0.5 MB, 8 at once",
    instances: 2000,
    length: MB / 2,
    portion: 131_060,
    parallel: 8,
  },
  {
    name: "2000 x 0.5 MB, in directories",
    instances: 2000,
    length: MB / 2,
    portion: 131_060,
    options: { filename: "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm" },
  },
  { name: "5000 x 1 kB", instances: 5000, length: 1000, portion: 131_060 },
  {
    name: "500 x 0.5 MB, durable",
    instances: 500,
    length: MB / 2,
    portion: 131_060,
    options: { durable: true },
  },
  {
    name: "500 x 0.5 MB, durable, in directories",
    instances: 500,
    length: MB / 2,
    portion: 131_060,
    options: {
      durable: true,
      filename: "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm",
    },
  },
];

const ATTRIBUTES = { StudyInstanceUID: ["1.2.3"], SeriesInstanceUID: ["1.2.3.4"] };

/** Sends the instances of a load, and returns the seconds that took and the peak of RSS in MB. */
async function run(load: Load, directory: string): Promise<{ seconds: number; peak: number }> {
  const { store } = storeHandler({ ...load.options, directory });
  let peak = 0;
  let next = 0;
  let pulls = 0;
  const sample = (): void => {
    if (pulls++ % 256 === 0) peak = Math.max(peak, Deno.memoryUsage().rss / MB);
  };
  const worker = async (): Promise<void> => {
    while (next < load.instances) {
      const sopInstanceUid = `1.2.${next++}`;
      const source = { length: load.length, portions: [load.portion] };
      const dataSet = openDataSet(source, sample).stream;
      const reply = await store?.(
        storeRequest({ dataSet, sopInstanceUid, attributes: ATTRIBUTES }),
      );
      if (reply !== 0x0000) throw new Error(`Cannot measure: reply is ${JSON.stringify(reply)}`);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: load.parallel ?? 1 }, worker));
  return { seconds: (performance.now() - start) / 1000, peak };
}

const root = await Deno.makeTempDir({
  prefix: "store-bench-",
  ...(Deno.args[0] && { dir: Deno.args[0] }),
});
const lines = [`start: RSS ${Math.round(Deno.memoryUsage().rss / MB)} MB`];
try {
  for (const load of LOADS) {
    const directory = `${root}/in`;
    const { seconds, peak } = await run(load, directory);
    await Deno.remove(directory, { recursive: true });
    const speed = Math.round(load.instances * load.length / MB / seconds);
    const rate = Math.round(load.instances / seconds);
    lines.push(`${load.name}: ${speed} MB/s, ${rate} instances/s, peak RSS ${Math.round(peak)} MB`);
  }
} finally {
  await Deno.remove(root, { recursive: true });
}
await Deno.stdout.write(new TextEncoder().encode(lines.join("\n") + "\n"));
