/**
 * What an association core is set up with.
 *
 * @module
 */

import type { AssociationTimeouts } from "./timers.ts";

/** How an association core is set up. */
export interface CoreOptions {
  /** The largest P-DATA-TF we advertise to take; 0 is unlimited. */
  readonly maximumLength: number;
  /** How long the core waits for its peer. */
  readonly timeouts: AssociationTimeouts;
}
