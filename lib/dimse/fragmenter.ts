/**
 * Cuts DIMSE messages into P-DATA-TF PDUs of the length that the peer takes (PS3.8 annex E and
 * section D.1).
 *
 * @module
 */

import { LocalProtocolError, RemoteProtocolError } from "../errors.ts";
import { PDU_HEADER_LENGTH, PDV_HEADER_LENGTH } from "../pdu/pdu.ts";
import { writePDataHeader, writePdvHeader } from "../pdu/encoder.ts";

/**
 * The longest P-DATA-TF sent, without its header, to peers that take longer ones or say no limit:
 * past this size the headers no longer cost anything.
 */
export const SEND_LENGTH_CAP = 128 * 1024;

/** The buffer of a {@linkcode DataSetFragmenter}: large enough that a write costs little. */
export const SEND_BUFFER_LENGTH = 256 * 1024;

/** One PDV to a PDU: the headers in front of each fragment. */
export const FRAGMENT_HEADER_LENGTH: number = PDU_HEADER_LENGTH + PDV_HEADER_LENGTH;

/** A PDV header and the smallest fragment of an even length (PS3.8 section E.1). */
const SMALLEST_MAXIMUM_LENGTH = PDV_HEADER_LENGTH + 2;

/**
 * The longest fragment that fits the PDUs a peer takes. Fragments have an even length (PS3.8
 * section E.1).
 *
 * @param peerMaximumLength The maximum length that the peer sent (PS3.8 section D.1); 0 is no limit.
 * @param cap The longest P-DATA-TF to be sent whatever the peer takes.
 * @returns Its length in bytes, even, at least 2.
 * @throws {RemoteProtocolError} When the peer's maximum leaves no room for a fragment.
 *
 * @example
 * ```ts
 * import { maximumFragment } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(maximumFragment(16384), 16378);
 * assert.equal(maximumFragment(0), 128 * 1024 - 6);
 * ```
 */
export function maximumFragment(peerMaximumLength: number, cap: number = SEND_LENGTH_CAP): number {
  const length = peerMaximumLength === 0 ? cap : Math.min(peerMaximumLength, cap);
  if (!(length >= SMALLEST_MAXIMUM_LENGTH)) {
    throw new RemoteProtocolError(
      `Cannot send to peer: maximum length ${length} leaves no room for a fragment`,
      { source: 0, reason: 0 },
    );
  }
  const room = length - PDV_HEADER_LENGTH;
  return room - room % 2;
}

/**
 * Cuts a whole message into P-DATA-TF PDUs of one PDV each. The command and the data set go in PDUs
 * of their own: some peers take them in one, all take them in two.
 *
 * @param contextId The presentation context.
 * @param command The command set.
 * @param dataSet The data set, if the command announces one; of an even length.
 * @param peerMaximumLength The maximum length that the peer sent; 0 is no limit.
 * @returns The PDUs, one after the other.
 * @throws {LocalProtocolError} When the command or the data set is of an odd length.
 * @throws {RemoteProtocolError} When the peer's maximum leaves no room for a fragment.
 *
 * @example
 * ```ts
 * import { fragmentMessage } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = fragmentMessage(1, Uint8Array.of(1, 2, 3, 4), undefined, 8);
 * const pdus = ["040000000008" + "000000040101" + "0102", "040000000008" + "000000040103" + "0304"];
 * assert.equal(bytes.toHex(), pdus.join(""));
 * ```
 */
export function fragmentMessage(
  contextId: number,
  command: Uint8Array,
  dataSet: Uint8Array | undefined,
  peerMaximumLength: number,
): Uint8Array<ArrayBuffer> {
  const fragment = maximumFragment(peerMaximumLength);
  checkEven(command, "command set");
  if (dataSet !== undefined) checkEven(dataSet, "data set");
  const bytes = new Uint8Array(
    framedLength(command.length, fragment) +
      (dataSet === undefined ? 0 : framedLength(dataSet.length, fragment)),
  );
  const offset = frame(bytes, 0, { contextId, isCommand: true, fragment }, command);
  if (dataSet !== undefined) {
    frame(bytes, offset, { contextId, isCommand: false, fragment }, dataSet);
  }
  return bytes;
}

/** Options of a {@linkcode DataSetFragmenter}. */
export interface DataSetFragmenterOptions {
  /** The command set of the message, to go in front of the data set in the first buffer. */
  readonly command?: Uint8Array;
  /** The buffer to fill; by default a new one of {@linkcode SEND_BUFFER_LENGTH}. */
  readonly buffer?: Uint8Array<ArrayBuffer>;
}

