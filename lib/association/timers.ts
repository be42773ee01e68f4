/**
 * The deadlines of one association, as a table: the core arms and stops them, the driver has one
 * timer for the nearest.
 *
 * ARTIM guards only Sta2 and Sta13 (PS3.8 section 9.1.4); the others are the upper layer user's.
 *
 * @module
 */

import { TimeoutError } from "../errors.ts";

/** How long an association waits for what, in milliseconds; 0 is for ever. */
export interface AssociationTimeouts {
  /** For the A-ASSOCIATE-RQ of a new connection, and for the peer to close a finished one. */
  readonly artim: number;
  /** For the answer to an association request. */
  readonly acse: number;
  /** For the next response of an operation under way. */
  readonly dimse: number;
  /** For any sign of life of the peer while nothing is under way. */
  readonly network: number;
  /** For the next 64 KiB, or the end, of a PDU or a message that has begun. */
  readonly pdu: number;
  /** For the answer to a release request. */
  readonly release: number;
}

/** The default of {@linkcode AssociationTimeouts}, in milliseconds. */
export const DEFAULT_TIMEOUTS: AssociationTimeouts = {
  artim: 30_000,
  acse: 30_000,
  dimse: 30_000,
  network: 60_000,
  pdu: 60_000,
  release: 30_000,
};

/** What is waited for, in words. */
const WAITED_FOR: Readonly<Record<TimerName, string>> = {
  artim: "the peer's association request or the closing of the connection",
  acse: "the answer to the association request",
  dimse: "the next response",
  network: "any sign of life of the peer",
  pdu: "the rest of a PDU or a message",
  release: "the answer to the release request",
};

/** The name of a deadline. */
export type TimerName = keyof AssociationTimeouts;

const NAMES: readonly TimerName[] = ["artim", "acse", "dimse", "network", "pdu", "release"];

/**
 * A few named deadlines; times are the caller's, in milliseconds.
 *
 * @example
 * ```ts
 * import { DEFAULT_TIMEOUTS, Timers } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const timers = new Timers({ ...DEFAULT_TIMEOUTS, acse: 500 });
 * timers.start("acse", 1000);
 * assert.equal(timers.next, 1500);
 * assert.deepEqual(timers.expired(1500), ["acse"]);
 * ```
 */
export class Timers {
  readonly #timeouts: AssociationTimeouts;
  /** Those that do not run are infinitely far away. */
  readonly #deadlines: Record<TimerName, number> = {
    artim: Infinity,
    acse: Infinity,
    dimse: Infinity,
    network: Infinity,
    pdu: Infinity,
    release: Infinity,
  };

  /**
   * Makes the deadlines of one association, none of them running.
   *
   * @param timeouts How long each waits; one of 0 never starts.
   */
  constructor(timeouts: AssociationTimeouts) {
    this.#timeouts = timeouts;
  }

  /** The nearest deadline, or `undefined` when none runs. */
  get next(): number | undefined {
    const { artim, acse, dimse, network, pdu, release } = this.#deadlines;
    const next = Math.min(artim, acse, dimse, network, pdu, release);
    return next === Infinity ? undefined : next;
  }

  /**
   * Starts a deadline, or starts it anew.
   *
   * @param name Which.
   * @param now The time.
   */
  start(name: TimerName, now: number): void {
    const timeout = this.#timeouts[name];
    if (timeout > 0) this.#deadlines[name] = now + timeout;
  }

  /**
   * Stops a deadline.
   *
   * @param name Which.
   */
  stop(name: TimerName): void {
    this.#deadlines[name] = Infinity;
  }

  /**
   * Stops every deadline but one.
   *
   * @param name The one that goes on, if it runs.
   */
  stopAllBut(name: TimerName): void {
    for (const other of NAMES) if (other !== name) this.stop(other);
  }

  /** Stops every deadline. */
  stopAll(): void {
    for (const name of NAMES) this.stop(name);
  }

  /**
   * Whether a deadline runs.
   *
   * @param name Which.
   * @returns True when it was started and not stopped.
   */
  runs(name: TimerName): boolean {
    return this.#deadlines[name] !== Infinity;
  }

  /**
   * Takes out the deadlines that have passed.
   *
   * @param now The time.
   * @returns Their names, in the order of {@linkcode AssociationTimeouts}.
   */
  expired(now: number): TimerName[] {
    const names = NAMES.filter((name) => this.#deadlines[name] <= now);
    for (const name of names) this.stop(name);
    return names;
  }

  /**
   * The error of a deadline that has passed.
   *
   * @param name Which.
   * @returns What was waited for, and how long.
   */
  error(name: TimerName): TimeoutError {
    const seconds = this.#timeouts[name] / 1000;
    return new TimeoutError(`Gave up after ${seconds} s: waited for ${WAITED_FOR[name]}`, name);
  }
}
