/**
 * The codes of A-ASSOCIATE-RJ and A-ABORT in words (PS3.8 tables 9-21 and 9-26).
 *
 * @module
 */

import type { AssociateRejectPdu } from "../pdu/pdu.ts";

const RESULTS: Readonly<Record<number, string>> = {
  1: "rejected permanently",
  2: "rejected transiently",
};

const SOURCES: Readonly<Record<number, string>> = {
  1: "service user",
  2: "service provider (ACSE)",
  3: "service provider (presentation)",
};

const REJECT_REASONS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: {
    1: "no reason given",
    2: "application context name not supported",
    3: "calling AE title not recognised",
    7: "called AE title not recognised",
  },
  2: { 1: "no reason given", 2: "protocol version not supported" },
  3: { 1: "temporary congestion", 2: "local limit exceeded" },
};

const ABORT_REASONS: Readonly<Record<number, string>> = {
  0: "no reason given",
  1: "unrecognised PDU",
  2: "unexpected PDU",
  4: "unrecognised PDU parameter",
  5: "unexpected PDU parameter",
  6: "invalid PDU parameter value",
};

/** The three fields of an A-ASSOCIATE-RJ in words. */
export interface RejectionWords {
  /** Permanent or transient: whether trying again later may help. */
  readonly result: string;
  /** Which part of the peer rejected. */
  readonly source: string;
  /** Why; the same code means different things from different sources. */
  readonly reason: string;
}

/**
 * Says an A-ASSOCIATE-RJ in words, field by field. An undefined code is given as its number.
 *
 * @param reject The PDU.
 * @returns The three fields.
 *
 * @example
 * ```ts
 * import { rejectionWords } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const words = rejectionWords({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
 * assert.equal(words.reason, "called AE title not recognised");
 * ```
 */
export function rejectionWords(reject: AssociateRejectPdu): RejectionWords {
  const { result, source, reason } = reject;
  return {
    result: RESULTS[result] ?? `undefined result ${result}`,
    source: SOURCES[source] ?? `undefined source ${source}`,
    reason: REJECT_REASONS[source]?.[reason] ?? `undefined reason ${reason}`,
  };
}

/**
 * Says an A-ASSOCIATE-RJ as a sentence.
 *
 * @param reject The PDU.
 * @returns The sentence, without a full stop.
 *
 * @example
 * ```ts
 * import { describeRejection } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   describeRejection({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 }),
 *   "Association rejected: rejected transiently by the service provider (presentation), local limit exceeded",
 * );
 * ```
 */
export function describeRejection(reject: AssociateRejectPdu): string {
  const { result, source, reason } = rejectionWords(reject);
  return `Association rejected: ${result} by the ${source}, ${reason}`;
}

/**
 * Says an A-ABORT that came as a sentence.
 *
 * @param source 0: the peer's service-user; 2: its service-provider.
 * @param reason Significant when the source is 2.
 * @returns The sentence, without a full stop.
 *
 * @example
 * ```ts
 * import { describeAbort } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(describeAbort(0, 0), "Association aborted by the peer's application");
 * ```
 */
export function describeAbort(source: number, reason: number): string {
  if (source === 0) return "Association aborted by the peer's application";
  const what = ABORT_REASONS[reason] ?? `undefined reason ${reason}`;
  return `Association aborted by the peer's network layer: ${what}`;
}
