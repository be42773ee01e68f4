/**
 * Builds the identifier of a query (PS3.4 section C.4.2.1.4) of what the command line gives.
 *
 * The parts come in this order, and each overrides the ones before: the DICOM file, the lines of the
 * query file, the elements of the command line.
 *
 * @module
 */

import { changeCharacterSet } from "../lib/data_set/character_set_change.ts";
import { DataSet } from "../lib/data_set/data_set.ts";
import { encodeDataSet } from "../lib/data_set/encoder.ts";
import { decodeFile } from "../lib/data_set/file.ts";
import { applyKeywordPath } from "../lib/data_set/keyword_path.ts";
import { parseQueryFile } from "../lib/data_set/query_file.ts";
import { elementOf, formatTag, groupOf } from "../lib/data_set/tag.ts";
import { DicomNetError } from "../lib/errors.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../lib/transfer_syntax.ts";
import { UsageError } from "./exit_code.ts";
import { type Io, reasonOf } from "./io.ts";
import type { ToolLog } from "./log.ts";

/** Where the identifier comes from. */
export interface IdentifierSources {
  /** A DICOM file. */
  readonly file: string | undefined;
  /** A text file with keyword paths. */
  readonly queryFile: string | undefined;
  /** Keyword paths. */
  readonly keys: readonly string[];
}

/** What the service asks of an identifier. */
export interface IdentifierRules {
  /**
   * What tells a missing QueryRetrieveLevel (0008,0052): the lowest unique key that has a value, as in
   * a retrieve; the lowest that is there, as in a query, which asks for what is empty; or there is no
   * level.
   */
  readonly level: "value" | "presence" | "none";
  /** The values of Specific Character Set (0008,0005) to write the keys in; UTF-8 where needed by default. */
  readonly characterSets?: readonly string[] | undefined;
}

/** An identifier, with what follows from it. */
export interface Identifier {
  readonly dataSet: DataSet;
  /** QueryRetrieveLevel (0008,0052); empty where there is none. */
  readonly level: string;
  /** Whether there is a PatientID (0010,0020) with a value. */
  readonly hasPatientId: boolean;
}

/**
 * Builds the identifier.
 *
 * @param sources Where it comes from.
 * @param io Reads the files.
 * @param log Told what was left out or added.
 * @param rules What the service asks of it; a retrieve by default.
 * @returns The identifier, which can be encoded.
 * @throws {UsageError} When a file cannot be read, an element cannot be used, or the level is missing.
 */
export async function buildIdentifier(
  sources: IdentifierSources,
  io: Io,
  log: ToolLog,
  rules: IdentifierRules = { level: "value" },
): Promise<Identifier> {
  const dataSet = sources.file === undefined
    ? new DataSet()
    : await readQueryObject(sources.file, io);
  if (sources.queryFile !== undefined) await applyQueryFile(dataSet, sources.queryFile, io);
  for (const key of sources.keys) apply(dataSet, key, "");
  removeWhatIsNoKey(dataSet, log);
  const level = levelOf(dataSet, rules.level, log);
  if (rules.characterSets !== undefined) useCharacterSets(dataSet, rules.characterSets);
  checkEncodable(dataSet);
  return { dataSet, level, hasPatientId: hasValue(dataSet, PATIENT_ID) };
}

async function readQueryObject(path: string, io: Io): Promise<DataSet> {
  const bytes = await readFile(path, io);
  try {
    return decodeFile(bytes).dataSet;
  } catch (error) {
    if (!(error instanceof DicomNetError)) throw error;
    throw new UsageError(`Cannot use query file ${path}: ${error.message}`, { cause: error });
  }
}

async function applyQueryFile(dataSet: DataSet, path: string, io: Io): Promise<void> {
  const bytes = await readFile(path, io);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageError(`Cannot use query file ${path}: it is no text in UTF-8`, { cause: error });
  }
  for (const { line, argument } of parseQueryFile(text)) {
    apply(dataSet, argument, ` (${path}, line ${line})`);
  }
}

