import assert from "node:assert/strict";
import { main } from "../../cli/storescu.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { ToolBench } from "../cli/tool_bench.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import {
  assertWithin,
  type Cost,
  costOfRequesting,
  instanceOf,
  KIB,
  type Load,
  marginalCost,
  MIB,
  uidOf,
} from "./cost.ts";

/** Sends a directory of files by storescu. */
async function costOfFiles(load: Load): Promise<Cost> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_hot_path_" });
  try {
    for (let index = 0; index < load.instances; index++) {
      const meta = encodeFileMeta({
        sopClassUid: CT,
        sopInstanceUid: uidOf(index),
        transferSyntaxUid: EXPLICIT,
        implementationClassUid: "1.2.3",
      });
      const file = concatBytes([meta, instanceOf(index, load.pixelBytes)]);
      await Deno.writeFile(`${directory}/${uidOf(index)}.dcm`, file);
    }
    return await costOfRequesting(load, async (connect, clock) => {
      const { io, lines } = new ToolBench();
      const code = await main(["memory", "104", directory], { ...io, connect, clock });
      assert.equal(code, 0, lines.join("\n"));
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Reads go straight to the place that they are sent from: one for each PDU. */
const PER_MIB: readonly (readonly [maximumLength: number, reads: number])[] = [
  [16 * KIB, 65],
  [128 * KIB, 9],
];

Deno.test("a MiB of a file goes without a copy", async () => {
  for (const [maximumLength, reads] of PER_MIB) {
    const cost = await marginalCost(
      (mebibytes) => costOfFiles({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }),
      8,
      24,
    );
    const { calls, ...counts } = cost;
    assertWithin({ ...counts, calls: {} }, {
      ...{ reads: 0, writes: 4, buffers: 0, copiedBytes: 0, timers: 0 },
      ...{ views: 141, promises: 21 },
    });
    const { "file.readSync": read = NaN, ...others } = calls;
    assert.deepEqual(others, {});
    assert.ok(read <= reads, `${read} reads of the file`);
  }
});

Deno.test("a small file is opened for its head and for its data set, and goes by one write", async () => {
  const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
  const cost = await marginalCost((instances) => costOfFiles({ instances, ...load }), 64, 192);
  assertWithin(cost, {
    ...{ reads: 1, writes: 1, timers: 0 },
    // What the scanner of its head keeps, and the command.
    ...{ buffers: 5, bufferBytes: 180, copies: 3, copiedBytes: 150 },
    promises: 27,
  });
  const { "file.readSync": reads, ...others } = cost.calls;
  assert.ok(reads !== undefined && reads <= 2, `${reads} reads of the file`);
  assert.deepEqual(others, {
    ...{ openSync: 2, "file.close": 2, "file.statSync": 2, "file.seekSync": 1 },
    // A turn for others while heads are read.
    lstat: 1 / 64,
  });
});
