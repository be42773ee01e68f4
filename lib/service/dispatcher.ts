/**
 * Gives each request of an association to the service that it is for.
 *
 * Requests are dealt with one after the other, as the single operation of a synchronous association
 * (PS3.7 section D.3.3.3); a peer that sends more at once waits.
 *
 * @module
 */

import type { RequestMessage, UnsupportedRequestMessage } from "../dimse/message.ts";
import { responseTo } from "../dimse/response.ts";
import { STATUS } from "../dimse/status.ts";
import type { Handlers, StatusReply } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import type { InboundRequest, RequestHandler } from "../net/request_handler.ts";
import type { DataConsumer } from "../net/data_consumer.ts";
import { VERIFICATION } from "../sop_class.ts";
import { attributeTags, type StorageScpOptions, storeTask } from "./storage_scp.ts";

/** How the dispatcher serves. */
export interface DispatcherOptions {
  /** The services to offer. */
  readonly handlers: Handlers;
  /** Whether an instance whose data set is broken is handed on and answered 0xB007. */
  readonly keepBrokenDataSets: boolean;
  /** Told when a handler failed other than by its status. */
  readonly onHandlerError: (error: unknown) => void;
  /**
   * How long a handler may leave a data set alone that it has not read to its end, in milliseconds; 0
   * is for ever. Then the association is aborted: while nothing is read of it, it does not show whether
   * its peer is still there. Default {@linkcode DEFAULT_HANDLER_TIMEOUT}.
   */
  readonly handlerTimeout?: number;
  /** The clock; the system's by default. */
  readonly clock?: Clock;
}

/**
 * The default of {@linkcode DispatcherOptions.handlerTimeout}, in milliseconds: beyond what a slow disk
 * takes, and beyond what peers wait for an answer.
 */
export const DEFAULT_HANDLER_TIMEOUT = 600_000;

/** What is answered when the reply itself cannot be sent: a peer that gets no answer waits. */
const FAILED: StatusReply = { status: STATUS.processingFailure };

type Answerable = RequestMessage | UnsupportedRequestMessage;

/** The work of one request: the reply, or nothing when there is nobody to reply to. */
type Work = () => Promise<StatusReply | undefined>;

/**
 * Makes the request handler of one association.
 *
 * @param association The association.
 * @param options The services to offer.
 * @returns Takes the requests.
 * @throws {TypeError} When handlers ask for an attribute that is not in the dictionary, or a sequence.
 *
 * @example
 * ```ts
 * import { associate, cEcho, dispatcher, serve, VERIFICATION } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * // A requestor that takes C-STORE requests on its association, as during a C-GET.
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "GETSCU",
 *   calledAeTitle: "ARCHIVE",
 *   presentationContexts: [{
 *     abstractSyntax: VERIFICATION,
 *     transferSyntaxes: ["1.2.840.10008.1.2"],
 *   }],
 *   onRequest: (association) =>
 *     dispatcher(association, {
 *       handlers: { store: () => 0x0000 },
 *       keepBrokenDataSets: false,
 *       onHandlerError: console.error,
 *     }),
 * });
 * assert.equal((await cEcho(association)).status, 0x0000);
 * ```
 */
export function dispatcher(association: Association, options: DispatcherOptions): RequestHandler {
  const { handlerTimeout = DEFAULT_HANDLER_TIMEOUT, clock = systemClock } = options;
  const attributes = attributeTags(options.handlers.attributes);
  const inProgress = new Set<number>();
  let queue: Promise<void> = Promise.resolve();

  const answer = async (
    contextId: number,
    message: Answerable,
    work: Work,
  ): Promise<void> => {
    try {
      const reply = await work();
      if (reply !== undefined) await association.send(contextId, responseTo(message, reply));
    } catch (error) {
      // The association was lost before the reply: there is nobody to tell.
      if (association.signal.aborted) return;
      options.onHandlerError(error);
      await association.send(contextId, responseTo(message, FAILED)).catch(() => {
        // It was lost in the meantime.
      });
    } finally {
      inProgress.delete(message.messageId);
      association.answered();
    }
  };

  return (inbound): DataConsumer | undefined => {
    const { context, message } = inbound;
    // Nothing that can be cancelled is served here; a C-CANCEL that comes too late is legal.
    if (message.type === "C-CANCEL-RQ") return undefined;
    const isRepeated = inProgress.has(message.messageId);
    inProgress.add(message.messageId);
    const { consumer, work } = isRepeated
      ? refusal(STATUS.duplicateInvocation)
      : serviceFor(association, inbound, message, {
        ...options,
        ...{ attributes, handlerTimeout, clock },
      });
    queue = queue.then(() => answer(context.id, message, work));
    return consumer;
  };
}

function refusal(status: number): { consumer: DataConsumer | undefined; work: Work } {
  return { consumer: undefined, work: () => Promise.resolve({ status }) };
}

function serviceFor(
  association: Association,
  inbound: InboundRequest,
  message: Answerable,
  options:
    & DispatcherOptions
    & Pick<StorageScpOptions, "attributes" | "handlerTimeout" | "clock">,
): { consumer: DataConsumer | undefined; work: Work } {
  const isVerification = inbound.context.abstractSyntax === VERIFICATION;
  const { store } = options.handlers;
  if (message.type === "C-ECHO-RQ" && isVerification) return refusal(STATUS.success);
  if (message.type === "C-STORE-RQ") {
    if (isVerification || store === undefined) return refusal(STATUS.sopClassNotSupported);
    const { consumer, run } = storeTask(association, { ...inbound, message }, {
      ...options,
      store: (request) => store.call(options.handlers, request),
    });
    return { consumer, work: run };
  }
  return refusal(STATUS.unrecognizedOperation);
}
