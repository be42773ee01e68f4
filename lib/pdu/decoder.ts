/**
 * The streaming decoder of PDUs (PS3.8 section 9.3): bytes in, one event at a time out.
 *
 * A P-DATA-TF is never held: its header is one event, and each PDV's fragment leaves as views on the
 * received bytes while it arrives. Every other PDU is gathered first, in a buffer that grows with the
 * bytes received and never with the length declared, and its length is judged at the header, before
 * the first byte of the body. There is no way to find the next PDU after an invalid one, so the
 * decoder then ends and takes what still comes without looking at it.
 *
 * @module
 */

import { EMPTY_BYTES, readUint32 } from "../bytes.ts";
import { LocalProtocolError, RemoteProtocolError } from "../errors.ts";
import {
  ASSOCIATE_FIXED_LENGTH,
  decodeAssociateAccept,
  decodeAssociateRequest,
} from "./associate.ts";
import { foreignProtocol, foreignProtocolError, UNRECOGNISED_PDU } from "./foreign_protocol.ts";
import { formatType, invalidPduParameter } from "./item_reader.ts";
import type { AbortPdu, Pdu, PduEvent, PdvPiece } from "./pdu.ts";
import {
  ASSOCIATE_PDU_LIMIT,
  PDU_HEADER_LENGTH,
  PDU_TYPE,
  PDV_HEADER_LENGTH,
  UNLIMITED_P_DATA_CAP,
} from "./pdu.ts";

/** A-ASSOCIATE-RJ, A-RELEASE-RQ, A-RELEASE-RP and A-ABORT (PS3.8 sections 9.3.4 and 9.3.6 to 9.3.8). */
const FIXED_BODY_LENGTH = 4;

/**
 * The longest A-ABORT that is read. Its length should be 4; since an abort is never answered, a wrong
 * length changes nothing, and one beyond this bound is taken as an abort without its codes.
 */
const ABORT_PDU_LIMIT = 1024;

/** What is read from an A-ABORT without codes: the service-provider, reason not specified. */
const UNSPECIFIED_ABORT: AbortPdu = { type: "A-ABORT", source: 2, reason: 0 };

/** The context ID and the message control header count in a PDV's length (PS3.8 section 9.3.5.1). */
const PDV_MINIMUM_LENGTH = 2;

/** PS3.8 section E.2: bits 2 to 7 are reserved and never tested. */
const COMMAND_BIT = 0x01;
const LAST_BIT = 0x02;

const TYPE_NAMES: ReadonlyMap<number, keyof typeof PDU_TYPE> = new Map(
  (Object.keys(PDU_TYPE) as (keyof typeof PDU_TYPE)[]).map((name) => [PDU_TYPE[name], name]),
);

/** The limits of a {@linkcode PduDecoder}. */
export interface PduDecoderOptions {
  /** The maximum length we advertise, for the length field of a P-DATA-TF; 0 is unlimited. */
  readonly maximumLength: number;
  /**
   * The longest A-ASSOCIATE-RQ or -AC taken.
   *
   * @default {ASSOCIATE_PDU_LIMIT}
   */
  readonly associatePduLimit?: number;
}

/**
 * Decodes what one peer sends on one connection.
 *
 * Give it bytes with {@linkcode PduDecoder.receive}, then call {@linkcode PduDecoder.next} until it
 * returns `undefined`.
 *
 * @example
 * ```ts
 * import { PduDecoder } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const decoder = new PduDecoder({ maximumLength: 16384 });
 * decoder.receive(Uint8Array.fromHex("0500000000"));
 * assert.equal(decoder.next(), undefined);
 * decoder.receive(Uint8Array.fromHex("0400000000"));
 * assert.deepEqual(decoder.next(), { type: "A-RELEASE-RQ" });
 * assert.equal(decoder.next(), undefined);
 * ```
 */
export class PduDecoder {
  /** As in {@linkcode PduDecoderOptions.maximumLength}; it counts from the next P-DATA-TF on. */
  maximumLength: number;

  readonly #associatePduLimit: number;
  /** Whether nothing was decoded yet: what comes may be another protocol altogether. */
  #isOpening = true;
  #expects: "pdu-header" | "body" | "pdv-header" | "fragment" | "nothing" = "pdu-header";

  /** The bytes given last, and the part of them not consumed. */
  #chunk: Uint8Array = EMPTY_BYTES;
  #position = 0;

  /** A PDU or PDV header, which may come split over reads. */
  readonly #header = new Uint8Array(Math.max(PDU_HEADER_LENGTH, PDV_HEADER_LENGTH));
  #headerLength = 0;

  /** The bytes of the current PDU that are to come. */
  #pduLeft = 0;
  #pduType: Pdu["type"] = "A-ABORT";
  #body = EMPTY_BYTES;
  #bodyLength = 0;

