import { pure } from "../support/requesting.ts";
import { assertWithin, type Budget, costOfSending, KIB, marginalCost, MIB } from "./cost.ts";

/** What a MiB of pixel data costs, by the length of the PDUs: nothing is made, and nothing copied. */
const PER_MIB: readonly (readonly [maximumLength: number, budget: Budget])[] = [
  [16 * KIB, { views: 77 }],
  [128 * KIB, { views: 21 }],
  [MIB, { views: 21 }],
];

for (const [maximumLength, budget] of PER_MIB) {
  pure(`a MiB goes by 4 writes without a copy, in PDUs of ${maximumLength / KIB} KiB`, async () => {
    const cost = await marginalCost(
      (mebibytes) => costOfSending({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }),
      8,
      24,
    );
    assertWithin(cost, {
      ...{ reads: 0, writes: 4, buffers: 0, copies: 0, copiedBytes: 0, timers: 0, calls: {} },
      // By the write, not by the PDU.
      promises: 21,
      ...budget,
    });
  });
}

pure("a small instance goes by one write, with its command", async () => {
  const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
  const cost = await marginalCost((instances) => costOfSending({ instances, ...load }), 20, 120);
  assertWithin(cost, {
    ...{ reads: 1, writes: 1, timers: 0, calls: {} },
    // The command set, put into the buffer.
    ...{ buffers: 1, bufferBytes: 108, copies: 1, copiedBytes: 108 },
    ...{ views: 16, promises: 16 },
  });
});

pure("an association that is requested has one buffer each to read and to send by", async () => {
  const load = { instances: 1, pixelBytes: 0, maximumLength: 16 * KIB };
  await costOfSending(load);
  assertWithin(await costOfSending(load), {
    // One timer is for the connecting.
    ...{ reads: 3, writes: 3, timers: 2, calls: {} },
    ...{ buffers: 12, bufferBytes: 2 * 256 * KIB + 2300, copies: 6, copiedBytes: 640 },
  });
});
