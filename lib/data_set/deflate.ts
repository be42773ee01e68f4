/**
 * The raw deflate of a Deflated Explicit VR transfer syntax (PS3.5 section A.5), put on as a stream.
 *
 * The compressor cannot be trusted with the beginning of a stream: it takes what comes before the first
 * byte for zeros that the reader has too (https://github.com/101arrowz/fflate/issues/260). So the
 * first 32 KiB, as far as it ever looks back, go into a stored block, and it begins after them.
 * What is short is deflated in one go, which is sound.
 *
 * @module
 */

// Deferred: its tables take milliseconds to make, and most runs deflate nothing.
import defer * as fflate from "fflate/browser";

/**
 * So much is deflated at once: small pieces are gathered, since each call has a cost of its own, and
 * with larger ones the compressor would make its buffer larger.
 */
const BLOCK = 64 * 1024;

/**
 * As far as deflate can refer back (RFC 1951), and a byte more: with that the stream does not begin with two
 * zeros, which some readers of files take for a command element, of group 0000.
 */
const HISTORY = 32 * 1024 + 1;

/** A stored block that is not the last one: its type, its length, and the complement of that. */
const STORED_HISTORY = Uint8Array.of(0x00, 0x01, 0x80, 0xfe, 0x7f);

const PADDING = Uint8Array.of(0x00);

/**
 * Deflates a stream that comes in pieces.
 *
 * @example
 * ```ts
 * import { concatBytes } from "../bytes.ts";
 * import { inflate } from "./inflate.ts";
 * import assert from "node:assert/strict";
 *
 * const parts: Uint8Array[] = [];
 * const deflater = new Deflater((bytes) => parts.push(bytes.slice()));
 * deflater.push(Uint8Array.of(1));
 * deflater.push(Uint8Array.of(2, 3));
 * deflater.finish();
 * assert.deepEqual(inflate(concatBytes(parts)), Uint8Array.of(1, 2, 3));
 * ```
 */
export class Deflater {
  readonly #sink: (bytes: Uint8Array) => void;
  #deflate: fflate.Deflate | undefined;
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  #output = 0;

  /**
   * Makes a deflater for one data set.
   *
   * @param sink Where the deflated bytes go. They are only valid during the call.
   */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  /**
   * Deflates a piece. It may be reused as soon as the call returns.
   *
   * @param piece The next bytes.
   */
  push(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      const count = Math.min(piece.length - at, BLOCK - this.#filled);
      this.#block.set(piece.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === BLOCK) this.#flush();
    }
  }

  /** Deflates what is left. A NUL makes the deflated bytes an even number (PS3.5 section A.5). */
  finish(): void {
    const rest = this.#block.subarray(0, this.#filled);
    if (this.#deflate === undefined) this.#give(fflate.deflateSync(rest));
    else this.#deflate.push(rest, true);
    if (this.#output % 2 !== 0) this.#give(PADDING);
  }

  #flush(): void {
    this.#filled = 0;
    if (this.#deflate !== undefined) {
      this.#deflate.push(this.#block);
      return;
    }
    const history = this.#block.subarray(0, HISTORY);
    this.#give(STORED_HISTORY);
    this.#give(history);
    this.#deflate = new fflate.Deflate({ dictionary: history }, (bytes) => this.#give(bytes));
    this.#deflate.push(this.#block.subarray(HISTORY));
  }

  #give(bytes: Uint8Array): void {
    this.#output += bytes.length;
    if (bytes.length > 0) this.#sink(bytes);
  }
}
