/**
 * Makes the response to a request.
 *
 * @module
 */

import { MAXIMUM_UID_LENGTH } from "../uid.ts";
import type {
  EchoRequestMessage,
  EchoResponseMessage,
  FindRequestMessage,
  FindResponseMessage,
  GetRequestMessage,
  GetResponseMessage,
  MoveRequestMessage,
  MoveResponseMessage,
  RequestMessage,
  ResponseMessage,
  StoreRequestMessage,
  StoreResponseMessage,
  SubOperationCounters,
  UnsupportedRequestMessage,
  UnsupportedResponseMessage,
} from "./message.ts";

/** Bit 15 of a Command Field says response (PS3.7 section E.1). */
const RESPONSE_BIT = 0x8000;

/** What a response says beyond what it takes from its request. */
export interface ResponseContent {
  /** Status (0000,0900). */
  readonly status: number;
  /** Error Comment (0000,0902). */
  readonly errorComment?: string;
  /** Offending Element (0000,0901). */
  readonly offendingElements?: readonly number[];
  /** Whether an identifier follows; without it none does. */
  readonly hasDataSet?: boolean;
}

/** The same for a retrieve, which counts its sub-operations. */
export interface RetrieveResponseContent extends ResponseContent, SubOperationCounters {}

/**
 * Makes the response to a request: its message ID and UIDs are taken from the request, but not UIDs
 * over 64 characters, which many peers would abort on.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 *
 * @example
 * ```ts
 * import { responseTo } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const response = responseTo({
 *   type: "C-ECHO-RQ",
 *   messageId: 7,
 *   affectedSopClassUid: "1.2.840.10008.1.1",
 *   hasDataSet: false,
 * }, { status: 0x0000 });
 * assert.equal(response.messageIdBeingRespondedTo, 7);
 * ```
 */
export function responseTo(
  request: EchoRequestMessage,
  content: ResponseContent,
): EchoResponseMessage;
/**
 * Makes the response to a request, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: StoreRequestMessage,
  content: ResponseContent,
): StoreResponseMessage;
/**
 * Makes the response to a request, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: FindRequestMessage,
  content: ResponseContent,
): FindResponseMessage;
/**
 * Makes the response to a request, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: GetRequestMessage,
  content: RetrieveResponseContent,
): GetResponseMessage;
/**
 * Makes the response to a request, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: MoveRequestMessage,
  content: RetrieveResponseContent,
): MoveResponseMessage;
/**
 * Makes the response to a request, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: UnsupportedRequestMessage,
  content: ResponseContent,
): UnsupportedResponseMessage;
/**
 * Makes the response to a request of any type, as above.
 *
 * @param request The request.
 * @param content The status, and what goes with it.
 * @returns The response.
 */
export function responseTo(
  request: RequestMessage | UnsupportedRequestMessage,
  content: RetrieveResponseContent,
): ResponseMessage;
export function responseTo(
  request: RequestMessage | UnsupportedRequestMessage,
  content: RetrieveResponseContent,
): ResponseMessage {
  const { status, errorComment, offendingElements, hasDataSet = false, ...counters } = content;
  const uid = request.affectedSopClassUid;
  const fields = {
    messageIdBeingRespondedTo: request.messageId,
    status,
    ...(isSendableUid(uid) ? { affectedSopClassUid: uid } : {}),
    ...(errorComment !== undefined ? { errorComment } : {}),
    ...(offendingElements !== undefined ? { offendingElements } : {}),
    hasDataSet,
  };
  switch (request.type) {
    case "C-ECHO-RQ":
      return { type: "C-ECHO-RSP", ...fields };
    case "C-FIND-RQ":
      return { type: "C-FIND-RSP", ...fields };
    case "C-STORE-RQ": {
      const instanceUid = request.affectedSopInstanceUid;
      return {
        type: "C-STORE-RSP",
        ...fields,
        ...(isSendableUid(instanceUid) ? { affectedSopInstanceUid: instanceUid } : {}),
      };
    }
    case "C-GET-RQ":
      return { type: "C-GET-RSP", ...fields, ...counters };
    case "C-MOVE-RQ":
      return { type: "C-MOVE-RSP", ...fields, ...counters };
    case "unsupported":
      return {
        type: "unsupported-response",
        commandField: request.commandField | RESPONSE_BIT,
        ...fields,
      };
  }
}

function isSendableUid(uid: string | undefined): uid is string {
  return uid !== undefined && uid !== "" && uid.length <= MAXIMUM_UID_LENGTH;
}
