/**
 * The raw deflate of a Deflated Explicit VR transfer syntax (PS3.5 section A.5), taken off as a stream
 * and within a budget: a megabyte may inflate to a gigabyte.
 *
 * @module
 */

import { concatBytes, EMPTY_BYTES } from "../bytes.ts";
import { DataSetError } from "../errors.ts";
import { RawInflate } from "./raw_inflate.ts";

/** What a deflated data set may inflate to, unless an option says otherwise: 256 MiB. */
export const DEFAULT_INFLATE_BUDGET: number = 256 * 1024 * 1024;

/**
 * A block header takes 300 bytes and yields nothing, and an empty block less. More input without any
 * output is bytes after the end or empty blocks without end.
 */
const MAXIMUM_BARREN_INPUT = 128 * 1024;

/** Input is counted in parts of this size. */
const SLICE = 32 * 1024;

/**
 * Inflates a stream that comes in pieces.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * let length = 0;
 * const inflater = new Inflater(1000, (bytes) => length += bytes.length);
 * inflater.push(Uint8Array.fromHex("01" + "0200fdff"));
 * inflater.push(Uint8Array.fromHex("3120"));
 * inflater.finish();
 * assert.equal(length, 2);
 * ```
 */
export class Inflater {
  readonly #budget: number;
  readonly #sink: (bytes: Uint8Array) => void;
  readonly #inflate: RawInflate;
  #output = 0;
  #barren = 0;
  /** No bytes at all are an empty data set. */
  #isEmpty = true;

  /**
   * Makes an inflater for one data set.
   *
   * @param budget How many bytes may come out.
   * @param sink Where they go. They are only valid during the call.
   */
  constructor(budget: number, sink: (bytes: Uint8Array) => void) {
    this.#budget = budget;
    this.#sink = sink;
    this.#inflate = new RawInflate((bytes) => this.#take(bytes));
  }

  /** Whether the budget was exceeded. */
  get overBudget(): boolean {
    return this.#output > this.#budget;
  }

  /**
   * Inflates a piece.
   *
   * @param piece The next deflated bytes.
   * @throws {DataSetError} When they are corrupt or inflate to more than the budget.
   */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += SLICE) {
      this.#pushSlice(piece.subarray(at, at + SLICE));
    }
  }

  #pushSlice(slice: Uint8Array): void {
    const output = this.#output;
    this.#isEmpty = false;
    this.#inflate.push(slice);
    this.#barren = this.#output === output ? this.#barren + slice.length : 0;
    if (this.#barren > MAXIMUM_BARREN_INPUT) {
      throw new DataSetError(
        `Cannot inflate the data set: ${this.#barren} bytes of input yield no output`,
      );
    }
  }

  /**
   * Tells that there is no more.
   *
   * @throws {DataSetError} When the last deflate block is missing.
   */
  finish(): void {
    if (this.#isEmpty || this.#inflate.isDone) return;
    throw new DataSetError("Cannot inflate the data set: the deflated bytes end too early");
  }

  #take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#output += bytes.length;
    if (this.overBudget) {
      throw new DataSetError(
        `Cannot inflate the data set: it exceeds the budget of ${this.#budget} bytes`,
      );
    }
    this.#sink(bytes);
  }
}

/**
 * Inflates a whole data set.
 *
 * @param bytes The deflated bytes.
 * @param budget How many bytes may come out.
 * @returns The inflated bytes.
 * @throws {DataSetError} When the bytes are corrupt, end too early, or inflate to more than the budget.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(inflate(Uint8Array.fromHex("01" + "0200fdff" + "3120")).toHex(), "3120");
 * ```
 */
export function inflate(
  bytes: Uint8Array,
  budget: number = DEFAULT_INFLATE_BUDGET,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const inflater = new Inflater(budget, (part) => parts.push(part.slice()));
  inflater.push(bytes);
  inflater.finish();
  return parts.length === 0 ? EMPTY_BYTES : concatBytes(parts);
}
