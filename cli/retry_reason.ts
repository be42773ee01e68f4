/**
 * Which failures may pass: those after which it is worth while to try the same again.
 *
 * @module
 */

import { describeStatus, type DimseService, formatStatus, STATUS } from "../lib/dimse/status.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  TimeoutError,
  TlsError,
} from "../lib/errors.ts";

/** What kind of failure it was. */
export type RetryCause =
  /** There was no connection, or it was lost. */
  | "connection"
  /** A deadline passed. */
  | "timeout"
  /** The peer rejected the association for the time being. */
  | "rejected"
  /** The association was aborted. */
  | "aborted"
  /** The peer answered with a status that speaks of want of resources. */
  | "status"
  /** The work was done, but some instances failed or did not come. */
  | "incomplete";

/** Why to try again. */
export interface RetryReason {
  /** What kind of failure it was. */
  readonly cause: RetryCause;
  /** What happened, without a full stop. */
  readonly sentence: string;
}

/**
 * Whether an error may pass.
 *
 * What stays as it is: a permanent rejection, no usable presentation context, a certificate that is not
 * trusted, a peer that does not speak DICOM, and everything on our side.
 *
 * @param error What was thrown.
 * @returns Why to try again; `undefined` when that is of no use.
 *
 * @example
 * ```ts
 * import { reasonOfError } from "./retry_reason.ts";
 * import { ConnectionError, NegotiationError } from "../lib/errors.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(reasonOfError(new ConnectionError("Connection refused"))?.cause, "connection");
 * assert.equal(reasonOfError(new NegotiationError("No context was accepted")), undefined);
 * ```
 */
export function reasonOfError(error: unknown): RetryReason | undefined {
  if (!(error instanceof Error)) return undefined;
  const cause = causeOf(error);
  return cause === undefined ? undefined : { cause, sentence: error.message };
}

function causeOf(error: Error): RetryCause | undefined {
  if (error instanceof TimeoutError) return "timeout";
  if (error instanceof AssociationAbortedError) return "aborted";
  if (error instanceof ConnectionError) return isLasting(error) ? undefined : "connection";
  if (error instanceof AssociationRejectedError) return isTransient(error) ? "rejected" : undefined;
  return undefined;
}

/**
 * A rejection says itself whether it is for good (PS3.8 section 9.3.4). Those of the presentation-related
 * provider are congestion and a local limit: some peers call these permanent.
 */
function isTransient({ result, source }: AssociationRejectedError): boolean {
  return result === REJECTED_TRANSIENT || source === PRESENTATION_RELATED;
}

/** A certificate or a permission does not mend itself. */
function isLasting(error: ConnectionError): boolean {
  if (error instanceof TlsError) return error.fault !== "closed";
  return error.cause instanceof Deno.errors.NotCapable;
}

/**
 * Whether a status may pass: those of Out of Resources, A7xx (PS3.4 tables B.2-1 and C.4-2), and Resource
 * Limitation, 0213 (PS3.7 annex C).
 *
 * @param status The status of a final response.
 * @param service The DIMSE service.
 * @returns Why to try again; `undefined` when that is of no use.
 *
 * @example
 * ```ts
 * import { reasonOfStatus } from "./retry_reason.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(reasonOfStatus(0xa700, "C-STORE")?.cause, "status");
 * assert.equal(reasonOfStatus(0xa801, "C-MOVE"), undefined);
 * ```
 */
export function reasonOfStatus(
  status: number,
  service: DimseService,
): RetryReason | undefined {
  if (status >> 8 !== OUT_OF_RESOURCES && status !== STATUS.resourceLimitation) return undefined;
  const meaning = describeStatus(status, service);
  return { cause: "status", sentence: `The peer says: ${meaning} (${formatStatus(status)})` };
}

const OUT_OF_RESOURCES = 0xa7;
const REJECTED_TRANSIENT = 2;
const PRESENTATION_RELATED = 3;
