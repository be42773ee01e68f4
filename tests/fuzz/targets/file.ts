/**
 * Files, heads of files, and DICOMDIRs.
 *
 * @module
 */

import { readDicomdir } from "../../../cli/dicomdir.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { decodeFileMeta } from "../../../lib/data_set/file_meta.ts";
import { DataSetError } from "../../../lib/errors.ts";
import { Random } from "../random.ts";
import { attempt, must, shapeOf } from "../target.ts";
import { INFLATE_BUDGET } from "./data_set.ts";
import { pureTarget } from "./pure_target.ts";

/** Bytes into the decoders of files. */
export const FILE = pureTarget({
  name: "file",
  kinds: ["file"],
  maximumLength: 16 * 1024,
  allocationFactor: 64,
  freeAllocation: 16 * INFLATE_BUDGET,
  run: ({ bytes, control }) => {
    const head = attempt(DataSetError, () => decodeFileMeta(bytes, true));
    must(head.error !== undefined || head.value !== undefined, "a whole file has a head");
    const random = new Random(control);
    for (let turn = 0; turn < 4; turn++) {
      const length = random.below(bytes.length + 1);
      const part = attempt(DataSetError, () => decodeFileMeta(bytes.subarray(0, length), false));
      if (part.error === undefined && part.value === undefined) continue;
      must(
        part.value?.dataSetOffset === head.value?.dataSetOffset &&
          part.value?.transferSyntaxUid === head.value?.transferSyntaxUid,
        "what a part tells of the head, the whole does",
        () => `${length} of ${bytes.length}: ${part.error} ${head.error}`,
      );
    }
    const options = { inflateBudget: INFLATE_BUDGET };
    const file = attempt(DataSetError, () => decodeFile(bytes, options));
    // Only small files: a DICOMDIR that is deflated may take 256 MiB.
    const directory = file.error === undefined
      ? attempt(DataSetError, () => readDicomdir(bytes))
      : { error: file.error };
    if (directory.error === undefined) {
      for (const parts of directory.value.references) {
        must(
          parts.every((part) =>
            part !== "" && part !== "." && part !== ".." && !/[\\/\0]/.test(part)
          ),
          "a Referenced File ID leads to no place above",
          () => parts.join("|"),
        );
      }
    }
    return shapeOf(
      `${head.error?.message ?? "a head"} ${file.error?.message ?? "a file"} ${
        directory.error === undefined ? "a directory" : ""
      }`,
    );
  },
});
