/**
 * Numbers that look random and are the same for the same seed.
 *
 * @module
 */

/** More pieces take long, and find no more. */
const MOST_PIECES = 1000;

/** A generator of 128 bits of state (sfc32), quick enough to be no part of what is measured. */
export class Random {
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  /**
   * Makes a generator.
   *
   * @param seed Any 32 bits.
   */
  constructor(seed: number) {
    this.#a = seed >>> 0;
    for (let turn = 0; turn < 12; turn++) this.uint32();
  }

  /** The next 32 bits. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** A number from 0 to one less than the limit. */
  below(limit: number): number {
    return Math.floor(this.uint32() / 0x1_0000_0000 * limit);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError("Cannot pick from an empty list");
    return picked;
  }

  /**
   * Lengths of pieces that bytes are split into, to be used in turn.
   *
   * @param length How many bytes there are: of many, the pieces are not the smallest.
   */
  splits(length: number): number[] {
    const largest = this.pick([1, 3, 8, 50, 700, 20_000]);
    const least = Math.max(1, Math.ceil(length / MOST_PIECES));
    return Array.from({ length: 1 + this.below(12) }, () => least + this.below(largest));
  }
}

/**
 * A seed made of a seed and what it is for.
 *
 * @param seed The one seed of a run.
 * @param use What for.
 * @returns Another seed (FNV-1a of both).
 */
export function seedFor(seed: number, use: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < use.length; at++) {
    hash = Math.imul(hash ^ use.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}

/**
 * Cuts bytes into pieces.
 *
 * @param bytes What to cut.
 * @param lengths Of the pieces; they are used in turn.
 * @returns Copies, since whoever reads may overwrite what it has read.
 */
export function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = bytes.slice(at, at + (lengths[turn % lengths.length] ?? bytes.length));
    at += piece.length;
    yield piece;
  }
}
