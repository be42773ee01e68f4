/**
 * Gives each request of an association to the service that it is for.
 *
 * Requests are dealt with one after the other, whatever window was negotiated (PS3.7 section D.3.3.3); a
 * peer that sends more at once waits. Queries and retrieves, which take their time, have a line of their
 * own: so the reading goes on, and C-CANCEL comes through.
 *
 * @module
 */

import type { RequestMessage, UnsupportedRequestMessage } from "../dimse/message.ts";
import { responseTo } from "../dimse/response.ts";
import { STATUS } from "../dimse/status.ts";
import type { StatusReply } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import type { InboundRequest, RequestHandler } from "../net/request_handler.ts";
import type { DataConsumer } from "../net/data_consumer.ts";
import { LONG_OPERATIONS } from "../net/unanswered.ts";
import { VERIFICATION } from "../sop_class.ts";
import { type DataSetLimits, resolveDataSetLimits } from "./data_set_limits.ts";
import type { FinalReply } from "./final_reply.ts";
import { handlerPatience } from "./handler_patience.ts";
import {
  type InboundOperation,
  operationTask,
  type QueryRetrieveScpOptions,
} from "./query_retrieve_scp.ts";
import { attributeTags, type StorageScpOptions, storeTask } from "./storage_scp.ts";

export type { DataSetLimits } from "./data_set_limits.ts";
export type { QueryRetrieveScpOptions } from "./query_retrieve_scp.ts";

/** How the dispatcher serves. */
export interface DispatcherOptions extends QueryRetrieveScpOptions {
  /** Whether an instance whose data set is broken is handed on and answered 0xB007. */
  readonly keepBrokenDataSets: boolean;
  /**
   * How long a handler may leave a data set alone that it has not read to its end, in milliseconds; 0
   * is for ever. Then the association is aborted: while nothing is read of it, it does not show whether
   * its peer is still there. Default {@linkcode DEFAULT_HANDLER_TIMEOUT}.
   */
  readonly handlerTimeout?: number;
  /** What received data sets may take. Default: as long as they are, and 256 MiB inflated. */
  readonly dataSetLimits?: DataSetLimits;
  /** The clock; the system's by default. */
  readonly clock?: Clock;
}

/**
 * The default of {@linkcode DispatcherOptions.handlerTimeout}, in milliseconds: beyond what a slow disk
 * takes, and beyond what peers wait for an answer.
 */
export const DEFAULT_HANDLER_TIMEOUT = 600_000;

/** What is answered when the reply itself cannot be sent: a peer that gets no answer waits. */
const FAILED: FinalReply = { status: STATUS.processingFailure };

type Answerable = RequestMessage | UnsupportedRequestMessage;

/** The work of one request: the reply, or nothing when there is nobody to reply to. */
type Work = () => Promise<FinalReply | undefined>;

