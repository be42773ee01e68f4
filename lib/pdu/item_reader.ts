/**
 * Reads the items and sub-items of an A-ASSOCIATE-RQ or -AC (PS3.8 section 9.3.1): a type octet, a
 * reserved octet, a 16-bit big endian length, then that many bytes.
 *
 * Every read is checked against the end of the item it is made in, so that a length which lies can
 * neither leave its item nor take memory: what is copied out is never more than what was received.
 *
 * @module
 */

import { decodePaddedText, EMPTY_BYTES, readUint16, readUint32 } from "../bytes.ts";
import { RemoteProtocolError } from "../errors.ts";

/** Type, reserved octet and 16-bit length of an item or sub-item (PS3.8 section 9.3.1). */
const ITEM_HEADER_LENGTH = 4;

/**
 * The violation "invalid PDU parameter value" (PS3.8 table 9-26, source 2, reason 6).
 *
 * @param pdu The name of the PDU.
 * @param state What is wrong with it.
 * @returns The error to throw.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const error = invalidPduParameter("P-DATA-TF", "length 0 has no room for a PDV");
 * assert.equal(error.message, "Cannot decode P-DATA-TF: length 0 has no room for a PDV");
 * assert.deepEqual(error.abort, { source: 2, reason: 6 });
 * ```
 */
export function invalidPduParameter(pdu: string, state: string): RemoteProtocolError {
  return new RemoteProtocolError(`Cannot decode ${pdu}: ${state}`, { source: 2, reason: 6 });
}

/**
 * Writes an item or PDU type as the standard does.
 *
 * @param type The octet.
 * @returns Two hexadecimal digits and an H.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatType(0x0a), "0AH");
 * ```
 */
export function formatType(type: number): string {
  return `${type.toString(16).toUpperCase().padStart(2, "0")}H`;
}

/**
 * The fields of a PDU, item or sub-item, read in order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const item = new ItemReader("A-ASSOCIATE-RQ", Uint8Array.of(0x52, 0, 0, 3, 0x31, 0x2e, 0x32)).readItem();
 * assert.equal(item.type, 0x52);
 * assert.equal(item.readText(item.remaining, "UID"), "1.2");
 * ```
 */
export class ItemReader {
  /** The item's type octet; 0 for the PDU itself. */
  readonly type: number;
  readonly #pdu: string;
  readonly #depth: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;

  /**
   * Starts at the first field of a PDU.
   *
   * @param pdu The name of the PDU, for messages.
   * @param bytes Its body, the bytes after the PDU header.
   * @param within Which part of the body to read, and as what: the reader's own use.
   */
  constructor(
    pdu: string,
    bytes: Uint8Array,
    within: {
      readonly start: number;
      readonly end: number;
      readonly type: number;
      readonly depth: number;
    } = { start: 0, end: bytes.length, type: 0, depth: 0 },
  ) {
    this.#pdu = pdu;
    this.#bytes = bytes;
    this.#position = within.start;
    this.#end = within.end;
    this.type = within.type;
    this.#depth = within.depth;
  }

  /** The bytes not read yet. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  /**
   * Reads an octet.
   *
   * @param field What is read, for messages.
   * @returns The next octet.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readUint8(field: string): number {
    return this.#bytes[this.#takeFixed(1, field)]!;
  }

  /**
   * Reads a 16-bit number, big endian.
   *
   * @param field What is read, for messages.
   * @returns The next 16-bit number.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readUint16(field: string): number {
    return readUint16(this.#bytes, this.#takeFixed(2, field));
  }

  /**
   * Reads a 32-bit number, big endian.
   *
   * @param field What is read, for messages.
   * @returns The next 32-bit number.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readUint32(field: string): number {
    return readUint32(this.#bytes, this.#takeFixed(4, field));
  }

  /**
   * Reads bytes as they are.
   *
   * @param length How many bytes.
   * @param field What is read, for messages.
   * @returns A copy: values outlive the PDU, and a view would keep all of it in memory.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readBytes(length: number, field: string): Uint8Array {
    const start = this.#take(length, field);
    return length === 0 ? EMPTY_BYTES : this.#bytes.slice(start, start + length);
  }

  /**
   * Reads a UID or a name.
   *
   * @param length How many bytes.
   * @param field What is read, for messages.
   * @returns A UID or name without trailing NULs and spaces.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readText(length: number, field: string): string {
    const start = this.#take(length, field);
    return decodePaddedText(this.#bytes, start, start + length);
  }

  /**
   * Steps over reserved bytes, which are never tested (PS3.8 section 9.3.1).
   *
   * @param length How many bytes.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  skip(length: number): void {
    this.#takeFixed(length, "reserved field");
  }

  /**
   * Reads the header of an item, or of a sub-item in an item.
   *
   * @returns The item or sub-item that starts here; this reader goes on after it.
   * @throws {RemoteProtocolError} When its header is cut or its length leaves this item.
   */
  readItem(): ItemReader {
    const header = this.#takeFixed(
      ITEM_HEADER_LENGTH,
      this.#depth === 0 ? "item header" : "sub-item header",
    );
    const type = this.#bytes[header]!;
    const depth = this.#depth + 1;
    const length = readUint16(this.#bytes, header + 2);
    if (length > this.remaining) {
      throw this.#overrun(`${this.#label(type, depth)} length ${length}`);
    }
    return this.#reader(this.#advance(length), type, depth);
  }

  /**
   * Reads a list whose length in bytes was sent before it.
   *
   * @param length How many bytes.
   * @param field What is read, for messages.
   * @returns A reader of just these bytes of the item; this reader goes on after them.
   * @throws {RemoteProtocolError} When the item ends before.
   */
  readPart(length: number, field: string): ItemReader {
    return this.#reader(this.#take(length, field), this.type, this.#depth);
  }

  /**
   * Ends the reading of an item whose length is fixed by its fields.
   *
   * @throws {RemoteProtocolError} When bytes are left over, so that one of the lengths is wrong.
   */
  expectEnd(): void {
    if (this.remaining > 0) {
      throw this.invalid(`${this.#prefix()}has ${countBytes(this.remaining)} after its last field`);
    }
  }

  /**
   * Makes the error that an invalid value leads to.
   *
   * @param state What is wrong.
   * @returns The error to throw, which names the PDU.
   */
  invalid(state: string): RemoteProtocolError {
    return invalidPduParameter(this.#pdu, state);
  }

  /** For a field whose length the peer has sent. */
  #take(length: number, field: string): number {
    if (length > this.remaining) {
      throw this.#overrun(`${this.#prefix()}${field} length ${length}`);
    }
    return this.#advance(length);
  }

  /** For a field whose length the standard says. */
  #takeFixed(length: number, field: string): number {
    if (length > this.remaining) {
      throw this.#overrun(`${this.#prefix()}${field} of ${countBytes(length)}`);
    }
    return this.#advance(length);
  }

  #advance(length: number): number {
    const start = this.#position;
    this.#position += length;
    return start;
  }

  /** Of what has just been taken. */
  #reader(start: number, type: number, depth: number): ItemReader {
    return new ItemReader(this.#pdu, this.#bytes, { start, end: this.#position, type, depth });
  }

  #overrun(what: string): RemoteProtocolError {
    return this.invalid(`${what} exceeds the ${countBytes(this.remaining)} left`);
  }

  #prefix(): string {
    return this.#depth === 0 ? "" : `${this.#label(this.type, this.#depth)} `;
  }

  #label(type: number, depth: number): string {
    return `${depth === 1 ? "item" : "sub-item"} ${formatType(type)}`;
  }
}

function countBytes(count: number): string {
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}
