/**
 * The attributes that have a column of their own in the index, and what the columns hold.
 *
 * A column only narrows down what has to be looked at: whatever matches an identifier also passes the
 * conditions on the columns (`condition.ts`), and what passes is matched in full afterwards. A value that
 * a column cannot hold so, such as several in one element, makes its row *odd*: an odd row always
 * passes.
 *
 * @module
 */

import type { DataSet } from "../../lib/data_set/data_set.ts";
import type { Tag } from "../../lib/data_set/tag.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import type { ByLevel } from "./level.ts";

/** An attribute with a column. */
export interface Column {
  /** Its name in SQL. */
  readonly name: string;
  readonly tag: Tag;
  /** As the dictionary has it: a key of another VR is not compared by the column. */
  readonly vr: Vr;
  /** Whether an index of the database leads to it. */
  readonly indexed: boolean;
}

/** What a column holds. */
export type ColumnValue = string | number | null;

/** The columns of each level; the unique key is the first. */
export const COLUMNS: ByLevel<readonly Column[]> = {
  PATIENT: [
    { name: "patient_id", tag: 0x00100020, vr: "LO", indexed: true },
    { name: "issuer", tag: 0x00100021, vr: "LO", indexed: false },
    { name: "name", tag: 0x00100010, vr: "PN", indexed: true },
    { name: "birth_date", tag: 0x00100030, vr: "DA", indexed: true },
    { name: "sex", tag: 0x00100040, vr: "CS", indexed: false },
  ],
  STUDY: [
    { name: "study_uid", tag: 0x0020000d, vr: "UI", indexed: true },
    { name: "study_date", tag: 0x00080020, vr: "DA", indexed: true },
    { name: "accession_number", tag: 0x00080050, vr: "SH", indexed: true },
    { name: "study_id", tag: 0x00200010, vr: "SH", indexed: true },
    { name: "study_description", tag: 0x00081030, vr: "LO", indexed: true },
    { name: "referring_physician", tag: 0x00080090, vr: "PN", indexed: true },
  ],
  SERIES: [
    { name: "series_uid", tag: 0x0020000e, vr: "UI", indexed: true },
    { name: "modality", tag: 0x00080060, vr: "CS", indexed: true },
    { name: "series_number", tag: 0x00200011, vr: "IS", indexed: false },
    { name: "series_description", tag: 0x0008103e, vr: "LO", indexed: true },
    { name: "body_part", tag: 0x00180015, vr: "CS", indexed: true },
  ],
  IMAGE: [
    { name: "sop_uid", tag: 0x00080018, vr: "UI", indexed: false }, // Unique by itself.
    { name: "sop_class", tag: 0x00080016, vr: "UI", indexed: false },
    { name: "instance_number", tag: 0x00200013, vr: "IS", indexed: false },
  ],
};

/**
 * What a column holds for a data set.
 *
 * @param column The column.
 * @param dataSet The data set.
 * @returns Its value; and whether that makes the row odd.
 *
 * @example
 * ```ts
 * import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
 * import { DataSet } from "../../lib/data_set/data_set.ts";
 * import { COLUMNS, columnValue } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, "PatientID=4711");
 * const [patientId] = COLUMNS.PATIENT;
 * assert.ok(patientId !== undefined);
 * assert.deepEqual(columnValue(patientId, dataSet), { value: "4711", isOdd: false });
 * ```
 */
export function columnValue(
  { tag, vr }: Column,
  dataSet: DataSet,
): { readonly value: ColumnValue; readonly isOdd: boolean } {
  const values = dataSet.getStrings(tag);
  const [first] = values;
  if (first === undefined) return { value: null, isOdd: false };
  if (values.length > 1) {
    const isText = vr !== "DA" && vr !== "IS";
    return { value: isText ? comparableText(values.join("\\")) : null, isOdd: true };
  }
  switch (vr) {
    case "PN":
      return { value: comparableName(first), isOdd: !isFoldable(first) || first.includes("\0") };
    case "DA": {
      const value = comparableDate(first);
      return { value: value ?? null, isOdd: value === undefined };
    }
    case "IS": {
      const value = Number(first);
      const isNumber = first !== "" && Number.isFinite(value);
      return { value: isNumber ? value : null, isOdd: !isNumber };
    }
    default:
      return { value: comparableText(first), isOdd: first.includes("\0") };
  }
}

/**
 * Text, so that it compares in Unicode.
 *
 * @param text The text.
 * @returns Its composed form.
 */
export function comparableText(text: string): string {
  return text.normalize("NFC");
}

/**
 * A person name, so that each of its component groups is on a line, in lower case.
 *
 * @param name The name.
 * @returns The lines, each with a line end before and after it.
 *
 * @example
 * ```ts
 * import { comparableName } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(comparableName("Yamada^Tarou^=山田^太郎"), "\nyamada^tarou\n山田^太郎\n");
 * ```
 */
export function comparableName(name: string): string {
  return `\n${componentGroups(name).join("\n")}\n`;
}

/**
 * The component groups of a name, in lower case and without trailing delimiters.
 *
 * @param name The name, or a key for one.
 * @returns The groups.
 */
export function componentGroups(name: string): string[] {
  return comparableText(name).split("=").map((group) => fold(group.trim().replace(/\^+$/, "")));
}

/** Each character by itself, so that `?` still stands for one; a final sigma is any sigma. */
function fold(text: string): string {
  return Array.from(text, (character) => character.toLowerCase().replace("ς", "σ")).join("");
}

/**
 * Whether lower case has as many characters: the one letter where it has not is the Turkish capital I with
 * a dot.
 *
 * @param text The text.
 * @returns Whether it has.
 */
export function isFoldable(text: string): boolean {
  return !comparableText(text).includes("İ");
}

/**
 * A date, so that the order of text is that of time.
 *
 * @param text The date.
 * @returns `YYYYMMDD`; `undefined` when it is no day of the calendar.
 *
 * @example
 * ```ts
 * import { comparableDate } from "./column.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(comparableDate("1999.12.31"), "19991231");
 * assert.equal(comparableDate("19990231"), undefined);
 * ```
 */
export function comparableDate(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(text) ?? [];
  const moment = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (Number.isNaN(moment)) return undefined;
  const isReal = new Date(moment).toISOString().startsWith(`${year}-${month}-${day}`);
  return isReal ? `${year}${month}${day}` : undefined;
}
