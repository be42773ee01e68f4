/**
 * Huffman codes of deflate (RFC 1951 section 3.2.2) as tables to look up.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";

/** The symbol that ends a block. */
export const END_OF_BLOCK = 256;

/** The longest code of deflate, in bits. */
const LONGEST = 15;

/** Whether every sequence of bits must stand for a symbol, or a single code of one bit will do. */
export type Completeness = "complete" | "single allowed";

/** A code as a table: the next bits give the symbol and how many of them it takes. */
export class HuffmanTable {
  /** The length of the longest code, in bits. */
  readonly longest: number;
  /** Takes so many bits. */
  readonly mask: number;
  /** By the next bits, the first lowest: symbol × 16 + length; 0 where no code begins so. */
  readonly entries: Uint16Array;

  /**
   * Makes the table of a code that is given by the lengths of its codes.
   *
   * @param lengths The length for each symbol; 0 for one that does not occur.
   * @param completeness What is asked of the code.
   * @throws {DataSetError} When the lengths make no code.
   */
  constructor(lengths: Uint8Array, completeness: Completeness) {
    const counts = new Uint16Array(LONGEST + 1);
    for (const length of lengths) counts[length]! += 1;
    const used = lengths.length - counts[0]!;
    this.longest = Math.max(1, counts.findLastIndex((count, length) => length > 0 && count > 0));
    this.mask = (1 << this.longest) - 1;
    this.entries = new Uint16Array(this.mask + 1);
    let left = 1;
    const next = new Uint16Array(LONGEST + 2);
    for (let length = 1; length <= LONGEST; length++) {
      left = 2 * left - counts[length]!;
      if (left < 0) throw unsound("more codes than there can be");
      next[length + 1] = (next[length]! + counts[length]!) << 1;
    }
    const isSingle = used <= 1 && this.longest === 1;
    if (left > 0 && !(completeness === "single allowed" && isSingle)) {
      throw unsound("fewer codes than there must be");
    }
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue;
      const code = reversed(next[length]!, length);
      next[length]! += 1;
      const entry = symbol * 16 + length;
      for (let index = code; index <= this.mask; index += 1 << length) this.entries[index] = entry;
    }
  }
}

/** Codes come with their first bit first, but the next bits are looked up with the first lowest. */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= ((code >>> bit) & 1) << (length - 1 - bit);
  return result;
}

function unsound(what: string): DataSetError {
  return new DataSetError(
    `Cannot inflate the data set: the deflated bytes are corrupt: a code has ${what}`,
  );
}

function fixedLiterals(): HuffmanTable {
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280)
    .fill(8, 280);
  return new HuffmanTable(lengths, "complete");
}

/** The codes of literals and lengths that need no declaration (RFC 1951 section 3.2.6). */
export const FIXED_LITERALS: HuffmanTable = fixedLiterals();

/** The codes of distances that need no declaration. */
export const FIXED_DISTANCES: HuffmanTable = new HuffmanTable(
  new Uint8Array(32).fill(5),
  "complete",
);
