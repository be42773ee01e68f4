import * as fc from "fast-check";
import { GOLDEN_VECTORS } from "../../fixtures/standard/golden_vectors.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { PdvPiece } from "../../lib/pdu/pdu.ts";

/** A golden vector of a DIMSE message, with what it says. */
export interface GoldenMessage {
  readonly name: keyof typeof GOLDEN_VECTORS;
  readonly contextId: number;
  readonly message: Message;
  /** The data set in hexadecimal. */
  readonly data?: string;
  /** The maximum length it was cut for. */
  readonly maximumLength: number;
}

const ECHO = {
  type: "C-ECHO-RQ",
  messageId: 1,
  affectedSopClassUid: "1.2.840.10008.1.1",
  hasDataSet: false,
} as const;

const STUDY_LEVEL = "080052000600000053545544" + "5920";

export const GOLDEN_MESSAGES: readonly GoldenMessage[] = [
  { name: "cEchoRequest", contextId: 1, maximumLength: 16384, message: ECHO },
  { name: "cEchoRequestInThreePdus", contextId: 1, maximumLength: 32, message: ECHO },
  {
    name: "cEchoResponse",
    contextId: 1,
    maximumLength: 16384,
    message: {
      type: "C-ECHO-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0x0000,
      affectedSopClassUid: "1.2.840.10008.1.1",
      hasDataSet: false,
    },
  },
  {
    name: "cStoreRequest",
    contextId: 3,
    maximumLength: 16384,
    message: {
      type: "C-STORE-RQ",
      messageId: 2,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      priority: 0,
      affectedSopInstanceUid: "1.2.3.4.5.6.7",
      hasDataSet: true,
    },
    data: "0800160002000000312e",
  },
  {
    name: "cStoreResponseRefused",
    contextId: 3,
    maximumLength: 16384,
    message: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 2,
      status: 0xa700,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: "1.2.3.4.5.6.7",
      hasDataSet: false,
    },
  },
  {
    name: "cFindRequest",
    contextId: 5,
    maximumLength: 16384,
    message: {
      type: "C-FIND-RQ",
      messageId: 4,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.1",
      priority: 0,
      hasDataSet: true,
    },
    data: STUDY_LEVEL,
  },
  {
    name: "cGetRequest",
    contextId: 7,
    maximumLength: 16384,
    message: {
      type: "C-GET-RQ",
      messageId: 5,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.3",
      priority: 0,
      hasDataSet: true,
    },
    data: STUDY_LEVEL,
  },
  {
    name: "cMoveRequest",
    contextId: 5,
    maximumLength: 16384,
    message: {
      type: "C-MOVE-RQ",
      messageId: 3,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.2",
      priority: 0,
      moveDestination: "STORESCP",
      hasDataSet: true,
    },
    data: STUDY_LEVEL,
  },
  {
    name: "cMoveResponsePending",
    contextId: 5,
    maximumLength: 16384,
    message: {
      type: "C-MOVE-RSP",
      messageIdBeingRespondedTo: 3,
      status: 0xff00,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.2.2.2",
      remaining: 4,
      completed: 1,
      failed: 0,
      warning: 0,
      hasDataSet: false,
    },
  },
  {
    name: "cCancelRequest",
    contextId: 5,
    maximumLength: 16384,
    message: { type: "C-CANCEL-RQ", messageIdBeingRespondedTo: 3, hasDataSet: false },
  },
];

/** The bytes of a golden vector. */
export function golden(name: keyof typeof GOLDEN_VECTORS): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(GOLDEN_VECTORS[name]);
}

/** The command set of a golden message: its command fragments put together. */
export function goldenCommand(name: keyof typeof GOLDEN_VECTORS): Uint8Array<ArrayBuffer> {
  const fragments = pdvsOf(golden(name)).filter(({ isCommand }) => isCommand);
  return Uint8Array.from(fragments.flatMap(({ data }) => [...data]));
}

/** Reads P-DATA-TF PDUs in the plainest way, to check what was written against the standard. */
export function pdvsOf(pdus: Uint8Array): PdvPiece[] {
  const view = new DataView(pdus.buffer, pdus.byteOffset, pdus.byteLength);
  const pdvs: PdvPiece[] = [];
  for (let offset = 0; offset < pdus.length;) {
    if (view.getUint16(offset) !== 0x0400) throw new TypeError(`No P-DATA-TF at ${offset}`);
    const end = offset + 6 + view.getUint32(offset + 2);
    for (offset += 6; offset < end;) {
      const length = view.getUint32(offset);
      const header = view.getUint8(offset + 5);
      pdvs.push({
        type: "PDV",
        contextId: view.getUint8(offset + 4),
        isCommand: (header & 1) !== 0,
        isLast: (header & 2) !== 0,
        data: pdus.subarray(offset + 6, offset + 4 + length),
      });
      offset += 4 + length;
    }
    if (offset !== end) throw new TypeError(`A PDV exceeds its PDU at ${offset}`);
  }
  return pdvs;
}

