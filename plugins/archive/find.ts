/**
 * C-FIND: first the rows that can match, by conditions in SQL; then each is matched in full.
 *
 * Memory: eight bytes for each row that can match, and a page of rows. The database is asked for some
 * hundred rows at a time, and between them others have their turn.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { matchesIdentifier, type MatchingOptions } from "../../lib/data_set/matching.ts";
import type { FindRequest } from "../../lib/handler/handler.ts";
import type { ArchiveIndex } from "./archive_index.ts";
import { CandidateMaker } from "./candidate.ts";
import { computedLevel } from "./computed.ts";
import { type Condition, conditionsOf } from "./condition.ts";
import { depthOf, type Level, levelOf, UNIQUE_KEYS } from "./level.ts";
import { checkFind, type Query, RefusedQueryError } from "./query.ts";
import { responseOf } from "./response.ts";
import { RowReader, tablesTo } from "./row_reader.ts";

/** How an archive answers queries. */
export interface FindOptions {
  /**
   * Whether person names match in upper and lower case alike, also where the peer has not negotiated
   * fuzzy matching. Default: no.
   */
  readonly foldPersonNames?: boolean;
  /**
   * Whether any keys may be combined without those above them, also where the peer has not negotiated
   * relational queries. Default: no.
   */
  readonly relational?: boolean;
  /** How many matches are answered; more end with status 0xA700. Default: all. */
  readonly maximumMatches?: number;
  /** What Retrieve AE Title (0008,0054) says. Default: nothing. */
  readonly retrieveAeTitle?: string;
}

const OUT_OF_RESOURCES = 0xa700;

/** Rows that are taken in one turn: less than a millisecond of work each. */
const IDS_IN_A_TURN = 1024;
const PAGE_LENGTH = 32;

/**
 * Answers a C-FIND.
 *
 * @param index The index.
 * @param request The request.
 * @param options How to answer.
 * @returns An identifier for each entity that matches.
 * @throws {RefusedQueryError} When the request makes no sense, or there are too many matches.
 */
export async function* find(
  index: ArchiveIndex,
  request: FindRequest,
  options: FindOptions = {},
): AsyncGenerator<DataSet, void, void> {
  const { identifier, signal } = request;
  const query = checkFind(request, (options.relational || request.relational) ?? false);
  const matching: MatchingOptions = {
    foldPersonNames: (options.foldPersonNames || request.fuzzy) ?? false,
    combineDateTime: request.combineDateTime ?? false,
  };
  const lowest = lowestLevel(identifier, query);
  const conditions = conditionsOf(identifier, lowest, matching, (level) => index.hasOddRows(level));
  const ids = await idsOf(index, lowest, conditions, signal);
  const reader = new RowReader(index, lowest);
  const maker = new CandidateMaker(index, tagsOf(identifier, query), options.retrieveAeTitle);
  const answered = new Set<number>();
  let matches = 0;
  for (let from = 0; from < ids.length; from += PAGE_LENGTH) {
    if (from > 0) await setImmediate();
    signal.throwIfAborted();
    for (const lineage of reader.read(ids.slice(from, from + PAGE_LENGTH))) {
      const id = lineage[query.level]?.id ?? 0;
      if (lowest !== query.level && answered.has(id)) continue;
      const candidate = maker.make(lineage);
      if (!matchesIdentifier(identifier, candidate, matching)) continue;
      if (lowest !== query.level) answered.add(id);
      if (++matches > (options.maximumMatches ?? Infinity)) {
        const comment = `More than ${options.maximumMatches} matches`;
        throw new RefusedQueryError(OUT_OF_RESOURCES, comment);
      }
      const answer = lowest === query.level ? candidate : maker.make(upTo(lineage, query.level));
      yield responseOf(identifier, query, answer);
      signal.throwIfAborted();
    }
  }
}

/**
 * The rows that satisfy conditions.
 *
 * @param index The index.
 * @param lowest The level of the rows.
 * @param conditions The conditions.
 * @param signal Ends the search.
 * @returns Their ids in ascending order.
 * @throws The signal's reason.
 */
export async function idsOf(
  index: ArchiveIndex,
  lowest: Level,
  conditions: readonly Condition[],
  signal: AbortSignal,
): Promise<number[]> {
  const where = conditions.length === 0
    ? ""
    : `WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  const rows = index.iterate(
    `SELECT ${lowest}.id AS id FROM ${tablesTo(lowest)} ${where}`,
    conditions.flatMap(({ values }) => values),
  );
  const ids: number[] = [];
  for (const { id } of rows) {
    ids.push(Number(id));
    if (ids.length % IDS_IN_A_TURN > 0) continue;
    await setImmediate();
    signal.throwIfAborted();
  }
  return ids.sort((left, right) => left - right);
}

/**
 * The level whose rows are matched: that of the query; or of the lowest key that asks for something. Then a
 * patient matches when there is a study, a series or an image of his that does.
 */
function lowestLevel(identifier: DataSet, { level }: Query): Level {
  let lowest = level;
  for (const { tag, vr, value } of identifier) {
    if (NO_KEYS.has(tag) || (tag & 0xffff) === 0) continue;
    const keys = identifier.getStrings(tag).filter((key) => !/^\**$/.test(key));
    const asks = vr === "SQ" ? identifier.getItems(tag).some(asksSomething) : keys.length > 0;
    if (!asks || (vr !== "SQ" && !(value instanceof Uint8Array))) continue;
    const own = computedLevel(tag) ?? levelOf(tag);
    if (depthOf(own) > depthOf(lowest)) lowest = own;
  }
  return lowest;
}

function asksSomething(keys: DataSet): boolean {
  return [...keys].some(({ tag, vr }) =>
    vr === "SQ"
      ? keys.getItems(tag).some(asksSomething)
      : keys.getStrings(tag).some((key) => !/^\**$/.test(key))
  );
}

/** What says how to query, or is the same of all. */
const NO_KEYS: ReadonlySet<number> = new Set([
  0x00080005, // Specific Character Set
  0x00080052, // Query/Retrieve Level
  0x00080053, // Query/Retrieve View
  0x00080054, // Retrieve AE Title
  0x00080056, // Instance Availability
  0x00080201, // Timezone Offset From UTC
]);

function* tagsOf(identifier: DataSet, { levels, level }: Query): Generator<number> {
  for (const { tag } of identifier) yield tag;
  for (const above of levels) {
    if (depthOf(above) <= depthOf(level)) yield UNIQUE_KEYS[above];
  }
}

/** Of a patient's image that matched, the patient is told of, and no attribute of the image. */
function upTo(lineage: ReturnType<RowReader["read"]>[number], level: Level): typeof lineage {
  return Object.fromEntries(
    Object.entries(lineage).filter(([key]) => LEVELS_TO[level].includes(key)),
  );
}

const LEVELS_TO: Readonly<Record<Level, readonly string[]>> = {
  PATIENT: ["PATIENT"],
  STUDY: ["PATIENT", "STUDY"],
  SERIES: ["PATIENT", "STUDY", "SERIES"],
  IMAGE: ["PATIENT", "STUDY", "SERIES", "IMAGE"],
};
