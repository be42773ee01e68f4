/**
 * How an association ended, as the error that everything under way fails with.
 *
 * @module
 */

import type { AbortedEvent } from "../association/event.ts";
import { AssociationAbortedError, AssociationRejectedError, ConnectionError } from "../errors.ts";
import type { AssociateRejectPdu } from "../pdu/pdu.ts";
import { describeAbort, describeRejection } from "./reason.ts";

/** The settled end of an association. */
export type End = { readonly released: true } | { readonly released: false; readonly error: Error };

/** The error of a connection that was closed without further ado. */
export function closedError(): Error {
  return new ConnectionError("Lost the connection: the peer closed it");
}

/** The error of an association that was aborted, by whichever side. */
export function abortedError(event: AbortedEvent): Error {
  if (event.by === "us") return event.error ?? new AssociationAbortedError("Association aborted");
  if (event.by === "transport") return event.error ?? closedError();
  return new AssociationAbortedError(describeAbort(event.source ?? 0, event.reason ?? 0));
}

/** The error of an association that was rejected. */
export function rejectedError(reject: AssociateRejectPdu): Error {
  return new AssociationRejectedError(describeRejection(reject), reject);
}

/** The error of what is still to be done on an association that is released. */
export function releasedError(): Error {
  return new AssociationAbortedError("Cannot go on: the association was released");
}

/** The error of an association that its acceptor ends because it stops serving. */
export function drainedError(): Error {
  return new AssociationAbortedError("Association aborted: this side stops serving");
}

/** The error that an AbortSignal was aborted with. */
export function reasonOf(signal: AbortSignal | undefined): Error {
  return asError(signal?.reason);
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new AssociationAbortedError(String(thrown));
}
