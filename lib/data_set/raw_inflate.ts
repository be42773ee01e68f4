/**
 * A decoder of raw deflate (RFC 1951) that takes its input in pieces cut anywhere and holds the last
 * 32 KiB of the output, never more than a few buffers of constant size.
 *
 * A symbol or a block header is decoded in one go, or not at all: when the input ends in the middle, the
 * decoder goes back to its start and waits. So no state is needed but the place, and what is kept of
 * the input is short: a block header has some 300 bytes at most.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { END_OF_BLOCK, FIXED_DISTANCES, FIXED_LITERALS, HuffmanTable } from "./huffman.ts";

/** How far back a copy may reach (RFC 1951 section 2). */
const WINDOW = 32 * 1024;

/** New output is handed on when there is so much of it, and at the end of each piece of input. */
const OUTPUT = 64 * 1024;

/** The longest copy. */
const LONGEST_MATCH = 258;

/** So much input is looked at together; a part that is not used up moves to the front. */
const INPUT = 32 * 1024;

/** A length and a distance, each with its extra bits, take 48 bits at most. */
const LONGEST_SYMBOL = 8;

const LENGTH_BASE: readonly number[] = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27],
  ...[31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258],
];
const LENGTH_EXTRA: readonly number[] = [
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2],
  ...[2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
];
const DISTANCE_BASE: readonly number[] = [
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513],
  ...[769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577],
];
const DISTANCE_EXTRA: readonly number[] = [
  ...[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8],
  ...[8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13],
];
/** The order in which the lengths of the code length codes come (RFC 1951 section 3.2.7). */
const CODE_LENGTH_ORDER: readonly number[] = [
  ...[16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15],
];

/** The largest numbers of codes that a block may declare. */
const MOST_LITERALS = 286;
const MOST_DISTANCES = 30;

type Place = "header" | "stored" | "symbols" | "end";

function corrupt(what: string): DataSetError {
  return new DataSetError(`Cannot inflate the data set: the deflated bytes are corrupt: ${what}`);
}

/** A stream of raw deflate that comes in pieces. */
export class RawInflate {
  readonly #sink: (bytes: Uint8Array) => void;
  readonly #input = new Uint8Array(INPUT);
  #at = 0;
  #end = 0;
  /** Bits that are taken from the input and not yet used, the next one lowest. */
  #bits = 0;
  #bitCount = 0;
  readonly #output = new Uint8Array(WINDOW + OUTPUT + LONGEST_MATCH);
  /** Where the output stands, and from where on it is new. */
  #filled = 0;
  #emitted = 0;
  #place: Place = "header";
  #isLastBlock = false;
  #storedLeft = 0;
  #literals: HuffmanTable = FIXED_LITERALS;
  #distances: HuffmanTable = FIXED_DISTANCES;

  /**
   * Starts a stream.
   *
   * @param sink Where the output goes. It is only valid during the call.
   */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  /** Whether the last block has ended: what follows is not looked at. */
  get isDone(): boolean {
    return this.#place === "end";
  }

