/**
 * Messages whose data set is read while they are sent, as PDUs.
 *
 * @module
 */

import { DataSetFragmenter, SEND_BUFFER_LENGTH } from "../dimse/fragmenter.ts";
import type { RequestMessage } from "../dimse/message.ts";
import { encodeMessage } from "../dimse/message_codec.ts";
import type { DataSetSource } from "./data_set_source.ts";

/** How a data set is framed. */
export interface FramingOptions {
  /** The largest P-DATA-TF that the peer takes; 0 is unlimited. */
  readonly peerMaximumLength: number;
  /** What is filled and sent, over and over. */
  readonly buffer: Uint8Array<ArrayBuffer>;
}

/**
 * Frames a message whose data set is read on the way: command and first fragments in one piece.
 *
 * @example
 * ```ts
 * import { FramedDataSet, sourceOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const options = { peerMaximumLength: 16384, buffer: new Uint8Array(1024) };
 * const framed = new FramedDataSet(1, new Uint8Array(90), sourceOf(new Uint8Array(2)), options);
 * const pdus = await framed.next();
 * assert.equal(pdus?.byteLength, 12 + 90 + 12 + 2);
 * assert.equal(await framed.next(), undefined);
 * ```
 */
export class FramedDataSet {
  readonly #fragmenter: DataSetFragmenter;
  readonly #source: DataSetSource;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** What was framed before it was asked for. */
  #ahead: Uint8Array | undefined | Promise<Uint8Array | undefined>;
  #isEnded = false;

  /**
   * Starts with the command.
   *
   * @param contextId The presentation context.
   * @param command The command set.
   * @param source The data set.
   * @param options The peer's limit, and the buffer.
   */
  constructor(
    contextId: number,
    command: Uint8Array,
    source: DataSetSource,
    { peerMaximumLength, buffer }: FramingOptions,
  ) {
    this.#fragmenter = new DataSetFragmenter(contextId, peerMaximumLength, { command, buffer });
    this.#source = source;
    this.#buffer = buffer;
  }

  /** What is filled and sent, over and over. */
  get buffer(): Uint8Array<ArrayBuffer> {
    return this.#buffer;
  }

  /**
   * Frames what the buffer has room for, before it is asked for.
   *
   * @throws What the source throws.
   */
  readAhead(): void {
    this.#ahead = this.next();
    if (this.#ahead instanceof Promise) {
      this.#ahead.catch(() => {
        // Whoever asks for it is told.
      });
    }
  }

  /**
   * The next of it. A source that is read synchronously costs no turn of the event loop.
   *
   * @returns Whole P-DATA-TF PDUs, to be written before the next are asked for; `undefined` at the end.
   */
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined || this.#isEnded) return ahead;
    for (;;) {
      const room = this.#fragmenter.room();
      if (room.byteLength === 0) return this.#fragmenter.flush();
      const length = this.#source.read(room);
      if (typeof length !== "number") return this.#nextAfter(length);
      if (length === 0) return this.#end();
      this.#fragmenter.fill(length);
    }
  }

  /** As {@linkcode FramedDataSet.next}, once a read is done that takes its time. */
  async #nextAfter(reading: Promise<number>): Promise<Uint8Array | undefined> {
    for (let length = await reading; length > 0;) {
      this.#fragmenter.fill(length);
      const room = this.#fragmenter.room();
      if (room.byteLength === 0) return this.#fragmenter.flush();
      const next = this.#source.read(room);
      length = typeof next === "number" ? next : await next;
    }
    return this.#end();
  }

  #end(): Uint8Array {
    this.#isEnded = true;
    return this.#fragmenter.end();
  }
}

/** Frames one message after the other, with one buffer as long as one is enough. */
export class Framer {
  /** Of a message that is sent. */
  #idle: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Frames a message, as far as the buffer has room for it.
   *
   * @param contextId The presentation context.
   * @param message The command.
   * @param source The data set.
   * @param peerMaximumLength The largest P-DATA-TF that the peer takes; 0 is unlimited.
   * @returns The message.
   * @throws What the source throws.
   */
  frame(
    contextId: number,
    message: RequestMessage,
    source: DataSetSource,
    peerMaximumLength: number,
  ): FramedDataSet {
    const buffer = this.#idle ?? new Uint8Array(SEND_BUFFER_LENGTH);
    this.#idle = undefined;
    const options = { peerMaximumLength, buffer };
    const framed = new FramedDataSet(contextId, encodeMessage(message), source, options);
    framed.readAhead();
    return framed;
  }

  /**
   * Takes the buffer of a message back.
   *
   * @param framed The message, sent to its end.
   */
  sent(framed: FramedDataSet): void {
    this.#idle = framed.buffer;
  }
}
