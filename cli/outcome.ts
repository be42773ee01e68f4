/**
 * What came of a retrieve, as an exit code and as the last line of the log.
 *
 * @module
 */

import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { EXIT_CODE, type ExitCode } from "./exit_code.ts";
import type { Balance } from "./ledger.ts";
import { reasonOfStatus, type RetryReason } from "./retry_reason.ts";

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

/**
 * Why to ask again after a final response: for want of resources, or since some instances failed or did
 * not come. What was refused as a whole stays so, and the local storage does not mend itself.
 *
 * @param status The status of the final response.
 * @param balance How the books stand.
 * @param service By which service.
 * @returns The reason; `undefined` when all is well, or asking again is of no use.
 *
 * @example
 * ```ts
 * import { reasonOfRetrieve } from "./outcome.ts";
 * import { Ledger } from "./ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new Ledger();
 * ledger.promise({ completed: 2 });
 * ledger.answered("1.2.3", 0x0000);
 * const reason = reasonOfRetrieve(0x0000, ledger.balance, "C-MOVE");
 * assert.equal(reason?.sentence, "1 instance has not come");
 * assert.equal(reasonOfRetrieve(0xa801, new Ledger().balance, "C-MOVE"), undefined);
 * ```
 */
export function reasonOfRetrieve(
  status: number,
  balance: Balance,
  service: "C-GET" | "C-MOVE",
): RetryReason | undefined {
  const { received, failed, missing, storageFailed } = balance;
  if (storageFailed > 0 || status === STATUS.cancel) return undefined;
  const reason = reasonOfStatus(status, service);
  if (reason !== undefined) return reason;
  const isRefused = statusCategory(status) === "failure" && received + failed === 0;
  const open = failed + missing;
  if (isRefused || open === 0) return undefined;
  const sentence = `${open} ${open === 1 ? "instance has" : "instances have"} not come`;
  return { cause: "incomplete", sentence };
}

/**
 * How far a status is from success, to compare two.
 *
 * @param status Of a final response.
 * @returns 0 for success, more for warnings, and most for failures.
 */
export function severityOf(status: number): number {
  return SEVERITY.indexOf(statusCategory(status));
}

const SEVERITY: readonly string[] = ["success", "warning", "failure", "cancel"];

/** What the summary tells. */
export interface SummaryOptions {
  readonly balance: Balance;
  /** Whether the instances were to arrive here, and not at a third application entity. */
  readonly isReceiver: boolean;
  /** The AE title that they went to. */
  readonly destination: string;
  /** How long it took, in milliseconds. */
  readonly elapsed: number;
  /** How many instances an earlier run has stored. */
  readonly before: number;
}

/**
 * The last line of the log.
 *
 * @param options What it tells.
 * @returns A line.
 */
export function summarize(options: SummaryOptions): string {
  const { balance, isReceiver, destination, elapsed, before } = options;
  const { received, repeated, bytes, promised, failed, missing } = balance;
  const time = `${(elapsed / 1000).toFixed(1)} s`;
  if (!isReceiver) {
    const sent = promised === undefined ? "An unknown number of" : `${promised}`;
    const instances = promised === 1 ? "instance" : "instances";
    return `${sent} ${instances} sent to ${destination} in ${time}; ${failed} failed`;
  }
  const size = bytes > 0 ? ` (${formatSize(bytes)})` : "";
  const again = repeated > 0 ? `, ${repeated} of them again` : "";
  const counts = [
    ...(before === 0 ? [] : [`${before} stored before`]),
    // When all was stored before, nobody was asked.
    ...(promised === undefined && before > 0
      ? []
      : [`${promised ?? "an unknown number"} promised`]),
    `${failed} failed`,
    `${missing} missing`,
  ];
  const instances = received === 1 ? "instance" : "instances";
  return `Received ${received} ${instances}${size} in ${time}${again}; ${counts.join(", ")}`;
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
