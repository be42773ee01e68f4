/**
 * The query part of the Query/Retrieve and Basic Worklist Management service classes as SCP (PS3.4
 * sections C.4.1.3 and K.4.1.3): takes C-FIND requests, and sends what a handler finds.
 *
 * @module
 */

import type { DataSet } from "../data_set/data_set.ts";
import { encodeDataSet } from "../data_set/encoder.ts";
import type { FindRequestMessage } from "../dimse/message.ts";
import { responseTo } from "../dimse/response.ts";
import { STATUS } from "../dimse/status.ts";
import type { FindRequest, Handlers } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import type { AcceptedContext } from "../association/presentation_context.ts";
import { failureReply, type FinalReply } from "./final_reply.ts";
import { Yielded } from "./yielded.ts";

/** A C-FIND request, its identifier decoded. */
export interface InboundFind {
  readonly context: AcceptedContext;
  readonly message: FindRequestMessage;
  readonly request: FindRequest;
}

/** How C-FIND requests are served. */
export interface QueryScpOptions {
  readonly find: NonNullable<Handlers["find"]>;
  /** Told when the handler failed other than by its status. */
  readonly onHandlerError: (error: unknown) => void;
}

/**
 * Serves one C-FIND: a pending response with each match. The next match is asked for when the last is
 * written, so that a peer that is slow to read slows down the handler.
 *
 * @param association The association.
 * @param inbound The request.
 * @param options How to serve it.
 * @returns The final reply, when the last match is written.
 */
export async function serveFind(
  association: Association,
  { context, message, request }: InboundFind,
  { find, onHandlerError }: QueryScpOptions,
): Promise<FinalReply> {
  const { signal } = request;
  let matches: Yielded<DataSet> | undefined;
  try {
    matches = new Yielded(find(request), signal);
    for (let match = await matches.next(); match !== undefined; match = await matches.next()) {
      const identifier = encodeDataSet(match, context.transferSyntax);
      const pending = responseTo(message, { status: STATUS.pending, hasDataSet: true });
      await association.send(context.id, pending, identifier);
    }
    return { status: signal.aborted ? STATUS.cancel : STATUS.success, ended: matches.close() };
  } catch (error) {
    const reply = signal.aborted ? { status: STATUS.cancel } : failureReply(error, onHandlerError);
    return { ...reply, ended: matches?.close() };
  }
}
