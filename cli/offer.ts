/**
 * What a server offers, and what it has for those who make the offer.
 *
 * @module
 */

import type { Handlers } from "../lib/handler/handler.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { AssociationEvents } from "./association_events.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { ToolOutput } from "./output.ts";
import type { ServiceTally } from "./service_tally.ts";

/** What a server offers. Disposing of it comes after the last association. */
export interface Offer extends AsyncDisposable {
  /** The services; whom they are for is decided by the access lists first. */
  readonly handlers: Handlers;
  /** The directory that instances are written to; `undefined` when none are. */
  readonly directory: string | undefined;
  /** What the log tells of it when the server listens. */
  readonly lines: readonly string[];
}

/** What falls to one of several workers that make the same offer. */
export interface WorkerPart {
  /** Whether it gets ready what all of them share, before the others begin. */
  readonly prepares: boolean;
  /** Whether it looks after what all of them share, from time to time. */
  readonly maintains: boolean;
}

/** What a server has for those who make its offer. */
export interface OfferHost {
  readonly output: ToolOutput;
  /** Where handlers speak. */
  readonly handlerLog: ToolLog;
  /** The books. */
  readonly tally: ServiceTally;
  readonly io: Io;
  readonly timeouts: Partial<Timeouts>;
  /** Told of files. */
  readonly events: AssociationEvents | undefined;
  /** Aborted when the server is told to stop. */
  readonly signal: AbortSignal;
  /** What falls to this worker; `undefined` when it is the only one. */
  readonly part: WorkerPart | undefined;
}
