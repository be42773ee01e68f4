/**
 * What came of a retrieve, as an exit code and as the last line of the log.
 *
 * @module
 */

import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import type { Balance } from "./ledger.ts";

/**
 * The exit code of a retrieve that came to its final response. What this computer failed in counts
 * first, since the archive's failures follow from it.
 *
 * @param status The status of the final response.
 * @param balance How the books stand; instances that nobody waited for here are not missing.
 * @param isCancelled Whether the user pressed Ctrl-C.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { outcomeOf } from "./outcome.ts";
 * import { Ledger } from "./ledger.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(outcomeOf(0xa801, new Ledger().balance, false), 7);
 * ```
 */
export function outcomeOf(status: number, balance: Balance, isCancelled: boolean): ExitCode {
  if (balance.storageFailed > 0) return EXIT_CODE.storage;
  if (status === STATUS.cancel) return EXIT_CODE.cancelled;
  const isShort = balance.failed > 0 || balance.missing > 0;
  switch (statusCategory(status)) {
    case "success":
      if (!isShort) return EXIT_CODE.success;
      return isCancelled ? EXIT_CODE.cancelled : EXIT_CODE.partial;
    case "warning":
      return isCancelled ? EXIT_CODE.cancelled : EXIT_CODE.partial;
    default:
      return EXIT_CODE.failure;
  }
}

/** What the summary tells. */
export interface SummaryOptions {
  readonly balance: Balance;
  /** Whether the instances were to arrive here, and not at a third application entity. */
  readonly isReceiver: boolean;
  /** The AE title that they went to. */
  readonly destination: string;
  /** How long it took, in milliseconds. */
  readonly elapsed: number;
}

/**
 * The last line of the log.
 *
 * @param options What it tells.
 * @returns A line.
 */
export function summarize(options: SummaryOptions): string {
  const { balance, isReceiver, destination, elapsed } = options;
  const { received, repeated, bytes, promised, failed, missing } = balance;
  const time = `${(elapsed / 1000).toFixed(1)} s`;
  if (!isReceiver) {
    const sent = promised === undefined ? "An unknown number of" : `${promised}`;
    const instances = promised === 1 ? "instance" : "instances";
    return `${sent} ${instances} sent to ${destination} in ${time}; ${failed} failed`;
  }
  const size = bytes > 0 ? ` (${formatSize(bytes)})` : "";
  const again = repeated > 0 ? `, ${repeated} of them again` : "";
  return `Received ${received} ${
    received === 1 ? "instance" : "instances"
  }${size} in ${time}${again}; ` +
    `${promised ?? "an unknown number"} promised, ${failed} failed, ${missing} missing`;
}

/**
 * Writes a size for people, in powers of ten.
 *
 * @param bytes The size.
 * @returns Such as `6.3 MB`.
 *
 * @example
 * ```ts
 * import { formatSize } from "./outcome.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatSize(6_300_000), "6.3 MB");
 * ```
 */
export function formatSize(bytes: number): string {
  let size = bytes;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (size < 999.95) return `${unit === "B" ? size : size.toFixed(1)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}
