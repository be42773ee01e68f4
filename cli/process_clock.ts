/**
 * The clock of tools that request associations, and end soon.
 *
 * @module
 */

import type { Clock } from "../lib/net/clock.ts";

/**
 * The time of the system, by timers that are there at once: the first `setTimeout` of a process loads
 * Node's timers, which takes as long as an association with a peer nearby. What is taken back is not
 * called, but occupies some bytes until its time: not for servers.
 *
 * @example
 * ```ts
 * import { processClock } from "./process_clock.ts";
 *
 * await new Promise<void>((resolve) => processClock.schedule(1, resolve));
 * ```
 */
export const processClock: Clock = {
  now: () => performance.now(),
  schedule(delay, callback) {
    const time = AbortSignal.timeout(Math.min(Math.max(delay, 0), LONGEST_DELAY));
    const ring = (): void => callback();
    time.addEventListener("abort", ring, { once: true });
    return () => time.removeEventListener("abort", ring);
  },
};

/** A later deadline is looked at again when it comes to that. */
const LONGEST_DELAY = 0x7fff_ffff;
