/**
 * Where the data set of a message comes from while it is sent.
 *
 * @module
 */

import { DataSetFragmenter } from "../dimse/fragmenter.ts";

/** A data set that is read piece by piece. */
export interface DataSetSource {
  /**
   * Reads the next bytes.
   *
   * @param into Where to; filled from its start.
   * @returns How many bytes were read, at least one; 0 at the end of the data set.
   */
  read(into: Uint8Array): number | Promise<number>;
}

/**
 * A data set that is at hand as a source.
 *
 * @param bytes The data set.
 * @returns The source.
 *
 * @example
 * ```ts
 * import { sourceOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const source = sourceOf(Uint8Array.of(1, 2, 3));
 * const into = new Uint8Array(2);
 * assert.equal(source.read(into), 2);
 * assert.equal(source.read(into), 1);
 * assert.equal(source.read(into), 0);
 * ```
 */
export function sourceOf(bytes: Uint8Array): DataSetSource {
  let rest = bytes;
  return {
    read(into): number {
      const piece = rest.subarray(0, into.byteLength);
      into.set(piece);
      rest = rest.subarray(piece.byteLength);
      return piece.byteLength;
    },
  };
}

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
  }

  /**
   * The next of it. A source that is read synchronously costs no turn of the event loop.
   *
   * @returns Whole P-DATA-TF PDUs, to be written before the next are asked for; `undefined` at the end.
   */
  next(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#isEnded) return undefined;
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
