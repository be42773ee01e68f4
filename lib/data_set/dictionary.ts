/**
 * Look-ups in the data dictionary (PS3.6): by tag, by keyword, and the VR of an element whose transfer
 * syntax does not say it.
 *
 * The table is text. The first questions are answered by searching it, and most runs of a tool ask no
 * more than a few; who asks many different ones has it taken apart, once.
 *
 * @module
 */

import { DICTIONARY_DATA } from "./dictionary_data.ts";
import { nearestWord } from "./nearest_word.ts";
import { elementOf, isPrivateTag, type Tag } from "./tag.ts";
import { isVr, type Vr } from "./vr.ts";

/** The VR of a dictionary entry: several where it depends on other elements (PS3.5 annex A). */
export type DictionaryVr = Vr | "US or SS" | "OB or OW" | "US or OW" | "US or SS or OW";

/** What the dictionary knows of a data element. */
export interface DictionaryEntry {
  /** The tag that was asked for; of a repeating group that was found by its keyword, the first one. */
  readonly tag: Tag;
  /** The VR, or those that are possible; see {@linkcode resolveVr}. */
  readonly vr: DictionaryVr;
  /** The value multiplicity as PS3.6 writes it: `1`, `2-2n`, `1-n`. */
  readonly vm: string;
  /** The keyword; empty for a few retired elements that have none. */
  readonly keyword: string;
  /** Whether several tags share this entry, such as (60xx,0010), so that a keyword is not enough. */
  readonly repeating: boolean;
}

const AMBIGUOUS: Readonly<Record<string, DictionaryVr>> = {
  "US/SS": "US or SS",
  "OB/OW": "OB or OW",
  "US/OW": "US or OW",
  "US/SS/OW": "US or SS or OW",
};

/** The dictionary, taken apart. */
interface Index {
  readonly byTag: ReadonlyMap<Tag, DictionaryEntry>;
  readonly byKeyword: ReadonlyMap<string, DictionaryEntry>;
  /** Repeating groups: for each mask, the entries by the digits that the mask keeps. */
  readonly byMask: ReadonlyMap<number, ReadonlyMap<number, DictionaryEntry>>;
}

let parsed: Index | undefined;

/** How many more questions are answered by searching. */
let searchesLeft = 64;

/** The answers to these: the queries of a tool have the same few elements. */
const found = new Map<Tag, DictionaryEntry | undefined>();

function dictionary(): Index {
  return parsed ??= parseDictionary();
}

function parseDictionary(): Index {
  const byTag = new Map<Tag, DictionaryEntry>();
  const byKeyword = new Map<string, DictionaryEntry>();
  const byMask = new Map<number, Map<number, DictionaryEntry>>();
  for (const line of DICTIONARY_DATA.split("\n")) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    const { tag, keyword, repeating } = entry;
    if (keyword !== "") byKeyword.set(keyword, entry);
    if (repeating) {
      const digits = line.slice(0, TAG_DIGITS);
      const mask = Number.parseInt(digits.replaceAll(/[0-9A-F]/g, "F").replaceAll("x", "0"), 16);
      const entries = byMask.get(mask) ?? new Map<number, DictionaryEntry>();
      byMask.set(mask, entries.set(tag, entry));
    } else {
      byTag.set(tag, entry);
    }
  }
  return { byTag, byKeyword, byMask };
}

function parseLine(line: string): DictionaryEntry | undefined {
  const [digits = "", vrs = "", vm = "", keyword = ""] = line.split(" ");
  const vr = isVr(vrs) ? vrs : AMBIGUOUS[vrs];
  if (vr === undefined) return undefined;
  const tag = Number.parseInt(digits.replaceAll("x", "0"), 16);
  return { tag, vr, vm, keyword, repeating: digits.includes("x") };
}

function entryOfTag(tag: Tag): DictionaryEntry | undefined {
  if (parsed === undefined && found.has(tag)) return found.get(tag);
  if (!isSearched()) return dictionary().byTag.get(tag);
  const entry = searchTag(tag);
  found.set(tag, entry);
  return entry;
}

function searchTag(tag: Tag): DictionaryEntry | undefined {
  const digits = tag.toString(16).toUpperCase().padStart(TAG_DIGITS, "0");
  const before = DICTIONARY_DATA.indexOf(`\n${digits} `);
  // The first line follows no other.
  return before < 0 && !DICTIONARY_DATA.startsWith(digits) ? undefined : entryAt(before + 1);
}

function entryOfKeyword(keyword: string): DictionaryEntry | undefined {
  if (!KEYWORD.test(keyword)) return undefined;
  if (!isSearched()) return dictionary().byKeyword.get(keyword);
  const at = DICTIONARY_DATA.indexOf(` ${keyword}\n`);
  const entry = at < 0 ? undefined : entryAt(DICTIONARY_DATA.lastIndexOf("\n", at) + 1);
  // A line without a keyword ends with its VM.
  return entry?.keyword === keyword ? entry : undefined;
}

function entryAt(start: number): DictionaryEntry | undefined {
  return parseLine(DICTIONARY_DATA.slice(start, DICTIONARY_DATA.indexOf("\n", start)));
}

