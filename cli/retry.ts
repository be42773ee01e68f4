/**
 * Trying again after failures that may pass, with a pause before each try that is twice as long as the
 * one before.
 *
 * @module
 */

import type { Clock } from "../lib/net/clock.ts";
import type { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { ToolOutput } from "./output.ts";
import { reasonOfError, type RetryReason } from "./retry_reason.ts";

/** How often, and after what pause. */
export interface RetryPolicy {
  /** How many times at most, beside the first. */
  readonly retries: number;
  /** The first pause, in milliseconds. */
  readonly delay: number;
}

/** What trying again needs of its surroundings. */
export interface RetrySurroundings {
  readonly io: Pick<Io, "clock">;
  readonly output: Pick<ToolOutput, "log" | "events">;
  /** Ends a pause at once. */
  readonly interrupt: Pick<Interrupt, "cancel">;
}

/** The longest pause, in milliseconds, unless the first is longer. */
const LONGEST_PAUSE = 60_000;

/**
 * The tries of one run.
 *
 * @example
 * ```ts
 * import { EventOutput } from "./event_output.ts";
 * import { ToolLog } from "./log.ts";
 * import { Retry } from "./retry.ts";
 * import { systemClock } from "../lib/net/clock.ts";
 * import { ConnectionError } from "../lib/errors.ts";
 * import assert from "node:assert/strict";
 *
 * const retry = new Retry({ retries: 2, delay: 1 }, {
 *   io: { clock: systemClock },
 *   output: {
 *     log: new ToolLog("quiet", () => {}),
 *     events: new EventOutput(undefined, systemClock),
 *   },
 *   interrupt: { cancel: new AbortController().signal },
 * });
 * let tries = 0;
 * const result = await retry.run(() => {
 *   tries += 1;
 *   return tries < 3 ? Promise.reject(new ConnectionError("Refused")) : Promise.resolve("done");
 * });
 * assert.deepEqual([result, tries], ["done", 3]);
 * ```
 */
export class Retry {
  readonly #policy: RetryPolicy;
  readonly #surroundings: RetrySurroundings;
  #count = 0;

  /**
   * Makes the tries of one run; nothing is tried yet.
   *
   * @param policy How often, and after what pause.
   * @param surroundings The log, the clock, and the user's wish to stop.
   */
  constructor(policy: RetryPolicy, surroundings: RetrySurroundings) {
    this.#policy = policy;
    this.#surroundings = surroundings;
  }

  /** How many times it was tried again. */
  get count(): number {
    return this.#count;
  }

  /** Whether there is no further try. */
  get isUsedUp(): boolean {
    return this.#count >= this.#policy.retries || this.#surroundings.interrupt.cancel.aborted;
  }

  /**
   * Pauses before the next try, and says so; to be called only while tries are left.
   *
   * @param reason What stood in the way.
   * @throws {InterruptedError} When the user wants to stop: at once.
   */
  async pause(reason: RetryReason): Promise<void> {
    const { retries, delay } = this.#policy;
    const { io: { clock }, output: { log, events }, interrupt: { cancel } } = this.#surroundings;
    cancel.throwIfAborted();
    const longest = Math.max(delay, LONGEST_PAUSE);
    const pause = Math.min(delay * 2 ** this.#count, longest);
    this.#count += 1;
    const again = `Trying again in ${pause / 1000} s (${this.#count} of ${retries})`;
    log.warn(`${again}: ${reason.sentence}`);
    const { cause } = reason;
    events.emit({ event: "retry", retry: this.#count, retries, cause, delayMs: pause });
    await sleep(pause, clock, cancel);
  }

  /**
   * Does something, and again while it fails in a way that may pass and tries are left.
   *
   * @param attempt Does it once.
   * @param judge Says of what came of it why to try again; `undefined` when it is good, or for good.
   * @returns What came of the last try.
   * @throws What the last try threw.
   */
  async run<T>(
    attempt: () => Promise<T>,
    judge: (result: T) => RetryReason | undefined = () => undefined,
  ): Promise<T> {
    while (true) {
      let reason: RetryReason | undefined;
      try {
        const result = await attempt();
        reason = judge(result);
        if (reason === undefined || this.isUsedUp) return result;
      } catch (error) {
        reason = reasonOfError(error);
        if (reason === undefined || this.isUsedUp) throw error;
        this.#surroundings.output.log.stack(error);
      }
      await this.pause(reason);
    }
  }
}

function sleep(delay: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelTimer();
      reject(signal.reason);
    };
    const cancelTimer = clock.schedule(delay, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
