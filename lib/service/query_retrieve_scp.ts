/**
 * The Query/Retrieve and Basic Worklist Management service classes as SCP (PS3.4 annexes C and K): what
 * their operations have in common.
 *
 * @module
 */

import type {
  FindRequestMessage,
  GetRequestMessage,
  MoveRequestMessage,
} from "../dimse/message.ts";
import { STATUS } from "../dimse/status.ts";
import type { FindRequest, Handlers, StatusReply } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import type { DataConsumer } from "../net/data_consumer.ts";
import type { InboundRequest } from "../net/request_handler.ts";
import { brokenIdentifierReply, type FinalReply } from "./final_reply.ts";
import { negotiatedOptions, offeredOperation } from "./query_retrieve_acceptance.ts";
import { requestIdentifier } from "./request_identifier.ts";
import type { StorageAssociationNetwork } from "./storage_association.ts";

/** A request of the association, with its message. */
export interface InboundOperation extends InboundRequest {
  readonly message: FindRequestMessage | GetRequestMessage | MoveRequestMessage;
}

/** How they are served. */
export interface QueryRetrieveScpOptions {
  /** The services to offer. */
  readonly handlers: Handlers;
  /** Told when the handler failed other than by its status. */
  readonly onHandlerError: (error: unknown) => void;
  /** Told why a sub-operation of a retrieve failed, where no C-STORE response says so. */
  readonly onSubOperationFailed?: (sopInstanceUid: string, error: unknown) => void;
  /** How the destinations of C-MOVE are reached: by TCP, unless told otherwise. */
  readonly network?: StorageAssociationNetwork;
  /**
   * Who calls the destinations of C-MOVE. Default: the AE title that the requestor of the C-MOVE has
   * called.
   */
  readonly callingAeTitle?: string;
  /**
   * Whether a C-GET sends instances only by the contexts that the requestor has negotiated to be SCP of.
   * Default: to a requestor that proposed no roles at all, by the others too.
   */
  readonly requireRoleSelection?: boolean;
}

/** An operation that is to be served. */
export interface OperationTask {
  /** Takes the identifier. */
  readonly consumer: DataConsumer;
  /**
   * Serves it, but for the final response.
   *
   * @param signal Aborted by C-CANCEL, and when the association is lost.
   * @returns The final reply; nothing when there is nobody to reply to.
   */
  run(signal: AbortSignal): Promise<FinalReply | undefined>;
}

/**
 * Prepares the serving of an operation.
 *
 * @param association The association.
 * @param inbound The request.
 * @param options How to serve.
 * @returns What serves it, or the reply that refuses it.
 */
export function operationTask(
  association: Association,
  inbound: InboundOperation,
  options: QueryRetrieveScpOptions,
): OperationTask | StatusReply {
  const { context, message } = inbound;
  const operation = offeredOperation(context.abstractSyntax, options.handlers);
  if (operation === undefined || message.type !== `${operation}-RQ`) {
    return { status: STATUS.unrecognizedOperation };
  }
  if (message.affectedSopClassUid !== context.abstractSyntax) {
    return {
      status: STATUS.sopClassNotSupported,
      errorComment: "SOP class is not that of the presentation context",
    };
  }
  if (!message.hasDataSet) {
    return { status: STATUS.cannotUnderstand, errorComment: "No identifier" };
  }
  const { consumer, read } = requestIdentifier(context.transferSyntax);
  return {
    consumer,
    async run(signal) {
      let identifier;
      try {
        identifier = await read();
      } catch (error) {
        return brokenIdentifierReply(error);
      }
      if (identifier === undefined) return undefined;
      if (signal.aborted) return { status: STATUS.cancel };
      const { queryOptions } = options.handlers;
      const request: FindRequest = {
        sopClassUid: message.affectedSopClassUid,
        messageId: message.messageId,
        identifier,
        association: association.info,
        signal,
        ...negotiatedOptions(context.abstractSyntax, association.peerInformation, queryOptions),
      };
      return await serve(association, inbound, request, options);
    },
  };
}

/** Loads what serves the operation: those who only store or echo never need it. */
async function serve(
  association: Association,
  { context, message }: InboundOperation,
  request: FindRequest,
  options: QueryRetrieveScpOptions,
): Promise<FinalReply> {
  const { handlers, onHandlerError, onSubOperationFailed = () => {} } = options;
  const { find = nothing, locate = nothing, resolveMoveDestination = () => undefined } = handlers;
  if (message.type === "C-FIND-RQ") {
    const { serveFind } = await import("./query_scp.ts");
    return await serveFind(association, { context, message, request }, {
      find: find.bind(handlers),
      onHandlerError,
    });
  }
  const moved = message.type === "C-MOVE-RQ" ? { moveDestination: message.moveDestination } : {};
  const { serveRetrieve } = await import("./retrieve_scp.ts");
  return await serveRetrieve(association, { context, message, request: { ...request, ...moved } }, {
    locate: locate.bind(handlers),
    resolveMoveDestination: resolveMoveDestination.bind(handlers),
    network: options.network ?? {},
    callingAeTitle: options.callingAeTitle ?? association.info.calledAeTitle,
    requireRoleSelection: options.requireRoleSelection ?? false,
    ...{ onHandlerError, onSubOperationFailed },
  });
}

/** What handlers without the method find: it is not offered, and so not asked for. */
async function* nothing(): AsyncGenerator<never> {}
