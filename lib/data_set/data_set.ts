/**
 * A data set in memory (PS3.5 section 7): an ordered set of data elements whose values are kept as
 * bytes, in little endian order, and read on demand. Queries and small objects live here; received
 * and sent instances never do, their bytes only pass by.
 *
 * @module
 */

import { formatTag, type Tag } from "./tag.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";
import { decodeNumbers, decodeStrings } from "./value.ts";
import { DataSetError } from "../errors.ts";

/** Encapsulated pixel data (PS3.5 section A.4): the items of the fragment sequence. */
export interface Encapsulated {
  /** The Basic Offset Table item first, then the fragments. */
  readonly fragments: readonly Uint8Array[];
}

/**
 * The value of a data element: bytes in little endian order with their padding; the items of a
 * sequence; or the fragments of encapsulated pixel data.
 */
export type ElementValue = Uint8Array | readonly DataSet[] | Encapsulated;

/** A data element (PS3.5 section 7.1). */
export interface DataElement {
  /** The tag, as a number GGGGEEEE. */
  readonly tag: Tag;
  /** How the value is to be read; of an implicit VR data set, the VR that the dictionary gives. */
  readonly vr: Vr;
  /** Without bytes, items or fragments in an element that is empty. */
  readonly value: ElementValue;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;

/**
 * A data set, or an item of a sequence.
 *
 * @example
 * ```ts
 * import { DataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * dataSet.set({ tag: 0x00100020, vr: "LO", value: new TextEncoder().encode("4711") });
 * assert.equal(dataSet.getString(0x00100020), "4711");
 * ```
 */
export class DataSet implements Iterable<DataElement> {
  readonly #elements = new Map<Tag, DataElement>();
  #sorted = true;
  /** The data set that this item is nested in: its character set applies here too (PS3.5 7.5.3). */
  readonly parent: DataSet | undefined;

  /**
   * Makes a data set without elements.
   *
   * @param parent Of an item, the data set that it is nested in.
   */
  constructor(parent?: DataSet) {
    this.parent = parent;
  }

  /** How many elements there are, those of nested items not counted. */
  get size(): number {
    return this.#elements.size;
  }

  /**
   * The element of a tag.
   *
   * @param tag The tag.
   * @returns The element, or `undefined` when there is none.
   */
  get(tag: Tag): DataElement | undefined {
    return this.#elements.get(tag);
  }

  /**
   * Whether there is an element of a tag, empty or not.
   *
   * @param tag The tag.
   * @returns True when there is.
   */
  has(tag: Tag): boolean {
    return this.#elements.has(tag);
  }

  /**
   * Adds an element, or replaces the one of the same tag.
   *
   * @param element The element.
   * @returns This data set.
   */
  set(element: DataElement): this {
    if (!this.#elements.has(element.tag)) this.#sorted = false;
    this.#elements.set(element.tag, element);
    return this;
  }

  /**
   * Takes an element out.
   *
   * @param tag The tag.
   * @returns True when there was one.
   */
  delete(tag: Tag): boolean {
    return this.#elements.delete(tag);
  }

  /** The elements in ascending order of their tags. */
  *[Symbol.iterator](): Iterator<DataElement> {
    if (!this.#sorted) {
      const elements = [...this.#elements.values()].sort((a, b) => a.tag - b.tag);
      this.#elements.clear();
      for (const element of elements) this.#elements.set(element.tag, element);
      this.#sorted = true;
    }
    yield* this.#elements.values();
  }

  /** The values of Specific Character Set (0008,0005) that apply here, this item's or its parents'. */
  get characterSets(): readonly string[] {
    const element = this.#elements.get(SPECIFIC_CHARACTER_SET);
    if (element?.value instanceof Uint8Array) return decodeStrings("CS", element.value, []);
    return this.parent?.characterSets ?? [];
  }

  /**
   * The values of an element as text.
   *
   * @param tag The tag.
   * @returns The values without their padding; empty when the element is missing or empty.
   */
  getStrings(tag: Tag): string[] {
    const element = this.#elements.get(tag);
    if (element === undefined || !(element.value instanceof Uint8Array)) return [];
    return decodeStrings(element.vr, element.value, this.characterSets);
  }

  /**
   * The first value of an element as text.
   *
   * @param tag The tag.
   * @returns The value without its padding; `undefined` when the element is missing or empty.
   */
  getString(tag: Tag): string | undefined {
    return this.getStrings(tag)[0];
  }

  /**
   * The values of an element as numbers: of a binary VR, or of IS and DS.
   *
   * @param tag The tag.
   * @returns The numbers; 64-bit ones as `bigint`. Empty when the element is missing or empty.
   * @throws {DataSetError} When the VR holds no numbers.
   */
  getNumbers(tag: Tag): (number | bigint)[] {
    const element = this.#elements.get(tag);
    if (element === undefined || !(element.value instanceof Uint8Array)) return [];
    if (VR_TRAITS[element.vr].kind !== "number" && element.vr !== "IS" && element.vr !== "DS") {
      throw new DataSetError(`Cannot read ${formatTag(tag)} as numbers: its VR is ${element.vr}`, {
        tag,
      });
    }
    return decodeNumbers(element.vr, element.value);
  }

  /**
   * The items of a sequence.
   *
   * @param tag The tag.
   * @returns The items; empty when the element is missing, empty or not a sequence.
   */
  getItems(tag: Tag): readonly DataSet[] {
    const value = this.#elements.get(tag)?.value;
    return Array.isArray(value) ? value : [];
  }
}
