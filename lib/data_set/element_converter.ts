/**
 * Writes the elements of a walk in another encoding, while they pass: headers are written anew,
 * values are passed on in parts, in the other byte order where that changes.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { implicitVr } from "./dictionary.ts";
import {
  ITEM,
  ITEM_DELIMITATION,
  LONG_HEADER,
  MAXIMUM_SHORT_LENGTH,
  SEQUENCE_DELIMITATION,
  UNDEFINED_LENGTH,
  writeHeader,
} from "./element_header.ts";
import { type Encoding, reverseUnits } from "./encoding.ts";
import { elementOf, formatTag, type Tag } from "./tag.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";
import type { NestedKind, WalkSink } from "./walker.ts";

/** Bytes whose order is changed at once; a multiple of every unit. */
const SCRATCH = 64 * 1024;

const NUL = Uint8Array.of(0x00);
const SPACE = Uint8Array.of(0x20);

/**
 * Converts the elements that a walker tells of.
 *
 * @example
 * ```ts
 * import { encodingOf } from "./encoding.ts";
 * import { Walker } from "./walker.ts";
 * import assert from "node:assert/strict";
 *
 * let hex = "";
 * const explicit = encodingOf("1.2.840.10008.1.2.1");
 * const converter = new ElementConverter(explicit, (bytes) => hex += bytes.toHex());
 * const walker = new Walker(encodingOf("1.2.840.10008.1.2"), converter);
 * walker.push(Uint8Array.fromHex("1000200004000000" + "34373131"));
 * walker.finish();
 * assert.equal(hex, "10002000" + "4c4f0400" + "34373131");
 * ```
 */
export class ElementConverter implements WalkSink {
  readonly #target: Encoding;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #header = new Uint8Array(LONG_HEADER);
  readonly #headerView = new DataView(this.#header.buffer);

  // The value under way.
  #vr: Vr = "UN";
  #left = 0;
  #odd = false;
  /** The byte order in which the value is written. */
  #littleEndian = true;
  #dropped = false;

  // The beginning of a unit that was cut waits at the start of the scratch.
  #scratch: Uint8Array | undefined;
  #cut = 0;

  /**
   * Makes a converter for one data set.
   *
   * @param target How to write; it is not deflated here.
   * @param write Where the bytes go. They are only valid during the call.
   */
  constructor(target: Encoding, write: (bytes: Uint8Array) => void) {
    this.#target = target;
    this.#write = write;
  }

  element(tag: Tag, vr: Vr, length: number): boolean {
    if (vr === "SQ") {
      this.#checkSequence(tag);
      this.#writeHeader(tag, vr, UNDEFINED_LENGTH);
      return false;
    }
    refuseEncapsulated(tag, length);
    // Group lengths (PS3.5 section 7.2) are retired, and would be wrong.
    this.#dropped = elementOf(tag) === 0;
    if (this.#dropped) return false;
    const { explicitVr, littleEndian } = this.#target;
    if (!explicitVr && length > 0 && vr !== "UN" && implicitVr(tag, undefined) === "SQ") {
      fail(tag, `its VR is ${vr}, but in implicit VR it would be taken for a sequence`);
    }
    const evenLength = length + length % 2;
    // PS3.5 section 6.2.2: what the 16-bit length of a VR cannot tell is written as UN.
    const tooLong = explicitVr && !VR_TRAITS[vr].longLength && evenLength > MAXIMUM_SHORT_LENGTH;
    const writtenVr = tooLong ? "UN" : vr;
    this.#writeHeader(tag, writtenVr, evenLength);
    this.#vr = vr;
    this.#left = length;
    this.#odd = length < evenLength;
    this.#littleEndian = littleEndian || writtenVr === "UN";
    return false;
  }

  part(bytes: Uint8Array, littleEndian: boolean): void {
    if (this.#dropped) return;
    const { unit, padding } = VR_TRAITS[this.#vr];
    this.#left -= bytes.length;
    if (unit === 1 || littleEndian === this.#littleEndian) this.#write(bytes);
    else this.#reverse(unit, bytes);
    if (this.#left > 0) return;
    if (this.#cut > 0 && this.#scratch !== undefined) {
      this.#write(this.#scratch.subarray(0, this.#cut));
      this.#cut = 0;
    }
    if (this.#odd) this.#write(padding === 0x20 ? SPACE : NUL);
  }

  value(): void {}

  open(kind: NestedKind): void {
    if (kind === "item") this.#writeHeader(ITEM, undefined, UNDEFINED_LENGTH);
  }

  close(kind: NestedKind): void {
    const delimiter = kind === "item" ? ITEM_DELIMITATION : SEQUENCE_DELIMITATION;
    this.#writeHeader(delimiter, undefined, 0);
  }

  #writeHeader(tag: Tag, vr: Vr | undefined, length: number): void {
    const size = writeHeader(this.#headerView, 0, tag, vr, length, this.#target);
    this.#write(this.#header.subarray(0, size));
  }

  /** In implicit VR the dictionary must not hide that it is a sequence. */
  #checkSequence(tag: Tag): void {
    if (this.#target.explicitVr) return;
    const vr = implicitVr(tag, undefined);
    if (vr === "SQ" || vr === "UN") return;
    fail(tag, `it is a sequence, but in implicit VR it would be taken for ${vr}`);
  }

  #reverse(unit: 2 | 4 | 8, bytes: Uint8Array): void {
    const scratch = this.#scratch ??= new Uint8Array(SCRATCH);
    let at = 0;
    while (at < bytes.length) {
      const count = Math.min(bytes.length - at, SCRATCH - this.#cut);
      scratch.set(bytes.subarray(at, at + count), this.#cut);
      at += count;
      const filled = this.#cut + count;
      const whole = filled - filled % unit;
      reverseUnits(unit, scratch.subarray(0, whole));
      if (whole > 0) this.#write(scratch.subarray(0, whole));
      scratch.copyWithin(0, whole, filled);
      this.#cut = filled - whole;
    }
  }
}

/**
 * Refuses what is in fragments: no uncompressed transfer syntax has them (PS3.5 section A.4).
 *
 * @param tag The tag of an element.
 * @param length Its length.
 * @throws {DataSetError} When the length is undefined and it is no sequence.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.throws(() => refuseEncapsulated(0x7fe00010, 0xffffffff), {
 *   message: "Cannot convert (7FE0,0010): its value is encapsulated, as only compressed ones are",
 * });
 * ```
 */
export function refuseEncapsulated(tag: Tag, length: number): void {
  if (length === UNDEFINED_LENGTH) {
    fail(tag, "its value is encapsulated, as only compressed ones are");
  }
}

function fail(tag: Tag, reason: string): never {
  throw new DataSetError(`Cannot convert ${formatTag(tag)}: ${reason}`, { tag });
}
