/**
 * Keyword paths: elements of a query in one line each, as the `-k` option takes them. The grammar is
 * in `keyword_path_parser.ts`; here a path is followed into a data set, and its value converted.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { changeCharacterSet } from "./character_set_change.ts";
import { DataSet } from "./data_set.ts";
import { type DictionaryVr, lookupKeyword, lookupTag, resolveVr } from "./dictionary.ts";
import {
  type Component,
  type KeywordPath,
  KeywordPathError,
  parseKeywordPath,
  parseTag,
} from "./keyword_path_parser.ts";
import { formatTag, groupOf, type Tag, tagOf } from "./tag.ts";
import { decodeStrings, encodeStrings } from "./value.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";

export { KeywordPathError };

const SPECIFIC_CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;
const UTF_8 = "ISO_IR 192";

/**
 * Sets an element of a data set as a keyword path says.
 *
 * - `PatientName=Doe^*`, `(0010,0010)=Doe^*`, `0010,0010=Doe^*` and `00100010=Doe^*` are the same. Without
 *   a value, and with or without `=`, the element is empty. A later argument replaces an earlier one.
 * - `BeamSequence[1].BeamName=x` sets an element of an item; missing sequences and items are made, also
 *   those before it. Without an index the first item is meant. `BeamSequence=` is a sequence
 *   without items, `BeamSequence[1]=` one with at least two.
 * - Values are converted by the VR, at every depth: numbers (integers in hexadecimal as `0x10` too),
 *   tags or keywords for AT, pairs of hexadecimal digits for OB, OW, UN and their like. One backslash
 *   separates values and so do two, since shells differ in what they leave of them.
 * - A VR can be given: `(0009,1001):LO=text`. Without one, that of the dictionary holds, or else that of
 *   the element that is there, or else UN. `(0009,"ACME",01)` is element 01 of the block of the
 *   private creator ACME, for which a block is reserved if there is none.
 * - Text is encoded in the Specific Character Set (0008,0005) of the data set. If there is none and the
 *   text needs one, it becomes ISO_IR 192 (UTF-8). If it is set when there is text already, that text
 *   is encoded anew.
 *
 * When it throws, the data set is as it was.
 *
 * @param dataSet The data set.
 * @param argument The keyword path with its value.
 * @throws {KeywordPathError} When the path or the value cannot be used.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, DataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const identifier = new DataSet();
 * applyKeywordPath(identifier, "QueryRetrieveLevel=PATIENT");
 * applyKeywordPath(identifier, "BeamSequence[0].NumberOfBlocks=2");
 * assert.equal(identifier.getString(0x00080052), "PATIENT");
 * assert.deepEqual(identifier.getItems(0x300a00b0)[0]?.getNumbers(0x300a00f0), [2]);
 * ```
 */
export function applyKeywordPath(dataSet: DataSet, argument: string): void {
  const path = parseKeywordPath(argument);
  const parents = path.components.slice(0, -1);
  const leaf = path.components.at(-1) ?? path.components[0];
  for (const parent of parents) checkSequence(path, parent, "cannot have elements in it");
  // First look, then write: whatever is thrown is thrown before anything is changed.
  const { context, existing } = lookAhead(path, dataSet, parents);
  const vr = vrOf(path, leaf, context, existing);
  if (vr === "SQ") {
    if (path.value !== "") fail(path, leaf, "is a sequence, which has items and no value");
    setItems(itemAt(dataSet, parents), leaf);
    return;
  }
  if (leaf.index !== undefined) fail(path, leaf, `has an item index, but its VR is ${vr}`);
  const values = splitValue(path, leaf, vr);
  const value = encode(path, leaf, vr, values, context, dataSet);
  if (leaf.tag === SPECIFIC_CHARACTER_SET && existing !== undefined) {
    guard(path, leaf, () => changeCharacterSet(existing, values));
    return;
  }
  const target = itemAt(dataSet, parents);
  target.set({ tag: reserveTag(target, leaf), vr, value });
}

