/**
 * Changing the character set of a data set that has text in it already (PS3.3 section C.12.1.1.2).
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { DataElement, DataSet } from "./data_set.ts";
import { formatTag } from "./tag.ts";
import { decodeStrings, encodeStrings } from "./value.ts";
import { VR_TRAITS } from "./vr.ts";

const SPECIFIC_CHARACTER_SET = 0x00080005;

/**
 * Sets Specific Character Set (0008,0005), and encodes the text that is there anew, in nested items
 * too unless they have a character set of their own. Text that the former set cannot explain keeps its
 * bytes: there the change mends a wrong statement. When it throws, nothing has been changed.
 *
 * @param dataSet The data set.
 * @param characterSets The values of Specific Character Set; none makes the element empty.
 * @throws {DataSetError} When text cannot be encoded in the character set.
 *
 * @example
 * ```ts
 * import { changeCharacterSet, DataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * dataSet.set({ tag: 0x00080005, vr: "CS", value: new TextEncoder().encode("ISO_IR 192") });
 * dataSet.set({ tag: 0x00100010, vr: "PN", value: new TextEncoder().encode("Buß") });
 * changeCharacterSet(dataSet, ["ISO_IR 100"]);
 * assert.deepEqual(dataSet.get(0x00100010)?.value, Uint8Array.of(0x42, 0x75, 0xdf, 0x20));
 * assert.equal(dataSet.getString(0x00100010), "Buß");
 * ```
 */
export function changeCharacterSet(dataSet: DataSet, characterSets: readonly string[]): void {
  const changes: (() => void)[] = [];
  collectChanges(dataSet, dataSet.characterSets, characterSets, changes);
  const value = encodeStrings("CS", characterSets, []);
  for (const change of changes) change();
  dataSet.set({ tag: SPECIFIC_CHARACTER_SET, vr: "CS", value });
}

function collectChanges(
  dataSet: DataSet,
  from: readonly string[],
  to: readonly string[],
  changes: (() => void)[],
): void {
  for (const element of dataSet) {
    const { tag, vr, value } = element;
    if (value instanceof Uint8Array) {
      if (!VR_TRAITS[vr].characterSet || value.every(isPlain)) continue;
      const values = decodeStrings(vr, value, from);
      if (values.some((text) => text.includes("\ufffd"))) continue;
      const changed = { tag, vr, value: encodeElement(element, values, to) };
      changes.push(() => dataSet.set(changed));
    } else if (Array.isArray(value)) {
      for (const item of dataSet.getItems(tag)) {
        if (!item.has(SPECIFIC_CHARACTER_SET)) collectChanges(item, from, to, changes);
      }
    }
  }
}

/** ASCII is the same in all sets; an escape sequence is not. */
function isPlain(byte: number): boolean {
  return byte < 0x80 && byte !== 0x1b;
}

function encodeElement(
  { tag, vr }: DataElement,
  values: readonly string[],
  to: readonly string[],
): Uint8Array {
  try {
    return encodeStrings(vr, values, to);
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    throw new DataSetError(`Cannot change the character set: ${formatTag(tag)} does not fit it`, {
      tag,
      cause: error,
    });
  }
}
