import type { Pdu, PduEvent, UserInformation } from "../../lib/pdu/pdu.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { GOLDEN_VECTORS } from "../../fixtures/standard/golden_vectors.ts";

/** A PDU as a value and as bytes: the table that drives the encoder and the decoder. */
export interface PduCase {
  readonly name: keyof typeof GOLDEN_VECTORS;
  readonly pdu: Pdu;
}

const NO_SUB_ITEMS = {
  roleSelections: [],
  extendedNegotiations: [],
  commonExtendedNegotiations: [],
  unknown: [],
};

export const USER_INFORMATION: UserInformation = {
  ...NO_SUB_ITEMS,
  maximumLength: 16384,
  implementationClassUid: "1.2.3.4",
  implementationVersionName: "TEST_1",
};

const REQUEST: Extract<Pdu, { type: "A-ASSOCIATE-RQ" }> = {
  type: "A-ASSOCIATE-RQ",
  protocolVersion: 1,
  calledAeTitle: "ANY-SCP",
  callingAeTitle: "ECHOSCU",
  applicationContext: "1.2.840.10008.3.1.1.1",
  presentationContexts: [{
    id: 1,
    abstractSyntaxes: ["1.2.840.10008.1.1"],
    transferSyntaxes: ["1.2.840.10008.1.2"],
  }],
  userInformation: USER_INFORMATION,
};

export const PDU_CASES: readonly PduCase[] = [
  { name: "associateRequest", pdu: REQUEST },
  {
    name: "associateRequestWithEverySubItem",
    pdu: {
      ...REQUEST,
      userInformation: {
        ...USER_INFORMATION,
        asynchronousOperationsWindow: { invoked: 2, performed: 3 },
        roleSelections: [{ sopClassUid: "1.2.840.10008.5.1.4.1.1.2", scu: false, scp: true }],
        extendedNegotiations: [{
          sopClassUid: "1.2.840.10008.5.1.4.1.2.2.2",
          information: Uint8Array.of(1, 0),
        }],
        commonExtendedNegotiations: [{
          sopClassUid: "1.2.840.10008.5.1.4.1.1.88.40",
          serviceClassUid: "1.2.840.10008.4.2",
          relatedGeneralSopClassUids: ["1.2.840.10008.5.1.4.1.1.88.22"],
        }],
        userIdentity: {
          type: 2,
          positiveResponseRequested: true,
          primaryField: Uint8Array.of(0x62, 0x6f, 0x62),
          secondaryField: Uint8Array.of(0x70, 0x77),
        },
      },
    },
  },
  {
    name: "associateAccept",
    pdu: {
      ...REQUEST,
      type: "A-ASSOCIATE-AC",
      presentationContexts: [{ id: 1, result: 0, transferSyntax: "1.2.840.10008.1.2" }],
    },
  },
  {
    name: "associateRejectCalledAeTitle",
    pdu: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 },
  },
  {
    name: "associateRejectLocalLimit",
    pdu: { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 },
  },
  { name: "releaseRequest", pdu: { type: "A-RELEASE-RQ" } },
  { name: "releaseResponse", pdu: { type: "A-RELEASE-RP" } },
  { name: "abortByUser", pdu: { type: "A-ABORT", source: 0, reason: 0 } },
  { name: "abortUnexpectedPdu", pdu: { type: "A-ABORT", source: 2, reason: 2 } },
  { name: "abortInvalidParameterValue", pdu: { type: "A-ABORT", source: 2, reason: 6 } },
];

/** The bytes of a golden vector. */
export function golden(name: keyof typeof GOLDEN_VECTORS): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(GOLDEN_VECTORS[name]);
}

/** One byte of text a character. */
export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** The value in `bytes` big endian bytes. */
export function bigEndian(value: number, bytes: number): number[] {
  return Array.from(
    { length: bytes },
    (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256,
  );
}

/** A PDU of `type` around `body`; `length` may lie. */
export function pduBytes(
  type: number,
  body: Iterable<number>,
  length?: number,
): Uint8Array<ArrayBuffer> {
  const bytes = [...body];
  return Uint8Array.from([type, 0, ...bigEndian(length ?? bytes.length, 4), ...bytes]);
}

/** An item or sub-item of `type` around `value`; `length` may lie. */
export function itemBytes(type: number, value: Iterable<number>, length?: number): number[] {
  const bytes = [...value];
  return [type, 0, ...bigEndian(length ?? bytes.length, 2), ...bytes];
}

/** The 68 fixed bytes of an A-ASSOCIATE-RQ or -AC, then `items`. */
export function associateBody(...items: (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    0,
    1,
    0,
    0,
    ...ascii("ANY-SCP".padEnd(16)),
    ...ascii("ECHOSCU".padEnd(16)),
    ...new Array<number>(32).fill(0),
    ...items.flat(),
  ]);
}

/** What a decoder told, and how it ended. */
export interface Transcript {
  readonly events: PduEvent[];
  readonly error: unknown;
}

/**
 * Gives `chunks` to a decoder one after the other, and takes every event. Pieces are copied, because
 * they are only valid until the next bytes.
 */
export function transcribe(
  chunks: Iterable<Uint8Array>,
  decoder: PduDecoder = new PduDecoder({ maximumLength: 0 }),
): Transcript {
  const events: PduEvent[] = [];
  try {
    for (const chunk of chunks) {
      decoder.receive(chunk);
      for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
        events.push(event.type === "PDV" ? { ...event, data: event.data.slice() } : event);
      }
    }
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

/** Joins the pieces of each fragment, so that transcripts of different splits can be compared. */
export function coalesce(events: readonly PduEvent[], bytes: Uint8Array): PduEvent[] {
  const fragmentLengths = fragmentsOf(bytes);
  const joined: PduEvent[] = [];
  let left = 0;
  for (const event of events) {
    const last = joined.at(-1);
    if (event.type === "PDV" && left > 0 && last?.type === "PDV") {
      joined[joined.length - 1] = {
        ...event,
        data: Uint8Array.from([...last.data, ...event.data]),
      };
      left -= event.data.length;
      continue;
    }
    joined.push(event);
    if (event.type === "PDV") left = (fragmentLengths.shift() ?? 0) - event.data.length;
  }
  return joined;
}

/** The fragment lengths of the PDVs in a stream of PDUs, read without the decoder. */
function fragmentsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths: number[] = [];
  for (let at = 0; at + 6 <= bytes.length;) {
    const end = at + 6 + view.getUint32(at + 2);
    if (bytes[at] === 4) {
      for (let pdv = at + 6; pdv + 6 <= Math.min(end, bytes.length);) {
        lengths.push(view.getUint32(pdv) - 2);
        pdv += 4 + Math.max(view.getUint32(pdv), 2);
      }
    }
    at = end;
  }
  return lengths;
}

/** `bytes`, cut at each of `cuts`. */
export function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge));
}