async function readFile(path: string, io: Io): Promise<Uint8Array> {
  try {
    return await io.readFile(path);
  } catch (error) {
    throw new UsageError(`Cannot read query file ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function apply(dataSet: DataSet, argument: string, where: string): void {
  try {
    applyKeywordPath(dataSet, argument);
  } catch (error) {
    if (!(error instanceof DicomNetError)) throw error;
    throw new UsageError(error.message + where, { cause: error });
  }
}

/** What belongs to a file or to an image, not to a query. */
function removeWhatIsNoKey(dataSet: DataSet, log: ToolLog): void {
  for (const { tag } of [...dataSet]) {
    if (groupOf(tag) >= FIRST_BULK_GROUP) {
      dataSet.delete(tag);
      log.warn(`${formatTag(tag)} is left out of the identifier: only keys belong there`);
    } else if (groupOf(tag) < FIRST_DATA_SET_GROUP) {
      dataSet.delete(tag);
      log.warn(`${formatTag(tag)} is left out of the identifier: it is no element of a data set`);
    } else if (elementOf(tag) === 0) {
      // Group lengths are retired, and would be wrong by now.
      dataSet.delete(tag);
    }
  }
  if (dataSet.size > MANY_ELEMENTS) {
    log.warn(`The identifier has ${dataSet.size} elements: only keys belong there`);
  }
}

function levelOf(dataSet: DataSet, rule: IdentifierRules["level"], log: ToolLog): string {
  if (rule === "none") return "";
  const given = dataSet.getString(QUERY_RETRIEVE_LEVEL);
  if (given !== undefined && given !== "") {
    if (!LEVELS.some(({ level }) => level === given)) {
      log.warn(`Query/Retrieve Level ${given} is none of PATIENT, STUDY, SERIES, IMAGE`);
    }
    return given;
  }
  const found = LEVELS.find(({ key }) =>
    rule === "presence" ? dataSet.has(key) : hasValue(dataSet, key)
  );
  if (found === undefined) {
    throw new UsageError(
      "Cannot tell the Query/Retrieve level: give -k QueryRetrieveLevel=PATIENT, STUDY, SERIES or " +
        "IMAGE, or a unique key such as -k StudyInstanceUID=1.2.3",
    );
  }
  applyKeywordPath(dataSet, `QueryRetrieveLevel=${found.level}`);
  log.info(`Query/Retrieve Level ${found.level} is assumed, since ${found.name} is given`);
  return found.level;
}

function useCharacterSets(dataSet: DataSet, characterSets: readonly string[]): void {
  try {
    changeCharacterSet(dataSet, characterSets);
  } catch (error) {
    if (!(error instanceof DicomNetError)) throw error;
    const { message } = error.cause instanceof DicomNetError ? error.cause : error;
    throw new UsageError(`Cannot send the identifier: ${message}`, { cause: error });
  }
}

/** What cannot be encoded must show before anybody is called. */
function checkEncodable(dataSet: DataSet): void {
  try {
    encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
  } catch (error) {
    if (!(error instanceof DicomNetError)) throw error;
    throw new UsageError(`Cannot send the identifier: ${error.message}`, { cause: error });
  }
}

function hasValue(dataSet: DataSet, tag: number): boolean {
  return (dataSet.getString(tag) ?? "") !== "";
}

const QUERY_RETRIEVE_LEVEL = 0x00080052;
const PATIENT_ID = 0x00100020;
/** The unique keys (PS3.4 section C.6), the lowest level first. */
const LEVELS = [
  { key: 0x00080018, name: "SOPInstanceUID", level: "IMAGE" },
  { key: 0x0020000e, name: "SeriesInstanceUID", level: "SERIES" },
  { key: 0x0020000d, name: "StudyInstanceUID", level: "STUDY" },
  { key: PATIENT_ID, name: "PatientID", level: "PATIENT" },
] as const;
/** Below are the command set, the file meta information and the directory (PS3.10). */
const FIRST_DATA_SET_GROUP = 0x0008;
/** Pixel data, and what comes after it. */
const FIRST_BULK_GROUP = 0x7fe0;
/** No query has so many keys; whole instances do. */
const MANY_ELEMENTS = 60;
