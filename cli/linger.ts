/**
 * Waits for something that others bring about, as long as there are signs of life.
 *
 * @module
 */

import type { Clock } from "../lib/net/clock.ts";

/** How to wait. */
export interface LingerOptions {
  readonly clock: Clock;
  /** How long to wait after the last sign of life, in milliseconds; 0 is not at all. */
  readonly idle: number;
  /** Whether there is nothing more to wait for. */
  isDone(): boolean;
  /** Ends the waiting at once. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until what was promised has arrived, or nothing has happened for a while.
 *
 * @example
 * ```ts
 * import { Linger } from "./linger.ts";
 * import { systemClock } from "../lib/net/clock.ts";
 * import assert from "node:assert/strict";
 *
 * let arrived = 0;
 * const linger = new Linger({ clock: systemClock, idle: 10_000, isDone: () => arrived === 1 });
 * arrived += 1;
 * linger.activity();
 * assert.equal(await linger.finished, true);
 * ```
 */
export class Linger {
  readonly #options: LingerOptions;
  readonly #result = Promise.withResolvers<boolean>();
  #cancelTimer: () => void = () => {};
  #isOver = false;
  readonly #onAbort = (): void => this.#end();

  /**
   * Begins the wait.
   *
   * @param options What to wait for, and how long.
   */
  constructor(options: LingerOptions) {
    this.#options = options;
    options.signal?.addEventListener("abort", this.#onAbort);
    if (options.signal?.aborted) this.#end();
    else this.activity();
  }

  /** Resolves at the end of the wait, with whether all is done. */
  get finished(): Promise<boolean> {
    return this.#result.promise;
  }

  /** Something happened: looks whether all is done, and waits anew. */
  activity(): void {
    if (this.#isOver) return;
    this.#cancelTimer();
    const { clock, idle, isDone } = this.#options;
    if (isDone() || idle === 0) this.#end();
    else this.#cancelTimer = clock.schedule(idle, () => this.#end());
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#result.resolve(this.#options.isDone());
  }
}