/**
 * Frames a data set as it is read, in one buffer of constant size that is laid out as PDU header,
 * PDV header, fragment, PDU header, … The bytes go straight to the place they are sent from: read
 * into {@linkcode DataSetFragmenter.room | room()} and tell how much with
 * {@linkcode DataSetFragmenter.fill | fill()}, or have them copied there by
 * {@linkcode DataSetFragmenter.push | push()}. When there is no room left, send what
 * {@linkcode DataSetFragmenter.flush | flush()} gives and go on; at the end, what
 * {@linkcode DataSetFragmenter.end | end()} gives.
 *
 * A flush holds the last two bytes back, so that there is always something for the fragment with
 * the last flag: some peers do not expect it to be empty.
 *
 * @example
 * ```ts
 * import { DataSetFragmenter } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const fragmenter = new DataSetFragmenter(3, 16384);
 * fragmenter.room().set([1, 2, 3, 4]);
 * fragmenter.fill(4);
 * assert.equal(fragmenter.end().toHex(), "04000000000a" + "000000060302" + "01020304");
 * ```
 */
export class DataSetFragmenter {
  readonly #contextId: number;
  readonly #fragment: number;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** Where the fragments start: behind the command, while that is in the buffer. */
  #start: number;
  /** Bytes of the data set in the buffer. */
  #filled = 0;
  /** How many of them the last flush gave; those held back stay in the buffer meanwhile. */
  #flushed = 0;
  /** Whether the buffer is with the sender, so that its bytes have to stay. */
  #isLent = false;
  #isEnded = false;

