/**
 * What a request of the Query/Retrieve service asks of an archive, after it was checked (PS3.4 sections
 * C.4.1 to C.4.3).
 *
 * @module
 */

import type { DataSet } from "../../lib/data_set/data_set.ts";
import { keywordOf } from "../../lib/data_set/dictionary.ts";
import type { FindRequest } from "../../lib/handler/handler.ts";
import {
  PATIENT_ROOT_FIND,
  PATIENT_ROOT_GET,
  PATIENT_ROOT_MOVE,
  PATIENT_STUDY_ONLY_FIND,
  PATIENT_STUDY_ONLY_GET,
  PATIENT_STUDY_ONLY_MOVE,
  STUDY_ROOT_FIND,
  STUDY_ROOT_GET,
  STUDY_ROOT_MOVE,
} from "../../lib/sop_class.ts";
import { depthOf, type Level, LEVELS, UNIQUE_KEYS } from "./level.ts";

/** A request that is refused: what is thrown becomes the response. */
export class RefusedQueryError extends Error {
  override name = "RefusedQueryError";
  /** The status to answer. */
  readonly status: number;
  /** What goes with it, in 64 characters. */
  readonly errorComment: string;
  /** The attributes that are at fault. */
  readonly offendingElements: readonly number[];

  /**
   * Makes the refusal.
   *
   * @param status The status to answer.
   * @param errorComment Why.
   * @param offendingElements The attributes that are at fault.
   */
  constructor(status: number, errorComment: string, offendingElements: readonly number[] = []) {
    super(errorComment);
    this.status = status;
    this.errorComment = errorComment;
    this.offendingElements = offendingElements;
  }
}

/** A request that makes sense. */
export interface Query {
  /** The levels of the information model, from the top. */
  readonly levels: readonly Level[];
  /** The level that is asked about. */
  readonly level: Level;
}

const QUERY_RETRIEVE_LEVEL = 0x00080052;
const DATA_SET_DOES_NOT_MATCH = 0xa900;
const SOP_CLASS_NOT_SUPPORTED = 0x0122;

const PATIENT_ROOT: readonly Level[] = LEVELS;
const STUDY_ROOT: readonly Level[] = ["STUDY", "SERIES", "IMAGE"];
const PATIENT_STUDY_ONLY: readonly Level[] = ["PATIENT", "STUDY"];

const MODELS: Readonly<Record<string, readonly Level[]>> = {
  [PATIENT_ROOT_FIND]: PATIENT_ROOT,
  [PATIENT_ROOT_MOVE]: PATIENT_ROOT,
  [PATIENT_ROOT_GET]: PATIENT_ROOT,
  [STUDY_ROOT_FIND]: STUDY_ROOT,
  [STUDY_ROOT_MOVE]: STUDY_ROOT,
  [STUDY_ROOT_GET]: STUDY_ROOT,
  [PATIENT_STUDY_ONLY_FIND]: PATIENT_STUDY_ONLY,
  [PATIENT_STUDY_ONLY_MOVE]: PATIENT_STUDY_ONLY,
  [PATIENT_STUDY_ONLY_GET]: PATIENT_STUDY_ONLY,
};

/**
 * Checks a C-FIND request: its level, and that the keys above it are single (PS3.4 section
 * C.4.1.2.1).
 *
 * @param request The request.
 * @param isRelational Whether any keys may be combined (PS3.4 section C.4.1.2.2.1).
 * @returns What it asks.
 * @throws {RefusedQueryError} When it does not make sense.
 */
export function checkFind(request: FindRequest, isRelational: boolean): Query {
  const query = checkLevel(request);
  if (!isRelational) checkKeysAbove(request.identifier, query);
  return query;
}

/**
 * Checks a C-MOVE or C-GET request: that it names what to send by unique keys, and those above them (PS3.4
 * sections C.4.2.2.1 and C.4.3.2.1).
 *
 * @param request The request.
 * @param isRelational Whether the keys above may be left out (PS3.4 section C.4.2.2.2).
 * @returns What it asks.
 * @throws {RefusedQueryError} When it does not make sense.
 */
export function checkRetrieve(request: FindRequest, isRelational: boolean): Query {
  const query = asksForPatient(request)
    ? { levels: PATIENT_ROOT, level: "PATIENT" as const }
    : checkLevel(request);
  if (!isRelational) checkKeysAbove(request.identifier, query);
  checkUniqueKey(request.identifier, query.level);
  return query;
}

/**
 * The values of a unique key.
 *
 * @param identifier The keys.
 * @param level Its level.
 * @returns The values; several of a list of UIDs.
 */
export function uniqueKeyValues(identifier: DataSet, level: Level): string[] {
  return identifier.getStrings(UNIQUE_KEYS[level]).filter((value) => value !== "");
}

/**
 * Study Root has no level PATIENT, but Orthanc retrieves by it in this model, and what it wants is clear:
 * the same as in Patient Root.
 */
function asksForPatient({ sopClassUid, identifier }: FindRequest): boolean {
  const values = identifier.getStrings(QUERY_RETRIEVE_LEVEL);
  return values.length === 1 && values[0] === "PATIENT" &&
    (sopClassUid === STUDY_ROOT_MOVE || sopClassUid === STUDY_ROOT_GET);
}

function checkLevel({ sopClassUid, identifier }: FindRequest): Query {
  const levels = MODELS[sopClassUid];
  if (levels === undefined) {
    throw new RefusedQueryError(SOP_CLASS_NOT_SUPPORTED, "This is no model of the archive");
  }
  const values = identifier.getStrings(QUERY_RETRIEVE_LEVEL);
  const level = levels.find((level) => level === values[0]);
  if (level !== undefined && values.length === 1) return { levels, level };
  const reason = values.length === 0
    ? "Query/Retrieve Level is missing"
    : `Query/Retrieve Level is none of ${levels.join(", ")}`;
  throw new RefusedQueryError(DATA_SET_DOES_NOT_MATCH, reason, [QUERY_RETRIEVE_LEVEL]);
}

function checkKeysAbove(identifier: DataSet, { levels, level }: Query): void {
  for (const above of levels) {
    if (depthOf(above) < depthOf(level)) checkUniqueKey(identifier, above);
  }
}

/** A list of UIDs above the level is clear, though the standard asks for one. */
function checkUniqueKey(identifier: DataSet, level: Level): void {
  const tag = UNIQUE_KEYS[level];
  const values = uniqueKeyValues(identifier, level);
  const reason = values.length === 0
    ? "is missing"
    : values.some((value) => /[*?]/.test(value))
    ? "has a wild card"
    : undefined;
  if (reason === undefined) return;
  throw new RefusedQueryError(DATA_SET_DOES_NOT_MATCH, `${keywordOf(tag)} ${reason}`, [tag]);
}
