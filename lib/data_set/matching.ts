/**
 * Matching of an identifier's keys against a data set (PS3.4 section C.2.2.2): what a C-FIND SCP
 * decides by.
 *
 * @module
 */

import type { DataElement, DataSet } from "./data_set.ts";
import { isInTimeRange } from "./time_range.ts";
import type { Tag } from "./tag.ts";
import type { Vr } from "./vr.ts";

/** How matching is done where PS3.4 leaves it to the SCP, or to extended negotiation. */
export interface MatchingOptions {
  /** Whether person names match in upper and lower case alike (PS3.4 C.2.2.2.1). Default: no. */
  readonly foldPersonNames?: boolean;
  /**
   * Whether a range of a date and that of its time are taken together as one range of moments, as
   * extended negotiation can agree (PS3.4 section C.5.1.1.1). Default: each for itself.
   */
  readonly combineDateTime?: boolean;
}

/**
 * Whether a data set matches all keys of an identifier.
 *
 * A key without a value, or of `*` alone, matches everything. Of several UIDs, or other values, one has
 * to match; so has one value of an element with several. In a sequence one item has to match all keys
 * of the key's item. Text compares in Unicode whatever the character sets are. IS and DS compare as
 * numbers. A person name key without `=` is looked for in every component group.
 *
 * Elements that say how to query, such as Query/Retrieve Level, are passed over, and so is what
 * `isMatched` excepts.
 *
 * @param identifier The keys.
 * @param candidate What may match: with every element that is a key.
 * @param options How to match.
 * @returns Whether it does.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, DataSet, matchesIdentifier } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const study = new DataSet();
 * applyKeywordPath(study, "PatientName=DOE^JANE");
 * applyKeywordPath(study, "StudyDate=20261121");
 * const keys = new DataSet();
 * applyKeywordPath(keys, "PatientName=DOE*");
 * applyKeywordPath(keys, "StudyDate=20261101-");
 * assert.equal(matchesIdentifier(keys, study), true);
 * ```
 */
export function matchesIdentifier(
  identifier: DataSet,
  candidate: DataSet,
  options: MatchingOptions = {},
): boolean {
  const combined = options.combineDateTime ? combinedPairs(identifier) : [];
  for (const key of identifier) {
    if (NO_KEYS.has(key.tag) || combined.some((pair) => pair.includes(key.tag))) continue;
    if (!matchesElement(identifier, key, candidate, options)) return false;
  }
  return combined.every(([date, time]) => matchesMoment(identifier, candidate, date, time));
}

/** The elements of an identifier that say how to query, and not for what. */
const NO_KEYS: ReadonlySet<Tag> = new Set([
  0x00080005, // Specific Character Set
  0x00080052, // Query/Retrieve Level
  0x00080053, // Query/Retrieve View
  0x00080201, // Timezone Offset From UTC
]);

function matchesElement(
  identifier: DataSet,
  { tag, vr, value }: DataElement,
  candidate: DataSet,
  options: MatchingOptions,
): boolean {
  if ((tag & 0xffff) === 0) return true; // A group length.
  if (vr === "SQ") return matchesSequence(identifier, tag, candidate, options);
  if (!(value instanceof Uint8Array)) return true;
  const keys = identifier.getStrings(tag).filter((key) => key !== "");
  if (keys.length === 0 || keys.every((key) => /^\*+$/.test(key))) return true;
  const values = candidate.getStrings(tag);
  return keys.some((key) => values.some((value) => matchesValue(vr, key, value, options)));
}

function matchesSequence(
  identifier: DataSet,
  tag: Tag,
  candidate: DataSet,
  options: MatchingOptions,
): boolean {
  // Only one item is allowed in a key (PS3.4 section C.2.2.2.6); of more, each has to match.
  return identifier.getItems(tag).every((key) =>
    isUniversal(key) ||
    candidate.getItems(tag).some((item) => matchesIdentifier(key, item, options))
  );
}

/** What matches an empty data set matches everything, since no key asks for anything. */
function isUniversal(keys: DataSet): boolean {
  return [...keys].every(({ tag, vr }) =>
    vr === "SQ"
      ? keys.getItems(tag).every(isUniversal)
      : keys.getStrings(tag).every((key) => /^\**$/.test(key))
  );
}

