/**
 * Where the data set of a message comes from while it is sent.
 *
 * @module
 */

/** A data set that is read piece by piece. */
export interface DataSetSource {
  /**
   * Reads the next bytes.
   *
   * @param into Where to; filled from its start.
   * @returns How many bytes were read, at least one; 0 at the end of the data set.
   */
  read(into: Uint8Array): number | Promise<number>;
}

/**
 * A data set that is at hand as a source.
 *
 * @param bytes The data set.
 * @returns The source.
 *
 * @example
 * ```ts
 * import { sourceOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const source = sourceOf(Uint8Array.of(1, 2, 3));
 * const into = new Uint8Array(2);
 * assert.equal(source.read(into), 2);
 * assert.equal(source.read(into), 1);
 * assert.equal(source.read(into), 0);
 * ```
 */
export function sourceOf(bytes: Uint8Array): DataSetSource {
  let rest = bytes;
  return {
    read(into): number {
      const piece = rest.subarray(0, into.byteLength);
      into.set(piece);
      rest = rest.subarray(piece.byteLength);
      return piece.byteLength;
    },
  };
}
