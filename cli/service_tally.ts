/**
 * The books of a server: what came, what was sent, what failed, and the exit code that follows. A server runs for months, so they take the same room whatever comes.
 *
 * @module
 */

import { statusCategory } from "../lib/dimse/status.ts";
import { MAXIMUM_UID_LENGTH } from "../lib/uid.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { formatSize } from "./outcome.ts";
import type { QueryService } from "./peer_queries.ts";

/** So many of those that failed are known by name at the end. */
export const FAILED_UIDS_LIMIT = 1000;

/** What is in the books, as plain data. */
export interface ServiceBooks {
  /** Those that failed to arrive, the first of them only where they are many. */
  readonly failedUids: readonly string[];
  readonly associations: number;
  readonly rejected: number;
  readonly received: number;
  readonly failed: number;
  readonly storageFailed: number;
  readonly bytes: number;
  readonly queries: number;
  readonly retrieves: number;
  readonly sent: number;
}

/**
 * Keeps the books of one run.
 *
 * @example
 * ```ts
 * import { ServiceTally } from "./service_tally.ts";
 * import assert from "node:assert/strict";
 *
 * const tally = new ServiceTally();
 * tally.associated();
 * tally.answered("1.2.3", 0x0000);
 * tally.stored(1000);
 * tally.answered("1.2.4", 0xa700);
 * assert.equal(tally.exitCode, 6);
 * assert.equal(
 *   tally.summary(500),
 *   "Received 1 instance (1.0 kB) by 1 association in 0.5 s; 1 failed",
 * );
 * ```
 */
export class ServiceTally {
  readonly #failedUids = new Set<string>();
  #associations = 0;
  #rejected = 0;
  #received = 0;
  #failed = 0;
  #storageFailed = 0;
  #bytes = 0;
  #queries = 0;
  #retrieves = 0;
  #sent = 0;

  /** An association came to be. */
  associated(): void {
    this.#associations += 1;
  }

  /** A peer was turned away. */
  rejected(): void {
    this.#rejected += 1;
  }

  /**
   * A C-STORE was answered.
   *
   * @param sopInstanceUid Of the instance.
   * @param status What it was answered with.
   */
  answered(sopInstanceUid: string, status: number): void {
    const category = statusCategory(status);
    if (category === "success" || category === "warning") this.#received += 1;
    else this.#fail(sopInstanceUid);
  }

  /**
   * An instance broke off: its association ended before it was answered.
   *
   * @param sopInstanceUid Of the instance.
   */
  lost(sopInstanceUid: string): void {
    this.#fail(sopInstanceUid);
  }

  /**
   * A query or a retrieve was answered, or has broken off.
   *
   * @param service Which.
   */
  served(service: QueryService): void {
    if (service === "C-FIND") this.#queries += 1;
    else this.#retrieves += 1;
  }

  /**
   * An instance was sent, and answered.
   *
   * @param status What it was answered with.
   */
  sent(status: number): void {
    const category = statusCategory(status);
    if (category === "success" || category === "warning") this.#sent += 1;
    else this.#failed += 1;
  }

  /** An instance could not be sent. */
  notSent(): void {
    this.#failed += 1;
  }

  /**
   * A file holds an instance.
   *
   * @param bytes Its size.
   */
  stored(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The local storage could not take an instance. */
  storageFailed(): void {
    this.#storageFailed += 1;
  }

  /** What is in the books now. */
  get books(): ServiceBooks {
    return {
      failedUids: [...this.#failedUids],
      associations: this.#associations,
      rejected: this.#rejected,
      received: this.#received,
      failed: this.#failed,
      storageFailed: this.#storageFailed,
      bytes: this.#bytes,
      queries: this.#queries,
      retrieves: this.#retrieves,
      sent: this.#sent,
    };
  }

  /**
   * Enters what is in the books of another.
   *
   * @param books The other's.
   */
  include(books: ServiceBooks): void {
    for (const uid of books.failedUids) this.#name(uid);
    this.#associations += books.associations;
    this.#rejected += books.rejected;
    this.#received += books.received;
    this.#failed += books.failed;
    this.#storageFailed += books.storageFailed;
    this.#bytes += books.bytes;
    this.#queries += books.queries;
    this.#retrieves += books.retrieves;
    this.#sent += books.sent;
  }

  /** How many instances were answered with Success or a warning. */
  get receivedCount(): number {
    return this.#received;
  }

  /** How many instances were sent, and taken by their destinations. */
  get sentCount(): number {
    return this.#sent;
  }

  /**
   * How many failed, on the way in or out; one that was sent again with success is among both.
   */
  get failedCount(): number {
    return this.#failed;
  }

  /** Those that failed to arrive here, the first of them only where they are many. */
  get failedSopInstanceUids(): readonly string[] {
    return [...this.#failedUids];
  }

  /** Bytes of the files that were written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the run came to. */
  get exitCode(): ExitCode {
    if (this.#storageFailed > 0) return EXIT_CODE.storage;
    return this.#failed > 0 ? EXIT_CODE.partial : EXIT_CODE.success;
  }

  /**
   * The last line of the log.
   *
   * @param elapsed How long it took, in milliseconds.
   * @returns A line.
   */
  summary(elapsed: number): string {
    const size = this.#bytes > 0 ? ` (${formatSize(this.#bytes)})` : "";
    const sent = this.#retrieves > 0 ? `, sent ${count(this.#sent, "instance")}` : "";
    const queries = this.#queries === 1 ? "1 query" : `${this.#queries} queries`;
    const answered = this.#queries > 0 ? `, answered ${queries}` : "";
    const rejected = this.#rejected > 0 ? `, ${count(this.#rejected, "peer")} turned away` : "";
    return `Received ${count(this.#received, "instance")}${size}${sent}${answered} ` +
      `by ${count(this.#associations, "association")} in ${(elapsed / 1000).toFixed(1)} s; ` +
      `${this.#failed} failed${rejected}`;
  }

  #fail(sopInstanceUid: string): void {
    this.#failed += 1;
    this.#name(sopInstanceUid);
  }

  #name(sopInstanceUid: string): void {
    // What is no UID is no name to look for, and may be as long as a command set.
    if (sopInstanceUid === "" || sopInstanceUid.length > MAXIMUM_UID_LENGTH) return;
    if (this.#failedUids.size < FAILED_UIDS_LIMIT) this.#failedUids.add(sopInstanceUid);
  }
}

/**
 * Writes a number of things for people.
 *
 * @param number How many.
 * @param what What they are, in the singular.
 * @returns Such as `2 instances`.
 */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
