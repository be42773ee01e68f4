/**
 * One timer for many deadlines.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/**
 * Rings at the nearest of the deadlines that a function names. A deadline that has moved away since
 * costs nothing until the timer fires: it is then looked at again.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #deadlines: () => readonly (number | undefined)[];
  readonly #ring: (now: number) => void;
  #armedFor: number | undefined;
  #cancel: () => void = () => {};
  #isOff = false;

  /**
   * Makes an alarm that is not set.
   *
   * @param clock The time.
   * @param deadlines Names the deadlines; those that do not run are `undefined`.
   * @param ring Called when it has passed.
   */
  constructor(
    clock: Clock,
    deadlines: () => readonly (number | undefined)[],
    ring: (now: number) => void,
  ) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#ring = ring;
  }

  /** Sees to it that the timer is set for the nearest deadline, or earlier. */
  set(): void {
    const deadline = this.#nearest();
    if (this.#isOff || deadline === undefined) return;
    if (this.#armedFor !== undefined && this.#armedFor <= deadline) return;
    this.#cancel();
    this.#armedFor = deadline;
    this.#cancel = this.#clock.schedule(deadline - this.#clock.now(), () => this.#fired());
  }

  /** Ends it: it never rings again. */
  off(): void {
    this.#isOff = true;
    this.#cancel();
  }

  #nearest(): number | undefined {
    const deadlines = this.#deadlines();
    let nearest = deadlines[0];
    for (let index = 1; index < deadlines.length; index += 1) {
      const deadline = deadlines[index];
      if (nearest === undefined || (deadline !== undefined && deadline < nearest)) {
        nearest = deadline;
      }
    }
    return nearest;
  }

  #fired(): void {
    this.#armedFor = undefined;
    const deadline = this.#nearest();
    const now = this.#clock.now();
    if (deadline !== undefined && deadline <= now) this.#ring(now);
    this.set();
  }
}
