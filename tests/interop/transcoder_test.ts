/**
 * The transcoder against pydicom, on the files that it ships for its own tests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { concatBytes } from "../../lib/bytes.ts";
import { decodeFile } from "../../lib/data_set/file.ts";
import { decodeFileMeta, encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { canTranscode } from "../../lib/data_set/transcoder.ts";
import { DataSetError } from "../../lib/errors.ts";
import { transferSyntax, UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { transcode } from "../data_set/transcode.ts";
import { compareAllElements, type FilePair, peerTest } from "../support/peers.ts";
import { pydicomFiles } from "../support/pydicom_files.ts";

/** A file that can be converted. */
interface Source {
  readonly path: string;
  readonly dataSet: Uint8Array;
  readonly transferSyntaxUid: string;
}

/** It is in implicit VR, and its pixel data is JPEG all the same. */
const COMPRESSED = /\/SC_rgb_jpeg\.dcm$/;

for (const to of UNCOMPRESSED_TRANSFER_SYNTAXES) {
  peerTest({
    name: `\`Transcoder\` converts to ${transferSyntax(to)?.name} so that pydicom finds the same`,
    needs: ["pydicom"],
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "dimse_transcoder_" });
      try {
        const pairs: FilePair[] = [];
        for await (const { path, dataSet, transferSyntaxUid } of sources()) {
          const options = { pieces: [4096, 1, 977], buffers: [1000, 16_384] };
          if (COMPRESSED.test(path)) {
            assert.throws(() => transcode(dataSet, transferSyntaxUid, to), {
              name: "DataSetError",
              message: /^Cannot convert \(7FE0,0010\): its value is encapsulated/,
            });
            continue;
          }
          const converted = transcode(dataSet, transferSyntaxUid, to, options);
          const copy = `${folder}/${pairs.length}.dcm`;
          await Deno.writeFile(copy, concatBytes([head(to), converted]));
          pairs.push([path, copy]);
        }
        assert.ok(pairs.length > 140, `${pairs.length} files`);
        const differences = await compareAllElements(pairs, { ignorePadding: true });
        const found = pairs.flatMap(([path], index) =>
          (differences[index] ?? []).map((sentence) => `${path}: ${sentence}`)
        );
        assert.deepEqual(found, []);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** pydicom's files in uncompressed transfer syntaxes, but for those that are broken. */
async function* sources(): AsyncGenerator<Source> {
  for (const { path } of await pydicomFiles()) {
    const bytes = await Deno.readFile(path);
    const transferSyntaxUid = transferSyntaxOf(bytes);
    if (transferSyntaxUid === undefined || !canTranscode(transferSyntaxUid, transferSyntaxUid)) {
      continue;
    }
    const offset = decodeFileMeta(bytes, true)?.dataSetOffset ?? 0;
    yield { path, dataSet: bytes.subarray(offset), transferSyntaxUid };
  }
}

function transferSyntaxOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeFile(bytes).transferSyntaxUid;
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
}

function head(transferSyntaxUid: string): Uint8Array {
  return encodeFileMeta({
    sopClassUid: "1.2.3",
    sopInstanceUid: "1.2.3",
    transferSyntaxUid,
    implementationClassUid: "1.2.3.4",
  });
}
