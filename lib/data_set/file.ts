/**
 * Reads a whole file: with file meta information (PS3.10 section 7) or a data set only.
 *
 * @module
 */

import type { DataSet } from "./data_set.ts";
import type { DecodeOptions } from "./decoder.ts";
import { readElements } from "./element_reader.ts";
import { encodingOf } from "./encoding.ts";
import { decodeFileMeta } from "./file_meta.ts";
import { DataSetError } from "../errors.ts";
import { DEFAULT_INFLATE_BUDGET, inflate } from "./inflate.ts";
import { recognizeTransferSyntax } from "./recognition.ts";

/** A file, read whole. */
export interface DicomFile {
  /** The elements of group 0002; none in a file without file meta information. */
  readonly meta: DataSet;
  /** The data set. */
  readonly dataSet: DataSet;
  /** How the data set is written in truth. */
  readonly transferSyntaxUid: string;
}

/**
 * Reads a file. One without file meta information is read when its first element shows how it is
 * written; and that is believed too when the file meta information says otherwise.
 *
 * @param bytes The whole file.
 * @param options Where to stop, and what a deflated data set may inflate to.
 * @returns What is in it. Values are views of the bytes where the transfer syntax is little endian.
 * @throws {DataSetError} When it is no DICOM file, or its data set is broken. Offsets are from the start of
 * the file; in a deflated data set, from the start of what it inflates to.
 *
 * @example
 * ```ts
 * import { decodeFile } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const file = decodeFile(Uint8Array.fromHex("08005200" + "43530600" + "535455445920"));
 * assert.equal(file.dataSet.getString(0x00080052), "STUDY");
 * assert.equal(file.transferSyntaxUid, "1.2.840.10008.1.2.1");
 * assert.equal(file.meta.size, 0);
 * ```
 */
export function decodeFile(bytes: Uint8Array, options: DecodeOptions = {}): DicomFile {
  const head = decodeFileMeta(bytes, true);
  if (head === undefined) throw new DataSetError("Cannot read as DICOM: the file ends in its head");
  const { meta, dataSetOffset } = head;
  const { stopBefore = Infinity, inflateBudget = DEFAULT_INFLATE_BUDGET } = options;
  const rest = bytes.subarray(dataSetOffset);
  if (encodingOf(head.transferSyntaxUid).deflated) {
    const { transferSyntaxUid } = head;
    const inflated = inflate(rest, inflateBudget);
    const dataSet = readElements(inflated, encodingOf(transferSyntaxUid), { stopBefore });
    return { meta, dataSet, transferSyntaxUid };
  }
  const transferSyntaxUid = trueTransferSyntax(head.transferSyntaxUid, rest);
  const encoding = encodingOf(transferSyntaxUid);
  const dataSet = readElements(rest, encoding, { stopBefore, start: dataSetOffset });
  return { meta, dataSet, transferSyntaxUid };
}

/** The declared transfer syntax, unless the first element is plainly written in another way. */
function trueTransferSyntax(declared: string, dataSet: Uint8Array): string {
  const recognized = recognizeTransferSyntax(dataSet);
  if (recognized === undefined) return declared;
  const told = encodingOf(declared);
  const shown = encodingOf(recognized);
  const same = told.explicitVr === shown.explicitVr && told.littleEndian === shown.littleEndian;
  return same ? declared : recognized;
}
