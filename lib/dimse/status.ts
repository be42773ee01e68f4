/**
 * Status (0000,0900) of DIMSE responses: its classes and what the codes mean (PS3.7 annex C, PS3.4
 * annexes B and C).
 *
 * @module
 */

/** The classes of status (PS3.7 section C.1). */
export type StatusCategory = "success" | "warning" | "failure" | "cancel" | "pending";

/** The composite services whose responses carry a status. */
export type DimseService = "C-STORE" | "C-FIND" | "C-GET" | "C-MOVE" | "C-ECHO";

/** Statuses by name. Where the standard leaves a range (A7xx, Cxxx), the first of it. */
export const STATUS = {
  success: 0x0000,
  attributeListError: 0x0107,
  processingFailure: 0x0110,
  duplicateSopInstance: 0x0111,
  noSuchSopInstance: 0x0112,
  attributeValueOutOfRange: 0x0116,
  invalidSopInstance: 0x0117,
  noSuchSopClass: 0x0118,
  sopClassNotSupported: 0x0122,
  notAuthorized: 0x0124,
  duplicateInvocation: 0x0210,
  unrecognizedOperation: 0x0211,
  mistypedArgument: 0x0212,
  resourceLimitation: 0x0213,
  outOfResources: 0xa700,
  cannotCountMatches: 0xa701,
  cannotPerformSubOperations: 0xa702,
  moveDestinationUnknown: 0xa801,
  dataSetDoesNotMatch: 0xa900,
  coercionOfDataElements: 0xb000,
  subOperationsIncomplete: 0xb000,
  elementsDiscarded: 0xb006,
  dataSetDoesNotMatchWarning: 0xb007,
  cannotUnderstand: 0xc000,
  cancel: 0xfe00,
  pending: 0xff00,
  pendingOptionalKeysUnsupported: 0xff01,
} as const;

/** From code `first` to `last`, both included. */
type Meaning = readonly [first: number, last: number, meaning: string];

/** PS3.7 annex C: the codes with one meaning in every service. */
const GENERAL: readonly Meaning[] = [
  [0x0000, 0x0000, "success"],
  [0x0001, 0x0001, "warning: requested optional attributes are not supported"],
  [0x0105, 0x0105, "no such attribute"],
  [0x0106, 0x0106, "invalid attribute value"],
  [0x0107, 0x0107, "warning: attribute list error"],
  [0x0110, 0x0110, "processing failure"],
  [0x0111, 0x0111, "duplicate SOP instance"],
  [0x0112, 0x0112, "no such SOP instance"],
  [0x0113, 0x0113, "no such event type"],
  [0x0114, 0x0114, "no such argument"],
  [0x0115, 0x0115, "invalid argument value"],
  [0x0116, 0x0116, "warning: attribute value out of range"],
  [0x0117, 0x0117, "invalid SOP instance"],
  [0x0118, 0x0118, "no such SOP class"],
  [0x0119, 0x0119, "class-instance conflict"],
  [0x0120, 0x0120, "missing attribute"],
  [0x0121, 0x0121, "missing attribute value"],
  [0x0122, 0x0122, "refused: SOP class not supported"],
  [0x0123, 0x0123, "no such action"],
  [0x0124, 0x0124, "refused: not authorized"],
  [0x0210, 0x0210, "duplicate invocation"],
  [0x0211, 0x0211, "unrecognized operation"],
  [0x0212, 0x0212, "mistyped argument"],
  [0x0213, 0x0213, "resource limitation"],
  [0xfe00, 0xfe00, "cancelled"],
  [0xff00, 0xff00, "pending"],
  [0xff01, 0xff01, "pending"],
];

/** PS3.4 sections C.4.2.1.5 and C.4.3.1.4; AA00H to AA04H are of the frame level (annex Y). */
const RETRIEVE: readonly Meaning[] = [
  [0x0000, 0x0000, "all sub-operations complete, no failures or warnings"],
  [0xa701, 0xa701, "refused: out of resources, cannot count the matches"],
  [0xa702, 0xa702, "refused: out of resources, cannot perform sub-operations"],
  [0xa700, 0xa7ff, "refused: out of resources"],
  [0xa900, 0xa9ff, "identifier does not match SOP class"],
  [0xaa00, 0xaa00, "none of the frames requested were found"],
  [0xaa01, 0xaa01, "unable to create a new object for this SOP class"],
  [0xaa02, 0xaa02, "unable to extract frames"],
  [0xaa03, 0xaa03, "time-based request for an object that is not time-based"],
  [0xaa04, 0xaa04, "invalid request"],
  [0xb000, 0xb000, "sub-operations complete, one or more failures or warnings"],
  [0xc000, 0xcfff, "unable to process"],
  [0xfe00, 0xfe00, "sub-operations terminated by cancel"],
  [0xff00, 0xff00, "sub-operations are continuing"],
];