  /**
   * Inflates a piece.
   *
   * @param piece The next deflated bytes.
   * @throws {DataSetError} When they are corrupt.
   */
  push(piece: Uint8Array): void {
    let rest = piece;
    while (rest.length > 0 && !this.isDone) {
      this.#input.copyWithin(0, this.#at, this.#end);
      this.#end -= this.#at;
      this.#at = 0;
      const part = rest.subarray(0, INPUT - this.#end);
      this.#input.set(part, this.#end);
      this.#end += part.length;
      rest = rest.subarray(part.length);
      this.#run();
    }
    this.#emit();
  }

  #run(): void {
    while (true) {
      if (this.#place === "header") {
        if (!this.#whole(() => this.#header())) return;
      } else if (this.#place === "stored") {
        if (!this.#stored()) return;
      } else if (this.#place === "symbols") {
        if (!this.#symbols()) return;
      } else {
        return;
      }
    }
  }

  /** Does a step that the input may end within, or goes back to before it. */
  #whole(step: () => boolean): boolean {
    const { at, bits, bitCount } = { at: this.#at, bits: this.#bits, bitCount: this.#bitCount };
    if (step()) return true;
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
    return false;
  }

  /** Sees to it that there are so many bits, at most 16; false when the input ends before. */
  #need(count: number): boolean {
    while (this.#bitCount < count) {
      if (this.#at === this.#end) return false;
      this.#bits |= this.#input[this.#at++]! << this.#bitCount;
      this.#bitCount += 8;
    }
    return true;
  }

  /** Takes bits that are there. */
  #take(count: number): number {
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  /** The next symbol of a code; -1 when the input ends before. */
  #symbol(table: HuffmanTable): number {
    this.#need(table.longest);
    const entry = table.entries[this.#bits & table.mask]!;
    const length = entry & 15;
    if (length === 0) {
      if (this.#bitCount < table.longest) return -1;
      throw corrupt("a code stands for nothing");
    }
    if (length > this.#bitCount) return -1;
    this.#take(length);
    return entry >>> 4;
  }

  #header(): boolean {
    if (!this.#need(3)) return false;
    const isLast = this.#take(1) === 1;
    const type = this.#take(2);
    if (type === 3) throw corrupt("a block is of no known type");
    if (type === 0 && !this.#storedHeader()) return false;
    if (type === 2 && !this.#dynamicTables()) return false;
    if (type === 1) {
      this.#literals = FIXED_LITERALS;
      this.#distances = FIXED_DISTANCES;
    }
    this.#isLastBlock = isLast;
    this.#place = type === 0 ? "stored" : "symbols";
    return true;
  }

  #storedHeader(): boolean {
    // The rest of the byte is skipped.
    this.#take(this.#bitCount % 8);
    if (!this.#need(16)) return false;
    const length = this.#take(16);
    if (!this.#need(16)) return false;
    if ((this.#take(16) ^ length) !== 0xffff) throw corrupt("a stored block has no sound length");
    this.#storedLeft = length;
    return true;
  }

  #dynamicTables(): boolean {
    if (!this.#need(14)) return false;
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const codes = this.#take(4) + 4;
    if (literals > MOST_LITERALS || distances > MOST_DISTANCES) throw corrupt("too many codes");
    const order = new Uint8Array(CODE_LENGTH_ORDER.length);
    for (let i = 0; i < codes; i++) {
      if (!this.#need(3)) return false;
      order[CODE_LENGTH_ORDER[i]!] = this.#take(3);
    }
    const lengths = this.#codeLengths(new HuffmanTable(order, "complete"), literals + distances);
    if (lengths === undefined) return false;
    if (lengths[END_OF_BLOCK] === 0) throw corrupt("a block cannot end");
    this.#literals = new HuffmanTable(lengths.subarray(0, literals), "single allowed");
    this.#distances = new HuffmanTable(lengths.subarray(literals), "single allowed");
    return true;
  }

  /** The lengths of all codes, themselves coded; `undefined` when the input ends before. */
  #codeLengths(table: HuffmanTable, count: number): Uint8Array | undefined {
    const lengths = new Uint8Array(count);
    for (let i = 0; i < count;) {
      const symbol = this.#symbol(table);
      if (symbol < 0) return undefined;
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const [bits, base] = symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
      if (!this.#need(bits!)) return undefined;
      const repeats = base! + this.#take(bits!);
      if (symbol === 16 && i === 0) throw corrupt("there is no code length to repeat");
      if (i + repeats > count) throw corrupt("too many code lengths");
      lengths.fill(symbol === 16 ? lengths[i - 1]! : 0, i, i + repeats);
      i += repeats;
    }
    return lengths;
  }

  #stored(): boolean {
    // Whole bytes may be among the bits.
    while (this.#bitCount > 0 && this.#storedLeft > 0) {
      this.#write(this.#take(8));
      this.#storedLeft -= 1;
    }
    while (this.#storedLeft > 0) {
      if (this.#at === this.#end) return false;
      this.#makeRoom();
      const room = WINDOW + OUTPUT - this.#filled;
      const count = Math.min(this.#storedLeft, this.#end - this.#at, room);
      this.#output.set(this.#input.subarray(this.#at, this.#at + count), this.#filled);
      this.#filled += count;
      this.#at += count;
      this.#storedLeft -= count;
    }
    this.#blockEnded();
    return true;
  }

  #symbols(): boolean {
    const step = (): boolean => this.#step();
    while (this.#place === "symbols") {
      // With so much input at hand no symbol ends early, and nothing need be remembered.
      if (this.#end - this.#at >= LONGEST_SYMBOL) this.#step();
      else if (!this.#whole(step)) return false;
    }
    return true;
  }

  /** One literal, one copy, or the end of the block. */
  #step(): boolean {
    const symbol = this.#symbol(this.#literals);
    if (symbol < 0) return false;
    if (symbol < END_OF_BLOCK) {
      this.#write(symbol);
      return true;
    }
    if (symbol === END_OF_BLOCK) {
      this.#blockEnded();
      return true;
    }
    const extra = LENGTH_EXTRA[symbol - 257];
    if (extra === undefined) throw corrupt("a length is undefined");
    if (!this.#need(extra)) return false;
    const length = LENGTH_BASE[symbol - 257]! + this.#take(extra);
    const code = this.#symbol(this.#distances);
    if (code < 0) return false;
    const distanceExtra = DISTANCE_EXTRA[code];
    if (distanceExtra === undefined) throw corrupt("a distance is undefined");
    if (!this.#need(distanceExtra)) return false;
    this.#copy(length, DISTANCE_BASE[code]! + this.#take(distanceExtra));
    return true;
  }

  #copy(length: number, distance: number): void {
    if (distance > this.#filled) throw corrupt("a distance reaches before the start");
    this.#makeRoom();
    const output = this.#output;
    let to = this.#filled;
    let from = to - distance;
    // Byte by byte, since what is copied may be what is being written.
    for (const end = to + length; to < end;) output[to++] = output[from++]!;
    this.#filled = to;
  }

  #write(byte: number): void {
    this.#makeRoom();
    this.#output[this.#filled++] = byte;
  }

  #blockEnded(): void {
    this.#place = this.#isLastBlock ? "end" : "header";
  }

  /** Hands the output on when the buffer is full, and keeps what copies may reach. */
  #makeRoom(): void {
    if (this.#filled < WINDOW + OUTPUT) return;
    this.#emit();
    this.#output.copyWithin(0, this.#filled - WINDOW, this.#filled);
    this.#filled = WINDOW;
    this.#emitted = WINDOW;
  }

  #emit(): void {
    if (this.#filled === this.#emitted) return;
    this.#sink(this.#output.subarray(this.#emitted, this.#filled));
    this.#emitted = this.#filled;
  }
}