  /**
   * Starts a data set, and puts the command in the buffer.
   *
   * @param contextId The presentation context.
   * @param peerMaximumLength The maximum length that the peer sent; 0 is no limit.
   * @param options The command to send first, and the buffer.
   * @throws {LocalProtocolError} When the command is of an odd length, or the buffer has no room for
   * it and a fragment.
   * @throws {RemoteProtocolError} When the peer's maximum leaves no room for a fragment.
   */
  constructor(
    contextId: number,
    peerMaximumLength: number,
    options: DataSetFragmenterOptions = {},
  ) {
    const { command, buffer = new Uint8Array(SEND_BUFFER_LENGTH) } = options;
    this.#contextId = contextId;
    this.#fragment = maximumFragment(peerMaximumLength);
    this.#buffer = buffer;
    this.#start = 0;
    if (command !== undefined) {
      checkEven(command, "command set");
      this.#start = framedLength(command.length, this.#fragment);
    }
    // Later buffers have no command, but two bytes held back.
    const least = this.#start + FRAGMENT_HEADER_LENGTH + Math.min(4, this.#fragment);
    if (buffer.length < Math.max(least, framedLength(4, this.#fragment))) {
      throw new LocalProtocolError(
        `Cannot fragment data set: a buffer of ${buffer.length} bytes is too small`,
      );
    }
    if (command !== undefined) {
      frame(buffer, 0, { contextId, isCommand: true, fragment: this.#fragment }, command);
    }
  }

  /**
   * The place for the next bytes of the data set: the rest of the fragment at hand.
   *
   * @returns A part of the buffer to be filled from its start; empty when a flush is due.
   * @throws {LocalProtocolError} When the data set has ended.
   */
  room(): Uint8Array<ArrayBuffer> {
    this.#reclaim();
    const start = this.#positionOf(this.#filled);
    return this.#buffer.subarray(start, start + this.#roomLength());
  }

  /**
   * Tells that bytes of the data set were written at the start of {@linkcode DataSetFragmenter.room}.
   *
   * @param length How many.
   * @throws {LocalProtocolError} When there was no room for so many, or the data set has ended.
   */
  fill(length: number): void {
    this.#reclaim();
    const room = this.#roomLength();
    if (!Number.isInteger(length) || length < 0 || length > room) {
      throw new LocalProtocolError(
        `Cannot fragment data set: ${length} bytes do not fit the room of ${room} bytes`,
      );
    }
    this.#filled += length;
  }

  /**
   * Copies bytes of the data set into the buffer, as many as there is room for.
   *
   * @param bytes The bytes.
   * @returns How many were taken; fewer than there are when a flush is due.
   * @throws {LocalProtocolError} When the data set has ended.
   */
  push(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length) {
      const room = this.room();
      if (room.length === 0) break;
      const part = bytes.subarray(taken, taken + room.length);
      room.set(part);
      this.#filled += part.length;
      taken += part.length;
    }
    return taken;
  }

  /**
   * Ends the PDUs in the buffer; more will follow.
   *
   * @returns The PDUs to send; may be empty. A part of the buffer: valid until the next call of any
   * method.
   * @throws {LocalProtocolError} When the data set has ended.
   */
  flush(): Uint8Array<ArrayBuffer> {
    this.#reclaim();
    const held = this.#filled === 0 ? 0 : 2 - this.#filled % 2;
    this.#flushed = this.#filled - held;
    return this.#finish(this.#flushed, false);
  }

  /**
   * Ends the data set. One of an odd length, which is possible only for one that is deflated or
   * broken, is padded with a NUL (PS3.5 section A.5): some peers abort on an odd fragment.
   *
   * @returns The PDUs to send, the last one flagged as such. A part of the buffer, not used again by
   * this object.
   * @throws {LocalProtocolError} When the data set has ended already.
   */
  end(): Uint8Array<ArrayBuffer> {
    this.#reclaim();
    this.#isEnded = true;
    if (this.#filled % 2 !== 0) {
      this.#buffer[this.#positionOf(this.#filled)] = 0;
      this.#filled += 1;
    }
    return this.#finish(this.#filled, true);
  }

  /** Takes the buffer back from the sender, if it is there. */
  #reclaim(): void {
    if (this.#isEnded) {
      throw new LocalProtocolError("Cannot fragment data set: it has ended");
    }
    if (!this.#isLent) return;
    this.#isLent = false;
    // What was held back goes in front of what comes next: both bytes of a fragment, as that is even.
    const held = this.#positionOf(this.#flushed);
    this.#filled -= this.#flushed;
    this.#start = 0;
    const front = this.#positionOf(0);
    for (let index = 0; index < this.#filled; index += 1) {
      this.#buffer[front + index] = this.#buffer[held + index]!;
    }
  }

  /** How much more goes into the fragment at hand: the last is as long as the buffer allows, but even. */
  #roomLength(): number {
    const within = this.#filled % this.#fragment;
    const left = this.#buffer.length - (this.#positionOf(this.#filled) - within);
    return Math.max(0, Math.min(this.#fragment, left - left % 2) - within);
  }

  /** Where a byte of the data set is in the buffer. */
  #positionOf(index: number): number {
    return this.#start + index + FRAGMENT_HEADER_LENGTH * (Math.floor(index / this.#fragment) + 1);
  }

  #finish(length: number, isLast: boolean): Uint8Array<ArrayBuffer> {
    const layout = { contextId: this.#contextId, isCommand: false, fragment: this.#fragment };
    const end = length === 0 && !isLast
      ? this.#start
      : writeHeaders(this.#buffer, this.#start, layout, length, isLast);
    this.#isLent = true;
    return this.#buffer.subarray(0, end);
  }
}

interface Layout {
  readonly contextId: number;
  readonly isCommand: boolean;
  /** The length of all fragments but the last. */
  readonly fragment: number;
}

/** The bytes that a command or data set takes with its headers; at least one fragment, be it empty. */
function framedLength(length: number, fragment: number): number {
  return length + FRAGMENT_HEADER_LENGTH * Math.max(1, Math.ceil(length / fragment));
}

/** Writes a whole command or data set with its headers, and returns the offset behind it. */
function frame(
  target: Uint8Array,
  offset: number,
  layout: Layout,
  payload: Uint8Array,
): number {
  let position = offset;
  for (let start = 0; start < payload.length; start += layout.fragment) {
    const part = payload.subarray(start, start + layout.fragment);
    target.set(part, position + FRAGMENT_HEADER_LENGTH);
    position += FRAGMENT_HEADER_LENGTH + part.length;
  }
  return writeHeaders(target, offset, layout, payload.length, true);
}

/** Writes the headers around fragments that are in their places, and returns the offset behind. */
function writeHeaders(
  target: Uint8Array,
  offset: number,
  { contextId, isCommand, fragment }: Layout,
  length: number,
  isLast: boolean,
): number {
  let position = offset;
  let left = length;
  do {
    const fragmentLength = Math.min(fragment, left);
    left -= fragmentLength;
    writePDataHeader(target, position, PDV_HEADER_LENGTH + fragmentLength);
    writePdvHeader(target, position + PDU_HEADER_LENGTH, {
      contextId,
      isCommand,
      isLast: isLast && left === 0,
      fragmentLength,
    });
    position += FRAGMENT_HEADER_LENGTH + fragmentLength;
  } while (left > 0);
  return position;
}

function checkEven(bytes: Uint8Array, name: string): void {
  if (bytes.length % 2 !== 0) {
    throw new LocalProtocolError(
      `Cannot fragment ${name}: its length of ${bytes.length} bytes is odd`,
    );
  }
}
