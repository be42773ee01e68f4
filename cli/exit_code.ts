/**
 * The exit codes that all tools share.
 *
 * @module
 */

/** What a tool's exit code says. */
export const EXIT_CODE = {
  /** All done, nothing failed. */
  success: 0,
  /** An unexpected internal error: a bug. */
  internal: 1,
  /** Wrong usage, or input that cannot be read. Nothing was sent. */
  usage: 2,
  /** No connection, neither TCP nor TLS. */
  connection: 3,
  /** The association was rejected or aborted, or has no usable presentation context. */
  association: 4,
  /** A deadline passed. */
  timeout: 5,
  /** Partly done: a warning status, or some instances failed or are missing. */
  partial: 6,
  /** Refused or failed by the peer: a DIMSE failure status. */
  failure: 7,
  /** The local storage failed. */
  storage: 8,
  /** Cancelled. */
  cancelled: 130,
} as const;

/** One of the values of {@linkcode EXIT_CODE}. */
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

/** The table of exit codes, for `--help`. */
export const EXIT_CODE_HELP: readonly string[] = [
  "  0    all done, nothing failed",
  "  1    unexpected internal error",
  "  2    wrong usage or unreadable input; nothing was sent",
  "  3    no connection",
  "  4    association rejected, aborted, or no usable presentation context",
  "  5    time-out",
  "  6    partly done: warning status, or some instances failed or missing",
  "  7    refused or failed by the peer (DIMSE failure status)",
  "  8    local storage failed",
  "  130  cancelled",
];

/** The command line, or a file that it names, cannot be used: exit code 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
