/**
 * A scripted requestor that queries a server in memory and retrieves from it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { associationRequest, type RequestOptions } from "../../lib/association/negotiation.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type {
  FindRequestMessage,
  GetRequestMessage,
  MoveRequestMessage,
  ResponseMessage,
} from "../../lib/dimse/message.ts";
import type { AssociateAcceptPdu } from "../../lib/pdu/pdu.ts";
import { STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "./core_pair.ts";
import type { MemoryTransport } from "./memory_transport.ts";
import type { ScriptedPeer } from "./scripted_peer.ts";
import type { Served } from "./served.ts";

/** The presentation contexts that {@linkcode querying} proposes. */
export const CONTEXT = {
  echo: 1,
  find: 3,
  move: 5,
  get: 7,
  implicitCt: 9,
  explicitCt: 11,
} as const;

/** What {@linkcode querying} proposes, unless told otherwise. */
export function queryRequest(
  change: Partial<RequestOptions> = {},
): ReturnType<typeof associationRequest> {
  return associationRequest({
    callingAeTitle: "QUERIER",
    calledAeTitle: "ARCHIVE",
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT, EXPLICIT] },
      { abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes: [IMPLICIT, EXPLICIT] },
      { abstractSyntax: STUDY_ROOT_GET, transferSyntaxes: [IMPLICIT, EXPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT] },
    ],
    roleSelections: [{ sopClassUid: CT, scu: false, scp: true }],
    maximumLength: 16384,
    ...change,
  });
}

/** A requestor whose association stands. */
export interface Querying {
  readonly peer: ScriptedPeer;
  readonly transport: MemoryTransport;
  readonly accept: AssociateAcceptPdu;
  /** The next response to a query or retrieve, and its identifier. */
  response(): Promise<Answer>;
  /** The responses up to the final one. */
  responses(): Promise<Answer[]>;
}

/** A response with the identifier that came with it. */
export interface Answer {
  readonly message: Extract<ResponseMessage, { type: "C-FIND-RSP" | "C-GET-RSP" | "C-MOVE-RSP" }>;
  readonly identifier?: DataSet;
}

/** Associates with a server in memory. */
export async function querying(
  bench: Served,
  change: Partial<RequestOptions> = {},
): Promise<Querying> {
  const { peer, transport } = bench.dial();
  await peer.send(queryRequest(change));
  const accept = await peer.expect("A-ASSOCIATE-AC");
  const response = async (): Promise<Answer> => {
    const { message } = await peer.expect("message");
    assert.ok(
      message.type === "C-FIND-RSP" || message.type === "C-GET-RSP" ||
        message.type === "C-MOVE-RSP",
      `expected a response, saw ${JSON.stringify(message)}`,
    );
    if (!message.hasDataSet) return { message };
    const { data } = await peer.expect("data");
    return { message, identifier: decodeDataSet(data, EXPLICIT) };
  };
  return {
    ...{ peer, transport, accept, response },
    async responses() {
      const answers: Answer[] = [];
      do answers.push(await response()); while (
        answers.at(-1)?.message.status === 0xff00
      );
      return answers;
    },
  };
}

/** A data set by keyword paths. */
export function dataSet(...paths: readonly string[]): DataSet {
  const made = new DataSet();
  for (const path of paths) applyKeywordPath(made, path);
  return made;
}

/** An identifier that asks for a study, in explicit VR. */
export const STUDY_IDENTIFIER: Uint8Array = encodeDataSet(
  dataSet("QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3"),
  EXPLICIT,
);

/** A C-FIND-RQ. */
export function findRequest(change: Partial<FindRequestMessage> = {}): FindRequestMessage {
  return {
    type: "C-FIND-RQ",
    messageId: 1,
    affectedSopClassUid: STUDY_ROOT_FIND,
    priority: 0,
    hasDataSet: true,
    ...change,
  };
}

/** A C-MOVE-RQ. */
export function moveRequest(change: Partial<MoveRequestMessage> = {}): MoveRequestMessage {
  return {
    type: "C-MOVE-RQ",
    messageId: 1,
    affectedSopClassUid: STUDY_ROOT_MOVE,
    priority: 0,
    hasDataSet: true,
    moveDestination: "STORE",
    ...change,
  };
}

/** A C-GET-RQ. */
export function getRequest(change: Partial<GetRequestMessage> = {}): GetRequestMessage {
  return {
    type: "C-GET-RQ",
    messageId: 1,
    affectedSopClassUid: STUDY_ROOT_GET,
    priority: 0,
    hasDataSet: true,
    ...change,
  };
}

/** Cancels a request. */
export function cancel(
  { peer }: Querying,
  contextId: number,
  messageIdBeingRespondedTo = 1,
): Promise<void> {
  return peer.sendMessage(contextId, {
    type: "C-CANCEL-RQ",
    messageIdBeingRespondedTo,
    hasDataSet: false,
  });
}
