/**
 * Conditions in SQL that follow from the keys of an identifier: they let through all that can match, and
 * keep out most of the rest.
 *
 * @module
 */

import type { DataSet } from "../../lib/data_set/data_set.ts";
import type { MatchingOptions } from "../../lib/data_set/matching.ts";
import {
  type Column,
  COLUMNS,
  comparableDate,
  comparableText,
  componentGroups,
  isFoldable,
} from "./column.ts";
import { type Level, LEVELS } from "./level.ts";

/** A condition with question marks, and what stands for them. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Whether a level has rows that no condition may keep out. */
export type HasOddRows = (level: Level) => boolean;

const MODALITIES_IN_STUDY = 0x00080061;

/**
 * The conditions of an identifier.
 *
 * @param identifier The keys.
 * @param lowest The lowest level whose rows are joined.
 * @param options How is matched.
 * @param hasOddRows What the index knows.
 * @returns Conditions that have to hold all; the tables are called as the levels are.
 */
export function conditionsOf(
  identifier: DataSet,
  lowest: Level,
  options: MatchingOptions,
  hasOddRows: HasOddRows,
): Condition[] {
  const conditions: Condition[] = [];
  for (const level of LEVELS) {
    const all = COLUMNS[level]
      .map((column) => keyCondition(column, `${level}.${column.name}`, identifier, options))
      .filter((condition) => condition !== undefined);
    if (all.length > 0) {
      const { sql, values } = joined(all, " AND ");
      conditions.push({ sql: hasOddRows(level) ? `(${sql} OR ${level}.odd = 1)` : sql, values });
    }
    if (level === lowest) break;
  }
  const modalities = modalitiesCondition(identifier, hasOddRows("SERIES"));
  if (modalities !== undefined && lowest !== "PATIENT") conditions.push(modalities);
  return conditions;
}

/** A study has the modalities of its series. */
function modalitiesCondition(identifier: DataSet, isOdd: boolean): Condition | undefined {
  if (identifier.get(MODALITIES_IN_STUDY)?.vr !== "CS") return undefined;
  const condition = textCondition("m.modality", keysOf(identifier, MODALITIES_IN_STUDY));
  if (condition === undefined) return undefined;
  const wanted = isOdd ? `(${condition.sql} OR m.odd = 1)` : condition.sql;
  return {
    sql: `EXISTS (SELECT 1 FROM series AS m WHERE m.parent = STUDY.id AND ${wanted})`,
    values: condition.values,
  };
}

function keyCondition(
  { tag, vr }: Column,
  name: string,
  identifier: DataSet,
  options: MatchingOptions,
): Condition | undefined {
  if (identifier.get(tag)?.vr !== vr) return undefined;
  const keys = keysOf(identifier, tag);
  if (keys.some((key) => key.includes("\0"))) return undefined;
  switch (vr) {
    case "UI":
      return keys.length === 0 ? undefined : anyOf(name, keys);
    case "PN":
      return nameCondition(name, keys);
    case "DA":
      return dateCondition(name, tag, keys, identifier, options);
    case "IS": {
      const numbers = keys.map(Number);
      return keys.length === 0 || !numbers.every(Number.isFinite)
        ? undefined
        : either(numbers.map((number) => ({ sql: `${name} = ?`, values: [number] })));
    }
    default:
      return textCondition(name, keys);
  }
}

/** The values of a key; none where it matches everything. */
function keysOf(identifier: DataSet, tag: number): string[] {
  const keys = identifier.getStrings(tag).filter((key) => key !== "");
  return keys.every((key) => /^\*+$/.test(key)) ? [] : keys;
}

/**
 * That a column is one of several values.
 *
 * @param name The column.
 * @param values The values.
 * @returns The condition.
 */
export function anyOf(name: string, values: readonly string[]): Condition {
  return values.length === 1
    ? { sql: `${name} = ?`, values }
    : { sql: `${name} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] };
}

function textCondition(name: string, keys: readonly string[]): Condition | undefined {
  return either(keys.map((key) => {
    const text = comparableText(key);
    return /[*?]/.test(text)
      ? { sql: `${name} GLOB ?`, values: [globOf(text)] }
      : { sql: `${name} = ?`, values: [text] };
  }));
}

function nameCondition(name: string, keys: readonly string[]): Condition | undefined {
  const conditions: Condition[] = [];
  for (const key of keys) {
    const groups = componentGroups(key);
    // Of several groups the first is enough to narrow it down; an empty one asks for nothing.
    const group = groups.length === 1 ? groups[0] : groups.find((group) => group !== "");
    if (group === undefined || !isFoldable(key)) return undefined;
    conditions.push({ sql: `${name} GLOB ?`, values: [`*\n${globOf(group)}\n*`] });
  }
  return either(conditions);
}

/** `*` and `?` are the same in SQL; a bracket would begin a set there. */
function globOf(key: string): string {
  return key.replaceAll("[", "[[]");
}

function dateCondition(
  name: string,
  tag: number,
  keys: readonly string[],
  identifier: DataSet,
  options: MatchingOptions,
): Condition | undefined {
  const isCombined = options.combineDateTime && TIME_OF_DATE.has(tag);
  if (isCombined && !isPlainTime(identifier.getStrings(TIME_OF_DATE.get(tag) ?? 0))) {
    return undefined;
  }
  const conditions: Condition[] = [];
  for (const key of keys) {
    const [from = "", to = from, ...more] = key.split("-").map((end) => end.trim());
    const [first, last] = [from, to].map((end) => end === "" ? "" : comparableDate(end));
    if (first === undefined || last === undefined || first + last === "" || more.length > 0) {
      return undefined;
    }
    const ends = [
      ...(first === "" ? [] : [{ sql: `${name} >= ?`, values: [first] }]),
      ...(last === "" ? [] : [{ sql: `${name} <= ?`, values: [last] }]),
    ];
    conditions.push(joined(ends, " AND "));
  }
  return either(conditions);
}

/** The dates with a column, and their times. */
const TIME_OF_DATE: ReadonlyMap<number, number> = new Map([
  [0x00080020, 0x00080030],
  [0x00100030, 0x00100032],
]);

/** A time that cannot be read makes no range of moments, and so no range of days. */
function isPlainTime(keys: readonly string[]): boolean {
  return keys.every((key) => /^[\d.]*(-[\d.]*)?$/.test(key));
}

function either(conditions: readonly Condition[]): Condition | undefined {
  if (conditions.length === 0) return undefined;
  return conditions.length === 1 ? conditions[0] : joined(conditions, " OR ");
}

/**
 * Makes one condition of several.
 *
 * @param conditions The conditions.
 * @param word What is between them.
 * @returns The condition, in brackets.
 */
export function joined(conditions: readonly Condition[], word: " AND " | " OR "): Condition {
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(word)})`,
    values: conditions.flatMap(({ values }) => values),
  };
}
