/**
 * Data sets as lines of a log, one element a line.
 *
 * @module
 */

import type { DataElement, DataSet } from "./data_set.ts";
import { keywordOf } from "./dictionary.ts";
import { formatTag } from "./tag.ts";
import { decodeStrings } from "./value.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";

/** The column of the value, so that what follows stands in line. */
const VALUE_WIDTH = 40;
/** Binary values up to this length are shown in hexadecimal: they fit in the column. */
const SHOWN_BYTES = 13;
/** Longer text is cut: a log is not the place to read a report. */
const SHOWN_CHARACTERS = 1024;
/** As deep as data sets are decoded. */
const MAX_DEPTH = 64;

/**
 * Writes a data set as lines for a log: tag, VR, value, number of values and keyword. Items of
 * sequences are indented. Control characters are escaped, so that what a peer sent cannot move
 * the cursor of a terminal or forge a line.
 *
 * @param dataSet The data set.
 * @returns The lines, without line ends.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, DataSet, dumpDataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const identifier = new DataSet();
 * applyKeywordPath(identifier, "QueryRetrieveLevel=PATIENT");
 * assert.deepEqual(dumpDataSet(identifier), [
 *   "(0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
 * ]);
 * ```
 */
export function dumpDataSet(dataSet: DataSet): string[] {
  const lines: string[] = [];
  dumpElements(dataSet, 0, lines);
  return lines;
}

function dumpElements(dataSet: DataSet, depth: number, lines: string[]): void {
  const indent = "  ".repeat(2 * depth);
  for (const element of dataSet) {
    lines.push(indent + dumpElement(element, dataSet.characterSets));
    if (!isItems(element.value)) continue;
    if (depth === MAX_DEPTH) {
      lines.push(`${indent}  (nested too deeply to be shown)`);
      continue;
    }
    for (const [index, item] of element.value.entries()) {
      lines.push(`${indent}  (Sequence item #${index + 1})`);
      dumpElements(item, depth + 1, lines);
    }
  }
}

function isItems(value: DataElement["value"]): value is readonly DataSet[] {
  return Array.isArray(value);
}

function dumpElement(element: DataElement, characterSets: readonly string[]): string {
  const { tag, vr } = element;
  const { text, count } = showValue(element, characterSets);
  return `${formatTag(tag)} ${vr} ${text.padEnd(VALUE_WIDTH)} # ${count} ${keywordOf(tag)}`
    .trimEnd();
}

function showValue(
  { vr, value }: DataElement,
  characterSets: readonly string[],
): { text: string; count: number } {
  if (isItems(value)) {
    return {
      text: `(Sequence with ${value.length} ${value.length === 1 ? "item" : "items"})`,
      count: 1,
    };
  }
  if (!(value instanceof Uint8Array)) {
    // The first item is the Basic Offset Table.
    const fragments = value.fragments.length - 1;
    return {
      text: `(${fragments} ${fragments === 1 ? "fragment" : "fragments"} of pixel data)`,
      count: 1,
    };
  }
  if (VR_TRAITS[vr].kind === "bytes" && value.length > 0) {
    return { text: showBytes(value), count: 1 };
  }
  const values = decodeStrings(vr, value, characterSets);
  if (values.length === 0) return { text: "(no value available)", count: 0 };
  return { text: `[${cut(joinValues(vr, values))}]`, count: values.length };
}

function showBytes(bytes: Uint8Array): string {
  if (bytes.length > SHOWN_BYTES) return `(${bytes.length} bytes of binary data)`;
  return `[${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}]`;
}

function joinValues(vr: Vr, values: readonly string[]): string {
  const shown = vr === "AT" ? values.map((tag) => formatTag(Number.parseInt(tag, 16))) : values;
  return shown.join("\\");
}

function cut(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return escapeControls(text);
  return `${escapeControls(text.slice(0, SHOWN_CHARACTERS))}… (${text.length} characters)`;
}

/**
 * Control characters, line separators, and the marks that change the direction of what follows: all
 * that could make a line look like what it is not.
 */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

const NAMED_CONTROLS: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Makes text from the wire safe to print on a terminal or into a log.
 *
 * @param text The text.
 * @returns The text with control characters written as `\n`, `\x1B` or `\u202E`.
 *
 * @example
 * ```ts
 * import { escapeControls } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(escapeControls("a\x1b[2Jb\n"), "a\\x1B[2Jb\\n");
 * ```
 */
export function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) => {
    const named = NAMED_CONTROLS[character];
    if (named !== undefined) return named;
    const hex = character.charCodeAt(0).toString(16).toUpperCase();
    return hex.length <= 2 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });
}
