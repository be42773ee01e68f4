/**
 * Makes bytes of a data set: all lengths are computed first, then everything is written into one
 * array of the right size.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { DataElement, DataSet, Encapsulated } from "./data_set.ts";
import { implicitVr } from "./dictionary.ts";
import {
  ITEM,
  LONG_HEADER,
  MAXIMUM_LENGTH,
  MAXIMUM_SHORT_LENGTH,
  SEQUENCE_DELIMITATION,
  SHORT_HEADER,
  UNDEFINED_LENGTH,
  writeHeader,
} from "./element_header.ts";
import { type Encoding, swapByteOrder } from "./encoding.ts";
import { elementOf, formatTag, groupOf, type Tag } from "./tag.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";
import { NESTING_LIMIT } from "./walker.ts";

const PIXEL_REPRESENTATION = 0x00280103;
const NUL = 0x00;

/**
 * Writes the elements of any set, not deflated.
 *
 * @param dataSet The data set.
 * @param encoding How to write them.
 * @param allows Which groups may be in it.
 * @returns The bytes.
 * @throws {DataSetError} When an element cannot be written so.
 *
 * @example
 * ```ts
 * import { DataSet } from "./data_set.ts";
 * import { encodingOf } from "./encoding.ts";
 * import assert from "node:assert/strict";
 *
 * const meta = new DataSet().set({ tag: 0x00020010, vr: "UI", value: Uint8Array.of(0x31) });
 * const bytes = writeElements(meta, encodingOf("1.2.840.10008.1.2.1"), (group) => group === 2);
 * assert.equal(bytes.toHex(), "02001000" + "55490200" + "3100");
 * ```
 */
export function writeElements(
  dataSet: DataSet,
  encoding: Encoding,
  allows: (group: number) => boolean,
): Uint8Array<ArrayBuffer> {
  return new Writer(encoding, allows).write(dataSet);
}

/** What a length becomes with its padding (PS3.5 section 7.1.1). */
export function evenLength(length: number): number {
  return length + (length % 2);
}

/** An element, measured. */
interface Plan {
  readonly tag: Tag;
  readonly vr: Vr;
  /** Of the header. */
  readonly headerSize: number;
  /** Of the value, with padding or delimiter. */
  readonly size: number;
  /** The length field. */
  readonly length: number;
  /** What an odd value is padded with: that of the true VR, even where UN is written. */
  readonly padding: number;
  readonly value: Uint8Array | readonly ItemPlan[] | Encapsulated;
}

/** An item, measured. */
interface ItemPlan {
  readonly size: number;
  readonly elements: readonly Plan[];
}

