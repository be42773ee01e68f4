/**
 * The DICOM JSON model (PS3.18 annex F).
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { DataSet, type ElementValue } from "./data_set.ts";
import { implicitVr } from "./dictionary.ts";
import { formatTag, type Tag } from "./tag.ts";
import { decodeStrings, encodeNumbers, encodeStrings } from "./value.ts";
import { isVr, type Vr, VR_TRAITS } from "./vr.ts";

/** The groups of a person name (PS3.18 section F.2.2). */
export interface JsonPersonName {
  /** The name in a single-byte script. */
  readonly Alphabetic?: string;
  /** The name in ideographs. */
  readonly Ideographic?: string;
  /** The name in phonetic script. */
  readonly Phonetic?: string;
}

/** A value: `null` stands for an empty one among others. */
export type JsonValue = string | number | null | JsonPersonName | JsonDataSet;

/** A data element; without `Value` and `InlineBinary` it is empty. */
export interface JsonElement {
  /** The VR. */
  readonly vr: Vr;
  /** The values, of a sequence its items. */
  readonly Value?: readonly JsonValue[];
  /** The bytes of a binary VR in base64, little endian. */
  readonly InlineBinary?: string;
}

/** A data set: elements by their tags, written GGGGEEEE. */
export interface JsonDataSet {
  /** The element of a tag. */
  readonly [tag: string]: JsonElement;
}

const SPECIFIC_CHARACTER_SET = 0x00080005;
const UTF_8 = "ISO_IR 192";
const PERSON_NAME_GROUPS = ["Alphabetic", "Ideographic", "Phonetic"] as const;
/** As deep as data sets are decoded. */
const MAX_DEPTH = 64;

/**
 * Writes a data set in the DICOM JSON model. Text becomes Unicode, and so Specific Character Set
 * (0008,0005), if it has a value, `ISO_IR 192`. Integers beyond 2^53, floating point numbers that are not finite
 * and malformed IS and DS values are strings.
 *
 * @param dataSet The data set.
 * @returns An object for `JSON.stringify()`.
 * @throws {DataSetError} When there is encapsulated pixel data, for which the model has no form, or items
 * are nested too deeply.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, DataSet, toJson } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, "PatientName=Doe^John");
 * assert.deepEqual(toJson(dataSet), {
 *   "00100010": { vr: "PN", Value: [{ Alphabetic: "Doe^John" }] },
 * });
 * ```
 */
export function toJson(dataSet: DataSet): JsonDataSet {
  return writeDataSet(dataSet, 0);
}

function writeDataSet(dataSet: DataSet, depth: number): JsonDataSet {
  const json: Record<string, JsonElement> = {};
  const sets = dataSet.characterSets;
  for (const { tag, vr, value } of dataSet) {
    if (depth > MAX_DEPTH) {
      throw new DataSetError(`Cannot write ${formatTag(tag)}: it is nested too deeply`, { tag });
    }
    const name = tag.toString(16).toUpperCase().padStart(8, "0");
    json[name] = { vr, ...writeValue(tag, vr, value, sets, depth) };
  }
  return json;
}

function writeValue(
  tag: Tag,
  vr: Vr,
  value: ElementValue,
  characterSets: readonly string[],
  depth: number,
): Omit<JsonElement, "vr"> {
  if (!(value instanceof Uint8Array)) {
    if ("fragments" in value) {
      throw new DataSetError(`Cannot write ${formatTag(tag)} as JSON: it is encapsulated`, { tag });
    }
    if (value.length === 0) return {};
    return { Value: value.map((item) => writeDataSet(item, depth + 1)) };
  }
  if (value.length === 0) return {};
  if (VR_TRAITS[vr].kind === "bytes") return { InlineBinary: toBase64(value) };
  const values = decodeStrings(vr, value, characterSets);
  if (values.length === 0) return {};
  if (tag === SPECIFIC_CHARACTER_SET) return { Value: [UTF_8] };
  return { Value: values.map((text) => text === "" ? null : writeText(vr, text)) };
}

function writeText(vr: Vr, text: string): JsonValue {
  if (vr === "PN") return writePersonName(text);
  const isNumber = vr === "IS" || vr === "DS" || (VR_TRAITS[vr].kind === "number" && vr !== "AT");
  if (!isNumber) return text;
  const number = Number(text);
  const exact = Number.isFinite(number) &&
    (Number.isSafeInteger(number) || vr === "DS" || vr === "FL" || vr === "FD");
  return exact ? number : text;
}

function writePersonName(text: string): JsonPersonName {
  const name: { -readonly [group in keyof JsonPersonName]: string } = {};
  for (const [index, group] of text.split("=").entries()) {
    const key = PERSON_NAME_GROUPS[index];
    if (key !== undefined && group !== "") name[key] = group;
  }
  return name;
}

/**
 * Reads a data set from the DICOM JSON model. If any text is not ASCII, or Specific Character Set (0008,0005)
 * has a value, the data set is one of `ISO_IR 192` (UTF-8). An element without `vr` has that of the
 * dictionary.
 *
 * @param json What `JSON.parse()` made of the text.
 * @returns The data set.
 * @throws {DataSetError} When it does not follow the model, a value does not fit its VR, or the value is
 * elsewhere (`BulkDataURI`).
 *
 * @example
 * ```ts
 * import { fromJson } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const dataSet = fromJson({ "00280010": { vr: "US", Value: [512] } });
 * assert.deepEqual(dataSet.getNumbers(0x00280010), [512]);
 * ```
 */
