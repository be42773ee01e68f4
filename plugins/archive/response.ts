/**
 * The identifier of a C-FIND response (PS3.4 section C.4.1.1.3.2).
 *
 * @module
 */

import { type DataElement, DataSet } from "../../lib/data_set/data_set.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import { depthOf, UNIQUE_KEYS } from "./level.ts";
import type { Query } from "./query.ts";

const SPECIFIC_CHARACTER_SET = 0x00080005;
const QUERY_RETRIEVE_LEVEL = 0x00080052;
const QUERY_RETRIEVE_VIEW = 0x00080053;
const TIMEZONE_OFFSET_FROM_UTC = 0x00080201;
const NOT_ANSWERED: ReadonlySet<number> = new Set([
  SPECIFIC_CHARACTER_SET,
  QUERY_RETRIEVE_LEVEL,
  QUERY_RETRIEVE_VIEW,
  TIMEZONE_OFFSET_FROM_UTC,
]);

/**
 * Makes a response.
 *
 * @param identifier What was asked.
 * @param query What it means.
 * @param candidate What matched.
 * @returns The attributes that were asked for, empty where there is none; the unique keys of the level
 * and those above, Query/Retrieve Level, and Specific Character Set where there is one.
 */
export function responseOf(identifier: DataSet, query: Query, candidate: DataSet): DataSet {
  const response = new DataSet();
  const characterSet = candidate.get(SPECIFIC_CHARACTER_SET);
  if (characterSet !== undefined) response.set(characterSet);
  const level = encodeStrings("CS", [query.level], []);
  response.set({ tag: QUERY_RETRIEVE_LEVEL, vr: "CS", value: level });
  for (const above of query.levels) {
    const key = candidate.get(UNIQUE_KEYS[above]);
    if (depthOf(above) <= depthOf(query.level) && key !== undefined) response.set(key);
  }
  for (const key of identifier) {
    if (NOT_ANSWERED.has(key.tag) || (key.tag & 0xffff) === 0) continue;
    response.set(answerOf(identifier, key, candidate));
  }
  return response;
}

function answerOf(keys: DataSet, { tag, vr }: DataElement, candidate: DataSet): DataElement {
  const found = candidate.get(tag);
  if (found === undefined) return { tag, vr, value: vr === "SQ" ? [] : new Uint8Array(0) };
  const [item] = keys.getItems(tag);
  if (item === undefined || item.size === 0) return found;
  // What is asked for of each item (PS3.4 section C.2.2.2.6).
  const items = candidate.getItems(tag).map((candidateItem) => {
    const answer = new DataSet(candidateItem.parent);
    const characterSet = candidateItem.get(SPECIFIC_CHARACTER_SET);
    if (characterSet !== undefined) answer.set(characterSet);
    for (const key of item) answer.set(answerOf(item, key, candidateItem));
    return answer;
  });
  return { tag, vr: "SQ", value: items };
}