/** An element in Implicit VR Little Endian; the length may lie. */
export function element(tag: number, value: string, length = value.length / 2): string {
  const header = new DataView(new ArrayBuffer(8));
  header.setUint16(0, tag >>> 16, true);
  header.setUint16(2, tag & 0xffff, true);
  header.setUint32(4, length, true);
  return new Uint8Array(header.buffer).toHex() + value;
}

/** A value of VR US. */
export function us(value: number): string {
  return Uint8Array.of(value & 0xff, value >>> 8).toHex();
}

/** A text of one byte a character. */
export function text(value: string): string {
  return Uint8Array.from(value, (character) => character.charCodeAt(0)).toHex();
}

function record<T>(
  model: { [Key in keyof T]-?: fc.Arbitrary<Exclude<T[Key], undefined>> },
  requiredKeys: readonly (keyof T)[],
): fc.Arbitrary<T> {
  return fc.record(model, {
    requiredKeys: [...requiredKeys],
    noNullPrototype: true,
  }) as fc.Arbitrary<T>;
}

const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at))
  .filter((character) => character !== "\\");

function printable(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...PRINTABLE), { minLength: 1, maxLength })
    .map((characters) => characters.join("").trim())
    .filter((value) => value !== "");
}

const number = fc.nat(0xffff);
const uid = fc.array(fc.nat(99999), { minLength: 2, maxLength: 9 }).map((all) => all.join("."));
const priority = fc.constantFrom(0 as const, 1 as const, 2 as const);
const hasDataSet = fc.boolean();
const request = { messageId: number, affectedSopClassUid: uid, hasDataSet };
const requestKeys = ["type", "messageId", "affectedSopClassUid", "hasDataSet"] as const;
const response = {
  messageIdBeingRespondedTo: number,
  status: number,
  affectedSopClassUid: uid,
  errorComment: printable(64),
  offendingElements: fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 4 }),
  hasDataSet,
};
const responseKeys = ["type", "messageIdBeingRespondedTo", "status", "hasDataSet"] as const;
const counters = { remaining: number, completed: number, failed: number, warning: number };

type Of<Type extends Message["type"]> = Extract<Message, { type: Type }>;

/** Any message that the decoder can give. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  record<Of<"C-ECHO-RQ">>({ type: fc.constant("C-ECHO-RQ"), ...request }, requestKeys),
  record<Of<"C-FIND-RQ">>(
    { type: fc.constant("C-FIND-RQ"), ...request, priority },
    [...requestKeys, "priority"],
  ),
  record<Of<"C-GET-RQ">>(
    { type: fc.constant("C-GET-RQ"), ...request, priority },
    [...requestKeys, "priority"],
  ),
  record<Of<"C-MOVE-RQ">>(
    {
      type: fc.constant("C-MOVE-RQ"),
      ...request,
      priority,
      moveDestination: fc.oneof(fc.constant(""), printable(16)),
    },
    [...requestKeys, "priority", "moveDestination"],
  ),
  record<Of<"C-STORE-RQ">>(
    {
      type: fc.constant("C-STORE-RQ"),
      ...request,
      priority,
      affectedSopInstanceUid: fc.oneof(fc.constant(""), uid),
      moveOriginatorAeTitle: printable(16),
      moveOriginatorMessageId: number,
    },
    [...requestKeys, "priority", "affectedSopInstanceUid"],
  ),
  record<Of<"C-CANCEL-RQ">>(
    {
      type: fc.constant("C-CANCEL-RQ"),
      messageIdBeingRespondedTo: number,
      hasDataSet: fc.constant(false),
    },
    ["type", "messageIdBeingRespondedTo", "hasDataSet"],
  ),
  record<Of<"C-ECHO-RSP">>({ type: fc.constant("C-ECHO-RSP"), ...response }, responseKeys),
  record<Of<"C-FIND-RSP">>({ type: fc.constant("C-FIND-RSP"), ...response }, responseKeys),
  record<Of<"C-STORE-RSP">>(
    { type: fc.constant("C-STORE-RSP"), ...response, affectedSopInstanceUid: uid },
    responseKeys,
  ),
  record<Of<"C-GET-RSP">>(
    { type: fc.constant("C-GET-RSP"), ...response, ...counters },
    responseKeys,
  ),
  record<Of<"C-MOVE-RSP">>(
    { type: fc.constant("C-MOVE-RSP"), ...response, ...counters },
    responseKeys,
  ),
  record<Of<"unsupported">>(
    {
      type: fc.constant("unsupported"),
      commandField: fc.constantFrom(0x0100, 0x0110, 0x0120, 0x0130, 0x0140, 0x0150),
      messageId: number,
      affectedSopClassUid: uid,
      hasDataSet,
    },
    ["type", "commandField", "messageId", "hasDataSet"],
  ),
);
