/**
 * Attributes that no file has: they follow from what is in the archive (PS3.4 section C.3.4).
 *
 * @module
 */

import type { DataElement } from "../../lib/data_set/data_set.ts";
import type { Tag } from "../../lib/data_set/tag.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import type { ArchiveIndex } from "./archive_index.ts";
import type { Level } from "./level.ts";

/** An attribute that is computed. */
interface Computed {
  readonly vr: Vr;
  /** The level whose entity it is computed of. */
  readonly level: Level;
  /** Gives its values in rows of one column `value`; the question mark is the entity. */
  readonly sql: string;
}

const STUDIES = "study AS s";
const SERIES = `${STUDIES} JOIN series AS e ON e.parent = s.id`;
const INSTANCES = `${SERIES} JOIN instance AS i ON i.parent = e.id`;
const SERIES_OF_STUDY = "series AS e";
const INSTANCES_OF_STUDY = "series AS e JOIN instance AS i ON i.parent = e.id";

function count(level: Level, tables: string, entity: string): Computed {
  const sql = `SELECT count(*) AS value FROM ${tables} WHERE ${entity}.parent = ?`;
  return { vr: "IS", level, sql };
}

function distinct(vr: Vr, column: string, tables: string): Computed {
  const sql = `SELECT DISTINCT ${column} AS value FROM ${tables}
    WHERE e.parent = ? AND ${column} IS NOT NULL ORDER BY value`;
  return { vr, level: "STUDY", sql };
}

const COMPUTED: ReadonlyMap<Tag, Computed> = new Map([
  [0x00080061, distinct("CS", "e.modality", SERIES_OF_STUDY)], // Modalities in Study
  [0x00080062, distinct("UI", "i.sop_class", INSTANCES_OF_STUDY)], // SOP Classes in Study
  [0x00201200, count("PATIENT", STUDIES, "s")], // Number of Patient Related Studies
  [0x00201202, count("PATIENT", SERIES, "s")], // Number of Patient Related Series
  [0x00201204, count("PATIENT", INSTANCES, "s")], // Number of Patient Related Instances
  [0x00201206, count("STUDY", SERIES_OF_STUDY, "e")], // Number of Study Related Series
  [0x00201208, count("STUDY", INSTANCES_OF_STUDY, "e")], // Number of Study Related Instances
  [0x00201209, count("SERIES", "instance AS i", "i")], // Number of Series Related Instances
]);

/**
 * The level of what an attribute is computed of.
 *
 * @param tag The attribute.
 * @returns The level; `undefined` when it is not computed.
 *
 * @example
 * ```ts
 * import { computedLevel } from "./computed.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(computedLevel(0x00201208), "STUDY");
 * assert.equal(computedLevel(0x00100020), undefined);
 * ```
 */
export function computedLevel(tag: Tag): Level | undefined {
  return COMPUTED.get(tag)?.level;
}

/**
 * Computes an attribute.
 *
 * @param index The index.
 * @param tag The attribute: one that {@linkcode computedLevel} knows.
 * @param id The entity.
 * @returns The element; `undefined` when it is not computed.
 */
export function computeElement(
  index: ArchiveIndex,
  tag: Tag,
  id: number,
): DataElement | undefined {
  const computed = COMPUTED.get(tag);
  if (computed === undefined) return undefined;
  const { vr, sql } = computed;
  // A column of an element with several values has them all.
  const values = index.rows(sql, id).flatMap(({ value }) => String(value).split("\\"));
  return { tag, vr, value: encodeStrings(vr, [...new Set(values)], []) };
}
