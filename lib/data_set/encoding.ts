/**
 * How a transfer syntax writes data elements (PS3.5 section 10).
 *
 * @module
 */

import { type TransferSyntax, transferSyntax } from "../transfer_syntax.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";

/** What the codecs have to know of a transfer syntax. */
export type Encoding = Pick<
  TransferSyntax,
  "explicitVr" | "littleEndian" | "deflated" | "encapsulated"
>;

/** The encoding of sequences that are disguised as UN (PS3.5 section 6.2.2, note 4). */
export const IMPLICIT_LITTLE: Encoding = {
  explicitVr: false,
  littleEndian: true,
  deflated: false,
  encapsulated: false,
};

/** The encoding of file meta information (PS3.10 section 7.1). */
export const EXPLICIT_LITTLE: Encoding = { ...IMPLICIT_LITTLE, explicitVr: true };

const ENCAPSULATED: Encoding = { ...EXPLICIT_LITTLE, encapsulated: true };

/**
 * How a transfer syntax writes data elements. One that is not known, private or newer than this
 * library, is taken for a compressed one: those are all explicit VR little endian (PS3.5 section
 * A.4).
 *
 * @param transferSyntaxUid Its UID, without padding.
 * @returns Its encoding.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(encodingOf("1.2.840.10008.1.2").explicitVr, false);
 * assert.equal(encodingOf("1.2.3.4").explicitVr, true);
 * ```
 */
export function encodingOf(transferSyntaxUid: string): Encoding {
  return transferSyntax(transferSyntaxUid) ?? ENCAPSULATED;
}

/**
 * Changes the byte order of a value (PS3.5 section 7.3), from little to big endian or back.
 *
 * @param vr The VR: it says how many bytes belong together. UN is always little endian.
 * @param bytes The value; bytes after the last whole number stay as they are.
 * @returns A copy; the value itself where its VR has no byte order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(swapByteOrder("US", Uint8Array.of(1, 2, 3, 4)), Uint8Array.of(2, 1, 4, 3));
 * ```
 */
export function swapByteOrder(vr: Vr, bytes: Uint8Array): Uint8Array {
  const unit = VR_TRAITS[vr].unit;
  if (unit === 1) return bytes;
  const swapped = bytes.slice();
  reverseUnits(unit, swapped);
  return swapped;
}

/**
 * Reverses the bytes of each unit in place.
 *
 * @param unit How many bytes belong together.
 * @param bytes The units; bytes after the last whole one stay as they are.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.of(1, 2, 3, 4, 5);
 * reverseUnits(4, bytes);
 * assert.deepEqual(bytes, Uint8Array.of(4, 3, 2, 1, 5));
 * ```
 */
export function reverseUnits(unit: 2 | 4 | 8, bytes: Uint8Array): void {
  const half = unit / 2;
  for (let start = 0; start + unit <= bytes.length; start += unit) {
    const last = start + unit - 1;
    for (let at = 0; at < half; at++) {
      const byte = bytes[start + at]!;
      bytes[start + at] = bytes[last - at]!;
      bytes[last - at] = byte;
    }
  }
}