/** Whether to answer the next question by searching: the first are, until the table is taken apart. */
function isSearched(): boolean {
  if (parsed !== undefined || searchesLeft === 0) return false;
  searchesLeft -= 1;
  return true;
}

/**
 * What the dictionary knows of a tag.
 *
 * Besides the elements of PS3.6 and the command elements of PS3.7, these are group lengths
 * `(gggg,0000)` and private creators, `(gggg,0010)` to `(gggg,00FF)` of odd groups (PS3.5 section 7.8.1).
 *
 * @param tag The tag.
 * @returns The entry, or `undefined` for a tag that is unknown, such as a private element's.
 *
 * @example
 * ```ts
 * import { lookupTag } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(lookupTag(0x00280010)?.keyword, "Rows");
 * assert.equal(lookupTag(0x60020010)?.keyword, "OverlayRows");
 * assert.equal(lookupTag(0x00091001), undefined);
 * ```
 */
export function lookupTag(tag: Tag): DictionaryEntry | undefined {
  const entry = entryOfTag(tag);
  if (entry !== undefined) return entry;
  const element = elementOf(tag);
  if (element === 0) return ruled(tag, "UL", "GroupLength");
  if (isPrivateTag(tag)) {
    return element >= 0x10 && element <= 0xff ? ruled(tag, "LO", "PrivateCreator") : undefined;
  }
  for (const [mask, entries] of dictionary().byMask) {
    const repeating = entries.get((tag & mask) >>> 0);
    if (repeating !== undefined) return { ...repeating, tag };
  }
  return undefined;
}

/** An entry that follows from a rule, and not from the table. */
function ruled(tag: Tag, vr: Vr, keyword: string): DictionaryEntry {
  return { tag, vr, vm: "1", keyword, repeating: true };
}

/**
 * What the dictionary knows of a keyword.
 *
 * @param keyword The keyword as PS3.6 spells it, such as `PatientName`.
 * @returns The entry, or `undefined` when there is none. When `repeating` is set the keyword stands for
 * several tags.
 *
 * @example
 * ```ts
 * import { lookupKeyword } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(lookupKeyword("PatientName")?.tag, 0x00100010);
 * assert.equal(lookupKeyword("patientname"), undefined);
 * ```
 */
export function lookupKeyword(keyword: string): DictionaryEntry | undefined {
  return entryOfKeyword(keyword);
}

/**
 * The keyword of a tag.
 *
 * @param tag The tag.
 * @returns The keyword; empty when the tag is unknown.
 *
 * @example
 * ```ts
 * import { keywordOf } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(keywordOf(0x00080052), "QueryRetrieveLevel");
 * ```
 */
export function keywordOf(tag: Tag): string {
  return lookupTag(tag)?.keyword ?? "";
}

/**
 * Decides on one VR where the dictionary leaves several open (PS3.5 section A.1 and table 6.2-1).
 *
 * "US or SS" follows Pixel Representation (0028,0103), and is US without it. "OB or OW" is OW. Those
 * where OW is an option are lookup table data, and are OW.
 *
 * @param vr The VR of the dictionary entry.
 * @param pixelRepresentation The value of Pixel Representation (0028,0103), if there is one: 1 for
 * signed pixels.
 * @returns The VR.
 *
 * @example
 * ```ts
 * import { resolveVr } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(resolveVr("US or SS", 1), "SS");
 * assert.equal(resolveVr("OB or OW", undefined), "OW");
 * ```
 */
export function resolveVr(vr: DictionaryVr, pixelRepresentation: number | undefined): Vr {
  switch (vr) {
    case "US or SS":
      return pixelRepresentation === 1 ? "SS" : "US";
    case "OB or OW":
    case "US or OW":
    case "US or SS or OW":
      return "OW";
    default:
      return vr;
  }
}

/**
 * The VR of an element in an implicit VR transfer syntax.
 *
 * @param tag The tag.
 * @param pixelRepresentation The value of Pixel Representation (0028,0103) in the same data set or
 * one that it is nested in, if there is one.
 * @returns The VR; UN when the tag is unknown.
 *
 * @example
 * ```ts
 * import { implicitVr } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(implicitVr(0x00280106, 1), "SS");
 * assert.equal(implicitVr(0x00091001, undefined), "UN");
 * ```
 */
export function implicitVr(tag: Tag, pixelRepresentation: number | undefined): Vr {
  const entry = lookupTag(tag);
  return entry === undefined ? "UN" : resolveVr(entry.vr, pixelRepresentation);
}

/**
 * The keyword that was probably meant, for error messages.
 *
 * @param wrong What was written.
 * @returns The nearest keyword: equal but for case, or else with at most three letters (in short
 * words fewer) added, left out, changed or swapped. `undefined` when none is near.
 *
 * @example
 * ```ts
 * import { suggestKeyword } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(suggestKeyword("patientname"), "PatientName");
 * assert.equal(suggestKeyword("PateintName"), "PatientName");
 * assert.equal(suggestKeyword("Colour"), undefined);
 * ```
 */
export function suggestKeyword(wrong: string): string | undefined {
  return nearestWord(wrong, dictionary().byKeyword.keys());
}

const KEYWORD = /^\w+$/;
const TAG_DIGITS = 8;
