/**
 * Assembles DIMSE messages of the PDVs they arrive in (PS3.8 annex E, PS3.7 section 6.3).
 *
 * @module
 */

import { EMPTY_BYTES } from "../bytes.ts";
import { RemoteProtocolError } from "../errors.ts";
import type { PdvPiece } from "../pdu/pdu.ts";
import type { Message } from "./message.ts";
import { decodeMessage } from "./message_codec.ts";

/**
 * The longest command set taken. Real ones stay under 1 KiB; the standard sets no bound, and a peer
 * could send command fragments without end.
 */
export const COMMAND_SET_LIMIT = 64 * 1024;

/** The first buffer of a command set that comes in parts; most fit. */
const FIRST_BUFFER_LENGTH = 512;

/** What a PDV brings. */
export type DimseEvent =
  | {
    /** A command set is complete. If `message.hasDataSet`, its data set follows as `data`. */
    readonly type: "message";
    readonly contextId: number;
    readonly message: Message;
  }
  | {
    /** A part of the data set of the last message. */
    readonly type: "data";
    readonly contextId: number;
    /** A view on the bytes received: valid until the next bytes are decoded. */
    readonly data: Uint8Array;
    /** Whether the data set ends with this part. */
    readonly isLast: boolean;
  };

/**
 * Assembles messages of PDVs. A command set is gathered; a data set passes uncopied, as it comes.
 * After an error the association has to be aborted: the assembler is of no more use.
 *
 * @example
 * ```ts
 * import { encodeMessage, MessageAssembler } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const assembler = new MessageAssembler();
 * const data = encodeMessage({
 *   type: "C-CANCEL-RQ",
 *   messageIdBeingRespondedTo: 3,
 *   hasDataSet: false,
 * });
 * const event = assembler.push({ type: "PDV", contextId: 5, isCommand: true, isLast: true, data });
 * assert.equal(event?.type === "message" && event.message.type, "C-CANCEL-RQ");
 * assert.ok(assembler.idle);
 * ```
 */
export class MessageAssembler {
  #command = EMPTY_BYTES;
  #commandLength = 0;
  /** The context of the command set that is not complete yet. */
  #commandContext: number | undefined;
  /** The context of the data set that is not complete yet. */
  #dataContext: number | undefined;

  /** Whether nothing is pending: the next PDV has to start a message. */
  get idle(): boolean {
    return this.#commandContext === undefined && this.#dataContext === undefined;
  }

  /**
   * Takes a PDV, or a piece of one.
   *
   * @param piece The piece.
   * @returns The message that it completes, the data that it brings, or `undefined`.
   * @throws {RemoteProtocolError} When the piece does not belong here (PS3.8 section E.1), the
   * command set is over {@linkcode COMMAND_SET_LIMIT}, or it is not that of a message.
   */
  push(piece: PdvPiece): DimseEvent | undefined {
    return piece.isCommand ? this.#pushCommand(piece) : this.#pushData(piece);
  }

  #pushCommand({ contextId, data, isLast }: PdvPiece): DimseEvent | undefined {
    if (this.#dataContext !== undefined) {
      throw outOfPlace(
        `command fragment on context ${contextId} before the end of the data set on context ` +
          `${this.#dataContext}`,
      );
    }
    if (this.#commandContext !== undefined && this.#commandContext !== contextId) {
      throw outOfPlace(
        `command fragment on context ${contextId} before the end of the command on context ` +
          `${this.#commandContext}`,
      );
    }
    const length = this.#commandLength + data.length;
    if (length > COMMAND_SET_LIMIT) {
      throw new RemoteProtocolError(
        `Cannot assemble message: command set of more than ${COMMAND_SET_LIMIT} bytes`,
        { source: 0, reason: 0 },
      );
    }
    this.#commandContext = contextId;
    if (!isLast) {
      this.#gather(data, length);
      return undefined;
    }
    // A command set mostly comes in one piece, and then need not be copied.
    if (this.#commandLength > 0) this.#gather(data, length);
    const bytes = this.#commandLength > 0 ? this.#command.subarray(0, length) : data;
    const message = decodeMessage(bytes);
    this.#command = EMPTY_BYTES;
    this.#commandLength = 0;
    this.#commandContext = undefined;
    if (message.hasDataSet) this.#dataContext = contextId;
    return { type: "message", contextId, message };
  }

  #pushData({ contextId, data, isLast }: PdvPiece): DimseEvent | undefined {
    if (this.#commandContext !== undefined) {
      throw outOfPlace(
        `data set fragment on context ${contextId} before the end of the command on context ` +
          `${this.#commandContext}`,
      );
    }
    if (this.#dataContext === undefined) {
      throw outOfPlace(
        `data set fragment on context ${contextId} without a command that announces it`,
      );
    }
    if (this.#dataContext !== contextId) {
      throw outOfPlace(
        `data set fragment on context ${contextId}, but its command came on context ` +
          `${this.#dataContext}`,
      );
    }
    if (isLast) this.#dataContext = undefined;
    else if (data.length === 0) return undefined;
    return { type: "data", contextId, data, isLast };
  }

  /** Memory follows what has arrived, never what was announced. */
  #gather(data: Uint8Array, length: number): void {
    if (length > this.#command.length) {
      const larger = new Uint8Array(
        Math.max(FIRST_BUFFER_LENGTH, length, this.#command.length * 2),
      );
      larger.set(this.#command.subarray(0, this.#commandLength));
      this.#command = larger;
    }
    this.#command.set(data, this.#commandLength);
    this.#commandLength = length;
  }
}

/** A-ABORT "unexpected PDU parameter" (PS3.8 table 9-26): allowed, but not here. */
function outOfPlace(state: string): RemoteProtocolError {
  return new RemoteProtocolError(`Cannot assemble message: ${state}`, { source: 2, reason: 5 });
}
