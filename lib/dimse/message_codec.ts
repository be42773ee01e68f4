/**
 * Turns DIMSE messages into command sets and back (PS3.7 section 9.3).
 *
 * @module
 */

import { DataSetError, RemoteProtocolError } from "../errors.ts";
import {
  COMMAND_TAG,
  type CommandElement,
  type CommandSet,
  decodeCommandSet,
  encodeCommandSet,
} from "./command_set.ts";
import {
  COMMAND_FIELD,
  type Message,
  NO_DATA_SET,
  PRIORITY,
  type Priority,
  type RequestMessage,
  type ResponseMessage,
  type StoreRequestMessage,
  type SubOperationCounters,
} from "./message.ts";

/** Any value but 0101H announces a data set; this one is what most peers send. */
const DATA_SET_FOLLOWS = 0x0001;

/** Bit 15 of a Command Field says response (PS3.7 section E.1). */
const RESPONSE_BIT = 0x8000;

/** N-EVENT-REPORT, N-GET, N-SET, N-ACTION, N-CREATE, N-DELETE (PS3.7 section E.1). */
const N_SERVICE_REQUESTS: ReadonlySet<number> = new Set([
  0x0100,
  0x0110,
  0x0120,
  0x0130,
  0x0140,
  0x0150,
]);

/** VR LO holds at most 64 characters (PS3.5 section 6.2). */
const MAXIMUM_ERROR_COMMENT_LENGTH = 64;
/** What an LO in the default repertoire cannot hold; the backslash would separate values. */
const NOT_IN_ERROR_COMMENT = /[^\x20-\x5b\x5d-\x7e]/gu;

const COUNTERS = [
  ["remaining", COMMAND_TAG.numberOfRemainingSubOperations],
  ["completed", COMMAND_TAG.numberOfCompletedSubOperations],
  ["failed", COMMAND_TAG.numberOfFailedSubOperations],
  ["warning", COMMAND_TAG.numberOfWarningSubOperations],
] as const;

type MessageType = keyof typeof COMMAND_FIELD;

const TYPES_BY_FIELD: ReadonlyMap<number, MessageType> = new Map(
  (Object.keys(COMMAND_FIELD) as MessageType[]).map((type) => [COMMAND_FIELD[type], type]),
);

/**
 * Encodes the command set of a message.
 *
 * @param message The message.
 * @returns The command set, in an array of its own. An Error Comment is cut to 64 characters, and
 * what is not printable ASCII in it becomes `?`.
 * @throws {LocalProtocolError} When a value does not fit its element.
 *
 * @example
 * ```ts
 * import { decodeMessage, encodeMessage, type Message } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const cancel: Message = {
 *   type: "C-CANCEL-RQ",
 *   messageIdBeingRespondedTo: 3,
 *   hasDataSet: false,
 * };
 * assert.deepEqual(decodeMessage(encodeMessage(cancel)), cancel);
 * ```
 */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  // In ascending order of the tags, so that nothing has to be sorted.
  const elements = new ElementList();
  if (message.type !== "C-CANCEL-RQ") {
    elements.text(COMMAND_TAG.affectedSopClassUid, "UI", message.affectedSopClassUid);
  }
  elements.us(COMMAND_TAG.commandField, commandFieldOf(message));
  if ("messageId" in message) elements.us(COMMAND_TAG.messageId, message.messageId);
  else elements.us(COMMAND_TAG.messageIdBeingRespondedTo, message.messageIdBeingRespondedTo);
  if (message.type === "C-MOVE-RQ") {
    elements.text(COMMAND_TAG.moveDestination, "AE", message.moveDestination);
  }
  if ("priority" in message) elements.us(COMMAND_TAG.priority, message.priority);
  elements.us(
    COMMAND_TAG.commandDataSetType,
    message.hasDataSet ? DATA_SET_FOLLOWS : NO_DATA_SET,
  );
  if ("status" in message) addOutcome(elements, message);
  if (message.type === "C-STORE-RQ" || message.type === "C-STORE-RSP") {
    elements.text(COMMAND_TAG.affectedSopInstanceUid, "UI", message.affectedSopInstanceUid);
  }
  if (message.type === "C-GET-RSP" || message.type === "C-MOVE-RSP") {
    for (const [name, tag] of COUNTERS) elements.us(tag, message[name]);
  }
  if (message.type === "C-STORE-RQ") {
    elements.text(COMMAND_TAG.moveOriginatorAeTitle, "AE", message.moveOriginatorAeTitle);
    elements.us(COMMAND_TAG.moveOriginatorMessageId, message.moveOriginatorMessageId);
  }
  return encodeCommandSet(elements.list);
}

