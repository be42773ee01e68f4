/**
 * The pending responses of a retrieve.
 *
 * @module
 */

import type { SubOperationCounters } from "../dimse/message.ts";
import type { Clock } from "../net/clock.ts";

/** So many responses are sent however fast the sub-operations are. */
export const PROGRESS_BURST = 100;

/** Beyond that, one in so many milliseconds: nobody reads faster. */
export const PROGRESS_INTERVAL = 10;

/**
 * Sends a pending response after each sub-operation. The sub-operations do not wait for a requestor that
 * is slow to read: it is told less often, and what it is told is the newest. The last it is always told.
 */
export class RetrieveProgress {
  readonly #send: (counters: SubOperationCounters) => Promise<void>;
  readonly #clock: Clock;
  #allowance = PROGRESS_BURST;
  #last: number;
  /** What is not told yet. */
  #latest: SubOperationCounters | undefined;
  #isTelling = false;
  #told: Promise<void> = Promise.resolve();

  /**
   * Begins with nothing to tell.
   *
   * @param send Sends a pending response; fails when the association is lost.
   * @param clock The clock.
   */
  constructor(send: (counters: SubOperationCounters) => Promise<void>, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
    this.#last = clock.now();
  }

  /**
   * Tells how far the sub-operations are, now or with the next.
   *
   * @param counters How far they are.
   */
  tell(counters: SubOperationCounters): void {
    this.#latest = counters;
    if (!this.#isTelling) this.#told = this.#tellAll();
  }

  /**
   * Tells the last, where it is not told yet.
   *
   * @returns When all is written.
   */
  async finish(): Promise<void> {
    await this.#told;
    await this.#tellLatest();
  }

  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    while (this.#latest !== undefined && this.#isAllowed()) await this.#tellLatest();
    this.#isTelling = false;
  }

  async #tellLatest(): Promise<void> {
    const counters = this.#latest;
    this.#latest = undefined;
    try {
      if (counters !== undefined) await this.#send(counters);
    } catch {
      // The association was lost: whoever sends the final response finds that out.
    }
  }

  #isAllowed(): boolean {
    const now = this.#clock.now();
    const earned = (now - this.#last) / PROGRESS_INTERVAL;
    this.#allowance = Math.min(PROGRESS_BURST, this.#allowance + earned);
    this.#last = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }
}
