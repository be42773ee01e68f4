/**
 * What serves: the thread of the program itself, or several workers. A server deals with either alike.
 *
 * @module
 */

import type { ExitCode } from "./exit_code.ts";
import type { ServiceTally } from "./service_tally.ts";

/** What has begun to serve. */
export interface ServingStart {
  /** Where it listens; `undefined` when it was told to stop before it did. */
  readonly address: { readonly hostname: string; readonly port: number } | undefined;
  /** The directory that instances are written to; `undefined` when none are. */
  readonly directory: string | undefined;
  /** What the log tells of what is offered. */
  readonly lines: readonly string[];
  /** Whether instances are taken. */
  readonly receives: boolean;
  /** Whether instances are sent. */
  readonly sends: boolean;
}

/** What is under way. */
export interface Standing {
  /** How many associations stand. */
  readonly associations: number;
  /** How many instances are being received. */
  readonly receiving: number;
  /** How many queries and retrieves are being answered. */
  readonly answering: number;
  /** Bytes that have come in so far. */
  readonly received: number;
}

/** What serves. Disposing of it ends all, and brings the books to their end. */
export interface Serving extends AsyncDisposable {
  /** The books; of several workers, their sum as far as it is known. */
  readonly tally: ServiceTally;
  /** What the run came to. */
  readonly exitCode: ExitCode;
  /** What is under way, as far as it is known at once. */
  readonly lately: Standing;
  /** Resolves when it cannot go on, which has been told. */
  readonly broken: Promise<void>;
  /**
   * Makes the offer and listens.
   *
   * @returns What has begun.
   * @throws {UsageError} When the offer cannot be made, or the port not be had.
   */
  start(): Promise<ServingStart>;
  /** The start has been told: what happens may be told from now on. */
  open(): void;
  /** What is under way. */
  standing(): Promise<Standing>;
  /** Finishes what is under way, and refuses the rest. */
  drain(): Promise<void>;
  /** Aborts what is under way. */
  shutdown(): void;
}
