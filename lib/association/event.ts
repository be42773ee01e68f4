/**
 * What the association core tells its driver, one event at a time and in order.
 *
 * @module
 */

import type { AssociateAcceptPdu, AssociateRejectPdu, AssociateRequestPdu } from "../pdu/pdu.ts";
import type { DimseEvent } from "../dimse/assembler.ts";
import type { AcceptedContext, RejectedContext } from "./presentation_context.ts";

/** A peer asks for an association: answer with `accept()` or `reject()` of the core. */
export interface AssociationRequestedEvent {
  readonly type: "association-requested";
  readonly request: AssociateRequestPdu;
}

/** The peer accepted the association. */
export interface AssociationAcceptedEvent {
  readonly type: "association-accepted";
  readonly accept: AssociateAcceptPdu;
  readonly accepted: readonly AcceptedContext[];
  readonly rejected: readonly RejectedContext[];
}

/** The association was rejected: by the peer, or by the core for its protocol version. */
export interface AssociationRejectedEvent {
  readonly type: "association-rejected";
  readonly reject: AssociateRejectPdu;
}

/** The peer asks for the release; the core has answered, or will as soon as it may. */
export interface ReleaseRequestedEvent {
  readonly type: "release-requested";
}

/** The association is over in good order, released by either side. */
export interface ReleasedEvent {
  readonly type: "released";
}

/** The association is over by an A-ABORT, or because the transport was lost. */
export interface AbortedEvent {
  readonly type: "aborted";
  /** `us`: we sent the A-ABORT. `transport`: the connection was lost. */
  readonly by: "us" | "peer" | "transport";
  /** Source and reason of the A-ABORT, where there is one. */
  readonly source?: number;
  readonly reason?: number;
  /** Why, where it was we who found the fault. */
  readonly error?: Error;
}

/** The transport was closed before there was an association: a port scan, a health probe. */
export interface ClosedEvent {
  readonly type: "closed";
  /** ARTIM ran out, where that was why. */
  readonly error?: Error;
}

/** What the association core tells its driver. */
export type CoreEvent =
  | AssociationRequestedEvent
  | AssociationAcceptedEvent
  | AssociationRejectedEvent
  | ReleaseRequestedEvent
  | ReleasedEvent
  | AbortedEvent
  | ClosedEvent
  | DimseEvent;
