import { storeHandler, type StoreOptions } from "../../plugins/store.ts";
import {
  assertWithin,
  type Budget,
  type Cost,
  costOfServing,
  KIB,
  type Load,
  marginalCost,
  MIB,
} from "./cost.ts";

async function costOfStoring(load: Load, options: StoreOptions): Promise<Cost> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_hot_path_" });
  try {
    return await costOfServing(load, storeHandler({ directory, ...options }));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const LARGE: readonly (readonly [maximumLength: number, budget: Budget])[] = [
  // What comes in small PDUs is gathered.
  [16 * KIB, { views: 169, copies: 85, copiedBytes: MIB }],
  // Of what comes in large ones, that which is aligned in the file is written from where it was read.
  [128 * KIB, { views: 89, copies: 21, copiedBytes: 0.38 * MIB }],
];

for (const [maximumLength, budget] of LARGE) {
  Deno.test(`a MiB is stored by 16 writes, from PDUs of ${maximumLength}`, async () => {
    const cost = await marginalCost(
      (mebibytes) =>
        costOfStoring({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }, {}),
      8,
      24,
    );
    assertWithin(cost, {
      ...{ reads: 4, buffers: 0, timers: 0, promises: 5 },
      ...budget,
      calls: { "file.writeSync": 16 },
    });
  });
}

const SMALL: readonly (readonly [
  how: string,
  options: StoreOptions,
  more: Readonly<Record<string, number>>,
  budget: Budget,
])[] = [
  ["as usual", {}, {}, { promises: 51 }],
  // The file, and the directory that has its name.
  ["durably", { durable: true }, { open: 1, "file.sync": 2, "file.close": 2 }, {}],
];

for (const [how, options, more, budget] of SMALL) {
  Deno.test(`a small instance is stored by one write and a link, ${how}`, async () => {
    const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
    const cost = await marginalCost(
      (instances) => costOfStoring({ instances, ...load }, options),
      20,
      120,
    );
    assertWithin(cost, {
      ...{ reads: 1, writes: 1, timers: 0 },
      ...{ buffers: 5, bufferBytes: 605, copies: 6, copiedBytes: 10 * KIB + 580 },
      ...budget,
      calls: {
        ...{ openSync: 1, "file.writeSync": 1, linkSync: 1, removeSync: 1, "file.close": 1 },
        // Whether the part is still there when it is locked: another process may have swept it.
        "file.statSync": 1,
        ...more,
      },
    });
  });
}
