/**
 * Makes a data set of its bytes.
 *
 * @module
 */

import { DataSet } from "./data_set.ts";
import { ITEM } from "./element_header.ts";
import type { Encoding } from "./encoding.ts";
import type { Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";
import { type NestedKind, Walker, type WalkOptions, type WalkSink } from "./walker.ts";

/**
 * Reads the elements of a data set that is not deflated, or not any more.
 *
 * @param bytes The elements.
 * @param encoding How they are written.
 * @param options Where to stop, and where in the file the bytes begin.
 * @returns The data set.
 * @throws {DataSetError} When its structure is broken.
 *
 * @example
 * ```ts
 * import { encodingOf } from "./encoding.ts";
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.fromHex("1000200004000000" + "34373131");
 * const dataSet = readElements(bytes, encodingOf("1.2.840.10008.1.2"));
 * assert.equal(dataSet.getString(0x00100020), "4711");
 * ```
 */
export function readElements(
  bytes: Uint8Array,
  encoding: Encoding,
  options: Omit<WalkOptions, "length"> = {},
): DataSet {
  const builder = new Builder();
  const walker = new Walker(encoding, builder, { ...options, length: bytes.length });
  walker.push(bytes);
  walker.finish();
  return builder.root;
}

/** A sequence or fragments under construction. */
interface OpenElement {
  readonly owner: DataSet;
  readonly tag: Tag;
  readonly vr: Vr;
  readonly items: DataSet[];
  readonly fragments: Uint8Array[];
}

/** Makes a data set of a walk. */
class Builder implements WalkSink {
  readonly root = new DataSet();
  readonly #open: OpenElement[] = [];
  #current = this.root;
  #tag: Tag = 0;
  #vr: Vr = "UN";

  element(tag: Tag, vr: Vr): boolean {
    this.#tag = tag;
    this.#vr = vr;
    return true;
  }

  value(tag: Tag, vr: Vr, value: Uint8Array): void {
    if (tag === ITEM) this.#open.at(-1)?.fragments.push(value);
    else if (!this.#current.has(tag)) this.#current.set({ tag, vr, value });
  }

  open(kind: NestedKind): void {
    if (kind === "item") {
      this.#current = new DataSet(this.#current);
    } else {
      const owner = this.#current;
      this.#open.push({ owner, tag: this.#tag, vr: this.#vr, items: [], fragments: [] });
    }
  }

  close(kind: NestedKind): void {
    if (kind === "item") {
      const sequence = this.#open.at(-1);
      if (sequence === undefined) return;
      sequence.items.push(this.#current);
      this.#current = sequence.owner;
      return;
    }
    const closed = this.#open.pop();
    if (closed === undefined || closed.owner.has(closed.tag)) return;
    const { owner, tag, vr, items, fragments } = closed;
    owner.set({ tag, vr, value: kind === "fragments" ? { fragments } : items });
  }
}
