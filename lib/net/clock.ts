/**
 * The time, as the driver sees it: injected, so that tests have one of their own.
 *
 * @module
 */

/** A clock that only goes forward, with timers. */
export interface Clock {
  /** The time in milliseconds. */
  now(): number;
  /**
   * Calls a function later.
   *
   * @param delay Milliseconds from now.
   * @param callback What to call.
   * @returns Takes the call back.
   */
  schedule(delay: number, callback: () => void): () => void;
}

/** setTimeout takes no more; a later deadline is looked at again when it comes to that. */
const LONGEST_DELAY = 0x7fff_ffff;

/** The clock of the system. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delay, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(delay, 0), LONGEST_DELAY));
    return () => clearTimeout(timer);
  },
};