/**
 * Decodes the command set of a message.
 *
 * @param bytes The whole command set.
 * @returns The message; it keeps nothing of `bytes`.
 * @throws {RemoteProtocolError} When the command set cannot be decoded, says no known command, or
 * lacks what an answer would need. DIMSE is the user of the Upper Layer, so the abort that answers
 * is the service-user's.
 *
 * @example
 * ```ts
 * import { decodeMessage } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.fromHex(
 *   "0000000102000000ff0f" + "00002001020000000300" + "00000008020000000101",
 * );
 * assert.deepEqual(decodeMessage(bytes), {
 *   type: "C-CANCEL-RQ",
 *   messageIdBeingRespondedTo: 3,
 *   hasDataSet: false,
 * });
 * ```
 */
export function decodeMessage(bytes: Uint8Array): Message {
  try {
    return toMessage(decodeCommandSet(bytes));
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    throw violation(error.message, { cause: error });
  }
}

function toMessage(commandSet: CommandSet): Message {
  const commandField = required(commandSet, COMMAND_TAG.commandField, "Command Field");
  const dataSetType = required(
    commandSet,
    COMMAND_TAG.commandDataSetType,
    "Command Data Set Type",
  );
  const hasDataSet = dataSetType !== NO_DATA_SET;
  const type = TYPES_BY_FIELD.get(commandField);
  switch (type) {
    case "C-CANCEL-RQ":
      // The type is always 0101H (PS3.7 section 9.3.2.3). Should it not be, nothing follows all the
      // same, and data that did follow would be out of place.
      return { type, messageIdBeingRespondedTo: respondedTo(commandSet), hasDataSet: false };
    case "C-ECHO-RQ":
      return { type, ...requestFields(commandSet), hasDataSet };
    case "C-FIND-RQ":
    case "C-GET-RQ":
      return { type, ...requestFields(commandSet), priority: priorityOf(commandSet), hasDataSet };
    case "C-MOVE-RQ":
      return {
        type,
        ...requestFields(commandSet),
        priority: priorityOf(commandSet),
        moveDestination: commandSet.ae(COMMAND_TAG.moveDestination) ?? "",
        hasDataSet,
      };
    case "C-STORE-RQ":
      return storeRequest(commandSet, hasDataSet);
    case "C-ECHO-RSP":
    case "C-FIND-RSP":
      return { type, ...responseFields(commandSet), hasDataSet };
    case "C-STORE-RSP": {
      const uid = commandSet.ui(COMMAND_TAG.affectedSopInstanceUid);
      return {
        type,
        ...responseFields(commandSet),
        ...(uid ? { affectedSopInstanceUid: uid } : {}),
        hasDataSet,
      };
    }
    case "C-GET-RSP":
    case "C-MOVE-RSP":
      return { type, ...responseFields(commandSet), ...counters(commandSet), hasDataSet };
    case undefined:
      return unsupported(commandSet, commandField, hasDataSet);
  }
}

function unsupported(commandSet: CommandSet, commandField: number, hasDataSet: boolean): Message {
  if (!N_SERVICE_REQUESTS.has(commandField)) {
    throw violation(
      `Cannot decode command set: Command Field 0x${
        hex4(commandField)
      } is not of a known request ` +
        "or response",
    );
  }
  // Requests on an instance that exists name the class in the Requested SOP Class UID (10.3.2).
  const uid = commandSet.ui(COMMAND_TAG.affectedSopClassUid) ??
    commandSet.ui(COMMAND_TAG.requestedSopClassUid);
  return {
    type: "unsupported",
    commandField,
    messageId: messageIdOf(commandSet),
    ...(uid ? { affectedSopClassUid: uid } : {}),
    hasDataSet,
  };
}

function requestFields(
  commandSet: CommandSet,
): Pick<RequestMessage, "messageId" | "affectedSopClassUid"> {
  return {
    affectedSopClassUid: classUidOf(commandSet),
    messageId: messageIdOf(commandSet),
  };
}

function classUidOf(commandSet: CommandSet): string {
  const uid = commandSet.ui(COMMAND_TAG.affectedSopClassUid);
  if (uid === undefined) throw missing("Affected SOP Class UID");
  return uid;
}

function messageIdOf(commandSet: CommandSet): number {
  return required(commandSet, COMMAND_TAG.messageId, "Message ID");
}

