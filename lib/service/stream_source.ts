/**
 * A stream as the data set of a message that is sent, as it comes or converted while it passes.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { Transcoder } from "../data_set/transcoder.ts";
import { STATUS } from "../dimse/status.ts";
import { reasonOf } from "../net/end.ts";
import type { DataSetSource } from "../net/data_set_source.ts";

/** One read of the stream: from here on larger ones are no faster. */
const PIECE_LENGTH = 256 * 1024;

/** The buffer of one source after the other. */
export class PieceBuffer {
  #idle: ArrayBuffer | undefined;

  /**
   * Lends the buffer.
   *
   * @returns It, with whatever was in it; a new one while it is lent.
   */
  take(): ArrayBuffer {
    const buffer = this.#idle ?? new ArrayBuffer(PIECE_LENGTH);
    this.#idle = undefined;
    return buffer;
  }

  /**
   * Takes the buffer back.
   *
   * @param buffer The buffer; one that was handed away is forgotten.
   */
  give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === PIECE_LENGTH) this.#idle = buffer;
  }
}

/**
 * Reads a stream by one buffer, which is lent to it, emptied, and lent again. While the sender writes,
 * the next piece is already under way; nothing more is read ahead.
 *
 * @example
 * ```ts
 * import { PieceBuffer, StreamSource } from "./stream_source.ts";
 * import assert from "node:assert/strict";
 *
 * const { signal } = new AbortController();
 * const source = new StreamSource(new Blob(["abc"]).stream(), new PieceBuffer(), signal);
 * const into = new Uint8Array(2);
 * assert.equal(await source.read(into), 2);
 * assert.equal(await source.read(into), 1);
 * assert.equal(await source.read(into), 0);
 * source.release();
 * ```
 */
export class StreamSource implements DataSetSource {
  readonly #reader: PieceReader;
  readonly #signal: AbortSignal;
  /** What is read and not yet taken. */
  #piece: Uint8Array = new Uint8Array(0);
  #isAtEnd = false;
  /** The read that is under way. */
  #reading: Promise<Uint8Array | undefined> | undefined;
  readonly #onAbort = (): void => this.cancel(this.#signal.reason);

  /**
   * Locks the stream.
   *
   * @param stream A byte stream; any other works too, with a further copy.
   * @param buffer What is lent to it.
   * @param signal Ends the reading, also where the stream stands still.
   * @throws {TypeError} When the stream is locked.
   */
  constructor(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    buffer: PieceBuffer,
    signal: AbortSignal,
  ) {
    if (stream.locked) throw new TypeError("Cannot send the data set: its stream is locked");
    this.#reader = openReader(stream, buffer);
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * Reads the next bytes.
   *
   * @param into Where to.
   * @returns How many; 0 at the end of the stream.
   * @throws The stream's error, or the signal's reason.
   */
  read(into: Uint8Array): number | Promise<number> {
    if (this.#signal.aborted) throw reasonOf(this.#signal);
    if (this.#piece.byteLength > 0) return this.#take(into);
    return this.#isAtEnd ? 0 : this.#readPiece(into);
  }

  /**
   * Tells the stream that nothing more of it is wanted.
   *
   * @param reason Why.
   */
  cancel(reason: unknown): void {
    this.#isAtEnd = true;
    this.#reader.reader.cancel(reason).catch(() => {
      // It has failed itself: whoever reads it is told.
    });
  }

  /** Unlocks the stream. */
  release(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#reader.release();
  }

  async #readPiece(into: Uint8Array): Promise<number> {
    const piece = await (this.#reading ?? this.#reader.read());
    this.#reading = undefined;
    if (this.#signal.aborted) throw reasonOf(this.#signal);
    if (piece === undefined) {
      this.#isAtEnd = true;
      return 0;
    }
    this.#piece = piece;
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const length = Math.min(this.#piece.byteLength, into.byteLength);
    into.set(this.#piece.subarray(0, length));
    this.#piece = this.#piece.subarray(length);
    if (this.#piece.byteLength === 0) {
      this.#reading = this.#reader.read();
      this.#reading.catch(() => {
        // Whoever takes the piece is told.
      });
    }
    return length;
  }
}

/**
 * Converts what a source gives to another uncompressed transfer syntax.
 *
 * @param source The data set.
 * @param from What it is encoded in.
 * @param to What to encode it in.
 * @returns The data set, converted. It fails with status 0xC000 where it cannot be converted.
 */
export function convertedSource(source: DataSetSource, from: string, to: string): DataSetSource {
  const transcoder = new Transcoder(from, to);
  const buffer = new Uint8Array(CONVERSION_LENGTH);
  let isAtEnd = false;
  return {
    async read(into): Promise<number> {
      for (;;) {
        const count = converting(() => transcoder.read(into));
        if (count > 0 || isAtEnd) return count;
        const read = await source.read(buffer);
        isAtEnd = read === 0;
        converting(() => isAtEnd ? transcoder.finish() : transcoder.push(buffer.subarray(0, read)));
      }
    },
  };
}

/** Large enough that reading costs little, small enough to stay in the cache. */
const CONVERSION_LENGTH = 64 * 1024;

/** A data set that the other transfer syntax cannot tell, or that is broken. */
class ConversionError extends DataSetError {
  override name = "ConversionError";
  readonly status = STATUS.cannotUnderstand;
}

function converting<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    const { tag, offset } = error;
    throw new ConversionError(error.message, {
      cause: error,
      ...(tag === undefined ? {} : { tag }),
      ...(offset === undefined ? {} : { offset }),
    });
  }
}

interface PieceReader {
  readonly reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /** The next bytes, at least one; nothing at the end. They stay until the next call. */
  read(): Promise<Uint8Array | undefined>;
  release(): void;
}

function openReader(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  buffer: PieceBuffer,
): PieceReader {
  try {
    return byteReader(stream.getReader({ mode: "byob" }), buffer);
  } catch {
    return chunkReader(stream.getReader());
  }
}

function byteReader(reader: ReadableStreamBYOBReader, piece: PieceBuffer): PieceReader {
  let buffer = piece.take();
  return {
    reader,
    async read() {
      // Not by a minimum of bytes: a stream whose last bytes wait in its queue fails such a read.
      const { value } = await reader.read(new Uint8Array(buffer));
      // A read that was cancelled keeps the buffer; nothing is read after it.
      if (value !== undefined) buffer = value.buffer;
      return value?.byteLength ? value : undefined;
    },
    release() {
      reader.releaseLock();
      piece.give(buffer);
    },
  };
}

function chunkReader(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>): PieceReader {
  return {
    reader,
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
