import type { StoreRequest } from "../../lib/handler/handler.ts";
import { pure } from "../support/requesting.ts";
import { assertWithin, type Budget, costOfServing, KIB, marginalCost, MIB } from "./cost.ts";

/** Reads data sets by one buffer of 256 KiB, and drops them. */
function dropping(): { store(request: StoreRequest): Promise<number> } {
  let buffer = new ArrayBuffer(256 * KIB);
  return {
    async store({ dataSet }) {
      const reader = dataSet.getReader({ mode: "byob" });
      for (let isDone = false; !isDone;) {
        const read = await reader.read(new Uint8Array(buffer), { min: buffer.byteLength });
        if (read.value === undefined) throw new TypeError("The stream was cancelled");
        buffer = read.value.buffer;
        isDone = read.done;
      }
      return 0;
    },
  };
}

/** What a MiB of pixel data costs, by the length of the PDUs: nothing is made, all is copied once. */
const PER_MIB: readonly (readonly [maximumLength: number, budget: Budget])[] = [
  [16 * KIB, { views: 224, copies: 72 }],
  [128 * KIB, { views: 56, copies: 16 }],
  [MIB, { views: 35, copies: 9 }],
];

for (const [maximumLength, budget] of PER_MIB) {
  pure(`a MiB comes by 4 reads and one copy, in PDUs of ${maximumLength / KIB} KiB`, async () => {
    const cost = await marginalCost(
      (mebibytes) =>
        costOfServing({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }, dropping()),
      8,
      24,
    );
    assertWithin(cost, {
      ...{ reads: 4, writes: 0, buffers: 0, copiedBytes: MIB, timers: 0, calls: {} },
      // By the read and by the handler's buffer, not by the PDU.
      promises: 50,
      ...budget,
    });
  });
}

pure("a small instance comes by one read, and is answered by one write", async () => {
  const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
  const cost = await marginalCost(
    (instances) => costOfServing({ instances, ...load }, dropping()),
    20,
    120,
  );
  assertWithin(cost, {
    ...{ reads: 1, writes: 1, timers: 0, calls: {} },
    // The command, the response, and what the scanner keeps.
    ...{ buffers: 6, bufferBytes: 270, copies: 4, copiedBytes: 10 * KIB + 228 },
    ...{ views: 14, promises: 52 },
  });
});

pure("an association that is served has one buffer to read by, and one timer", async () => {
  const load = { instances: 0, pixelBytes: 0, maximumLength: 16 * KIB };
  await costOfServing(load, dropping());
  assertWithin(await costOfServing(load, dropping()), {
    ...{ reads: 2, writes: 2, timers: 1, calls: {} },
    // That of the handler here is the second.
    ...{ buffers: 9, bufferBytes: 2 * 256 * KIB + 1400, copies: 4, copiedBytes: 260 },
  });
});
