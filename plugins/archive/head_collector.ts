/**
 * Keeps what can be asked for of an instance: its elements up to the pixel data, long values left out.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { ITEM } from "../../lib/data_set/element_header.ts";
import { isPrivateTag, type Tag } from "../../lib/data_set/tag.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import type { NestedKind, WalkSink } from "../../lib/data_set/walker.ts";

/** Longer values are data, and nobody queries by them: the longest that has text is 10240 characters. */
const MAXIMUM_VALUE_LENGTH = 4096;
/** What is kept of a sequence; of one with more, such as the contours of a structure set, nothing. */
const MAXIMUM_SEQUENCE_LENGTH = 8192;
/** What is kept of private elements in all; a few vendors fill a hundred kilobytes with them. */
const MAXIMUM_PRIVATE_LENGTH = 2048;
/** What is kept in all. Real headers have 2 to 10 KiB. */
const MAXIMUM_LENGTH = 64 * 1024;
/** Before this come groups that are of no data set. */
const FIRST_TAG = 0x00080000;
/** What an element costs besides its value. */
const ELEMENT_COST = 12;
/** Curves, overlays, waveforms and pixel data: no attribute that is asked for comes from here on. */
export const FIRST_BULK_TAG = 0x50000000;

/** A sequence that is open, and the data set or item that it is in. */
interface OpenSequence {
  readonly tag: Tag;
  readonly owner: DataSet;
  readonly items: DataSet[];
}

/** Makes the head of an instance while its data set is walked over. */
export class HeadCollector implements WalkSink {
  /** What was kept. */
  readonly head = new DataSet();
  readonly #open: OpenSequence[] = [];
  #current = this.head;
  #tag: Tag = 0;
  #room = MAXIMUM_LENGTH;
  #privateRoom = MAXIMUM_PRIVATE_LENGTH;
  /** What is left for the element outside sequences that is under way; negative when it is too long. */
  #elementRoom = 0;

  element(tag: Tag, _vr: Vr, length: number, depth: number): boolean {
    this.#tag = tag;
    if (depth === 0) this.#begin(tag);
    const isWanted = length <= MAXIMUM_VALUE_LENGTH;
    this.#elementRoom -= isWanted ? length + ELEMENT_COST : ELEMENT_COST;
    return isWanted && this.#elementRoom >= 0 && tag >= FIRST_TAG && (tag & 0xffff) !== 0;
  }

  value(tag: Tag, vr: Vr, value: Uint8Array): void {
    // The fragments of an icon.
    if (tag === ITEM) return;
    if (this.#elementRoom < 0 || this.#current.has(tag)) return;
    // The piece is used again.
    this.#current.set({ tag, vr, value: value.slice() });
    if (this.#open.length === 0) this.#spend(tag, value.length + ELEMENT_COST);
  }

  open(kind: NestedKind): void {
    if (kind === "item") this.#current = new DataSet(this.#current);
    else this.#open.push({ tag: this.#tag, owner: this.#current, items: [] });
  }

  close(kind: NestedKind): void {
    const sequence = this.#open.at(-1);
    if (sequence === undefined) return;
    if (kind === "item") {
      sequence.items.push(this.#current);
      this.#current = sequence.owner;
      return;
    }
    this.#open.pop();
    if (kind === "fragments" || this.#elementRoom < 0 || sequence.owner.has(sequence.tag)) return;
    sequence.owner.set({ tag: sequence.tag, vr: "SQ", value: sequence.items });
    if (this.#open.length === 0) {
      this.#spend(sequence.tag, MAXIMUM_SEQUENCE_LENGTH - this.#elementRoom);
    }
  }

  #begin(tag: Tag): void {
    const room = isPrivateTag(tag) ? Math.min(this.#privateRoom, this.#room) : this.#room;
    this.#elementRoom = Math.min(MAXIMUM_SEQUENCE_LENGTH, room);
  }

  #spend(tag: Tag, length: number): void {
    this.#room -= length;
    if (isPrivateTag(tag)) this.#privateRoom -= length;
  }
}
