/**
 * A data set in large pieces, for a consumer that pays for each call and not for each byte.
 *
 * A data set arrives in PDVs of some kilobytes; a write of 64 KiB costs a file little more than one of 4
 * KiB. So small pieces are gathered, and of large ones what is aligned goes on as it is, uncopied. Where
 * there is no more than a stream, the pieces are gathered in a larger buffer that is lent to it, filled by
 * it, handed to the consumer, and lent again. Memory does not grow.
 *
 * @module
 */

import type { Awaitable, StoreRequest } from "../lib/handler/handler.ts";

/** The size of a piece: from here on larger writes are no faster. */
export const PIECE_SIZE = 256 * 1024;

/** What small pieces are gathered to, where the host passes them. */
export const GATHERED_SIZE = 64 * 1024;

/** Keeps a few buffers of each size, so that small instances do not each make one. */
export class PieceBuffers {
  readonly #idle: ReadonlyMap<number, ArrayBuffer[]> = new Map([
    [PIECE_SIZE, []],
    [GATHERED_SIZE, []],
  ]);
  #idleLength = 0;

  /**
   * Lends a buffer.
   *
   * @param length Its length: {@linkcode PIECE_SIZE}, or {@linkcode GATHERED_SIZE}.
   * @returns The buffer, with whatever was in it.
   */
  take(length = PIECE_SIZE): ArrayBuffer {
    const buffer = this.#idle.get(length)?.pop();
    if (buffer === undefined) return new ArrayBuffer(length);
    this.#idleLength -= length;
    return buffer;
  }

  /**
   * Takes a buffer back; one that was handed away in the meantime is forgotten.
   *
   * @param buffer The buffer, which the caller uses no more.
   */
  give(buffer: ArrayBuffer): void {
    const length = buffer.byteLength;
    const idle = this.#idle.get(length);
    if (idle === undefined || this.#idleLength + length > MAX_IDLE_LENGTH) return;
    idle.push(buffer);
    this.#idleLength += length;
  }
}

/**
 * Gives a head and then the data set of a request to a function, in pieces: in as few as the host lets
 * it, and with little of large ones copied.
 *
 * @param head Bytes to put before the data set.
 * @param request The request.
 * @param buffers Where a buffer is borrowed.
 * @param take Takes a piece, which is valid until it returns, or until what it returns is settled.
 * @returns Resolves when all was taken.
 * @throws The data set's error, the reason of the request's signal, or what the function throws.
 */
export async function passPieces(
  head: Uint8Array<ArrayBuffer>,
  request: Pick<StoreRequest, "dataSet" | "passDataSet" | "signal">,
  buffers: PieceBuffers,
  take: (piece: Uint8Array) => Awaitable<void>,
): Promise<void> {
  if (request.passDataSet === undefined) {
    for await (const piece of readPieces(head, request.dataSet, buffers, request.signal)) {
      await take(piece);
    }
    return;
  }
  request.signal.throwIfAborted();
  const buffer = buffers.take(GATHERED_SIZE);
  try {
    const gathered = new Gathered(buffer, take);
    const begun = gathered.put(head);
    if (begun !== undefined) await begun;
    await request.passDataSet((piece) => gathered.put(piece));
    request.signal.throwIfAborted();
    const ended = gathered.flush();
    if (ended !== undefined) await ended;
  } finally {
    buffers.give(buffer);
  }
}

/**
 * Evens pieces out: all but the last are multiples of the same size. What a file is written by is then
 * aligned, and takes fewer and larger pages of the system's memory.
 */
class Gathered {
  readonly #buffer: Uint8Array;
  readonly #take: (piece: Uint8Array) => Awaitable<void>;
  #length = 0;

  constructor(buffer: ArrayBuffer, take: (piece: Uint8Array) => Awaitable<void>) {
    this.#buffer = new Uint8Array(buffer);
    this.#take = take;
  }

  /** Takes the next bytes: of a large piece, those at its start and its end are copied that are uneven. */
  put(piece: Uint8Array): Awaitable<void> {
    const length = this.#length;
    if (length + piece.byteLength < GATHERED_SIZE) return this.#add(piece);
    const isLarge = piece.byteLength >= GATHERED_SIZE;
    const room = (isLarge ? Math.ceil(length / EVEN_SIZE) * EVEN_SIZE : GATHERED_SIZE) - length;
    this.#add(piece.subarray(0, room));
    const rest = piece.subarray(room);
    const flushed = this.flush();
    return flushed === undefined ? this.#pass(rest) : flushed.then(() => this.#pass(rest));
  }

  /** Gives away what was gathered. */
  flush(): PromiseLike<void> | undefined {
    const length = this.#length;
    this.#length = 0;
    return length > 0 ? this.#take(this.#buffer.subarray(0, length)) ?? undefined : undefined;
  }

