import assert from "node:assert/strict";
import { storageAssociation } from "../../lib/service/storage_association.ts";
import { openInstanceStream } from "../../plugins/archive/instance_stream.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import {
  assertWithin,
  type Budget,
  type Cost,
  costOfRequesting,
  instanceOf,
  KIB,
  type Load,
  marginalCost,
  MIB,
  uidOf,
} from "./cost.ts";

/** Sends files as an archive does. */
async function costOfServingFiles(load: Load): Promise<Cost> {
  const path = await Deno.makeTempFile({ prefix: "dimse_hot_path_" });
  try {
    await Deno.writeFile(path, instanceOf(0, load.pixelBytes));
    const contexts = [{ sopClassUid: CT, transferSyntaxUid: EXPLICIT }];
    return await costOfRequesting(load, async (connect, clock) => {
      await using association = await storageAssociation({
        ...{ hostname: "memory", port: 104, callingAeTitle: "A", calledAeTitle: "B", contexts },
      }, { connect, clock });
      for (let index = 0; index < load.instances; index++) {
        const { status } = await association.store({
          ...{ sopClassUid: CT, sopInstanceUid: uidOf(index), transferSyntaxUid: EXPLICIT },
          dataSet: openInstanceStream(path, 0),
        });
        assert.equal(status, 0);
      }
    });
  } finally {
    await Deno.remove(path);
  }
}

/** What a MiB of pixel data costs, by the length of the PDUs: from the file's piece into the PDUs. */
const PER_MIB: readonly (readonly [maximumLength: number, budget: Budget])[] = [
  [16 * KIB, { views: 225, copies: 69 }],
  [128 * KIB, { views: 57, copies: 13 }],
];

Deno.test("a MiB of an archive's file goes by one copy", async () => {
  for (const [maximumLength, budget] of PER_MIB) {
    const cost = await marginalCost(
      (mebibytes) =>
        costOfServingFiles({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }),
      8,
      24,
    );
    assertWithin(cost, {
      ...{ reads: 0, writes: 4, buffers: 0, copiedBytes: MIB, timers: 0 },
      ...budget,
      calls: { "file.readSync": 4 },
    });
  }
});

Deno.test("a small file of an archive goes by one write", async () => {
  const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
  const cost = await marginalCost(
    (instances) => costOfServingFiles({ instances, ...load }),
    20,
    120,
  );
  assertWithin(cost, {
    ...{ reads: 1, writes: 1, timers: 0 },
    ...{ buffers: 2, bufferBytes: 108, copies: 2, copiedBytes: 10 * KIB + 190 },
    // The second read finds the end.
    calls: { openSync: 1, "file.seekSync": 1, "file.readSync": 2, "file.close": 1 },
  });
});