class Writer {
  readonly #encoding: Encoding;
  readonly #allows: (group: number) => boolean;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(encoding: Encoding, allows: (group: number) => boolean) {
    this.#encoding = encoding;
    this.#allows = allows;
  }

  write(dataSet: DataSet): Uint8Array<ArrayBuffer> {
    const { size, elements } = this.#planItem(dataSet, undefined, 0);
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    for (const plan of elements) this.#writeElement(plan);
    return this.#bytes;
  }

  #planItem(dataSet: DataSet, inherited: number | undefined, depth: number): ItemPlan {
    const value = dataSet.get(PIXEL_REPRESENTATION)?.value;
    const pixelRepresentation = value instanceof Uint8Array && value.length === 2
      ? value[0]
      : inherited;
    const elements: Plan[] = [];
    let size = 0;
    for (const element of dataSet) {
      if (!this.#allows(groupOf(element.tag))) {
        fail(element.tag, "its group does not belong in a data set");
      }
      if (elementOf(element.tag) === 0) continue;
      const plan = this.#planElement(element, pixelRepresentation, depth);
      elements.push(plan);
      size += plan.headerSize + plan.size;
    }
    return { size, elements };
  }

  #planElement(
    element: DataElement,
    pixelRepresentation: number | undefined,
    depth: number,
  ): Plan {
    const { tag, value } = element;
    const { explicitVr, encapsulated } = this.#encoding;
    if (value instanceof Uint8Array) {
      return this.#planBytes(element, value, implicitVr(tag, pixelRepresentation));
    }
    const headerSize = explicitVr ? LONG_HEADER : SHORT_HEADER;
    if (!isItems(value)) {
      if (!encapsulated) fail(tag, "encapsulated pixel data needs a compressed transfer syntax");
      let size = SHORT_HEADER;
      for (const fragment of value.fragments) {
        if (fragment.length > MAXIMUM_LENGTH) fail(tag, "a fragment is longer than 4 GiB");
        size += SHORT_HEADER + evenLength(fragment.length);
      }
      const vr = element.vr === "OW" ? "OW" : "OB";
      return { tag, vr, headerSize, size, length: UNDEFINED_LENGTH, padding: NUL, value };
    }
    if (depth >= NESTING_LIMIT) {
      fail(tag, `sequences are nested deeper than ${NESTING_LIMIT} levels`);
    }
    const items = value.map((item) => this.#planItem(item, pixelRepresentation, depth + 1));
    let size = 0;
    for (const item of items) size += SHORT_HEADER + item.size;
    const known = explicitVr || implicitVr(tag, pixelRepresentation) === "SQ";
    if (!known) size += SHORT_HEADER;
    else if (size > MAXIMUM_LENGTH) fail(tag, "the sequence is longer than 4 GiB");
    return {
      tag,
      vr: "SQ",
      headerSize,
      size,
      length: known ? size : UNDEFINED_LENGTH,
      padding: NUL,
      value: items,
    };
  }

  #planBytes(element: DataElement, value: Uint8Array, expectedVr: Vr): Plan {
    const { tag } = element;
    const { explicitVr } = this.#encoding;
    const { padding } = VR_TRAITS[element.vr];
    const length = evenLength(value.length);
    if (length > MAXIMUM_LENGTH) fail(tag, "the value is longer than 4 GiB");
    if (length > 0 && element.vr === "SQ") {
      fail(tag, "the value of a sequence is not made of items");
    }
    if (!explicitVr) {
      // A reader would look for items. A UN may hold them: they are in implicit VR (PS3.5 section 6.2.2).
      if (length > 0 && expectedVr === "SQ" && element.vr !== "UN") {
        fail(tag, `it is a sequence in implicit VR, but its VR is ${element.vr}`);
      }
      return {
        tag,
        vr: element.vr,
        headerSize: SHORT_HEADER,
        size: length,
        length,
        padding,
        value,
      };
    }
    const tooLong = !VR_TRAITS[element.vr].longLength && length > MAXIMUM_SHORT_LENGTH;
    const vr = tooLong ? "UN" : element.vr;
    const headerSize = VR_TRAITS[vr].longLength ? LONG_HEADER : SHORT_HEADER;
    return { tag, vr, headerSize, size: length, length, padding, value };
  }

  #writeElement(plan: Plan): void {
    const { tag, vr, length, padding, value } = plan;
    this.#writeHeader(tag, vr, length);
    if (value instanceof Uint8Array) {
      this.#writeValue(vr, value, padding);
    } else if (isItems(value)) {
      for (const item of value) {
        this.#writeHeader(ITEM, undefined, item.size);
        for (const element of item.elements) this.#writeElement(element);
      }
      if (length === UNDEFINED_LENGTH) this.#writeHeader(SEQUENCE_DELIMITATION, undefined, 0);
    } else {
      for (const fragment of value.fragments) {
        this.#writeHeader(ITEM, undefined, evenLength(fragment.length));
        this.#writeValue("OB", fragment, NUL);
      }
      this.#writeHeader(SEQUENCE_DELIMITATION, undefined, 0);
    }
  }

  /** A header; without a VR, that of an item or a delimiter. */
  #writeHeader(tag: Tag, vr: Vr | undefined, length: number): void {
    this.#at += writeHeader(this.#view, this.#at, tag, vr, length, this.#encoding);
  }

  #writeValue(vr: Vr, value: Uint8Array, padding: number): void {
    const { littleEndian } = this.#encoding;
    this.#bytes.set(littleEndian ? value : swapByteOrder(vr, value), this.#at);
    this.#at += value.length;
    if (value.length % 2 !== 0) this.#bytes[this.#at++] = padding;
  }
}

function isItems<Item>(value: readonly Item[] | Encapsulated): value is readonly Item[] {
  return Array.isArray(value);
}

function fail(tag: Tag, reason: string): never {
  throw new DataSetError(`Cannot encode ${formatTag(tag)}: ${reason}`, { tag });
}
