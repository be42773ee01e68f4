/**
 * Writes PDUs and their items and sub-items (PS3.8 section 9.3.1). Lengths are filled in when their
 * item is complete, and a value that its field cannot hold is an error: nothing is cut silently.
 *
 * @module
 */

import { LocalProtocolError } from "../errors.ts";
import { formatType } from "./item_reader.ts";
import { PDU_HEADER_LENGTH } from "./pdu.ts";

/** Most associate PDUs fit; the buffer doubles when one does not. */
const FIRST_CAPACITY = 512;

/**
 * One PDU in the making.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const writer = new ItemWriter("A-ASSOCIATE-RQ", 0x01);
 * writer.writeItem(0x52, () => writer.writeText("1.2", "implementation class UID"));
 * assert.equal(writer.finish().toHex(), "01000000000752000003312e32");
 * ```
 */
export class ItemWriter {
  readonly #pdu: string;
  #bytes = new Uint8Array(FIRST_CAPACITY);
  #length = PDU_HEADER_LENGTH;

  /**
   * Starts a PDU, after its header.
   *
   * @param pdu The name of the PDU, for messages.
   * @param type Its type octet.
   */
  constructor(pdu: string, type: number) {
    this.#pdu = pdu;
    this.#bytes[0] = type;
  }

  /**
   * Writes an octet.
   *
   * @param value An octet.
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When it is not a whole number from 0 to 255.
   */
  writeUint8(value: number, field: string): void {
    this.#writeNumber(value, 1, 0xff, field);
  }

  /**
   * Writes a 16-bit number, big endian.
   *
   * @param value A 16-bit number.
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When it is not a whole number from 0 to 65535.
   */
  writeUint16(value: number, field: string): void {
    this.#writeNumber(value, 2, 0xffff, field);
  }

  /**
   * Writes a 32-bit number, big endian.
   *
   * @param value A 32-bit number.
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When it is not a whole number from 0 to 4294967295.
   */
  writeUint32(value: number, field: string): void {
    this.#writeNumber(value, 4, 0xffff_ffff, field);
  }

  /**
   * Writes reserved bytes.
   *
   * @param count How many reserved bytes, sent as zero (PS3.8 section 9.3.1).
   */
  writeReserved(count: number): void {
    this.#reserve(count);
    this.#length += count;
  }

  /**
   * Writes bytes as they are.
   *
   * @param bytes Written as they are.
   */
  writeBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Writes a UID or a name.
   *
   * @param text Written one byte a character, without padding (PS3.8 annex F).
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When a character has no byte of its own.
   */
  writeText(text: string, field: string): void {
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0xff) {
        throw this.invalid(`${field} ${JSON.stringify(text)} is not single-byte text`);
      }
      this.#bytes[this.#length + index] = code;
    }
    this.#length += text.length;
  }

  /**
   * Writes a UID or a name in front of which its length is sent.
   *
   * @param text Written after its 16-bit length.
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When it has more than 65535 characters, or one without a byte.
   */
  writeCountedText(text: string, field: string): void {
    this.writeUint16(text.length, `${field} length`);
    this.writeText(text, field);
  }

  /**
   * Writes bytes in front of which their length is sent.
   *
   * @param bytes Written after their 16-bit length.
   * @param field What is written, for messages.
   * @throws {LocalProtocolError} When there are more than 65535.
   */
  writeCountedBytes(bytes: Uint8Array, field: string): void {
    this.writeUint16(bytes.length, `${field} length`);
    this.writeBytes(bytes);
  }

  /**
   * Writes an item or sub-item: its header, and what `writeFields` writes as its value.
   *
   * @param type The type octet.
   * @param writeFields Called once, at once.
   * @throws {LocalProtocolError} When the value exceeds 65535 bytes.
   */
  writeItem(type: number, writeFields: () => void): void {
    this.writeUint8(type, "item type");
    this.writeReserved(1);
    this.writeCounted(`item ${formatType(type)} length`, writeFields);
  }

  /**
   * Writes the 16-bit length of what `writeFields` writes, and then that.
   *
   * @param field The name of the length, for messages.
   * @param writeFields Called once, at once.
   * @throws {LocalProtocolError} When more than 65535 bytes were written.
   */
  writeCounted(field: string, writeFields: () => void): void {
    this.writeReserved(2);
    const start = this.#length;
    writeFields();
    const length = this.#length - start;
    if (length > 0xffff) throw this.invalid(`${field} ${length} exceeds 65535 bytes`);
    this.#view().setUint16(start - 2, length);
  }

  /**
   * Completes the PDU.
   *
   * @returns The PDU with its length filled in, in an array of its own size.
   */
  finish(): Uint8Array<ArrayBuffer> {
    this.#view().setUint32(2, this.#length - PDU_HEADER_LENGTH);
    return this.#bytes.slice(0, this.#length);
  }

  /**
   * Makes the error that a value without an encoding leads to.
   *
   * @param state What cannot be encoded.
   * @returns The error to throw, which names the PDU.
   */
  invalid(state: string): LocalProtocolError {
    return new LocalProtocolError(`Cannot encode ${this.#pdu}: ${state}`);
  }

  #writeNumber(value: number, size: 1 | 2 | 4, most: number, field: string): void {
    if (!Number.isInteger(value) || value < 0 || value > most) {
      throw this.invalid(`${field} ${value} is not a whole number from 0 to ${most}`);
    }
    this.#reserve(size);
    const view = this.#view();
    if (size === 1) view.setUint8(this.#length, value);
    else if (size === 2) view.setUint16(this.#length, value);
    else view.setUint32(this.#length, value);
    this.#length += size;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  #view(): DataView {
    return new DataView(this.#bytes.buffer);
  }
}
