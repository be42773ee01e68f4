import assert from "node:assert/strict";
import { sameInstance } from "../../plugins/same_instance.ts";
import { ByteCounters } from "../support/byte_counters.ts";
import { KIB, MIB } from "./cost.ts";

/** Of two files of so many bytes: what is compared in buffers of how many bytes at most. */
const ROWS: readonly (readonly [fileBytes: number, bufferBytes: number])[] = [
  [0, KIB],
  [10 * KIB, 2 * 10 * KIB + KIB],
  [3 * MIB, 2 * 256 * KIB + KIB],
];

for (const [fileBytes, bufferBytes] of ROWS) {
  Deno.test(`files of ${fileBytes} bytes are compared by buffers of no more`, async () => {
    const path = await Deno.makeTempFile({ prefix: "dimse_hot_path_" });
    try {
      await Deno.writeFile(path, new Uint8Array(fileBytes).fill(7));
      using counters = new ByteCounters();
      assert.equal(await sameInstance(path, path), true);
      const { counts } = counters;
      assert.ok(counts.bufferBytes <= bufferBytes, `${counts.bufferBytes} bytes`);
    } finally {
      await Deno.remove(path);
    }
  });
}
