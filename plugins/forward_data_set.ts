/**
 * The data set of an instance that is forwarded: it can be sent once more, as long as little of it has
 * passed.
 *
 * @module
 */

import { PIECE_SIZE, type PieceBuffers } from "./pieces.ts";

/** So much of a data set is kept for another attempt. */
export const REPLAY_LIMIT = 4 * PIECE_SIZE;

type Bytes = Uint8Array<ArrayBuffer>;

/** How to read a data set. */
export interface ForwardedDataSetOptions {
  /** Whether there may be more than one attempt. */
  readonly repeatable: boolean;
  /** Where the buffers of what is kept are borrowed. */
  readonly buffers: PieceBuffers;
}

/** What one attempt has been given of the pieces that are kept. */
interface Progress {
  /** The first piece that is not all given. */
  index: number;
  /** How much of that one is given. */
  offset: number;
  /** Nobody reads for this attempt any more. */
  isOver: boolean;
}

/**
 * Reads a data set for one attempt to send it after the other, each from its start. What passed is kept
 * for that up to {@linkcode REPLAY_LIMIT}; when it becomes more, it is dropped, and the attempt under way
 * is the last. It also tells a data set that failed from a destination that did.
 *
 * @example
 * ```ts
 * import { ForwardedDataSet } from "./forward_data_set.ts";
 * import { PieceBuffers } from "./pieces.ts";
 * import assert from "node:assert/strict";
 *
 * const options = { repeatable: true, buffers: new PieceBuffers() };
 * const dataSet = new ForwardedDataSet(new Blob(["abc"]).stream(), options);
 * assert.equal(await new Response(dataSet.open()).text(), "abc");
 * assert.equal(await new Response(dataSet.open()).text(), "abc");
 * dataSet.release();
 * ```
 */
export class ForwardedDataSet {
  readonly #source: Source;
  #kept: Bytes[] | undefined;
  /** The read of a piece to keep, perhaps for an attempt that is over. */
  #reading: Promise<void> | undefined;
  #isAtEnd = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Locks the stream.
   *
   * @param stream The data set: a byte stream, or any other.
   * @param options Whether there may be more than one attempt, and where buffers are borrowed.
   * @throws {TypeError} When the stream is locked.
   */
  constructor(stream: ReadableStream<Bytes>, options: ForwardedDataSetOptions) {
    if (stream.locked) throw new TypeError("Cannot forward the data set: its stream is locked");
    this.#source = openSource(stream, options.buffers);
    this.#kept = options.repeatable ? [] : undefined;
  }

  /** What the data set itself failed with, if it did. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Whether another attempt can begin at the start. */
  get isRepeatable(): boolean {
    return this.#kept !== undefined;
  }

  /**
   * Begins an attempt; the one before must be over.
   *
   * @returns The data set from its start; a byte stream where it came as one.
   */
  open(): ReadableStream<Bytes> {
    const progress: Progress = { index: 0, offset: 0, isOver: false };
    const cancel = (): void => void (progress.isOver = true);
    return this.#source.readInto === undefined
      ? new ReadableStream({
        pull: (controller) => this.#pullChunk(controller, progress),
        cancel,
      }, { highWaterMark: 0 })
      : new ReadableStream({
        type: "bytes",
        autoAllocateChunkSize: PIECE_SIZE,
        pull: (controller) => this.#pullBytes(controller, progress),
        cancel,
      });
  }

  /** Unlocks the stream; what was not read stays in it. */
  release(): void {
    this.#forget();
    this.#source.release();
  }

  async #pullBytes(controller: ReadableByteStreamController, progress: Progress): Promise<void> {
    const kept = await this.#nextKept(progress);
    const request = controller.byobRequest;
    const view = request?.view;
    if (progress.isOver || !request || !view) return;
    const room = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (kept !== undefined) {
      const part = kept.subarray(progress.offset, progress.offset + room.byteLength);
      room.set(part);
      progress.offset += part.byteLength;
      if (progress.offset === kept.byteLength) advance(progress);
      request.respond(part.byteLength);
      return;
    }
    if (this.#isAtEnd) {
      controller.close();
      request.respond(0);
      return;
    }
    // The reader's own buffer goes to the source and comes back filled.
    const filled = await this.#read(() => this.#source.readInto?.(room));
    if (progress.isOver) return;
    if (filled === undefined || filled.byteLength === 0) controller.close();
    if (filled !== undefined) controller.byobRequest?.respondWithNewView(filled);
  }

  async #pullChunk(
    controller: ReadableStreamDefaultController<Bytes>,
    progress: Progress,
  ): Promise<void> {
    // A copy of what is kept: whoever is given a chunk may hand it on for good.
    let chunk = (await this.#nextKept(progress))?.slice();
    if (chunk !== undefined) advance(progress);
    else if (!this.#isAtEnd) chunk = await this.#read(() => this.#source.read());
    if (progress.isOver) return;
    if (chunk === undefined) controller.close();
    else controller.enqueue(chunk);
  }

  /** What an attempt is to be given next of what is kept, if there is any; reads it where need be. */
  async #nextKept(progress: Progress): Promise<Bytes | undefined> {
    // The read of an attempt that is over may still be under way: it is for this one now.
    await this.#reading;
    const kept = this.#kept;
    if (kept === undefined) return undefined;
    if (progress.index === kept.length && !this.#isAtEnd) {
      const length = kept.reduce((sum, piece) => sum + piece.byteLength, 0);
      if (length >= REPLAY_LIMIT) {
        this.#forget();
        return undefined;
      }
      this.#reading = this.#keep(kept);
      await this.#reading;
      this.#reading = undefined;
    }
    return kept[progress.index];
  }

  #forget(): void {
    for (const piece of this.#kept ?? []) this.#source.giveBack?.(piece);
    this.#kept = undefined;
  }

  async #keep(kept: Bytes[]): Promise<void> {
    const piece = await this.#read(() => this.#source.read());
    if (piece === undefined) this.#isAtEnd = true;
    else kept.push(piece);
  }

  async #read<T>(read: () => T): Promise<Awaited<T>> {
    try {
      return await read();
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

function advance(progress: Progress): void {
  progress.index += 1;
  progress.offset = 0;
}

interface Source {
  /** A piece of its own buffer; nothing at the end. */
  read(): Promise<Bytes | undefined>;
  /** Fills a buffer that is handed over, and hands it back; of a byte stream only. */
  readonly readInto?: (room: Bytes) => Promise<Bytes | undefined>;
  /** Takes back a piece that is of no use any more. */
  readonly giveBack?: (piece: Bytes) => void;
  release(): void;
}

function openSource(stream: ReadableStream<Bytes>, buffers: PieceBuffers): Source {
  try {
    return byteSource(stream.getReader({ mode: "byob" }), buffers);
  } catch {
    return chunkSource(stream.getReader());
  }
}

function byteSource(reader: ReadableStreamBYOBReader, buffers: PieceBuffers): Source {
  const readInto = async (room: Bytes): Promise<Bytes | undefined> =>
    (await reader.read(room)).value;
  return {
    readInto,
    async read() {
      const piece = await readInto(new Uint8Array(buffers.take()));
      if (piece?.byteLength) return piece;
      if (piece !== undefined) buffers.give(piece.buffer);
      return undefined;
    },
    giveBack: (piece) => buffers.give(piece.buffer),
    release: () => reader.releaseLock(),
  };
}

function chunkSource(reader: ReadableStreamDefaultReader<Bytes>): Source {
  return {
    async read() {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        if (value.byteLength > 0) return value;
      }
    },
    release: () => reader.releaseLock(),
  };
}
