/**
 * The time-outs of an association, those of the core and those of the driver.
 *
 * @module
 */

import { type AssociationTimeouts, DEFAULT_TIMEOUTS } from "../association/timers.ts";

/** How long to wait for what, in milliseconds; 0 is for ever. */
export interface Timeouts extends AssociationTimeouts {
  /** For the connection to be opened. Default 30 s. */
  readonly connect: number;
  /** For the peer to take what is written. Default 60 s. */
  readonly write: number;
}

/**
 * Fills in the default of every time-out that is not given.
 *
 * @param timeouts What is given.
 * @returns All of them.
 * @throws {RangeError} When one is negative or not a number.
 *
 * @example
 * ```ts
 * import { resolveTimeouts } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(resolveTimeouts({ acse: 500 }).acse, 500);
 * ```
 */
export function resolveTimeouts(timeouts: Partial<Timeouts> = {}): Timeouts {
  const resolved = { ...DEFAULT_TIMEOUTS, connect: 30_000, write: 60_000, ...timeouts };
  for (const [name, value] of Object.entries(resolved)) {
    if (!(value >= 0)) throw new RangeError(`Cannot use the time-out ${name}: it is ${value}`);
  }
  return resolved;
}
