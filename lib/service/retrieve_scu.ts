/**
 * The Query/Retrieve service class as a retrieve SCU (PS3.4 sections C.4.2 and C.4.3): C-MOVE and C-GET.
 *
 * @module
 */

import type { DataSetError } from "../errors.ts";
import type { DataSet } from "../data_set/data_set.ts";
import type {
  GetResponseMessage,
  MoveResponseMessage,
  Priority,
  ResponseMessage,
  SubOperationCounters,
} from "../dimse/message.ts";
import type { Association } from "../net/association.ts";
import { type CommonResponse, invokeQueryRetrieve } from "./query_retrieve.ts";

const FAILED_SOP_INSTANCE_UID_LIST = 0x00080058;

/** What to retrieve. */
export interface GetOptions {
  /** The information model: one of the C-GET, or C-MOVE, SOP classes of PS3.4 section C.6. */
  readonly sopClassUid: string;
  /** The query: Query/Retrieve Level and unique keys. */
  readonly identifier: DataSet;
  /** Default: medium. */
  readonly priority?: Priority;
  /** Default: the next free one. */
  readonly messageId?: number;
  /** Sends C-CANCEL; the iteration goes on to the final response. */
  readonly signal?: AbortSignal;
}

/** What to move, and where to. */
export interface MoveOptions extends GetOptions {
  /** The AE title that the instances go to; the archive must know its address. */
  readonly moveDestination: string;
}

/** One response of a retrieve: pending ones, and the final one last. */
export interface RetrieveResponse {
  /** 1 for the first. */
  readonly number: number;
  /** Whether this is the last: any status but pending, FF00H or FF01H. */
  readonly isFinal: boolean;
  /** Status (0000,0900): see PS3.4 section C.4.2.1.5 for those of C-MOVE. */
  readonly status: number;
  /** A counter that is absent is unknown. */
  readonly counters: SubOperationCounters;
  /** Error Comment (0000,0902), where the archive says something. */
  readonly errorComment?: string;
  /** Offending Element (0000,0901): the keys that a failure is about, as numbers GGGGEEEE. */
  readonly offendingElements?: readonly number[];
  /** Failed SOP Instance UID List (0008,0058) of the identifier. */
  readonly failedSopInstanceUids: readonly string[];
  /** The identifier, where one came and can be decoded. */
  readonly identifier?: DataSet;
  /** Why the identifier that came cannot be decoded. */
  readonly identifierError?: DataSetError;
}

/**
 * Sends C-MOVE and yields the responses as they come (PS3.7 section 9.1.4).
 *
 * The instances do not come by this association: the archive opens its own to the move destination.
 * Pending responses are optional, so a long silence is legal; the DIMSE time-out runs between
 * responses, and {@linkcode Association.restartResponseTimeout} starts it anew.
 *
 * @param association An association with an accepted context for the information model.
 * @param options What to move, and where to.
 * @returns The responses; the last has `isFinal`. A failure status is a value. Whoever leaves the
 * iteration before the last has the operation cancelled, and its further responses pass by.
 * @throws {NegotiationError} When there is no such context.
 * @throws {TimeoutError} When no response comes in time; the association is then aborted.
 *
 * @example
 * ```ts
 * import {
 *   applyKeywordPath,
 *   associate,
 *   cMove,
 *   CT_IMAGE_STORAGE,
 *   DataSet,
 *   encodeDataSet,
 *   serve,
 *   STUDY_ROOT_MOVE,
 *   UNCOMPRESSED_TRANSFER_SYNTAXES as transferSyntaxes,
 * } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * // The instance that is moved, and where to.
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * const instance = new DataSet();
 * applyKeywordPath(instance, `SOPClassUID=${CT_IMAGE_STORAGE}`);
 * applyKeywordPath(instance, "SOPInstanceUID=1.2.3.4");
 * await using store = serve({ hostname: "127.0.0.1", port: 0, handlers: { store: () => 0x0000 } });
 *
 * // Stands in for an archive.
 * await using archive = serve({
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   handlers: {
 *     resolveMoveDestination: (aeTitle) =>
 *       aeTitle === "STORESCP" ? { hostname: "127.0.0.1", port: store.addr.port } : undefined,
 *     async *locate() {
 *       yield {
 *         sopClassUid: CT_IMAGE_STORAGE,
 *         sopInstanceUid: "1.2.3.4",
 *         transferSyntaxUid,
 *         open: () => new Blob([encodeDataSet(instance, transferSyntaxUid)]).stream(),
 *       };
 *     },
 *   },
 * });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: archive.addr.port,
 *   callingAeTitle: "MOVESCU",
 *   calledAeTitle: "ARCHIVE",
 *   presentationContexts: [{ abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes }],
 * });
 *
 * const identifier = new DataSet();
 * applyKeywordPath(identifier, "QueryRetrieveLevel=STUDY");
 * applyKeywordPath(identifier, "StudyInstanceUID=1.2.826.0.1.3680043.10.511.3.1");
 *
 * const options = { sopClassUid: STUDY_ROOT_MOVE, moveDestination: "STORESCP", identifier };
 * for await (const { isFinal, status, counters } of cMove(association, options)) {
 *   console.log(`${counters.completed ?? "?"} done, ${counters.remaining ?? "?"} to come`);
 *   if (isFinal) assert.equal(status, 0x0000);
 * }
 * ```
 */
