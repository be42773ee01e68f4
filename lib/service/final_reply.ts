/**
 * How an operation with several responses ends.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { SubOperationCounters } from "../dimse/message.ts";
import { STATUS } from "../dimse/status.ts";
import type { StatusReply } from "../handler/handler.ts";
import { thrownStatus } from "./store_outcome.ts";

/** The last response, and when the handler has let go. */
export interface FinalReply extends StatusReply {
  /** Of a retrieve. */
  readonly counters?: SubOperationCounters;
  /** Failed SOP Instance UID List, encoded. */
  readonly identifier?: Uint8Array;
  /**
   * Resolves when the handler is done with the request, which may be later than the reply: one that was
   * cancelled is answered at once.
   */
  readonly ended?: Promise<void> | undefined;
}

/**
 * Says what is answered for what a handler threw.
 *
 * @param error What was thrown.
 * @param onHandlerError Told when it has no status.
 * @returns Its status, or Unable to process.
 */
export function failureReply(
  error: unknown,
  onHandlerError: (error: unknown) => void,
): StatusReply {
  const status = thrownStatus(error);
  if (status !== undefined) return { status, ...detailsOf(error) };
  onHandlerError(error);
  return { status: STATUS.cannotUnderstand, errorComment: "Unable to process" };
}

/** What goes with a thrown status: its own, or the message of the error; and only what can be sent. */
function detailsOf(error: unknown): Omit<StatusReply, "status"> {
  if (typeof error !== "object" || error === null) return {};
  const { errorComment, message, offendingElements }: Readonly<Record<string, unknown>> = {
    ...error,
    ...(error instanceof Error && { message: error.message }),
  };
  const comment = errorComment ?? message;
  return {
    ...(typeof comment === "string" && comment !== "" && { errorComment: comment }),
    ...(Array.isArray(offendingElements) && { offendingElements: offendingElements.filter(isTag) }),
  };
}

function isTag(element: unknown): element is number {
  return typeof element === "number" && element === element >>> 0;
}

/**
 * Says what is answered for an identifier that cannot be decoded.
 *
 * @param error Why.
 * @returns The reply.
 * @throws The error, when it is another one.
 */
export function brokenIdentifierReply(error: unknown): StatusReply {
  if (!(error instanceof DataSetError)) throw error;
  const { message, tag } = error;
  return {
    status: STATUS.cannotUnderstand,
    errorComment: message,
    ...(tag === undefined ? {} : { offendingElements: [tag] }),
  };
}
