/**
 * The books of a sending: what was sent, what failed and why, and the exit code that follows.
 *
 * @module
 */

import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import { formatSize } from "./outcome.ts";

/**
 * Why a file was not sent: it cannot be `read`, or holds nothing that may be sent; the peer accepted no
 * `context` for it; the peer `refused` it by a failure status; its association was `lost`.
 */
export type FailureCause = "read" | "context" | "refused" | "lost";

/**
 * Keeps the books of one run.
 *
 * @example
 * ```ts
 * import { StoreTally } from "./store_tally.ts";
 * import assert from "node:assert/strict";
 *
 * const tally = new StoreTally();
 * tally.sent(1000, false);
 * tally.failed("refused", "1.2.3");
 * assert.equal(tally.exitCode(false), 6);
 * assert.equal(tally.summary(500), "Sent 1 instance (1.0 kB) in 0.5 s; 1 failed");
 * ```
 */
export class StoreTally {
  readonly #failures = new Map<FailureCause, number>();
  readonly #failedUids = new Set<string>();
  #sent = 0;
  #warned = 0;
  #bytes = 0;
  #unsent = 0;
  #skipped = 0;
  #before = 0;
  #error: ExitCode | undefined;

  /**
   * The peer took an instance.
   *
   * @param bytes The size of its file.
   * @param isWarning Whether with a warning.
   */
  sent(bytes: number, isWarning: boolean): void {
    this.#sent += 1;
    this.#bytes += bytes;
    if (isWarning) this.#warned += 1;
  }

  /**
   * A file could not be sent.
   *
   * @param cause Why.
   * @param sopInstanceUid Of the instance in it, where that is known.
   */
  failed(cause: FailureCause, sopInstanceUid?: string): void {
    this.#failures.set(cause, (this.#failures.get(cause) ?? 0) + 1);
    if (sopInstanceUid !== undefined) this.#failedUids.add(sopInstanceUid);
  }

  /**
   * Files were not tried, since the run ended before.
   *
   * @param count How many.
   */
  unsent(count: number): void {
    this.#unsent += count;
  }

  /** A file is no DICOM file, and nobody said it were one. */
  skipped(): void {
    this.#skipped += 1;
  }

  /**
   * Instances were sent by an earlier run.
   *
   * @param count How many.
   */
  sentBefore(count: number): void {
    this.#before += count;
  }

  /** It is tried again: how associations have failed is of no interest any more. */
  tryAgain(): void {
    this.#error = undefined;
  }

  /**
   * An association could not be had, or was lost.
   *
   * @param code What it means for the exit code, where nothing was sent. The first counts.
   */
  associationFailed(code: ExitCode): void {
    this.#error ??= code;
  }

  /** How many instances the peer took. */
  get sentCount(): number {
    return this.#sent;
  }

  /** Bytes of the files that were sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many files failed; those that were not tried are not among them. */
  get failedCount(): number {
    return [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many files were not tried. */
  get unsentCount(): number {
    return this.#unsent;
  }

  /** The instances that failed, as far as they are known. */
  get failedSopInstanceUids(): readonly string[] {
    return [...this.#failedUids];
  }

  /**
   * The exit code.
   *
   * @param isCancelled Whether the user pressed Ctrl-C.
   * @returns The exit code.
   */
  exitCode(isCancelled: boolean): ExitCode {
    const isShort = this.failedCount > 0 || this.#unsent > 0;
    if (isCancelled && (this.#unsent > 0 || this.#sent === 0)) return EXIT_CODE.cancelled;
    if (this.#sent > 0) return isShort || this.#warned > 0 ? EXIT_CODE.partial : EXIT_CODE.success;
    if (this.#has("refused")) return EXIT_CODE.failure;
    if (this.#error !== undefined) return this.#error;
    if (this.#has("context")) return EXIT_CODE.association;
    if (this.#before > 0) return isShort ? EXIT_CODE.partial : EXIT_CODE.success;
    return EXIT_CODE.usage;
  }

  /**
   * The last line of the log.
   *
   * @param elapsed How long it took, in milliseconds.
   * @returns A line.
   */
  summary(elapsed: number): string {
    const size = this.#bytes > 0 ? ` (${formatSize(this.#bytes)})` : "";
    const time = `${(elapsed / 1000).toFixed(1)} s`;
    const parts = [`${this.failedCount} failed`];
    if (this.#before > 0) parts.unshift(`${this.#before} sent before`);
    if (this.#warned > 0) parts.unshift(`${this.#warned} with a warning`);
    if (this.#unsent > 0) parts.push(`${this.#unsent} not tried`);
    if (this.#skipped > 0) parts.push(`${this.#skipped} not DICOM, skipped`);
    return `Sent ${this.#sent} ${this.#sent === 1 ? "instance" : "instances"}${size} in ${time}; ` +
      parts.join(", ");
  }

  #has(cause: FailureCause): boolean {
    return this.#failures.has(cause);
  }
}
