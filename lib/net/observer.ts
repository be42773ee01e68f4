/**
 * What happens on an association, told to whoever logs or audits.
 *
 * @module
 */

import type { AssociationInfo } from "../handler/handler.ts";
import type { AssociateAcceptPdu, AssociateRejectPdu, AssociateRequestPdu } from "../pdu/pdu.ts";
import type { Message } from "../dimse/message.ts";

export type { PduObserver, PduPassage } from "./pdu_tap.ts";

/** Something that happened on an association. */
export type AssociationEvent =
  & { readonly association: AssociationInfo }
  & (
    | { readonly type: "connection-opened" }
    | { readonly type: "connection-closed"; readonly error?: Error }
    | {
      readonly type: "association-requested";
      readonly role: "requestor" | "acceptor";
      readonly request: AssociateRequestPdu;
    }
    | { readonly type: "association-accepted"; readonly accept: AssociateAcceptPdu }
    | {
      readonly type: "association-rejected";
      readonly reject: AssociateRejectPdu;
      /** Why we rejected it, where the codes do not say it. */
      readonly because?: string;
    }
    | { readonly type: "association-released" }
    | {
      readonly type: "association-aborted";
      /** `us`: we sent the A-ABORT. `transport`: the connection was lost. */
      readonly by: "us" | "peer" | "transport";
      readonly source?: number;
      readonly reason?: number;
      readonly error?: Error;
    }
    | {
      readonly type: "message-sent" | "message-received";
      readonly contextId: number;
      readonly message: Message;
    }
    | { readonly type: "handler-failed"; readonly error: unknown }
    | {
      /** A sub-operation of a retrieve failed, and no C-STORE response says why. */
      readonly type: "sub-operation-failed";
      readonly sopInstanceUid: string;
      readonly error: unknown;
    }
  );

/** An event that is not said yet of which association it is. */
export type Unattributed<Event = AssociationEvent> = Event extends unknown
  ? Omit<Event, "association">
  : never;

/** Takes the events, and should not take long. What it throws is dropped. */
export type Observer = (event: AssociationEvent) => void;

/**
 * Makes an observer that cannot do harm: a log that is full must not end an association, and from a
 * timer or a promise nobody awaits an error would end the program.
 *
 * @param observer The observer, if there is one.
 * @returns Tells it, and drops what it throws or rejects with.
 */
export function harmless(observer: Observer | undefined): Observer {
  if (observer === undefined) return () => {};
  return (event) => {
    try {
      const result: unknown = observer(event);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // Whoever observes has to report its own failures: there is nobody else to tell.
    }
  };
}