export async function* cMove(
  association: Association,
  options: MoveOptions,
): AsyncGenerator<RetrieveResponse, void, void> {
  const { moveDestination } = options;
  const own = { type: "C-MOVE-RQ", moveDestination } as const;
  yield* invokeQueryRetrieve(association, options, own, retrieveResponse);
}

/**
 * Sends C-GET and yields the responses as they come (PS3.7 section 9.1.3).
 *
 * The instances come by this very association: request it with `onRequest`, and with a role
 * selection that makes the requestor SCP of the storage SOP classes it proposes.
 *
 * @param association An association with an accepted context for the information model.
 * @param options What to get.
 * @returns The responses; the last has `isFinal`. A failure status is a value. Whoever leaves the
 * iteration before the last has the operation cancelled, and its further responses pass by.
 * @throws {NegotiationError} When there is no such context.
 * @throws {TimeoutError} When nothing comes in time; the association is then aborted.
 *
 * @example
 * ```ts
 * import {
 *   applyKeywordPath,
 *   associate,
 *   cGet,
 *   CT_IMAGE_STORAGE,
 *   DataSet,
 *   dispatcher,
 *   encodeDataSet,
 *   serve,
 *   STUDY_ROOT_GET,
 *   UNCOMPRESSED_TRANSFER_SYNTAXES as transferSyntaxes,
 * } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * // Stands in for an archive: it has one instance.
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * const instance = new DataSet();
 * applyKeywordPath(instance, `SOPClassUID=${CT_IMAGE_STORAGE}`);
 * applyKeywordPath(instance, "SOPInstanceUID=1.2.3.4");
 * await using archive = serve({
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   handlers: {
 *     async *locate() {
 *       yield {
 *         sopClassUid: CT_IMAGE_STORAGE,
 *         sopInstanceUid: "1.2.3.4",
 *         transferSyntaxUid,
 *         open: () => new Blob([encodeDataSet(instance, transferSyntaxUid)]).stream(),
 *       };
 *     },
 *   },
 * });
 *
 * const received: string[] = [];
 * const handlers = {
 *   async store(request: { sopInstanceUid: string; dataSet: ReadableStream }): Promise<number> {
 *     await request.dataSet.cancel();
 *     received.push(request.sopInstanceUid);
 *     return 0x0000;
 *   },
 * };
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: archive.addr.port,
 *   callingAeTitle: "GETSCU",
 *   calledAeTitle: "ARCHIVE",
 *   presentationContexts: [
 *     { abstractSyntax: STUDY_ROOT_GET, transferSyntaxes },
 *     { abstractSyntax: CT_IMAGE_STORAGE, transferSyntaxes },
 *   ],
 *   roleSelections: [{ sopClassUid: CT_IMAGE_STORAGE, scu: false, scp: true }],
 *   onRequest: (association) =>
 *     dispatcher(association, { handlers, keepBrokenDataSets: false, onHandlerError: console.error }),
 * });
 *
 * const identifier = new DataSet();
 * applyKeywordPath(identifier, "QueryRetrieveLevel=STUDY");
 * applyKeywordPath(identifier, "StudyInstanceUID=1.2.826.0.1.3680043.10.511.3.1");
 *
 * const options = { sopClassUid: STUDY_ROOT_GET, identifier };
 * for await (const { isFinal, status } of cGet(association, options)) {
 *   if (isFinal) assert.equal(status, 0x0000);
 * }
 * assert.deepEqual(received, ["1.2.3.4"]);
 * ```
 */
export async function* cGet(
  association: Association,
  options: GetOptions,
): AsyncGenerator<RetrieveResponse, void, void> {
  yield* invokeQueryRetrieve(association, options, { type: "C-GET-RQ" }, retrieveResponse);
}

function retrieveResponse(common: CommonResponse, message: ResponseMessage): RetrieveResponse {
  return {
    ...common,
    counters: message.type === "C-MOVE-RSP" || message.type === "C-GET-RSP"
      ? countersOf(message)
      : {},
    failedSopInstanceUids: common.identifier?.getStrings(FAILED_SOP_INSTANCE_UID_LIST)
      .filter((uid) => uid !== "") ?? [],
  };
}

function countersOf(message: MoveResponseMessage | GetResponseMessage): SubOperationCounters {
  const { remaining, completed, failed, warning } = message;
  return {
    ...(remaining === undefined ? {} : { remaining }),
    ...(completed === undefined ? {} : { completed }),
    ...(failed === undefined ? {} : { failed }),
    ...(warning === undefined ? {} : { warning }),
  };
}
