/**
 * What a handler yields for a request, until it ends or the request does.
 *
 * @module
 */

/**
 * Goes through what a handler yields. A request that is over is left at once, also where the handler
 * takes its time: its iteration is ended as soon as it can be.
 *
 * @example
 * ```ts
 * import { Yielded } from "./yielded.ts";
 * import assert from "node:assert/strict";
 *
 * async function* numbers() {
 *   yield* [1, 2];
 * }
 * const { signal } = new AbortController();
 * const yielded = new Yielded(numbers(), signal);
 * assert.equal(await yielded.next(), 1);
 * assert.equal(await yielded.next(), 2);
 * assert.equal(await yielded.next(), undefined);
 * await yielded.close();
 * ```
 */
export class Yielded<T extends object | number> {
  readonly #iterator: AsyncIterator<T>;
  readonly #signal: AbortSignal;
  /** The step that the handler is at. */
  #step: Promise<IteratorResult<T>> | undefined;
  #isDone = false;

  /**
   * Starts with nothing asked for yet.
   *
   * @param values What the handler yields.
   * @param signal Aborted when the request is over.
   * @throws What the handler throws instead.
   */
  constructor(values: AsyncIterable<T>, signal: AbortSignal) {
    this.#iterator = values[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /**
   * Asks for the next.
   *
   * @returns It; nothing at the end, and when the request is over.
   * @throws What the handler throws.
   */
  async next(): Promise<T | undefined> {
    if (this.#isDone || this.#signal.aborted) return undefined;
    this.#step = this.#iterator.next();
    const result = await unlessAborted(this.#step, this.#signal);
    if (result === undefined) return undefined;
    this.#step = undefined;
    if (result.done !== true) return result.value;
    this.#isDone = true;
    return undefined;
  }

  /**
   * Ends the iteration, where it has not ended by itself.
   *
   * @returns When the handler is done with it, however that went: there is nobody left to tell.
   */
  async close(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    try {
      // A generator that is at work takes this as soon as it comes to its next `yield`.
      await (this.#iterator.return?.() ?? this.#step);
    } catch {
      // What it throws now is for nobody.
    }
  }
}

/**
 * Waits, but no longer than until a request is over; leaves nothing behind at the signal.
 *
 * @param promise What is waited for.
 * @param signal Aborted when the request is over.
 * @returns What it resolves to; nothing when the request is over before.
 */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined);
    const onAbort = (): void => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
