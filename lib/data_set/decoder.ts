/**
 * Reads a whole data set that is in memory (PS3.5 section 7).
 *
 * @module
 */

import type { DataSet } from "./data_set.ts";
import { readElements } from "./element_reader.ts";
import { encodingOf } from "./encoding.ts";
import { DEFAULT_INFLATE_BUDGET, inflate } from "./inflate.ts";
import { META_GROUP } from "./element_header.ts";
import { groupOf, type Tag } from "./tag.ts";

/** What {@linkcode decodeDataSet} may be told. */
export interface DecodeOptions {
  /** Stop at the first element outside sequences whose tag is this or greater. */
  readonly stopBefore?: Tag;
  /** What a deflated data set may inflate to, in bytes; 256 MiB unless given. */
  readonly inflateBudget?: number;
  /**
   * Leaves elements of the file meta information, group 0002, out, which have no place in a data set:
   * Orthanc puts some into identifiers. Unless given, they are a fault.
   */
  readonly ignoreMeta?: boolean;
}

/**
 * Reads a data set.
 *
 * Values are views of the bytes where the transfer syntax is little endian. A sequence that is disguised
 * as UN of undefined length is read as SQ (PS3.5 section 6.2.2); an unknown VR of two capital letters
 * as UN. Tags need not ascend; of duplicates the first counts. Group lengths are kept. Odd lengths
 * and any length in a delimiter are accepted.
 *
 * @param bytes The data set, without file meta information.
 * @param transferSyntaxUid How it is written; one that is not known is taken for Explicit VR Little
 * Endian, as all compressed ones are (PS3.5 section A.4).
 * @param options Where to stop, and what it may inflate to.
 * @returns The data set.
 * @throws {DataSetError} When its structure is broken, sequences are nested deeper than 64 levels, or it
 * inflates to more than the budget.
 *
 * @example
 * ```ts
 * import { decodeDataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.fromHex("1000200004000000" + "34373131");
 * const dataSet = decodeDataSet(bytes, "1.2.840.10008.1.2");
 * assert.equal(dataSet.getString(0x00100020), "4711");
 * ```
 */
export function decodeDataSet(
  bytes: Uint8Array,
  transferSyntaxUid: string,
  options: DecodeOptions = {},
): DataSet {
  const encoding = encodingOf(transferSyntaxUid);
  const { stopBefore = Infinity, inflateBudget = DEFAULT_INFLATE_BUDGET } = options;
  const { ignoreMeta = false } = options;
  const inflated = encoding.deflated ? inflate(bytes, inflateBudget) : bytes;
  const dataSet = readElements(inflated, encoding, { stopBefore, allowMeta: ignoreMeta });
  if (ignoreMeta) {
    for (const { tag } of [...dataSet]) if (groupOf(tag) === META_GROUP) dataSet.delete(tag);
  }
  return dataSet;
}