/** What each service says of the codes it may define itself; the first that fits counts. */
const BY_SERVICE: Readonly<Record<DimseService, readonly Meaning[]>> = {
  "C-ECHO": [],
  // PS3.4 table B.2-1
  "C-STORE": [
    [0x0000, 0x0000, "stored"],
    [0xa700, 0xa7ff, "refused: out of resources"],
    [0xa900, 0xa9ff, "data set does not match SOP class"],
    [0xb000, 0xb000, "warning: coercion of data elements"],
    [0xb006, 0xb006, "warning: elements discarded"],
    [0xb007, 0xb007, "warning: data set does not match SOP class"],
    [0xc000, 0xcfff, "cannot understand"],
  ],
  // PS3.4 table C.4-1
  "C-FIND": [
    [0x0000, 0x0000, "matching is complete"],
    [0xa700, 0xa7ff, "refused: out of resources"],
    [0xa900, 0xa9ff, "identifier does not match SOP class"],
    [0xc000, 0xcfff, "unable to process"],
    [0xfe00, 0xfe00, "matching terminated by cancel"],
    [0xff00, 0xff00, "matches are continuing"],
    [0xff01, 0xff01, "matches are continuing, one or more optional keys are not supported"],
  ],
  "C-GET": RETRIEVE,
  "C-MOVE": [[0xa801, 0xa801, "refused: move destination unknown"], ...RETRIEVE],
};

/**
 * The class of a status. A value that the standard does not allow is a failure, hence final: only
 * FF00H and FF01H announce more responses.
 *
 * @param status Status (0000,0900).
 * @returns Its class.
 *
 * @example
 * ```ts
 * import { statusCategory } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(statusCategory(0xb000), "warning");
 * assert.equal(statusCategory(0x1234), "failure");
 * ```
 */
export function statusCategory(status: number): StatusCategory {
  switch (status) {
    case 0x0000:
      return "success";
    case 0x0001:
    case 0x0107:
    case 0x0116:
      return "warning";
    case 0xfe00:
      return "cancel";
    case 0xff00:
    case 0xff01:
      return "pending";
    default:
      return status >= 0xb000 && status <= 0xbfff ? "warning" : "failure";
  }
}

/**
 * Whether the standard allows a status to be sent: whether it is in the range of one of the classes
 * (PS3.7 annex C).
 *
 * @param status Any number.
 * @returns True when it is.
 *
 * @example
 * ```ts
 * import { isLegalStatus } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isLegalStatus(0xa7ff));
 * assert.ok(!isLegalStatus(0x12345));
 * ```
 */
export function isLegalStatus(status: number): boolean {
  if (!Number.isInteger(status)) return false;
  if (statusCategory(status) !== "failure") return true;
  return (status >= 0x0100 && status <= 0x02ff) || (status >= 0xa000 && status <= 0xafff) ||
    (status >= 0xc000 && status <= 0xcfff);
}

/**
 * Says what a status means.
 *
 * @param status Status (0000,0900).
 * @param service The service whose response carries it: the codes from A000H on mean something else
 * in each.
 * @returns A few words.
 *
 * @example
 * ```ts
 * import { describeStatus } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(describeStatus(0xa801, "C-MOVE"), "refused: move destination unknown");
 * ```
 */
export function describeStatus(status: number, service: DimseService): string {
  for (const [first, last, meaning] of [...BY_SERVICE[service], ...GENERAL]) {
    if (status >= first && status <= last) return meaning;
  }
  return isLegalStatus(status) ? `unspecified ${statusCategory(status)}` : "unknown status";
}

/**
 * Writes a status for people.
 *
 * @param status Status (0000,0900).
 * @returns `0x` and four upper-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import { formatStatus } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatStatus(0xa801), "0xA801");
 * ```
 */
export function formatStatus(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
}
