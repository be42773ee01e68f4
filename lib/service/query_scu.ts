/**
 * The query part of the Query/Retrieve and Basic Worklist Management service classes as SCU (PS3.4
 * sections C.4.1 and K.4.1): C-FIND.
 *
 * @module
 */

import type { DataSetError } from "../errors.ts";
import type { DataSet } from "../data_set/data_set.ts";
import type { Priority } from "../dimse/message.ts";
import type { Association } from "../net/association.ts";
import { invokeQueryRetrieve } from "./query_retrieve.ts";

/** What to look for. */
export interface FindOptions {
  /** The information model: a C-FIND SOP class of PS3.4 section C.6, or Modality Worklist. */
  readonly sopClassUid: string;
  /** The query: keys with a value are matched, and all keys come back with the matches. */
  readonly identifier: DataSet;
  /** Default: medium. */
  readonly priority?: Priority;
  /** Default: the next free one. */
  readonly messageId?: number;
  /** Sends C-CANCEL; the iteration goes on to the final response. */
  readonly signal?: AbortSignal;
}

/** One response of a query: pending ones with a match each, and the final one last. */
export interface FindResponse {
  /** 1 for the first. */
  readonly number: number;
  /** Whether this is the last: any status but pending, FF00H or FF01H. */
  readonly isFinal: boolean;
  /** Status (0000,0900): see PS3.4 section C.4.1.1.4. */
  readonly status: number;
  /** The match, where one came and can be decoded. */
  readonly identifier?: DataSet;
  /** Why the identifier that came cannot be decoded. */
  readonly identifierError?: DataSetError;
  /** Error Comment (0000,0902), where the archive says something. */
  readonly errorComment?: string;
  /** Offending Element (0000,0901): the keys that a failure is about, as numbers GGGGEEEE. */
  readonly offendingElements?: readonly number[];
}

/**
 * Sends C-FIND and yields the responses as they come (PS3.7 section 9.1.2).
 *
 * @param association An association with an accepted context for the information model.
 * @param options What to look for.
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
 *   cFind,
 *   DataSet,
 *   matchesIdentifier,
 *   serve,
 *   STUDY_ROOT_FIND,
 *   UNCOMPRESSED_TRANSFER_SYNTAXES as transferSyntaxes,
 * } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * // Stands in for an archive: it has one study.
 * const study = new DataSet();
 * applyKeywordPath(study, "PatientName=Doe^Jane");
 * applyKeywordPath(study, "StudyInstanceUID=1.2.826.0.1.3680043.10.511.3.1");
 * await using server = serve({
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   handlers: {
 *     async *find({ identifier }) {
 *       if (matchesIdentifier(identifier, study)) yield study;
 *     },
 *   },
 * });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "FINDSCU",
 *   calledAeTitle: "ARCHIVE",
 *   presentationContexts: [{ abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes }],
 * });
 *
 * const identifier = new DataSet();
 * applyKeywordPath(identifier, "QueryRetrieveLevel=STUDY");
 * applyKeywordPath(identifier, "PatientName=Doe*");
 * applyKeywordPath(identifier, "StudyInstanceUID");
 *
 * const studies: (string | undefined)[] = [];
 * for await (const response of cFind(association, { sopClassUid: STUDY_ROOT_FIND, identifier })) {
 *   if (response.isFinal) assert.equal(response.status, 0x0000);
 *   else studies.push(response.identifier?.getString(0x0020000d));
 * }
 * assert.deepEqual(studies, ["1.2.826.0.1.3680043.10.511.3.1"]);
 * ```
 */
export async function* cFind(
  association: Association,
  options: FindOptions,
): AsyncGenerator<FindResponse, void, void> {
  yield* invokeQueryRetrieve(association, options, { type: "C-FIND-RQ" }, (common) => common);
}