  #fragmentLeft = 0;
  #contextId = 0;
  #controlHeader = 0;

  /**
   * Makes a decoder that expects the first PDU.
   *
   * @param options The limits.
   */
  constructor(options: PduDecoderOptions) {
    this.maximumLength = options.maximumLength;
    this.#associatePduLimit = options.associatePduLimit ?? ASSOCIATE_PDU_LIMIT;
  }

  /** Whether a PDU has begun and is not complete: what a deadline for reading it asks. */
  get inPdu(): boolean {
    if (this.#expects === "nothing") return false;
    return this.#expects !== "pdu-header" || this.#headerLength > 0;
  }

  /**
   * Gives the decoder the next bytes of the stream, as many as there are.
   *
   * @param bytes Not copied, so not to be changed until {@linkcode PduDecoder.next} has returned
   * `undefined`; discarded when the decoder has ended.
   * @throws {LocalProtocolError} When the bytes given before are not all consumed.
   */
  receive(bytes: Uint8Array): void {
    if (this.#expects === "nothing") return;
    const left = this.#chunk.length - this.#position;
    if (left > 0) {
      throw new LocalProtocolError(`Cannot receive bytes: ${left} given before are not consumed`);
    }
    this.#chunk = bytes;
    this.#position = 0;
  }

  /**
   * Decodes on until there is something to tell.
   *
   * @returns The next event; `undefined` when more bytes are needed, or the decoder has ended.
   * @throws {RemoteProtocolError} When the input is invalid: the decoder ends, the abort code tells
   * how to answer.
   */
  next(): PduEvent | undefined {
    for (;;) {
      switch (this.#expects) {
        case "pdu-header": {
          if (!this.#fillHeader()) return undefined;
          const event = this.#beginPdu();
          if (event !== undefined) return event;
          break;
        }
        case "body":
          return this.#gatherBody();
        case "pdv-header":
          if (this.#pduLeft < PDV_HEADER_LENGTH) {
            throw this.#invalid(
              "P-DATA-TF",
              `stray data of length ${this.#pduLeft} follows the last PDV`,
            );
          }
          if (!this.#fillHeader()) return undefined;
          this.#beginPdv();
          if (this.#fragmentLeft === 0) return this.#takePiece();
          break;
        case "fragment":
          return this.#position < this.#chunk.length ? this.#takePiece() : undefined;
        case "nothing":
          return undefined;
      }
    }
  }

  /** Collects the six bytes of a PDU or PDV header. */
  #fillHeader(): boolean {
    const chunk = this.#chunk;
    while (this.#headerLength < PDU_HEADER_LENGTH) {
      if (this.#position === chunk.length) return false;
      this.#header[this.#headerLength++] = chunk[this.#position++]!;
    }
    this.#headerLength = 0;
    return true;
  }

  /** Judges a PDU by its type and length alone. */
  #beginPdu(): PduEvent | undefined {
    const octet = this.#header[0]!;
    const length = readUint32(this.#header, 2);
    const type = TYPE_NAMES.get(octet);
    if (type === undefined) throw this.#unknown(octet);
    this.#isOpening = false;
    this.#pduLeft = length;
    switch (type) {
      case "P-DATA-TF":
        this.#checkPDataLength(length);
        this.#expects = "pdv-header";
        return { type, length };
      case "A-ASSOCIATE-RQ":
      case "A-ASSOCIATE-AC":
        if (length < ASSOCIATE_FIXED_LENGTH) {
          throw this.#invalid(type, `length ${length} is less than ${ASSOCIATE_FIXED_LENGTH}`);
        }
        if (length > this.#associatePduLimit) {
          throw this.#invalid(
            type,
            `length ${length} exceeds the limit of ${this.#associatePduLimit} bytes`,
          );
        }
        break;
      case "A-ABORT":
        if (length > ABORT_PDU_LIMIT) {
          this.#end();
          return UNSPECIFIED_ABORT;
        }
        break;
      default:
        if (length !== FIXED_BODY_LENGTH) {
          throw this.#invalid(type, `length ${length} is not ${FIXED_BODY_LENGTH}`);
        }
    }
    this.#pduType = type;
    this.#expects = "body";
    return undefined;
  }

  /** PS3.8 section D.1: the maximum length counts the length field, without the header. */
  #checkPDataLength(length: number): void {
    if (length < PDV_HEADER_LENGTH) {
      throw this.#invalid("P-DATA-TF", `length ${length} has no room for a PDV`);
    }
    const most = this.maximumLength === 0 ? UNLIMITED_P_DATA_CAP : this.maximumLength;
    if (length > most) {
      throw this.#invalid("P-DATA-TF", `length ${length} exceeds the maximum length ${most}`);
    }
  }

  /** PS3.8 section 9.3.5.1: a PDV lies wholly inside its P-DATA-TF. */
  #beginPdv(): void {
    const length = readUint32(this.#header, 0);
    const contextId = this.#header[4]!;
    const left = this.#pduLeft - (PDV_HEADER_LENGTH - PDV_MINIMUM_LENGTH);
    if (length < PDV_MINIMUM_LENGTH) {
      throw this.#invalid("P-DATA-TF", `PDV length ${length} is less than ${PDV_MINIMUM_LENGTH}`);
    }
    if (length > left) {
      throw this.#invalid("P-DATA-TF", `PDV length ${length} exceeds the ${left} bytes left`);
    }
    if (contextId % 2 === 0) {
      throw this.#invalid("P-DATA-TF", `presentation context ID ${contextId} is not odd`);
    }
    this.#pduLeft -= PDV_HEADER_LENGTH;
    this.#fragmentLeft = length - PDV_MINIMUM_LENGTH;
    this.#contextId = contextId;
    this.#controlHeader = this.#header[5]!;
    this.#expects = "fragment";
  }

  /** As much of the fragment as has arrived; all of it when it is empty. */
  #takePiece(): PdvPiece {
    const start = this.#position;
    const length = Math.min(this.#fragmentLeft, this.#chunk.length - start);
    this.#position += length;
    this.#pduLeft -= length;
    this.#fragmentLeft -= length;
    const ends = this.#fragmentLeft === 0;
    if (ends) this.#expects = this.#pduLeft === 0 ? "pdu-header" : "pdv-header";
    return {
      type: "PDV",
      contextId: this.#contextId,
      isCommand: (this.#controlHeader & COMMAND_BIT) !== 0,
      isLast: ends && (this.#controlHeader & LAST_BIT) !== 0,
      data: this.#chunk.subarray(start, start + length),
    };
  }

  /** Takes the body in place when it came in one read, else piece by piece into a buffer. */
  #gatherBody(): Pdu | undefined {
    const start = this.#position;
    const length = Math.min(this.#pduLeft, this.#chunk.length - start);
    const arrived = this.#chunk.subarray(start, start + length);
    this.#position += length;
    this.#pduLeft -= length;
    if (this.#pduLeft === 0 && this.#bodyLength === 0) return this.#endPdu(arrived);
    this.#append(arrived);
    return this.#pduLeft === 0 ? this.#endPdu(this.#body.subarray(0, this.#bodyLength)) : undefined;
  }

  /** Doubles the buffer when needed, but never beyond the PDU: at most twice the bytes received. */
  #append(arrived: Uint8Array): void {
    const needed = this.#bodyLength + arrived.length;
    if (needed > this.#body.length) {
      const capacity = Math.min(Math.max(needed, 2 * this.#body.length), needed + this.#pduLeft);
      const grown = new Uint8Array(capacity);
      grown.set(this.#body.subarray(0, this.#bodyLength));
      this.#body = grown;
    }
    this.#body.set(arrived, this.#bodyLength);
    this.#bodyLength = needed;
  }

  #endPdu(body: Uint8Array): Pdu {
    this.#expects = "pdu-header";
    this.#body = EMPTY_BYTES;
    this.#bodyLength = 0;
    try {
      return decodeBody(this.#pduType, body);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #unknown(octet: number): RemoteProtocolError {
    const foreign = this.#isOpening ? foreignProtocol(this.#header) : undefined;
    this.#end();
    if (foreign !== undefined) return foreignProtocolError(foreign);
    return new RemoteProtocolError(
      `Cannot decode PDU: type ${formatType(octet)} is not known`,
      UNRECOGNISED_PDU,
    );
  }

  #invalid(pdu: string, state: string): RemoteProtocolError {
    this.#end();
    return invalidPduParameter(pdu, state);
  }

  /** Lets go of the input: nothing is decoded any more. */
  #end(): void {
    this.#expects = "nothing";
    this.#chunk = EMPTY_BYTES;
    this.#position = 0;
  }
}

function decodeBody(type: Pdu["type"], body: Uint8Array): Pdu {
  switch (type) {
    case "A-ASSOCIATE-RQ":
      return decodeAssociateRequest(body);
    case "A-ASSOCIATE-AC":
      return decodeAssociateAccept(body);
    case "A-ASSOCIATE-RJ":
      return { type, result: body[1]!, source: body[2]!, reason: body[3]! };
    case "A-RELEASE-RQ":
    case "A-RELEASE-RP":
      return { type };
    case "A-ABORT":
      if (body.length < FIXED_BODY_LENGTH) return UNSPECIFIED_ABORT;
      return { type, source: body[2]!, reason: body[3]! };
  }
}
