/**
 * Recognizes the transfer syntax of a data set that comes without one, by its first element.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes.ts";
import { DataSetError } from "../errors.ts";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../transfer_syntax.ts";
import { ElementHeader, SHORT_HEADER, UNDEFINED_LENGTH, vrAt } from "./element_header.ts";
import { encodingOf } from "./encoding.ts";
import { groupOf } from "./tag.ts";
import { isVr } from "./vr.ts";
import { isDataSetGroup, Walker, type WalkSink } from "./walker.ts";

/** As many bytes as are looked at; fewer when the data set is shorter. */
export const RECOGNITION_LENGTH = 1024;

/** Data sets begin with a low group; bytes of text, line ends too, make a group of 0909H or more. */
const LAST_FIRST_GROUP = 0x0400;
/** The first element is short: a UID, a date, a character set. */
const MAXIMUM_FIRST_LENGTH = 64 * 1024;

/**
 * Recognizes how a data set is written: whether its first element has a VR, in which byte order its
 * group is the lower number, and whether the elements in the first bytes make sense so.
 *
 * @param bytes The data set, or its first bytes.
 * @returns The UID of Implicit VR Little Endian, Explicit VR Little Endian or Explicit VR Big Endian;
 * `undefined` when this is no data set.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.fromHex("08005200" + "06000000" + "535455445920");
 * assert.equal(recognizeTransferSyntax(bytes), "1.2.840.10008.1.2");
 * assert.equal(recognizeTransferSyntax(new TextEncoder().encode("Hello, world")), undefined);
 * ```
 */
export function recognizeTransferSyntax(bytes: Uint8Array): string | undefined {
  if (bytes.length < SHORT_HEADER) return undefined;
  const candidate = candidateOf(bytes);
  const encoding = encodingOf(candidate);
  const header = new ElementHeader();
  header.read(bytes, 0, bytes.length, encoding, undefined);
  const group = groupOf(header.tag);
  if (!isDataSetGroup(group) || group > LAST_FIRST_GROUP) return undefined;
  if (!encoding.explicitVr && header.length > MAXIMUM_FIRST_LENGTH) {
    if (header.length !== UNDEFINED_LENGTH) return undefined;
  }
  try {
    new Walker(encoding, PASSER_BY).push(bytes.subarray(0, RECOGNITION_LENGTH));
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
  return candidate;
}

function candidateOf(bytes: Uint8Array): string {
  const explicitVr = isVr(decodeLatin1(bytes, 4, 6)) ||
    // Two letters that are no VR known here, but too great a length for a first element.
    (vrAt(bytes, 4) !== undefined && bytes[6] === 0 && bytes[7] === 0);
  if (!explicitVr) return IMPLICIT_VR_LITTLE_ENDIAN;
  const [low = 0, high = 0] = bytes;
  return high * 0x100 + low <= low * 0x100 + high
    ? EXPLICIT_VR_LITTLE_ENDIAN
    : EXPLICIT_VR_BIG_ENDIAN;
}

const PASSER_BY: WalkSink = {
  element: () => false,
  value: () => {},
  open: () => {},
  close: () => {},
};
