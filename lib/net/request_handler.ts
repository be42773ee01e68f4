/**
 * What the driver hands up: the peer's requests, and the association requests to decide on.
 *
 * @module
 */

import type { AcceptedContext } from "../association/presentation_context.ts";
import type {
  CancelRequestMessage,
  RequestMessage,
  UnsupportedRequestMessage,
} from "../dimse/message.ts";
import type { AssociateAcceptPdu, AssociateRejectPdu } from "../pdu/pdu.ts";
import type { DataConsumer } from "./data_consumer.ts";

/** A message that the peer began: a request, or the cancelling of one. */
export interface InboundRequest {
  /** The presentation context that the message came by, and that its response goes by. */
  readonly context: AcceptedContext;
  /** The command set; where it announces a data set, that goes to the consumer. */
  readonly message: RequestMessage | CancelRequestMessage | UnsupportedRequestMessage;
}

/** Takes the requests of the peer; says where the data set goes, if one follows. */
export type RequestHandler = (request: InboundRequest) => DataConsumer | undefined;

/** The answer of an acceptor to an association request. */
export type Decision =
  | { readonly accept: AssociateAcceptPdu; readonly onRequest: RequestHandler }
  | {
    readonly reject: AssociateRejectPdu;
    /** Why, in words, for those on this side: the codes tell the peer less. */
    readonly because?: string;
  };