type ResponseFields = Pick<
  ResponseMessage,
  | "messageIdBeingRespondedTo"
  | "status"
  | "affectedSopClassUid"
  | "errorComment"
  | "offendingElements"
>;

function responseFields(commandSet: CommandSet): ResponseFields {
  const uid = commandSet.ui(COMMAND_TAG.affectedSopClassUid);
  const comment = commandSet.lo(COMMAND_TAG.errorComment);
  const offending = commandSet.at(COMMAND_TAG.offendingElement);
  return {
    messageIdBeingRespondedTo: respondedTo(commandSet),
    status: required(commandSet, COMMAND_TAG.status, "Status"),
    ...(uid ? { affectedSopClassUid: uid } : {}),
    ...(comment ? { errorComment: comment } : {}),
    ...(offending !== undefined && offending.length > 0 ? { offendingElements: offending } : {}),
  };
}

function respondedTo(commandSet: CommandSet): number {
  return required(
    commandSet,
    COMMAND_TAG.messageIdBeingRespondedTo,
    "Message ID Being Responded To",
  );
}

/** Priority means nothing to most peers, so none and an undefined one both count as medium. */
function priorityOf(commandSet: CommandSet): Priority {
  const value = commandSet.us(COMMAND_TAG.priority);
  return value === PRIORITY.high || value === PRIORITY.low ? value : PRIORITY.medium;
}

/** By itself, for there is one to each instance: made at once, and not put together of parts. */
function storeRequest(commandSet: CommandSet, hasDataSet: boolean): StoreRequestMessage {
  const request: StoreRequestMessage = {
    type: "C-STORE-RQ",
    affectedSopClassUid: classUidOf(commandSet),
    messageId: messageIdOf(commandSet),
    priority: priorityOf(commandSet),
    affectedSopInstanceUid: commandSet.ui(COMMAND_TAG.affectedSopInstanceUid) ?? "",
    hasDataSet,
  };
  const title = commandSet.ae(COMMAND_TAG.moveOriginatorAeTitle);
  const messageId = commandSet.us(COMMAND_TAG.moveOriginatorMessageId);
  if (!title && messageId === undefined) return request;
  return {
    ...request,
    ...(title ? { moveOriginatorAeTitle: title } : {}),
    ...(messageId !== undefined ? { moveOriginatorMessageId: messageId } : {}),
  };
}

function counters(commandSet: CommandSet): SubOperationCounters {
  const found: { -readonly [Name in keyof SubOperationCounters]: number } = {};
  for (const [name, tag] of COUNTERS) {
    const value = commandSet.us(tag);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** The status of a response, and what explains it. */
function addOutcome(elements: ElementList, message: ResponseMessage): void {
  elements.us(COMMAND_TAG.status, message.status);
  if (message.offendingElements !== undefined && message.offendingElements.length > 0) {
    elements.list.push({
      tag: COMMAND_TAG.offendingElement,
      vr: "AT",
      value: message.offendingElements,
    });
  }
  if (message.errorComment) {
    elements.text(COMMAND_TAG.errorComment, "LO", toErrorComment(message.errorComment));
  }
}

function toErrorComment(text: string): string {
  return text.replace(NOT_IN_ERROR_COMMENT, "?").slice(0, MAXIMUM_ERROR_COMMENT_LENGTH);
}

function commandFieldOf(message: Message): number {
  switch (message.type) {
    case "unsupported":
      return message.commandField;
    case "unsupported-response":
      return message.commandField | RESPONSE_BIT;
    default:
      return COMMAND_FIELD[message.type];
  }
}

/** Gathers the elements that have a value. */
class ElementList {
  readonly list: CommandElement[] = [];

  us(tag: number, value: number | undefined): void {
    if (value !== undefined) this.list.push({ tag, vr: "US", value });
  }

  text(tag: number, vr: "UI" | "AE" | "LO", value: string | undefined): void {
    if (value !== undefined) this.list.push({ tag, vr, value });
  }
}

function required(commandSet: CommandSet, tag: number, name: string): number {
  const value = commandSet.us(tag);
  if (value === undefined) throw missing(name);
  return value;
}

function missing(name: string): RemoteProtocolError {
  return violation(`Cannot decode command set: ${name} is missing`);
}

function violation(message: string, options?: ErrorOptions): RemoteProtocolError {
  return new RemoteProtocolError(message, { source: 0, reason: 0 }, options);
}

function hex4(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, "0");
}
