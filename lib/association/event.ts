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
  /** The core is in Sta3, and waits for the answer. */
  readonly type: "association-requested";
  /** What the peer proposes; its protocol version has been checked, nothing else. */
  readonly request: AssociateRequestPdu;
}

/** The peer accepted the association. */
export interface AssociationAcceptedEvent {
  /** The core is in Sta6; messages can be exchanged. */
  readonly type: "association-accepted";
  /** The A-ASSOCIATE-AC as it came. */
  readonly accept: AssociateAcceptPdu;
  /** The contexts that can be used; none is possible. */
  readonly accepted: readonly AcceptedContext[];
  /** The contexts that cannot be used, and why. */
  readonly rejected: readonly RejectedContext[];
  /** How many operations we may have under way at once; 0 is unlimited. */
  readonly operations: number;
}

/** The association was rejected: by the peer, or by the core for its protocol version. */
export interface AssociationRejectedEvent {
  /** There is no association; the connection is closed, or about to be. */
  readonly type: "association-rejected";
  /** The A-ASSOCIATE-RJ that came or was sent. */
  readonly reject: AssociateRejectPdu;
}

/**
 * The peer asks for the release. No new operation can be begun; send the responses that are still due,
 * and then answer with {@linkcode AssociationCore.acceptRelease}.
 */
export interface ReleaseRequestedEvent {
  /** No new operation can be begun. */
  readonly type: "release-requested";
}

/** The association is over in good order, released by either side. */
export interface ReleasedEvent {
  /** Nothing more comes, and nothing more can be sent. */
  readonly type: "released";
}

/** The association is over by an A-ABORT, or because the transport was lost. */
export interface AbortedEvent {
  /** Nothing more comes, and what is under way has failed. */
  readonly type: "aborted";
  /** `us`: we sent the A-ABORT. `transport`: the connection was lost. */
  readonly by: "us" | "peer" | "transport";
  /** Source and reason of the A-ABORT, where there is one. */
  readonly source?: number;
  /** Reason/Diag. of PS3.8 table 9-26; only significant when the source is 2. */
  readonly reason?: number;
  /** Why, where it was we who found the fault, or the transport tells. */
  readonly error?: Error;
}

/** The transport was closed before there was an association: a port scan, a health probe. */
export interface ClosedEvent {
  /** No event comes after it. */
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
