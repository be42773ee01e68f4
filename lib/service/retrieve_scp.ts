/**
 * The Query/Retrieve service class as a retrieve SCP (PS3.4 sections C.4.2.3 and C.4.3.3): takes C-MOVE
 * and C-GET requests, and sends what a handler locates.
 *
 * @module
 */

import type { AcceptedContext } from "../association/presentation_context.ts";
import type { GetRequestMessage, MoveRequestMessage } from "../dimse/message.ts";
import { responseTo } from "../dimse/response.ts";
import { STATUS } from "../dimse/status.ts";
import type { Address, Handlers, RetrieveRequest, StoredInstance } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import { type Clock, systemClock } from "../net/clock.ts";
import { failureReply, type FinalReply } from "./final_reply.ts";
import { getSender } from "./get_sender.ts";
import { MoveSender } from "./move_sender.ts";
import { RetrieveProgress } from "./retrieve_progress.ts";
import type { StorageAssociationNetwork } from "./storage_association.ts";
import type { SubOperationReports, SubOperationSender } from "./sub_operation_sender.ts";
import { failedInstances, SubOperations } from "./sub_operations.ts";
import { unlessAborted, Yielded } from "./yielded.ts";

/** A C-MOVE or C-GET request, its identifier decoded. */
export interface InboundRetrieve {
  readonly context: AcceptedContext;
  readonly message: GetRequestMessage | MoveRequestMessage;
  readonly request: RetrieveRequest;
}

/** How they are served. */
export interface RetrieveScpOptions extends SubOperationReports {
  readonly locate: NonNullable<Handlers["locate"]>;
  readonly resolveMoveDestination: NonNullable<Handlers["resolveMoveDestination"]>;
  /** How the destinations of C-MOVE are reached. */
  readonly network: StorageAssociationNetwork;
  /** Who calls the destinations of C-MOVE. */
  readonly callingAeTitle: string;
  /** Whether a C-GET sends only by the contexts that the requestor has negotiated to be SCP of. */
  readonly requireRoleSelection: boolean;
}

/**
 * Serves one C-MOVE or C-GET: locates what matches, counts it, and sends one instance after the other,
 * with a pending response after each.
 *
 * @param association The association.
 * @param inbound The request.
 * @param options How to serve it.
 * @returns The final reply.
 */
export async function serveRetrieve(
  association: Association,
  inbound: InboundRetrieve,
  options: RetrieveScpOptions,
): Promise<FinalReply> {
  const { request } = inbound;
  const { signal } = request;
  let located: Yielded<StoredInstance> | undefined;
  try {
    // An unknown destination is told before anything is looked for.
    const makeSender = await senderFor(association, inbound, options);
    if (signal.aborted) return CANCELLED;
    if (typeof makeSender !== "function") return makeSender;
    located = new Yielded(options.locate(request), signal);
    const instances: StoredInstance[] = [];
    for (let next = await located.next(); next !== undefined; next = await located.next()) {
      instances.push(next);
    }
    if (signal.aborted) return { ...CANCELLED, ended: located.close() };
    const reports = new Reports(options);
    await using sender = makeSender(reports);
    const counted = await perform(association, inbound, {
      ...{ sender, instances, clock: options.network.clock ?? systemClock },
    });
    return finalReply(counted, inbound, reports);
  } catch (error) {
    const reply = signal.aborted ? CANCELLED : failureReply(error, options.onHandlerError);
    return { ...reply, ended: located?.close() };
  }
}

/** Cancelled before any sub-operation: how many there would have been is not known. */
const CANCELLED: FinalReply = {
  status: STATUS.cancel,
  counters: { completed: 0, failed: 0, warning: 0 },
};

type MakeSender = (reports: SubOperationReports) => SubOperationSender;

/** What performs the sub-operations, or the reply where that is nobody. */
async function senderFor(
  association: Association,
  { message, request }: InboundRetrieve,
  options: RetrieveScpOptions,
): Promise<MakeSender | FinalReply> {
  if (message.type === "C-GET-RQ") {
    const { requireRoleSelection } = options;
    return (reports) => {
      const { onHandlerError, onSubOperationFailed } = reports;
      return getSender(association, message, {
        ...{ requireRoleSelection, onHandlerError, onSubOperationFailed },
      });
    };
  }
  const { moveDestination } = message;
  const { signal } = request;
  const resolving = async (): Promise<Address | undefined> =>
    moveDestination === "" ? undefined : await options.resolveMoveDestination(moveDestination);
  const address = await unlessAborted(resolving(), signal);
  if (address === undefined) {
    const errorComment = moveDestination === ""
      ? "No move destination is named"
      : `Move destination is not known: ${moveDestination}`;
    return { status: STATUS.moveDestinationUnknown, errorComment };
  }
  const { network, callingAeTitle } = options;
  return ({ onHandlerError, onSubOperationFailed }) =>
    new MoveSender(association, message, {
      ...{ address, network, callingAeTitle, signal, onHandlerError, onSubOperationFailed },
    });
}

/** Passes on what is reported, and remembers the first failure: the response can say why. */
class Reports implements SubOperationReports {
  readonly onHandlerError: SubOperationReports["onHandlerError"];
  readonly onSubOperationFailed: SubOperationReports["onSubOperationFailed"];
  comment: string | undefined;

  constructor({ onHandlerError, onSubOperationFailed }: SubOperationReports) {
    this.onHandlerError = onHandlerError;
    this.onSubOperationFailed = (sopInstanceUid, error) => {
      if (error instanceof Error) this.comment ??= error.message;
      onSubOperationFailed(sopInstanceUid, error);
    };
  }
}

interface Performance {
  readonly sender: SubOperationSender;
  readonly instances: readonly StoredInstance[];
  readonly clock: Clock;
}

/** Performs the sub-operations until they are done, or the retrieve is over. */
async function perform(
  association: Association,
  { context, message, request }: InboundRetrieve,
  { sender, instances, clock }: Performance,
): Promise<SubOperations> {
  const subOperations = new SubOperations(instances.length);
  const progress = new RetrieveProgress((counters) => {
    const pending = responseTo(message, { status: STATUS.pending, ...counters });
    return association.send(context.id, pending);
  }, clock);
  for (const instance of sender.inOrder(instances)) {
    if (request.signal.aborted) break;
    const result = await sender.send(instance);
    if (result === undefined) break;
    subOperations.count(instance.sopInstanceUid, result);
    progress.tell(subOperations.pending);
  }
  await progress.finish();
  return subOperations;
}

function finalReply(
  { final, failedUids }: SubOperations,
  { context }: InboundRetrieve,
  { comment }: Reports,
): FinalReply {
  const identifier = failedInstances(failedUids, context.transferSyntax);
  return {
    ...final,
    // A status that is no failure says nothing more (PS3.7 section C.3).
    ...(final.status === STATUS.cannotPerformSubOperations && comment !== undefined &&
      { errorComment: comment }),
    ...(identifier === undefined ? {} : { identifier }),
  };
}
