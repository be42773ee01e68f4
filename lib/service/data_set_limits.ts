/**
 * What a received data set may take: bytes on the wire, and bytes that a deflated one becomes.
 *
 * @module
 */

import type { DataConsumer } from "../net/data_consumer.ts";
import { DEFAULT_INFLATE_BUDGET } from "../data_set/inflate.ts";

/** The limits of received data sets. What exceeds one is answered 0xA700, and the association goes on. */
export interface DataSetLimits {
  /**
   * The longest data set taken, in bytes as they are sent; 0 is any. Default: any, since memory does not
   * depend on it.
   */
  readonly maximumSize?: number;
  /**
   * What a data set of a deflated transfer syntax may inflate to, in bytes. It is inflated to look at its
   * structure, and never held. A ratio would be no limit to set: blank images deflate to a thousandth.
   * Default: {@linkcode DEFAULT_INFLATE_BUDGET}.
   */
  readonly inflateBudget?: number;
}

/**
 * Fills in the defaults.
 *
 * @param limits What is given.
 * @returns All of them; no limit is infinity.
 * @throws {RangeError} When one is negative or not a number.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(resolveDataSetLimits({ maximumSize: 0 }).maximumSize, Infinity);
 * ```
 */
export function resolveDataSetLimits(limits: DataSetLimits = {}): Required<DataSetLimits> {
  const { maximumSize = 0, inflateBudget = DEFAULT_INFLATE_BUDGET } = limits;
  for (const [name, value] of Object.entries({ maximumSize, inflateBudget })) {
    if (!(value >= 0)) throw new RangeError(`Cannot use the limit ${name}: it is ${value}`);
  }
  return { maximumSize: maximumSize === 0 ? Infinity : maximumSize, inflateBudget };
}

/**
 * Passes a data set on as far as it is not too long. One that is fails there at once, and the rest of it
 * passes by: the association is of use for the next.
 */
export class SizeLimit implements DataConsumer {
  readonly #consumer: DataConsumer;
  readonly #maximumSize: number;
  #passed: PromiseWithResolvers<boolean> | undefined;
  #size = 0;
  #excess: Error | undefined;

  /**
   * Makes the limit of one data set.
   *
   * @param consumer Who takes it.
   * @param maximumSize How many bytes of it may come.
   */
  constructor(consumer: DataConsumer, maximumSize: number) {
    this.#consumer = consumer;
    this.#maximumSize = maximumSize;
  }

  /** Why the data set was given up; `undefined` while it is not too long. */
  get excess(): Error | undefined {
    return this.#excess;
  }

  /** Resolves when a data set that is too long has passed by: to false when its peer is lost before. */
  get passed(): Promise<boolean> {
    return this.#passed?.promise ?? Promise.resolve(false);
  }

  push(data: Uint8Array, isLast: boolean): Promise<void> | undefined {
    this.#size += data.byteLength;
    if (this.#excess === undefined && this.#size > this.#maximumSize) {
      this.#excess = new RangeError(`Data set is longer than ${this.#maximumSize} bytes`);
      this.#passed = Promise.withResolvers();
      this.#consumer.fail(this.#excess);
    }
    if (this.#excess === undefined) return this.#consumer.push(data, isLast);
    if (isLast) this.#passed?.resolve(true);
    return undefined;
  }

  fail(error: Error): void {
    this.#passed?.resolve(false);
    if (this.#excess === undefined) this.#consumer.fail(error);
  }
}
