/**
 * Where the bytes of a converter go whose reader brings the buffer.
 *
 * @module
 */

import { EMPTY_BYTES } from "../bytes.ts";

/** What is kept for later use once everything that waited is read: more than this is let go. */
const KEPT = 64 * 1024;

/**
 * Puts bytes into the buffer that the reader brought, and keeps what has no room in it until the next.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const outlet = new Outlet();
 * const buffer = new Uint8Array(4);
 * outlet.open(buffer);
 * outlet.write(Uint8Array.of(1, 2, 3, 4, 5, 6));
 * assert.equal(outlet.close(), 4);
 * outlet.open(buffer);
 * assert.equal(outlet.close(), 2);
 * assert.deepEqual(buffer, Uint8Array.of(5, 6, 3, 4));
 * ```
 */
export class Outlet {
  #into: Uint8Array = EMPTY_BYTES;
  #filled = 0;
  #waiting: Uint8Array = EMPTY_BYTES;
  #waitingStart = 0;
  #waitingEnd = 0;

  /** How many bytes the buffer still takes. */
  get room(): number {
    return this.#into.length - this.#filled;
  }

  /**
   * Begins to fill a buffer, with what has waited first.
   *
   * @param into The buffer.
   */
  open(into: Uint8Array): void {
    const end = Math.min(this.#waitingEnd, this.#waitingStart + into.length);
    into.set(this.#waiting.subarray(this.#waitingStart, end));
    this.#into = into;
    this.#filled = end - this.#waitingStart;
    this.#waitingStart = end;
    if (end < this.#waitingEnd) return;
    this.#waitingStart = this.#waitingEnd = 0;
    if (this.#waiting.length > KEPT) this.#waiting = EMPTY_BYTES;
  }

  /**
   * Takes bytes. They are copied.
   *
   * @param bytes The next bytes.
   */
  write(bytes: Uint8Array): void {
    const { room } = this;
    if (bytes.length <= room) {
      this.#into.set(bytes, this.#filled);
      this.#filled += bytes.length;
      return;
    }
    this.#into.set(bytes.subarray(0, room), this.#filled);
    this.#filled += room;
    const rest = bytes.subarray(room);
    this.#makeRoom(rest.length);
    this.#waiting.set(rest, this.#waitingEnd);
    this.#waitingEnd += rest.length;
  }

  /**
   * Gives the buffer back.
   *
   * @returns How many bytes it was filled with.
   */
  close(): number {
    const filled = this.#filled;
    this.#into = EMPTY_BYTES;
    this.#filled = 0;
    return filled;
  }

  #makeRoom(count: number): void {
    const needed = this.#waitingEnd + count;
    if (needed <= this.#waiting.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#waiting.length));
    larger.set(this.#waiting.subarray(0, this.#waitingEnd));
    this.#waiting = larger;
  }
}