/** What takes the data set of a request, and its work. */
interface Service {
  readonly consumer: DataConsumer | undefined;
  readonly work: Work;
}

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
  const limits = resolveDataSetLimits(options.dataSetLimits);
  const { onHandlerError } = options;
  const patience = handlerPatience(association, { handlerTimeout, clock, onHandlerError });
  /** The message IDs under way. */
  const inProgress = new Set<number>();
  /** Of those that can be cancelled, what tells them. */
  const cancels = new Map<number, AbortController>();
  const shortOnes = new Line();
  const longOnes = new Line();
  association.signal.addEventListener("abort", () => {
    for (const controller of cancels.values()) controller.abort(association.signal.reason);
  }, { once: true });

  const answer = async (
    contextId: number,
    message: Answerable,
    work: Work,
    done: () => void,
  ): Promise<void> => {
    const failed = (error: unknown): FinalReply | undefined => {
      // The association was lost before the reply: there is nobody to tell.
      if (association.signal.aborted) return undefined;
      options.onHandlerError(error);
      return FAILED;
    };
    let reply: FinalReply | undefined;
    try {
      reply = await work();
    } catch (error) {
      reply = failed(error);
    }
    // From here on the peer may use the message ID again, and it is too late for a C-CANCEL.
    done();
    try {
      if (reply !== undefined) await respond(association, contextId, message, reply);
    } catch (error) {
      // What the reply says cannot be sent; where that cannot be either, the association was lost.
      if (failed(error)) await respond(association, contextId, message, FAILED).catch(() => {});
    } finally {
      association.answered(message.type);
    }
    // Whoever cancels over and over must not have a crowd of handlers at work.
    if (reply?.ended !== undefined) await reply.ended;
  };

  const longService = (inbound: InboundRequest): Service | undefined => {
    const { message } = inbound;
    if (!isLong(message)) return undefined;
    const task = operationTask(association, { ...inbound, message }, options);
    if (!("run" in task)) return refusal(task);
    if (longOnes.length >= LONG_OPERATIONS) return refusal({ status: STATUS.outOfResources });
    const controller = new AbortController();
    cancels.set(message.messageId, controller);
    return { consumer: task.consumer, work: () => task.run(controller.signal) };
  };

  return (inbound): DataConsumer | undefined => {
    const { context, message } = inbound;
    if (message.type === "C-CANCEL-RQ") {
      // One that comes too late is legal.
      cancels.get(message.messageIdBeingRespondedTo)?.abort();
      return undefined;
    }
    const { messageId } = message;
    if (inProgress.has(messageId)) {
      const { consumer, work } = refusal({ status: STATUS.duplicateInvocation });
      shortOnes.add(() => answer(context.id, message, work, () => {}));
      return consumer;
    }
    inProgress.add(messageId);
    const { consumer, work } = longService(inbound) ??
      serviceFor(association, inbound, message, {
        ...options,
        ...{ attributes, patience, limits },
      });
    const line = cancels.has(messageId) ? longOnes : shortOnes;
    line.add(() =>
      answer(context.id, message, work, () => {
        inProgress.delete(messageId);
        cancels.delete(messageId);
      })
    );
    return consumer;
  };
}

/** Work that is done piece by piece. */
class Line {
  readonly #waiting: (() => Promise<void>)[] = [];
  #isBusy = false;

  /** How much of it is not done. */
  get length(): number {
    return this.#waiting.length + (this.#isBusy ? 1 : 0);
  }

  /** Begins at once where nothing is before it: a data set that is there already need not wait. */
  add(work: () => Promise<void>): void {
    if (this.#isBusy) this.#waiting.push(work);
    else void this.#run(work);
  }

  async #run(first: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    for (let work: typeof first | undefined = first; work; work = this.#waiting.shift()) {
      await work();
    }
    this.#isBusy = false;
  }
}

async function respond(
  association: Association,
  contextId: number,
  message: Answerable,
  { status, errorComment, offendingElements, counters, identifier }: FinalReply,
): Promise<void> {
  const response = responseTo(message, {
    status,
    ...(errorComment !== undefined && { errorComment }),
    ...(offendingElements !== undefined && { offendingElements }),
    ...counters,
    hasDataSet: identifier !== undefined,
  });
  await association.send(contextId, response, identifier);
}

function isLong(message: InboundRequest["message"]): message is InboundOperation["message"] {
  return message.type === "C-FIND-RQ" || message.type === "C-GET-RQ" ||
    message.type === "C-MOVE-RQ";
}

function refusal(reply: StatusReply): Service {
  return { consumer: undefined, work: () => Promise.resolve(reply) };
}

function serviceFor(
  association: Association,
  inbound: InboundRequest,
  message: Answerable,
  options:
    & DispatcherOptions
    & Pick<StorageScpOptions, "attributes" | "patience" | "limits">,
): Service {
  const isVerification = inbound.context.abstractSyntax === VERIFICATION;
  const { store } = options.handlers;
  if (message.type === "C-ECHO-RQ" && isVerification) return refusal({ status: STATUS.success });
  if (message.type === "C-STORE-RQ") {
    if (isVerification || store === undefined) {
      return refusal({ status: STATUS.sopClassNotSupported });
    }
    const { consumer, run } = storeTask(association, { ...inbound, message }, {
      ...options,
      store: (request) => store.call(options.handlers, request),
    });
    return { consumer, work: run };
  }
  return refusal({ status: STATUS.unrecognizedOperation });
}
