/**
 * Looks over a data set while its bytes pass on the way to somewhere else: whether its structure is
 * sound, and the values of a few elements.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { DataSet } from "./data_set.ts";
import { encodingOf } from "./encoding.ts";
import { DEFAULT_INFLATE_BUDGET, Inflater } from "./inflate.ts";
import type { Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";
import { Walker, type WalkSink } from "./walker.ts";

/** What a {@linkcode DataSetScanner} is told. */
export interface ScannerOptions {
  /** The elements outside sequences whose values are kept. Sequences and fragments never are. */
  readonly collect?: readonly Tag[];
  /** How long a value may be that is kept, in bytes; 4096 unless given. Longer ones are left out. */
  readonly maximumValueLength?: number;
  /** What a deflated data set may inflate to, in bytes; 256 MiB unless given. */
  readonly inflateBudget?: number;
  /**
   * How many bytes the data set has, where that is known: then an element that is longer than what is
   * left is found at its header. Of no use in a deflated data set.
   */
  readonly length?: number;
}

const DEFAULT_MAXIMUM_VALUE_LENGTH = 4096;

/**
 * Walks over a data set that comes in pieces, split anywhere. What it accepts, `decodeDataSet()`
 * accepts, and the other way round, but for an empty data set, which only the scanner refuses.
 *
 * Values are passed over by counting; only cut headers and collected values are copied. Pieces may be
 * reused by the caller as soon as a call returns. A deflated data set is inflated on the way, with a delay
 * of up to 4 KiB of input.
 *
 * @example
 * ```ts
 * import { DataSetScanner } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const scanner = new DataSetScanner("1.2.840.10008.1.2", { collect: [0x00100020] });
 * scanner.push(Uint8Array.fromHex("100020000400"));
 * scanner.push(Uint8Array.fromHex("0000" + "34373131"));
 * scanner.finish();
 * assert.equal(scanner.attributes.getString(0x00100020), "4711");
 * ```
 */
export class DataSetScanner {
  readonly #collector: Collector;
  readonly #walker: Walker;
  readonly #inflater: Inflater | undefined;
  #error: DataSetError | undefined;

  /**
   * Makes a scanner for one data set.
   *
   * @param transferSyntaxUid How the data set is written; one that is not known is taken for Explicit
   * VR Little Endian, as all compressed ones are (PS3.5 section A.4).
   * @param options What to collect.
   */
  constructor(transferSyntaxUid: string, options: ScannerOptions = {}) {
    const encoding = encodingOf(transferSyntaxUid);
    this.#collector = new Collector(options);
    const { length = Infinity } = options;
    const walker = new Walker(encoding, this.#collector, encoding.deflated ? {} : { length });
    this.#walker = walker;
    if (encoding.deflated) {
      const { inflateBudget = DEFAULT_INFLATE_BUDGET } = options;
      this.#inflater = new Inflater(inflateBudget, (bytes) => walker.push(bytes));
    }
  }

  /** The values collected so far, in little endian order; of duplicate elements the first. */
  get attributes(): DataSet {
    return this.#collector.attributes;
  }

  /**
   * Whether everything to collect has been passed: an element of a greater tag was seen. Elements
   * that come later against the order of tags are collected all the same.
   */
  get collected(): boolean {
    return this.#collector.collected;
  }

  /** Whether the data set was refused because it inflates to more than the budget. */
  get overBudget(): boolean {
    return this.#inflater?.overBudget ?? false;
  }

  /**
   * Walks over a piece.
   *
   * @param piece The next bytes.
   * @throws {DataSetError} As soon as the structure is known to be broken or more bytes come out than
   * the budget allows; and again the same at each later call.
   */
  push(piece: Uint8Array): void {
    if (this.#inflater === undefined) this.#walker.push(piece);
    else this.#guard(() => this.#inflater?.push(piece));
  }

  /**
   * Ends the data set.
   *
   * @throws {DataSetError} When it ends inside an element, a sequence or an item, or was empty.
   */
  finish(): void {
    this.#guard(() => this.#inflater?.finish());
    this.#walker.finish();
    if (this.#walker.walked === 0) {
      throw new DataSetError("Cannot decode the data set: it is empty", { offset: 0 });
    }
  }

  /** An inflater that has failed must not be used again. */
  #guard(inflating: () => void): void {
    if (this.#error !== undefined) throw this.#error;
    try {
      inflating();
    } catch (error) {
      if (error instanceof DataSetError) this.#error = error;
      throw error;
    }
  }
}

/** Keeps the values asked for. */
class Collector implements WalkSink {
  readonly attributes = new DataSet();
  /** So few that a set of them would take longer to make than it saves. */
  readonly #tags: readonly Tag[];
  readonly #lastTag: Tag;
  readonly #maximumLength: number;
  collected: boolean;

  constructor(options: ScannerOptions) {
    const { collect = [], maximumValueLength = DEFAULT_MAXIMUM_VALUE_LENGTH } = options;
    this.#tags = collect;
    this.#lastTag = collect.reduce((last, tag) => Math.max(last, tag), -1);
    this.#maximumLength = maximumValueLength;
    this.collected = collect.length === 0;
  }

  element(tag: Tag, _vr: Vr, length: number, depth: number): boolean {
    if (depth > 0) return false;
    // A fragment of pixel data has the tag of an item, which is greater than any element's.
    if (tag > this.#lastTag) {
      this.collected = true;
      return false;
    }
    return this.#tags.includes(tag) && length <= this.#maximumLength && !this.attributes.has(tag);
  }

  value(tag: Tag, vr: Vr, value: Uint8Array): void {
    // The piece is the caller's, and a view would keep all of it in memory.
    this.attributes.set({ tag, vr, value: value.slice() });
  }

  open(): void {}

  close(): void {}
}