export function fromJson(json: unknown): DataSet {
  const dataSet = new DataSet();
  if (readDataSet(json, dataSet, 0)) setUnicode(dataSet);
  return dataSet;
}

function setUnicode(dataSet: DataSet): void {
  const value = encodeStrings("CS", [UTF_8], []);
  dataSet.set({ tag: SPECIFIC_CHARACTER_SET, vr: "CS", value });
}

/** Fills a data set; returns whether there is text in it that is not ASCII. */
function readDataSet(json: unknown, dataSet: DataSet, depth: number): boolean {
  if (!isRecord(json)) throw new DataSetError("Cannot read JSON: a data set is an object");
  if (depth > MAX_DEPTH) throw new DataSetError("Cannot read JSON: items are nested too deeply");
  let unicode = false;
  for (const [name, element] of Object.entries(json)) {
    if (!/^[0-9A-Fa-f]{8}$/.test(name)) {
      throw new DataSetError(`Cannot read JSON: "${name}" is not a tag written GGGGEEEE`);
    }
    const tag = Number.parseInt(name, 16);
    if (!isRecord(element)) fail(tag, "an element is an object");
    const vr = element.vr ?? implicitVr(tag, undefined);
    if (typeof vr !== "string" || !isVr(vr)) fail(tag, `there is no VR ${JSON.stringify(vr)}`);
    if (VR_TRAITS[vr].kind === "items") {
      const items = readArray(tag, element).map((item) => {
        const child = new DataSet(dataSet);
        if (readDataSet(item, child, depth + 1)) unicode = true;
        return child;
      });
      dataSet.set({ tag, vr, value: items });
    } else {
      const value = readBytes(tag, vr, element);
      if (VR_TRAITS[vr].characterSet && value.some((byte) => byte >= 0x80)) unicode = true;
      dataSet.set({ tag, vr, value });
    }
  }
  // One of its own that is empty would hide that of the whole.
  if (unicode && dataSet.has(SPECIFIC_CHARACTER_SET)) setUnicode(dataSet);
  return unicode;
}

function fail(tag: Tag, fault: string, cause?: unknown): never {
  throw new DataSetError(`Cannot read ${formatTag(tag)} from JSON: ${fault}`, { tag, cause });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readArray(tag: Tag, element: Readonly<Record<string, unknown>>): readonly unknown[] {
  if ("BulkDataURI" in element) fail(tag, "its value is elsewhere (BulkDataURI)");
  const values = element.Value ?? [];
  return Array.isArray(values) ? values : fail(tag, "Value is not an array");
}

function readBytes(
  tag: Tag,
  vr: Vr,
  element: Readonly<Record<string, unknown>>,
): Uint8Array<ArrayBuffer> {
  const values = readArray(tag, element);
  if (VR_TRAITS[vr].kind === "bytes") {
    if (values.length > 0) fail(tag, `the VR ${vr} has InlineBinary and no Value`);
    const binary = element.InlineBinary ?? "";
    return typeof binary === "string"
      ? fromBase64(tag, binary)
      : fail(tag, "InlineBinary is not a string");
  }
  if ("InlineBinary" in element) fail(tag, `the VR ${vr} has Value and no InlineBinary`);
  const texts = values.map((value) => readText(tag, vr, value));
  try {
    if (tag === SPECIFIC_CHARACTER_SET) {
      return encodeStrings(vr, texts.some((text) => text !== "") ? [UTF_8] : [], []);
    }
    return encodeStrings(vr, texts, [UTF_8]);
  } catch (error) {
    if (
      error instanceof TypeError || error instanceof RangeError || error instanceof DataSetError
    ) {
      fail(tag, error.message, error);
    }
    throw error;
  }
}

function readText(tag: Tag, vr: Vr, value: unknown): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number") {
    // A DS of 17 digits would be refused for its length: 16 characters hold the nearest.
    return vr === "DS" ? shortDecimal(value) : String(value);
  }
  if (vr === "PN" && isRecord(value)) {
    const groups = PERSON_NAME_GROUPS.map((group) => value[group] ?? "");
    if (groups.every((group) => typeof group === "string")) {
      return groups.join("=").replace(/=+$/, "");
    }
  }
  return fail(tag, `${JSON.stringify(value)} is no value of the VR ${vr}`);
}

function shortDecimal(value: number): string {
  const text = String(value);
  if (text.length <= 16) return text;
  return decodeStrings("DS", encodeNumbers("DS", [value]), [])[0] ?? "";
}

function toBase64(bytes: Uint8Array): string {
  const chunks: string[] = [];
  // A spread of all bytes at once would exceed the arguments that a function can have.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    chunks.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(chunks.join(""));
}

function fromBase64(tag: Tag, text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length + binary.length % 2);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch (error) {
    return fail(tag, "InlineBinary is not base64", error);
  }
}
