/**
 * What happens on an association, told to whoever logs or audits.
 *
 * @module
 */

import type { AssociationInfo } from "../handler/handler.ts";
import type { AssociateAcceptPdu, AssociateRejectPdu, AssociateRequestPdu } from "../pdu/pdu.ts";
import type { Message } from "../dimse/message.ts";

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
    | { readonly type: "association-rejected"; readonly reject: AssociateRejectPdu }
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
  );

/** Takes the events; must not throw, and should not take long. */
export type Observer = (event: AssociationEvent) => void;
