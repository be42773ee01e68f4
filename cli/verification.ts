/**
 * `--verify`: whether all is here that the archive named beforehand. What the archive answers to the
 * retrieve itself counts for nothing in this.
 *
 * @module
 */

import type { EventOutput } from "./event_output.ts";
import type { ToolLog } from "./log.ts";

/** The books, as far as they are compared. */
export interface VerifiedBooks {
  /** Which instances the archive named. */
  readonly expectedUids: ReadonlySet<string>;
  /** Which of them are not here. */
  readonly absentUids: readonly string[];
  /** Which came although it has not named them. */
  readonly unexpectedUids: readonly string[];
}

/** What is known when the retrieve is over. */
export interface VerificationOptions {
  /** The books; `undefined` where the archive does not name its instances. */
  readonly books: VerifiedBooks | undefined;
  /** Of a retrieve to a third application entity, how many the archive says it has sent there. */
  readonly sent?: number;
  readonly log: ToolLog;
  readonly events: EventOutput;
}

/**
 * Compares, and tells what came of it.
 *
 * @param options What is known.
 * @returns Whether all is here. What was not asked for does not count against it, and is told.
 *
 * @example
 * ```ts
 * import { EventOutput } from "./event_output.ts";
 * import { ToolLog } from "./log.ts";
 * import { tellVerification } from "./verification.ts";
 * import assert from "node:assert/strict";
 *
 * let told = "";
 * const isComplete = tellVerification({
 *   books: { expectedUids: new Set(["1.2", "1.3"]), absentUids: ["1.3"], unexpectedUids: [] },
 *   log: new ToolLog("info", (text) => void (told += text)),
 *   events: new EventOutput(undefined, { now: () => 0, schedule: () => () => {} }),
 * });
 * assert.equal(isComplete, false);
 * assert.equal(told, "W: 1 of 2 instances that the archive named is not here: 1.3\n");
 * ```
 */
export function tellVerification({ books, sent, log, events }: VerificationOptions): boolean {
  if (books === undefined) {
    events.emit({
      event: "verification",
      expected: null,
      complete: null,
      missingSopInstanceUids: [],
      unexpectedSopInstanceUids: [],
    });
    log.warn(
      "Cannot verify the retrieve: by C-FIND, the archive names no instances of what is asked for",
    );
    return false;
  }
  const { expectedUids: { size: expected } } = books;
  const isElsewhere = sent !== undefined;
  const missing = isElsewhere ? [] : books.absentUids;
  const unexpected = isElsewhere ? [] : books.unexpectedUids;
  const complete = isElsewhere ? Math.min(sent, expected) : expected - missing.length;
  events.emit({
    event: "verification",
    expected,
    complete,
    missingSopInstanceUids: missing,
    unexpectedSopInstanceUids: unexpected,
  });
  const open = expected - complete;
  const be = (number: number): string => number === 1 ? "is" : "are";
  if (open > 0) {
    const what = `${open} of ${count(expected)} that the archive named ${be(open)}`;
    log.warn(
      isElsewhere ? `${what} not among those it sent` : `${what} not here: ${list(missing)}`,
    );
  } else {
    const where = isElsewhere ? "among those it sent" : "here";
    const what = `${complete} of ${count(expected)} that the archive named ${be(complete)}`;
    log.info(`Verified: ${what} ${where}`);
  }
  if (unexpected.length > 0) {
    log.warn(
      `${count(unexpected.length)} came that the archive had not named: ${list(unexpected)}`,
    );
  }
  return open === 0;
}

function count(number: number): string {
  return `${number} ${number === 1 ? "instance" : "instances"}`;
}

function list(uids: readonly string[]): string {
  const rest = uids.length - MOST_LISTED;
  const more = rest > 0 ? `, and ${rest} more, which --json lists` : "";
  return uids.slice(0, MOST_LISTED).join(", ") + more;
}

/** As many as somebody reads. */
const MOST_LISTED = 10;
