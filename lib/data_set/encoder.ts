/**
 * Writes data sets (PS3.5 section 7).
 *
 * @module
 */

// Deferred: its tables take milliseconds to make, and most runs deflate nothing.
import defer * as fflate from "fflate/browser";
import type { DataSet } from "./data_set.ts";
import { writeElements } from "./element_writer.ts";
import { encodingOf } from "./encoding.ts";
import { isDataSetGroup } from "./walker.ts";

/**
 * Writes a data set.
 *
 * Sequences and items get explicit lengths, encapsulated pixel data an undefined one. Values of odd length
 * are padded. A value that is too long for the 16-bit length of its VR is written as UN (PS3.5 section
 * 6.2.2). Group lengths (gggg,0000) are left out: they are retired, and wrong after any change. In
 * implicit VR a sequence that the dictionary does not know gets an undefined length, so that a
 * reader can tell that it is one.
 *
 * @param dataSet The data set.
 * @param transferSyntaxUid How to write it; one that is not known is taken for a compressed one, which
 * are all Explicit VR Little Endian (PS3.5 section A.4).
 * @returns The bytes.
 * @throws {DataSetError} When an element cannot be written in that transfer syntax: encapsulated pixel
 * data in an uncompressed one, a group below 0004, a value that is not of its VR's kind, sequences nested
 * deeper than 64 levels.
 *
 * @example
 * ```ts
 * import { DataSet, encodeDataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * dataSet.set({ tag: 0x00100020, vr: "LO", value: new TextEncoder().encode("471") });
 * const bytes = encodeDataSet(dataSet, "1.2.840.10008.1.2.1");
 * assert.equal(bytes.toHex(), "10002000" + "4c4f0400" + "34373120");
 * ```
 */
export function encodeDataSet(
  dataSet: DataSet,
  transferSyntaxUid: string,
): Uint8Array<ArrayBuffer> {
  const encoding = encodingOf(transferSyntaxUid);
  const bytes = writeElements(dataSet, encoding, isDataSetGroup);
  return encoding.deflated ? padded(fflate.deflateSync(bytes)) : bytes;
}

/** PS3.5 section A.5: a NUL makes the deflated bytes an even number. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const even = new Uint8Array(bytes.length + (bytes.length % 2));
  even.set(bytes);
  return even;
}