  #pass(piece: Uint8Array): Awaitable<void> {
    const end = piece.byteLength - piece.byteLength % EVEN_SIZE;
    const passed = end > 0 ? this.#take(piece.subarray(0, end)) : undefined;
    if (passed === undefined) return this.#add(piece.subarray(end));
    return passed.then(() => this.#add(piece.subarray(end)));
  }

  #add(piece: Uint8Array): void {
    this.#buffer.set(piece, this.#length);
    this.#length += piece.byteLength;
  }
}

/**
 * Yields a head and then the bytes of a stream, in pieces of {@linkcode PIECE_SIZE} as far as they
 * go. A piece is valid until the next one is asked for. Whoever stops before the end leaves the stream
 * unlocked, with what was not read in it.
 *
 * @param head Bytes to put before the stream's.
 * @param stream A byte stream; any other works too, with a copy of each chunk.
 * @param buffers Where the buffer is borrowed.
 * @param signal Ends the reading, also where the stream stands still.
 * @returns The pieces.
 * @throws The stream's error, or the signal's reason.
 *
 * @example
 * ```ts
 * import { PieceBuffers, readPieces } from "./pieces.ts";
 * import assert from "node:assert/strict";
 *
 * const stream = new Blob([new Uint8Array(300_000)]).stream();
 * const sizes: number[] = [];
 * const { signal } = new AbortController();
 * for await (const piece of readPieces(new Uint8Array(132), stream, new PieceBuffers(), signal)) {
 *   sizes.push(piece.byteLength);
 * }
 * assert.deepEqual(sizes, [262_144, 37_988]);
 * ```
 */
export async function* readPieces(
  head: Uint8Array<ArrayBuffer>,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  buffers: PieceBuffers,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  signal.throwIfAborted();
  const source = openSource(stream);
  // Cancelling ends the pending read as if the stream had ended: the signal tells the two apart.
  const onAbort = (): void => void source.reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  let buffer = buffers.take();
  let done = false;
  try {
    let filled = 0;
    if (head.byteLength > PIECE_SIZE / 2) {
      yield head;
    } else {
      // Small instances are written by one call, with their head.
      new Uint8Array(buffer).set(head);
      filled = head.byteLength;
    }
    while (!done) {
      const read = await source.fill(buffer, filled);
      signal.throwIfAborted();
      buffer = read.buffer;
      done = read.done;
      if (read.filled > 0) yield new Uint8Array(buffer, 0, read.filled);
      filled = 0;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // A stream that has ended has no use for it, and the release costs as much as a small file.
    if (!done) source.reader.releaseLock();
    buffers.give(buffer);
  }
}

/** What a read left: the buffer, how much of it is filled, and whether the stream has ended. */
interface Filled {
  readonly buffer: ArrayBuffer;
  readonly filled: number;
  readonly done: boolean;
}

interface Source {
  readonly reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>;
  /** Fills the buffer from an offset to its end, or to the end of the stream. */
  fill(buffer: ArrayBuffer, offset: number): Promise<Filled>;
}

function openSource(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Source {
  if (stream.locked) throw new TypeError("Cannot read the data set: its stream is locked");
  try {
    return byteSource(stream.getReader({ mode: "byob" }));
  } catch {
    return chunkSource(stream.getReader());
  }
}

function byteSource(reader: ReadableStreamBYOBReader): Source {
  return {
    reader,
    async fill(buffer, offset) {
      const view = new Uint8Array(buffer, offset);
      const { value, done } = await reader.read(view, { min: view.byteLength });
      // Only a cancelled read gives no view back, not even an empty one; the buffer is gone with it.
      if (value === undefined) return { buffer: new ArrayBuffer(0), filled: 0, done: true };
      return { buffer: value.buffer, filled: offset + value.byteLength, done };
    },
  };
}

function chunkSource(reader: ReadableStreamDefaultReader<Uint8Array>): Source {
  let rest: Uint8Array = new Uint8Array(0);
  return {
    reader,
    async fill(buffer, offset) {
      const target = new Uint8Array(buffer);
      let filled = offset;
      while (filled < PIECE_SIZE) {
        if (rest.byteLength === 0) {
          const { value, done } = await reader.read();
          if (done) return { buffer, filled, done: true };
          rest = value;
        }
        const part = rest.subarray(0, PIECE_SIZE - filled);
        target.set(part, filled);
        filled += part.byteLength;
        rest = rest.subarray(part.byteLength);
      }
      return { buffer, filled, done: false };
    },
  };
}

/** What pieces are made multiples of: twice as much costs more copies than it saves in writing. */
const EVEN_SIZE = 32 * 1024;
/** So much is kept at most while nothing is stored. */
const MAX_IDLE_LENGTH = 1024 * 1024;
