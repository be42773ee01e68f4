/**
 * Encodes PDUs (PS3.8 section 9.3). P-DATA-TF is never made as a whole: its headers are written in
 * front of the fragments, wherever those are.
 *
 * @module
 */

import { LocalProtocolError } from "../errors.ts";
import { encodeAssociateAccept, encodeAssociateRequest } from "./associate.ts";
import { ItemWriter } from "./item_writer.ts";
import type { Pdu } from "./pdu.ts";
import { PDU_HEADER_LENGTH, PDU_TYPE, PDV_HEADER_LENGTH } from "./pdu.ts";

/** A PDV's length field counts the context ID and the message control header too (9.3.5.1). */
const PDV_LENGTH_OVERHEAD = 2;

/** What the header of a PDV item says (PS3.8 sections 9.3.5.1 and E.2). */
export interface PdvHeader {
  /** Of the presentation context: odd, 1 to 255. */
  readonly contextId: number;
  /** Whether the fragment is of a command, else of a data set. */
  readonly isCommand: boolean;
  /** Whether the fragment is the last of its command or data set. */
  readonly isLast: boolean;
  /** The bytes that follow the header. */
  readonly fragmentLength: number;
}

/**
 * Encodes a PDU.
 *
 * @param pdu The PDU, as a value.
 * @returns Its bytes, in an array of its own.
 * @throws {LocalProtocolError} When a value does not fit its field; nothing is ever cut.
 *
 * @example
 * ```ts
 * import { encodePdu } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const abort = encodePdu({ type: "A-ABORT", source: 2, reason: 6 });
 * assert.equal(abort.toHex(), "07000000000400000206");
 * ```
 */
export function encodePdu(pdu: Pdu): Uint8Array<ArrayBuffer> {
  switch (pdu.type) {
    case "A-ASSOCIATE-RQ":
      return encodeAssociateRequest(pdu);
    case "A-ASSOCIATE-AC":
      return encodeAssociateAccept(pdu);
    case "A-ASSOCIATE-RJ": {
      const writer = new ItemWriter(pdu.type, PDU_TYPE[pdu.type]);
      writer.writeReserved(1);
      writer.writeUint8(pdu.result, "result");
      writer.writeUint8(pdu.source, "source");
      writer.writeUint8(pdu.reason, "reason");
      return writer.finish();
    }
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP": {
      const writer = new ItemWriter(pdu.type, PDU_TYPE[pdu.type]);
      writer.writeReserved(4);
      return writer.finish();
    }
    case "A-ABORT": {
      const writer = new ItemWriter(pdu.type, PDU_TYPE[pdu.type]);
      writer.writeReserved(2);
      writer.writeUint8(pdu.source, "source");
      writer.writeUint8(pdu.reason, "reason");
      return writer.finish();
    }
    default:
      return refuseUnknown(pdu);
  }
}

function refuseUnknown(pdu: never): never {
  throw new LocalProtocolError(`Cannot encode PDU: ${JSON.stringify(pdu)} has no known type`);
}

/**
 * Writes the six bytes that start a P-DATA-TF (PS3.8 section 9.3.5).
 *
 * @param target Where to write.
 * @param offset Of the first byte.
 * @param length The bytes that follow: the PDV items, each with its header.
 * @throws {LocalProtocolError} When the length does not fit its field, or the header the target.
 *
 * @example
 * ```ts
 * import { writePDataHeader } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const header = new Uint8Array(6);
 * writePDataHeader(header, 0, 74);
 * assert.equal(header.toHex(), "04000000004a");
 * ```
 */
export function writePDataHeader(target: Uint8Array, offset: number, length: number): void {
  checkRoom(target, offset, PDU_HEADER_LENGTH);
  target[offset] = PDU_TYPE["P-DATA-TF"];
  target[offset + 1] = 0;
  writeLength(target, offset + 2, length);
}

/**
 * Writes the six bytes that start a PDV item (PS3.8 sections 9.3.5.1 and E.2).
 *
 * @param target Where to write.
 * @param offset Of the first byte.
 * @param header What to write.
 * @throws {LocalProtocolError} When a value does not fit its field, or the header the target.
 *
 * @example
 * ```ts
 * import { writePdvHeader } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const header = new Uint8Array(6);
 * writePdvHeader(header, 0, { contextId: 1, isCommand: true, isLast: true, fragmentLength: 68 });
 * assert.equal(header.toHex(), "000000460103");
 * ```
 */
export function writePdvHeader(target: Uint8Array, offset: number, header: PdvHeader): void {
  const { contextId } = header;
  if (!Number.isInteger(contextId) || contextId < 1 || contextId > 255 || contextId % 2 === 0) {
    throw new LocalProtocolError(
      `Cannot encode P-DATA-TF: presentation context ID ${contextId} is not an odd number from 1 to 255`,
    );
  }
  checkRoom(target, offset, PDV_HEADER_LENGTH);
  writeLength(target, offset, PDV_LENGTH_OVERHEAD + header.fragmentLength);
  target[offset + 4] = contextId;
  target[offset + 5] = (header.isCommand ? 0x01 : 0) | (header.isLast ? 0x02 : 0);
}

/** A typed array drops what is written behind its end, without a word. */
function checkRoom(target: Uint8Array, offset: number, length: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset + length > target.length) {
    throw new LocalProtocolError(
      `Cannot encode P-DATA-TF: ${length} bytes at offset ${offset} exceed the target of ${target.length} bytes`,
    );
  }
}

function writeLength(target: Uint8Array, offset: number, length: number): void {
  if (!Number.isInteger(length) || length < PDV_LENGTH_OVERHEAD || length > 0xffff_ffff) {
    throw new LocalProtocolError(`Cannot encode P-DATA-TF: length ${length} is not possible`);
  }
  target[offset] = length >>> 24;
  target[offset + 1] = length >>> 16;
  target[offset + 2] = length >>> 8;
  target[offset + 3] = length;
}
