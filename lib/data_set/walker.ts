/**
 * The structure of a data set (PS3.5 section 7), walked while its bytes pass in pieces split anywhere.
 *
 * Decoder, scanner and transcoder are all made of this walk, so what one of them takes for sound the
 * others do too. It keeps a stack of what is open, bounded by the nesting limit, and the place where
 * the value under way ends; values that nobody asks for are passed over by counting.
 *
 * @module
 */

import { EMPTY_BYTES } from "../bytes.ts";
import { DataSetError } from "../errors.ts";
import {
  ElementHeader,
  ITEM,
  ITEM_DELIMITATION,
  ITEM_GROUP,
  LONG_HEADER,
  META_GROUP,
  SEQUENCE_DELIMITATION,
  SHORT_HEADER,
  spellsVr,
  UNDEFINED_LENGTH,
} from "./element_header.ts";
import { type Encoding, IMPLICIT_LITTLE, swapByteOrder } from "./encoding.ts";
import { formatTag, groupOf, type Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";

/** How deep sequences may be nested: honest data sets stay below ten. */
export const NESTING_LIMIT = 64;

/** What is told while a data set is walked. */
export interface WalkSink {
  /**
   * An element begins.
   *
   * @param tag Its tag; Item (FFFE,E000) for a fragment of encapsulated pixel data.
   * @param vr Its VR; SQ for a sequence that is disguised as UN.
   * @param length The length of its value, which may be undefined.
   * @param depth How many sequences it is nested in.
   * @returns Whether its value is wanted, if it is made of bytes.
   */
  element(tag: Tag, vr: Vr, length: number, depth: number): boolean;
  /**
   * The value that was wanted, in little endian order.
   *
   * @param tag The tag of the element.
   * @param vr Its VR.
   * @param bytes The value: a view of the piece where it is whole in one.
   */
  value(tag: Tag, vr: Vr, bytes: Uint8Array): void;
  /**
   * Some of a value that was not wanted, as it passes; nothing is told of an empty one.
   *
   * @param bytes A view of the piece, in the byte order of the data set.
   * @param littleEndian Whether that is little endian.
   */
  part?(bytes: Uint8Array, littleEndian: boolean): void;
  /** A sequence, an item of it or the fragments of pixel data begin, after their `element()`. */
  open(kind: NestedKind): void;
  /** What was opened last ends. */
  close(kind: NestedKind): void;
}

/** What can be nested in a data set. */
export type NestedKind = "sequence" | "item" | "fragments";

/** What is open. */
interface Frame {
  readonly kind: NestedKind | "data set";
  /** The element that it belongs to; none for the data set itself. */
  readonly tag: Tag | undefined;
  /** Where its header was. */
  readonly start: number;
  /** Where it ends; or, when its length is undefined, where what surrounds it ends. */
  readonly end: number;
  /** Whether it ends with a delimiter. */
  readonly delimited: boolean;
  readonly encoding: Encoding;
  pixelRepresentation: number | undefined;
}

/** Where a walk begins and ends. */
export interface WalkOptions {
  /** Where the bytes begin in the file, for the offsets of errors. */
  readonly start?: number;
  /** How many bytes there are, where that is known. */
  readonly length?: number;
  /** The walk stops at the first element outside sequences whose tag is this or greater. */
  readonly stopBefore?: Tag;
  /** Whether elements of the file meta information, group 0002, may be among the others. */
  readonly allowMeta?: boolean;
}

const PIXEL_REPRESENTATION = 0x00280103;
/** The first group of most data sets, and how it looks in the wrong byte order. */
const IDENTIFYING_GROUP = 0x0008;
const IDENTIFYING_GROUP_SWAPPED = 0x0800;

/**
 * Whether elements of a group belong in a data set: not those of the command (0000), the file meta
 * information (0002), items (FFFE) and FFFF, which is reserved (PS3.5 section 7.1). The other
 * reserved ones, 0001, 0003, 0005 and 0007, do occur as private groups.
 *
 * @param group The group number.
 * @returns True when they do.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.ok(isDataSetGroup(0x0010));
 * assert.ok(!isDataSetGroup(0x0002));
 * ```
 */
export function isDataSetGroup(group: number): boolean {
  return group !== 0 && group !== META_GROUP && group < ITEM_GROUP;
}

/**
 * Walks over a data set.
 *
 * @example
 * ```ts
 * import { encodingOf } from "./encoding.ts";
 * import assert from "node:assert/strict";
 *
 * const tags: number[] = [];
 * const walker = new Walker(encodingOf("1.2.840.10008.1.2"), {
 *   element: (tag) => tags.push(tag) === 0,
 *   value: () => {},
 *   open: () => {},
 *   close: () => {},
 * });
 * walker.push(Uint8Array.fromHex("1000200004000000" + "3437"));
 * walker.push(Uint8Array.fromHex("3131"));
 * walker.finish();
 * assert.deepEqual(tags, [0x00100020]);
 * ```
 */
export class Walker {
  readonly #sink: WalkSink;
  readonly #stopBefore: number;
  readonly #allowMeta: boolean;
  readonly #frames: Frame[] = [];
  readonly #start: number;
  #frame: Frame;
  #depth = 0;
  #offset: number;
  #error: DataSetError | undefined;
  #stopped = false;

  readonly #header = new ElementHeader();
  /** A header that is cut is gathered here. */
  #headerBytes: Uint8Array | undefined;
  #headerFilled = 0;
  #headerNeeded = SHORT_HEADER;

  // The value under way.
  #valueStart = 0;
  #valueLeft = 0;
  #valueTag: Tag = 0;
  #valueVr: Vr = "UN";
  #valueWanted = false;
  #sinkWants = false;
  #gathered: Uint8Array | undefined;

  /**
   * Makes a walker for one data set.
   *
   * @param encoding How the data set is written; it is not inflated here.
   * @param sink Who is told.
   * @param options Where it begins and ends.
   */
  constructor(encoding: Encoding, sink: WalkSink, options: WalkOptions = {}) {
    const { start = 0, length = Infinity, stopBefore = Infinity, allowMeta = false } = options;
    this.#sink = sink;
    this.#stopBefore = stopBefore;
    this.#allowMeta = allowMeta;
    this.#start = start;
    this.#offset = start;
    this.#frame = {
      kind: "data set",
      tag: undefined,
      start,
      end: start + length,
      delimited: false,
      encoding,
      pixelRepresentation: undefined,
    };
  }

  /** Whether the walk came to the tag where it was to stop. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** How many bytes were walked over. */
  get walked(): number {
    return this.#offset - this.#start;
  }

  /**
   * Walks over a piece.
   *
   * @param piece The next bytes.
   * @throws {DataSetError} When the structure is broken; and again the same at each later call.
   */
  push(piece: Uint8Array): void {
    if (this.#error !== undefined) throw this.#error;
    let at = 0;
    while (at < piece.length && !this.#stopped) {
      at += this.#valueLeft > 0 ? this.#passValue(piece, at) : this.#passHeader(piece, at);
    }
  }

  /**
   * Ends the walk.
   *
   * @throws {DataSetError} When something is still open.
   */
  finish(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#stopped) return;
    if (this.#valueLeft > 0) {
      const reason = `the data set ends ${this.#valueLeft} bytes before the value does`;
      this.#fail(this.#elementTag(), this.#valueStart, reason);
    }
    if (this.#headerFilled > 0) {
      const start = this.#offset - this.#headerFilled;
      this.#fail(undefined, start, `it ends ${this.#headerFilled} bytes into a header`);
    }
    this.#closeEnded();
    const { kind, tag, start, delimited } = this.#frame;
    if (kind === "data set") return;
    if (delimited) this.#fail(tag, start, `no delimiter closes the ${kind}`);
    this.#fail(tag, start, `the data set ends before the ${kind} does`);
  }

  #passValue(piece: Uint8Array, at: number): number {
    const count = Math.min(this.#valueLeft, piece.length - at);
    if (!this.#sinkWants && this.#sink.part !== undefined) {
      this.#sink.part(piece.subarray(at, at + count), this.#frame.encoding.littleEndian);
    }
    if (this.#valueWanted) {
      if (this.#gathered === undefined && count === this.#valueLeft) {
        this.#give(piece.subarray(at, at + count));
      } else {
        const gathered = this.#gathered ??= new Uint8Array(this.#valueLeft);
        gathered.set(piece.subarray(at, at + count), gathered.length - this.#valueLeft);
        if (count === this.#valueLeft) this.#give(gathered);
      }
    }
    this.#valueLeft -= count;
    this.#offset += count;
    return count;
  }

  #give(value: Uint8Array): void {
    this.#gathered = undefined;
    const frame = this.#frame;
    const { littleEndian } = frame.encoding;
    const tag = this.#valueTag;
    if (tag === PIXEL_REPRESENTATION && value.length === 2) {
      frame.pixelRepresentation = value[littleEndian ? 0 : 1];
    }
    if (!this.#sinkWants) return;
    const bytes = littleEndian ? value : swapByteOrder(this.#valueVr, value);
    this.#sink.value(tag, this.#valueVr, bytes);
  }

  #passHeader(piece: Uint8Array, at: number): number {
    if (this.#headerFilled === 0) this.#closeEnded();
    const frame = this.#frame;
    const header = this.#header;
    const start = this.#offset - this.#headerFilled;
    const room = frame.end - start;
    if (room < SHORT_HEADER) {
      this.#fail(frame.tag, start, `the ${room} bytes left${ofFrame(frame)} are no element`);
    }
    let bytes = piece;
    let from = at;
    let count = 0;
    if (this.#headerFilled > 0 || piece.length - at < SHORT_HEADER) {
      bytes = this.#headerBytes ??= new Uint8Array(LONG_HEADER);
      from = 0;
      count = Math.min(this.#headerNeeded - this.#headerFilled, piece.length - at);
      for (let index = 0; index < count; index++) bytes[this.#headerFilled++] = piece[at + index]!;
      if (this.#headerFilled < this.#headerNeeded) {
        this.#offset += count;
        return count;
      }
    }
    const end = bytes === piece ? piece.length : this.#headerFilled;
    const whole = header.read(bytes, from, end, frame.encoding, frame.pixelRepresentation);
    if (room < header.size) {
      this.#fail(header.tag, start, `the ${room} bytes left${ofFrame(frame)} are no element`);
    }
    if (!whole) {
      // The first 8 bytes are there, the 32-bit length is not.
      if (bytes === piece) {
        count = piece.length - at;
        this.#headerBytes ??= new Uint8Array(LONG_HEADER);
        this.#headerBytes.set(piece.subarray(at));
        this.#headerFilled = count;
      }
      this.#headerNeeded = LONG_HEADER;
      this.#offset += count;
      return count;
    }
    if (bytes === piece) count = header.size;
    this.#headerFilled = 0;
    this.#headerNeeded = SHORT_HEADER;
    if (frame.kind === "data set" && header.tag >= this.#stopBefore) {
      this.#offset = start;
      this.#stopped = true;
      return count;
    }
    this.#offset = start + header.size;
    if (frame.kind === "sequence") this.#passItem(start, "an item");
    else if (frame.kind === "fragments") this.#passItem(start, "a fragment");
    else this.#passElement(start);
    return count;
  }

  /** The element that the value under way belongs to; a fragment, to that of the fragments. */
  #elementTag(): Tag | undefined {
    return this.#frame.kind === "fragments" ? this.#frame.tag : this.#valueTag;
  }

  /** A header inside a sequence or between fragments. */
  #passItem(start: number, expected: "an item" | "a fragment"): void {
    const { tag, length } = this.#header;
    const frame = this.#frame;
    if (tag === SEQUENCE_DELIMITATION && frame.delimited) return this.#close();
    if (tag !== ITEM) {
      this.#fail(frame.tag, start, `expected ${expected}, found ${formatTag(tag)}`);
    }
    if (expected === "an item") return this.#open("item", frame.tag, start, length);
    if (length === UNDEFINED_LENGTH) {
      this.#fail(frame.tag, start, "a fragment has undefined length");
    }
    this.#checkLength(frame.tag, start, length);
    this.#beginValue(tag, "OB", start, length);
  }

  /** A header inside the data set or an item. */
  #passElement(start: number): void {
    const { tag, vr, length } = this.#header;
    const frame = this.#frame;
    const group = groupOf(tag);
    if (group === ITEM_GROUP) {
      if (tag === ITEM_DELIMITATION && frame.kind === "item" && frame.delimited) {
        return this.#close();
      }
      this.#fail(tag, start, "no open sequence or item takes it");
    }
    if (!isDataSetGroup(group) && !(this.#allowMeta && group === META_GROUP)) {
      this.#fail(tag, start, "its group does not belong in a data set");
    }
    if (start === this.#start) this.#checkFirst(group);
    if (vr === undefined) this.#fail(tag, start, "it has no value representation");
    if (length === UNDEFINED_LENGTH) return this.#passUndefinedLength(start, tag, vr);
    this.#checkLength(tag, start, length);
    if (vr === "SQ") {
      this.#sink.element(tag, vr, length, this.#depth);
      this.#open("sequence", tag, start, length);
    } else {
      this.#beginValue(tag, vr, start, length);
    }
  }

  #passUndefinedLength(start: number, tag: Tag, vr: Vr): void {
    if (vr === "SQ" || vr === "UN") {
      this.#sink.element(tag, "SQ", UNDEFINED_LENGTH, this.#depth);
      // PS3.5 section 6.2.2, note 4: the content of such a UN is implicit VR little endian.
      const encoding = vr === "UN" ? IMPLICIT_LITTLE : this.#frame.encoding;
      this.#open("sequence", tag, start, UNDEFINED_LENGTH, encoding);
    } else if (vr === "OB" || vr === "OW") {
      this.#sink.element(tag, vr, UNDEFINED_LENGTH, this.#depth);
      this.#open("fragments", tag, start, UNDEFINED_LENGTH);
    } else {
      this.#fail(tag, start, `its length is undefined, which ${vr} does not allow`);
    }
  }

  /** Catches a data set in another transfer syntax than it is said to be, at its first element. */
  #checkFirst(group: number): void {
    const { tag, length } = this.#header;
    const { explicitVr } = this.#frame.encoding;
    if (group === IDENTIFYING_GROUP_SWAPPED) {
      this.#fail(tag, this.#start, "its bytes are in the wrong order");
    }
    if (!explicitVr && group === IDENTIFYING_GROUP && spellsVr(length)) {
      this.#fail(tag, this.#start, "it is in explicit VR where implicit VR is expected");
    }
  }

  #checkLength(tag: Tag | undefined, start: number, length: number): void {
    const left = this.#frame.end - this.#offset;
    if (length > left) this.#fail(tag, start, `length ${length} exceeds the ${left} bytes left`);
  }

  #beginValue(tag: Tag, vr: Vr, start: number, length: number): void {
    this.#valueStart = start;
    this.#valueTag = tag;
    this.#valueVr = vr;
    this.#valueLeft = length;
    this.#sinkWants = this.#sink.element(tag, vr, length, this.#depth);
    this.#valueWanted = this.#sinkWants || (tag === PIXEL_REPRESENTATION && length === 2);
    if (length === 0 && this.#valueWanted) this.#give(EMPTY_BYTES);
  }

  #open(
    kind: NestedKind,
    tag: Tag | undefined,
    start: number,
    length: number,
    encoding: Encoding = this.#frame.encoding,
  ): void {
    const delimited = length === UNDEFINED_LENGTH;
    if (!delimited) this.#checkLength(tag, start, length);
    if (kind === "sequence" && ++this.#depth > NESTING_LIMIT) {
      this.#fail(tag, start, `sequences are nested deeper than ${NESTING_LIMIT} levels`);
    }
    const { end, pixelRepresentation } = this.#frame;
    this.#frames.push(this.#frame);
    this.#frame = {
      kind,
      tag,
      start,
      end: delimited ? end : this.#offset + length,
      delimited,
      encoding,
      pixelRepresentation,
    };
    this.#sink.open(kind);
  }

  #close(): void {
    const { kind } = this.#frame;
    if (kind === "data set") return;
    this.#frame = this.#frames.pop() ?? this.#frame;
    if (kind === "sequence") this.#depth--;
    this.#sink.close(kind);
  }

  /** Closes what has come to its end by length. */
  #closeEnded(): void {
    while (this.#offset >= this.#frame.end && this.#frame.kind !== "data set") {
      const { kind, tag, start, delimited } = this.#frame;
      if (delimited) this.#fail(tag, start, `no delimiter closes the ${kind}`);
      this.#close();
    }
  }

  #fail(tag: Tag | undefined, offset: number, reason: string): never {
    const what = tag === undefined ? "the data set" : formatTag(tag);
    this.#error = new DataSetError(`Cannot decode ${what} at byte ${offset}: ${reason}`, {
      offset,
      ...(tag === undefined ? {} : { tag }),
    });
    throw this.#error;
  }
}

/** What is left, in words; of the data set itself it goes without saying. */
function ofFrame(frame: Frame): string {
  return frame.kind === "data set" ? "" : ` of the ${frame.kind}`;
}
