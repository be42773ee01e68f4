/**
 * The rows of an instance and of what it belongs to, as they go into the index.
 *
 * @module
 */

import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { COLUMNS, type ColumnValue, columnValue, comparableText } from "./column.ts";
import { type ByLevel, type Level, levelOf, UNIQUE_KEYS } from "./level.ts";

/** A row of the table of a level. */
export interface Row {
  /** What tells it apart from others of the same parent. */
  readonly identity: string;
  /** In the order of the level's columns. */
  readonly columns: readonly ColumnValue[];
  /** Whether no condition on the columns may keep it out. */
  readonly isOdd: boolean;
  /** The attributes of the level, in Explicit VR Little Endian. */
  readonly head: Uint8Array;
}

/** How heads are written. */
export const HEAD_TRANSFER_SYNTAX = EXPLICIT_VR_LITTLE_ENDIAN;

const SPECIFIC_CHARACTER_SET = 0x00080005;
const ISSUER_OF_PATIENT_ID = 0x00100021;
/** What tells patients without an ID apart: Patient's Name, Birth Date and Sex. */
const PATIENT_TRAITS = [0x00100010, 0x00100030, 0x00100040];

/**
 * The rows of an instance.
 *
 * @param attributes The head of the instance.
 * @returns A row for each level.
 *
 * @example
 * ```ts
 * import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
 * import { DataSet } from "../../lib/data_set/data_set.ts";
 * import { rowsOf } from "./row.ts";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, "StudyInstanceUID=1.2.3");
 * assert.equal(rowsOf(dataSet).STUDY.identity, "1.2.3");
 * ```
 */
export function rowsOf(attributes: DataSet): ByLevel<Row> {
  const tags: Record<Level, number[]> = { PATIENT: [], STUDY: [], SERIES: [], IMAGE: [] };
  for (const { tag } of attributes) {
    if (tag !== SPECIFIC_CHARACTER_SET) tags[levelOf(tag)].push(tag);
  }
  const row = (level: Level): Row => {
    const head = pick(attributes, tags[level]);
    const values = COLUMNS[level].map((column) => columnValue(column, head));
    return {
      identity: identityOf(level, head),
      columns: values.map(({ value }) => value),
      isOdd: values.some(({ isOdd }) => isOdd),
      head: encodeDataSet(head, HEAD_TRANSFER_SYNTAX),
    };
  };
  return {
    PATIENT: row("PATIENT"),
    STUDY: row("STUDY"),
    SERIES: row("SERIES"),
    IMAGE: row("IMAGE"),
  };
}

/**
 * Studies, series and instances are told apart by their UIDs, patients by their ID and who issued it. Those
 * without an ID are not all the same one: their name, birth date and sex have to tell.
 */
function identityOf(level: Level, head: DataSet): string {
  const key = joinedText(head, UNIQUE_KEYS[level]);
  if (level !== "PATIENT") return key;
  const traits = key === "" ? PATIENT_TRAITS.map((tag) => joinedText(head, tag)) : [];
  return JSON.stringify([key, joinedText(head, ISSUER_OF_PATIENT_ID), ...traits]);
}

function joinedText(dataSet: DataSet, tag: number): string {
  return comparableText(dataSet.getStrings(tag).join("\\"));
}

/** Some of the elements, with the character set that they are in. */
function pick(dataSet: DataSet, tags: readonly number[]): DataSet {
  const picked = new DataSet();
  for (const tag of [SPECIFIC_CHARACTER_SET, ...tags]) {
    const element = dataSet.get(tag);
    if (element !== undefined) picked.set(element);
  }
  return picked;
}