/**
 * Reads the values of the element that a keyword path leads to. Without an index the first item of a
 * sequence is meant.
 *
 * @param dataSet The data set.
 * @param path The keyword path, without a value.
 * @returns The values as {@linkcode DataSet.getStrings} has them; empty when the element, or an item on
 * the way, is missing, and of a sequence.
 * @throws {KeywordPathError} When the path cannot be used.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, DataSet, readKeywordPath } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const match = new DataSet();
 * applyKeywordPath(match, "RequestedProcedureCodeSequence[0].CodeValue=CTHEAD");
 * assert.deepEqual(readKeywordPath(match, "RequestedProcedureCodeSequence[0].CodeValue"), ["CTHEAD"]);
 * assert.deepEqual(readKeywordPath(match, "PatientName"), []);
 * ```
 */
export function readKeywordPath(dataSet: DataSet, path: string): string[] {
  const parsed = parseKeywordPath(path);
  const parents = parsed.components.slice(0, -1);
  const leaf = parsed.components.at(-1) ?? parsed.components[0];
  if (parsed.value !== "") fail(parsed, leaf, "cannot have a value here");
  for (const parent of parents) checkSequence(parsed, parent, "cannot have elements in it");
  let at: DataSet | undefined = dataSet;
  for (const parent of parents) {
    const tag = findTag(at, parent);
    at = tag === undefined ? undefined : at.getItems(tag)[parent.index ?? 0];
    if (at === undefined) return [];
  }
  const tag = findTag(at, leaf);
  return tag === undefined ? [] : at.getStrings(tag);
}

function fail(path: KeywordPath, component: Component, fault: string): never {
  throw new KeywordPathError(path.argument, component.text, fault);
}

/** Turns what the codecs throw into an error that names the argument. */
function guard<Result>(path: KeywordPath, component: Component, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (
      error instanceof TypeError || error instanceof RangeError || error instanceof DataSetError
    ) {
      const fault = `cannot have this value: ${error.message}`;
      throw new KeywordPathError(path.argument, component.text, fault, { cause: error });
    }
    throw error;
  }
}

/** What the dictionary or the path itself says of the VR; private elements are in no dictionary. */
function statedVr({ tag, creator, vr }: Component): DictionaryVr | undefined {
  return vr ?? (creator === undefined ? lookupTag(tag)?.vr : undefined);
}

function checkSequence(path: KeywordPath, component: Component, fault: string): void {
  const vr = statedVr(component);
  if (vr !== undefined && vr !== "SQ") fail(path, component, `${fault}: its VR is ${vr}`);
}

/**
 * Follows a path as far as there are items.
 *
 * @returns The innermost data set there is, whose character set will apply; and, if all of the path
 * is there, the same as the data set that holds the element.
 */
function lookAhead(
  path: KeywordPath,
  dataSet: DataSet,
  parents: readonly Component[],
): { context: DataSet; existing: DataSet | undefined } {
  let context = dataSet;
  for (const parent of parents) {
    const tag = findTag(context, parent);
    const element = tag === undefined ? undefined : context.get(tag);
    if (element !== undefined && element.vr !== "SQ" && parent.vr === undefined) {
      fail(path, parent, `cannot have elements in it: its VR is ${element.vr}`);
    }
    const item = tag === undefined ? undefined : context.getItems(tag)[parent.index ?? 0];
    if (item === undefined) return { context, existing: undefined };
    context = item;
  }
  return { context, existing: context };
}

function vrOf(
  path: KeywordPath,
  leaf: Component,
  context: DataSet,
  existing: DataSet | undefined,
): Vr {
  const stated = statedVr(leaf);
  if (stated === undefined) {
    const tag = existing === undefined ? undefined : findTag(existing, leaf);
    const there = tag === undefined ? undefined : existing?.get(tag)?.vr;
    // What has items can only be a sequence.
    return there ?? (leaf.index === undefined ? "UN" : "SQ");
  }
  const representation = pixelRepresentation(context);
  // Without Pixel Representation a minus sign says which of the two is meant.
  const signed = representation ?? (/^\s*-/m.test(path.value.replaceAll("\\", "\n")) ? 1 : 0);
  return resolveVr(stated, signed);
}

function pixelRepresentation(dataSet: DataSet): number | undefined {
  for (let at: DataSet | undefined = dataSet; at !== undefined; at = at.parent) {
    const element = at.get(PIXEL_REPRESENTATION);
    if (element?.vr === "US") {
      const value = at.getString(PIXEL_REPRESENTATION);
      if (value !== undefined) return Number(value);
    }
  }
  return undefined;
}

