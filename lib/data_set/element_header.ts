/**
 * The header of a data element, read and written: tag, VR where there is one, and length (PS3.5
 * section 7.1).
 *
 * @module
 */

import { implicitVr } from "./dictionary.ts";
import type { Encoding } from "./encoding.ts";
import { elementOf, groupOf, type Tag } from "./tag.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";

/** Bytes of a header with an implicit VR, with a 16-bit length, and of an item or delimiter. */
export const SHORT_HEADER = 8;
/** Bytes of an explicit VR header with a 32-bit length (PS3.5 table 7.1-1). */
export const LONG_HEADER = 12;
/** The length of a sequence, an item or encapsulated pixel data that ends with a delimiter. */
export const UNDEFINED_LENGTH = 0xffffffff;
/** The longest value that a length field can tell; lengths are even. */
export const MAXIMUM_LENGTH = 0xfffffffe;
/** The longest value that a 16-bit length can tell. */
export const MAXIMUM_SHORT_LENGTH = 0xfffe;

/** Item (FFFE,E000). */
export const ITEM = 0xfffee000;
/** Item Delimitation Item (FFFE,E00D). */
export const ITEM_DELIMITATION = 0xfffee00d;
/** Sequence Delimitation Item (FFFE,E0DD). */
export const SEQUENCE_DELIMITATION = 0xfffee0dd;
/** Group of the item and the two delimiters: they never carry a VR (PS3.5 section 7.5). */
export const ITEM_GROUP = 0xfffe;
/** Group of the file meta information (PS3.10 section 7.1). */
export const META_GROUP = 0x0002;

const VR_BY_CODE: ReadonlyMap<number, Vr> = new Map(
  (Object.keys(VR_TRAITS) as Vr[]).map((vr) => [vr.charCodeAt(0) * 0x100 + vr.charCodeAt(1), vr]),
);

const A = 0x41;
const Z = 0x5a;

/**
 * Reads headers, again and again into itself: the receive path makes no object for an element.
 *
 * @example
 * ```ts
 * import { encodingOf } from "./encoding.ts";
 * import assert from "node:assert/strict";
 *
 * const header = new ElementHeader();
 * const bytes = Uint8Array.fromHex("1000200004000000");
 * assert.ok(header.read(bytes, 0, bytes.length, encodingOf("1.2.840.10008.1.2"), undefined));
 * assert.deepEqual([header.tag, header.vr, header.length], [0x00100020, "LO", 4]);
 * ```
 */
export class ElementHeader {
  /** The tag. */
  tag: Tag = 0;
  /**
   * The VR; UN for two letters that are no VR of the standard; `undefined` where no VR can be, and then
   * the length is not known. Of an item or delimiter it has no meaning.
   */
  vr: Vr | undefined = "UN";
  /** The length of the value; not known yet when {@linkcode ElementHeader.size} exceeds what was there. */
  length = 0;
  /** How many bytes the header has: 8 or 12. */
  size: number = SHORT_HEADER;

  /**
   * Reads a header.
   *
   * @param bytes Where to read.
   * @param at Where it begins; 8 bytes must be there.
   * @param end Where the bytes end.
   * @param encoding How it is written.
   * @param pixelRepresentation Pixel Representation (0028,0103) so far, for ambiguous implicit VRs.
   * @returns False when the header is longer than the bytes: only tag, VR and size are known.
   */
  read(
    bytes: Uint8Array,
    at: number,
    end: number,
    encoding: Encoding,
    pixelRepresentation: number | undefined,
  ): boolean {
    const { littleEndian, explicitVr } = encoding;
    const group = read16(bytes, at, littleEndian);
    this.tag = group * 0x10000 + read16(bytes, at + 2, littleEndian);
    this.size = SHORT_HEADER;
    if (group === ITEM_GROUP) {
      this.vr = "UN";
      this.length = read32(bytes, at + 4, littleEndian);
      return true;
    }
    if (!explicitVr) {
      this.vr = implicitVr(this.tag, pixelRepresentation);
      this.length = read32(bytes, at + 4, littleEndian);
      return true;
    }
    this.vr = vrAt(bytes, at + 4);
    if (this.vr === undefined) {
      this.length = 0;
      return true;
    }
    if (!VR_TRAITS[this.vr].longLength) {
      this.length = read16(bytes, at + 6, littleEndian);
      return true;
    }
    this.size = LONG_HEADER;
    if (at + LONG_HEADER > end) return false;
    this.length = read32(bytes, at + 8, littleEndian);
    return true;
  }
}

/**
 * Writes a header.
 *
 * @param view Where to write; the caller has seen to it that there is room.
 * @param at Where it begins.
 * @param tag The tag.
 * @param vr The VR; `undefined` for an item or a delimiter, which have none.
 * @param length The length field; the caller has checked that it fits.
 * @param encoding How to write it.
 * @returns How many bytes it has: 8 or 12.
 *
 * @example
 * ```ts
 * import { encodingOf } from "./encoding.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = new Uint8Array(8);
 * const view = new DataView(bytes.buffer);
 * assert.equal(writeHeader(view, 0, 0x00100020, "LO", 4, encodingOf("1.2.840.10008.1.2.1")), 8);
 * assert.equal(bytes.toHex(), "10002000" + "4c4f0400");
 * ```
 */
export function writeHeader(
  view: DataView,
  at: number,
  tag: Tag,
  vr: Vr | undefined,
  length: number,
  encoding: Encoding,
): number {
  const { explicitVr, littleEndian } = encoding;
  view.setUint16(at, groupOf(tag), littleEndian);
  view.setUint16(at + 2, elementOf(tag), littleEndian);
  if (!explicitVr || vr === undefined) {
    view.setUint32(at + 4, length, littleEndian);
    return SHORT_HEADER;
  }
  view.setUint8(at + 4, vr.charCodeAt(0));
  view.setUint8(at + 5, vr.charCodeAt(1));
  if (!VR_TRAITS[vr].longLength) {
    view.setUint16(at + 6, length, littleEndian);
    return SHORT_HEADER;
  }
  view.setUint16(at + 6, 0);
  view.setUint32(at + 8, length, littleEndian);
  return LONG_HEADER;
}

/**
 * The VR that two bytes spell.
 *
 * @param bytes Where to read.
 * @param at The first of the two.
 * @returns The VR; UN for other upper-case letters, a VR that this library does not know and that must
 * have a 32-bit length (PS3.5 section 7.1.2, note); `undefined` for bytes that are not letters.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(vrAt(Uint8Array.of(0x50, 0x4e), 0), "PN");
 * ```
 */
export function vrAt(bytes: Uint8Array, at: number): Vr | undefined {
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  const vr = VR_BY_CODE.get(first * 0x100 + second);
  if (vr !== undefined) return vr;
  return first >= A && first <= Z && second >= A && second <= Z ? "UN" : undefined;
}

/**
 * Whether a 32-bit length, read as implicit VR, is in truth a VR of the standard and a 16-bit length.
 *
 * @param length The length as read.
 * @returns True when its first two bytes spell a VR.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.ok(spellsVr(0x000a5343)); // "CS", 10
 * ```
 */
export function spellsVr(length: number): boolean {
  return VR_BY_CODE.has((length & 0xff) * 0x100 + ((length >>> 8) & 0xff));
}

function read16(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  return littleEndian ? second * 0x100 + first : first * 0x100 + second;
}

function read32(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const first = read16(bytes, at, littleEndian);
  const second = read16(bytes, at + 2, littleEndian);
  return littleEndian ? second * 0x10000 + first : first * 0x10000 + second;
}
