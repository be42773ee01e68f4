/**
 * Bytes that wait for their reader: copied, since the views that they come in do not last.
 *
 * @module
 */

import { EMPTY_BYTES } from "../bytes.ts";

/** What the first piece gets room for at least; small pieces are many. */
const SMALLEST_ROOM = 64 * 1024;

/** A queue of bytes in one buffer, which grows as they come and goes when all are taken. */
export class HeldBytes {
  #buffer = EMPTY_BYTES;
  #start = 0;
  #end = 0;

  /** How many there are. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** What was put in and is not taken; a view that is valid until more is put in. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /**
   * Puts bytes behind those that are there.
   *
   * @param piece The bytes; copied.
   */
  put(piece: Uint8Array): void {
    if (this.#end + piece.byteLength > this.#buffer.byteLength) this.#grow(piece.byteLength);
    this.#buffer.set(piece, this.#end);
    this.#end += piece.byteLength;
  }

  /**
   * Takes bytes away from the front.
   *
   * @param length How many.
   */
  take(length: number): void {
    this.#start += length;
    if (this.length === 0) this.clear();
  }

  /** Takes all away. */
  clear(): void {
    this.#buffer = EMPTY_BYTES;
    this.#start = 0;
    this.#end = 0;
  }

  #grow(length: number): void {
    const needed = this.length + length;
    const buffer = new Uint8Array(Math.max(needed, 2 * this.length, SMALLEST_ROOM));
    buffer.set(this.bytes);
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = buffer;
  }
}