/** The values of the argument in the notation of {@linkcode encodeStrings}. */
function splitValue(path: KeywordPath, leaf: Component, vr: Vr): string[] {
  const { value } = path;
  if (value === "") return [];
  if (!VR_TRAITS[vr].multiple) return [value];
  const values = value.split(/\\{1,2}/);
  if (vr === "AT") return values.map((text) => parseAttribute(path, leaf, text.trim()));
  return vr === "IS" || vr === "DS" ? values.map((text) => text.trim()) : values;
}

function parseAttribute(path: KeywordPath, leaf: Component, text: string): string {
  const tag = parseTag(text) ?? lookupKeyword(text)?.tag;
  return tag === undefined
    ? fail(path, leaf, `cannot have the value "${text}": it is neither a tag nor a keyword`)
    : formatTag(tag);
}

/** Encodes the values, and makes the data set one of UTF-8 where that is needed. */
function encode(
  path: KeywordPath,
  leaf: Component,
  vr: Vr,
  values: readonly string[],
  context: DataSet,
  dataSet: DataSet,
): Uint8Array {
  const sets = context.characterSets;
  const stated = sets.some((term) => term !== "");
  if (stated || !VR_TRAITS[vr].characterSet || !/\P{ASCII}/u.test(path.value)) {
    return guard(path, leaf, () => encodeStrings(vr, values, sets));
  }
  const encoded = guard(path, leaf, () => encodeStrings(vr, values, [UTF_8]));
  for (let at: DataSet | undefined = context; at !== undefined; at = at.parent) {
    if (at === dataSet || at.has(SPECIFIC_CHARACTER_SET)) {
      const value = encodeStrings("CS", [UTF_8], []);
      at.set({ tag: SPECIFIC_CHARACTER_SET, vr: "CS", value });
      break;
    }
  }
  return encoded;
}

/** The item that a path leads to, with all that is missing on the way. */
function itemAt(dataSet: DataSet, parents: readonly Component[]): DataSet {
  let at = dataSet;
  for (const parent of parents) {
    const index = parent.index ?? 0;
    at = growItems(at, reserveTag(at, parent), index + 1)[index] ?? at;
  }
  return at;
}

function setItems(target: DataSet, { tag, index, ...component }: Component): void {
  const at = reserveTag(target, { tag, index, ...component });
  if (index === undefined) target.set({ tag: at, vr: "SQ", value: [] });
  else growItems(target, at, index + 1);
}

/** Adds empty items to a sequence until it has as many as are wanted. */
function growItems(target: DataSet, tag: Tag, count: number): readonly DataSet[] {
  const items = [...target.getItems(tag)];
  while (items.length < count) items.push(new DataSet(target));
  target.set({ tag, vr: "SQ", value: items });
  return items;
}

/** The tag of a component, or `undefined` when its private creator has no block yet. */
function findTag(dataSet: DataSet, { tag, creator }: Component): Tag | undefined {
  if (creator === undefined) return tag;
  for (let block = 0x10; block <= 0xff; block++) {
    const element = dataSet.get(tagOf(groupOf(tag), block));
    if (element?.value instanceof Uint8Array) {
      const [name] = decodeStrings("LO", element.value, dataSet.characterSets);
      if (name === creator) return tagOf(groupOf(tag), block * 0x100 + (tag & 0xff));
    }
  }
  return undefined;
}

/** The tag of a component; its private creator is given the first free block (PS3.5 section 7.8.1). */
function reserveTag(dataSet: DataSet, component: Component): Tag {
  const found = findTag(dataSet, component);
  if (found !== undefined) return found;
  const group = groupOf(component.tag);
  let block = 0x10;
  while (dataSet.has(tagOf(group, block))) block++;
  if (block > 0xff) {
    throw new DataSetError(
      `Cannot reserve a block for the private creator "${component.creator}": group ${
        group.toString(16).padStart(4, "0")
      } has no block left`,
      { tag: component.tag },
    );
  }
  const value = encodeStrings("LO", [component.creator ?? ""], dataSet.characterSets);
  dataSet.set({ tag: tagOf(group, block), vr: "LO", value });
  return tagOf(group, block * 0x100 + (component.tag & 0xff));
}