function matchesValue(vr: Vr, key: string, value: string, options: MatchingOptions): boolean {
  switch (vr) {
    case "PN":
      return matchesPersonName(key, value, options.foldPersonNames ?? false);
    case "DA":
    case "TM":
    case "DT":
      return isInTimeRange(vr, key, value);
    case "IS":
    case "DS":
      return key === value || (value !== "" && Number(key) === Number(value));
    default:
      return WILD_CARD_VRS.has(vr)
        ? matchesWildCards(key.normalize("NFC"), value.normalize("NFC"))
        : key === value;
  }
}

/** PS3.4 section C.2.2.2.4. */
const WILD_CARD_VRS: ReadonlySet<Vr> = new Set([
  "AE",
  "CS",
  "LO",
  "LT",
  "PN",
  "SH",
  "ST",
  "UC",
  "UR",
  "UT",
]);

/** Component groups are alphabetic, ideographic and phonetic (PS3.5 section 6.2.1.1). */
function matchesPersonName(key: string, value: string, isFolded: boolean): boolean {
  const keys = componentGroups(key, isFolded);
  const values = componentGroups(value, isFolded);
  if (keys.length === 1) return values.some((group) => matchesWildCards(keys[0] ?? "", group));
  return keys.every((group, index) => group === "" || matchesWildCards(group, values[index] ?? ""));
}

function componentGroups(name: string, isFolded: boolean): string[] {
  return name.normalize("NFC").split("=").map((group) => {
    // Trailing null components may be left out with their delimiters.
    const trimmed = group.trim().replace(/\^+$/, "");
    return isFolded ? trimmed.toLowerCase() : trimmed;
  });
}

/**
 * `*` stands for any characters, `?` for one. Goes back to the last `*` only, so that no key makes it
 * slow: the time is at most that of both lengths multiplied.
 */
function matchesWildCards(key: string, value: string): boolean {
  const pattern = [...key];
  const characters = [...value];
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < characters.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = position;
    } else if (
      at < pattern.length && (pattern[at] === "?" || pattern[at] === characters[position])
    ) {
      at += 1;
      position += 1;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}

/** The dates that have a time of their own beside them, in the query/retrieve information models. */
const DATE_AND_TIME: readonly (readonly [Tag, Tag])[] = [
  [0x00080020, 0x00080030], // Study Date, Study Time
  [0x00080021, 0x00080031], // Series Date, Series Time
  [0x00080022, 0x00080032], // Acquisition Date, Acquisition Time
  [0x00080023, 0x00080033], // Content Date, Content Time
  [0x00100030, 0x00100032], // Patient's Birth Date, Patient's Birth Time
  [0x00400002, 0x00400003], // Scheduled Procedure Step Start Date, Time
  [0x00400244, 0x00400245], // Performed Procedure Step Start Date, Time
];

/** Both have to be ranges, or single values, for there to be a range of moments. */
function combinedPairs(identifier: DataSet): (readonly [Tag, Tag])[] {
  return DATE_AND_TIME.filter(([date, time]) =>
    [date, time].every((tag) => {
      const keys = identifier.getStrings(tag);
      return keys.length === 1 && keys[0] !== "" && keys[0] !== "*";
    })
  );
}

function matchesMoment(identifier: DataSet, candidate: DataSet, date: Tag, time: Tag): boolean {
  const [days, times] = [date, time].map((tag) => rangeOf(identifier.getString(tag) ?? ""));
  const [from, to] = [0, 1].map((end) => {
    const day = days?.[end] ?? "";
    return day === "" ? "" : day + (times?.[end] ?? "").replaceAll(":", "");
  });
  const range = from === to ? `${from}` : `${from}-${to}`;
  const [day] = candidate.getStrings(date);
  return day !== undefined &&
    isInTimeRange("DT", range, day + (candidate.getString(time) ?? "").replaceAll(":", ""));
}

function rangeOf(key: string): readonly [string, string] {
  const [from = "", to = from] = key.split("-");
  return [from.trim(), to.trim()];
}
