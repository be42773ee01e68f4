/**
 * What an archive holds of that which is to be retrieved, asked of it by C-FIND beforehand: the SOP
 * classes are what the presentation contexts of a C-GET are for, and the instances are what must arrive.
 *
 * @module
 */

import { DataSet } from "../data_set/data_set.ts";
import type { Tag } from "../data_set/tag.ts";
import { encodeStrings } from "../data_set/value.ts";
import { sopClassesOfModality } from "./storage_usage.ts";

/** The levels of the Query/Retrieve information models (PS3.4 section C.6). */
export type QueryLevel = "PATIENT" | "STUDY" | "SERIES" | "IMAGE";

/** Asks the archive: yields the matches; ends early where the archive does not answer the query. */
export type AskArchive = (identifier: DataSet) => AsyncIterable<DataSet>;

/** What to take stock of. */
export interface InventoryOptions {
  /** The identifier of the retrieve. */
  readonly identifier: DataSet;
  /** Its Query/Retrieve Level. */
  readonly level: QueryLevel;
  /** The lowest level of the information model: IMAGE, but for Patient/Study Only. */
  readonly lowest?: QueryLevel;
  /** How many queries may be made: 200 by default. */
  readonly limit?: number;
  /**
   * How many matches are held in all, whatever the level: 1,000,000 by default. An archive that goes on
   * and on is told to stop, and what is known by then is told.
   */
  readonly matchLimit?: number;
}

/** A series of which the archive tells the instances. */
export interface SeriesStock {
  /** The unique keys that name it, with the level SERIES: what to retrieve it by. */
  readonly identifier: DataSet;
  /** Its instances. */
  readonly sopInstanceUids: readonly string[];
}

/** What the archive holds, as far as it tells. */
export interface Inventory {
  /** The SOP classes. */
  readonly sopClassUids: readonly string[];
  /** Whether the SOP classes of all are told; else some are guessed from the modality, or not known. */
  readonly isExact: boolean;
  /** Whether of some nothing is known that tells the SOP class. */
  readonly hasUnknown: boolean;
  /** The transfer syntaxes in which the archive says it has some of them. */
  readonly transferSyntaxUids: readonly string[];
  /** The SOP class of each instance, by SOP Instance UID. */
  readonly instances: ReadonlyMap<string, string>;
  /** The series that are wanted whole, as far as they are known by their instances. */
  readonly series: readonly SeriesStock[];
  /** Whether all instances are in `instances`. */
  readonly hasAllInstances: boolean;
  /** What ended the taking early. */
  readonly error?: unknown;
}

/**
 * Takes stock, level by level down from that of the identifier, as in a hierarchical search (PS3.4
 * section C.4.1.3.1.1): down to the instances, which tell most. Where the archive does not go so far,
 * SOP Classes in Study, and the modalities of the series and of the study, have to do.
 *
 * @param ask Asks the archive.
 * @param options What to take stock of.
 * @returns What is known in the end. It does not throw: what cannot be asked is not known.
 *
 * @example
 * ```ts
 * import { applyKeywordPath, CT_IMAGE_STORAGE, DataSet, takeInventory } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * function dataSet(...keys: string[]): DataSet {
 *   const made = new DataSet();
 *   for (const key of keys) applyKeywordPath(made, key);
 *   return made;
 * }
 * // Stands in for an archive with one image of one series.
 * async function* ask(identifier: DataSet): AsyncGenerator<DataSet> {
 *   const isSeries = identifier.getString(0x00080052) === "SERIES";
 *   yield isSeries
 *     ? dataSet("SeriesInstanceUID=1.2", "Modality=CT")
 *     : dataSet("SOPInstanceUID=1.2.3", `SOPClassUID=${CT_IMAGE_STORAGE}`);
 * }
 * const identifier = dataSet("QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1.2");
 * const inventory = await takeInventory(ask, { identifier, level: "SERIES" });
 * assert.deepEqual(inventory.sopClassUids, [CT_IMAGE_STORAGE]);
 * assert.deepEqual([...inventory.instances], [["1.2.3", CT_IMAGE_STORAGE]]);
 * ```
 */
export async function takeInventory(
  ask: AskArchive,
  options: InventoryOptions,
): Promise<Inventory> {
  const { identifier, level, lowest = "IMAGE", limit = QUERY_LIMIT } = options;
  const { matchLimit = MATCH_LIMIT } = options;
  const stock = new Stock(ask, { lowest, limit, matchLimit });
  try {
    await stock.take({ level, keys: identifier, hint: [] });
    return stock.inventory();
  } catch (error) {
    return { ...stock.inventory(), hasAllInstances: false, isExact: false, error };
  }
}

/** One query to make. */
interface Query {
  readonly level: QueryLevel;
  readonly keys: DataSet;
  /** The SOP classes that what is asked for may have, by what is known of it. */
  readonly hint: readonly string[];
}

class Stock {
  readonly #ask: AskArchive;
  readonly #lowest: QueryLevel;
  readonly #matchLimit: number;
  #left: number;
  #matches = 0;
  readonly #classes = new Set<string>();
  readonly #guessed = new Set<string>();
  readonly #syntaxes = new Set<string>();
  readonly #instances = new Map<string, string>();
  readonly #series: SeriesStock[] = [];
  /** What has been asked: some archives answer with a match for each instance, at any level. */
  readonly #asked = new Set<string>();
  #isExact = true;
  #hasUnknown = false;
  #hasAllInstances = true;

  constructor(
    ask: AskArchive,
    options: Required<Pick<InventoryOptions, "lowest" | "limit" | "matchLimit">>,
  ) {
    this.#ask = ask;
    this.#lowest = options.lowest;
    this.#left = options.limit;
    this.#matchLimit = options.matchLimit;
  }

  inventory(): Inventory {
    return {
      // What is known comes before what is guessed.
      sopClassUids: [...new Set([...this.#classes, ...this.#guessed])],
      isExact: this.#isExact && !this.#hasUnknown,
      hasUnknown: this.#hasUnknown,
      transferSyntaxUids: [...this.#syntaxes],
      instances: this.#instances,
      series: this.#series,
      hasAllInstances: this.#hasAllInstances,
    };
  }

  /** Breadth first: when the queries run out, something is known of everything. */
  async take(first: Query): Promise<void> {
    const waiting = [first];
    for (let query = waiting.shift(); query !== undefined; query = waiting.shift()) {
      if (this.#left === 0) {
        this.#guess(query.hint);
        continue;
      }
      this.#left -= 1;
      let matches = 0;
      const uids: string[] = [];
      // What the identifier itself asks for at IMAGE level need not be the whole series.
      if (query.level === "IMAGE" && query !== first) {
        this.#series.push({ identifier: atLevel(query.keys, "SERIES"), sopInstanceUids: uids });
      }
      for await (const match of this.#ask(withReturnKeys(query))) {
        matches += 1;
        this.#count();
        if (query.level === "IMAGE") uids.push(instanceUidOf(match));
        const next = this.#match(query, match);
        if (next !== undefined) waiting.push(next);
      }
      // Of what the archive has just told of, there is at least one instance.
      if (matches === 0) this.#guess(query.hint);
    }
  }

  #count(): void {
    this.#matches += 1;
    if (this.#matches <= this.#matchLimit) return;
    throw new RangeError(`Cannot take stock of more than ${this.#matchLimit} matches`);
  }

  #match(query: Query, match: DataSet): Query | undefined {
    if (query.level === "IMAGE") {
      this.#instance(query, match);
      return undefined;
    }
    const hint = [...hintOf(match)];
    const known = hint.length > 0 ? hint : query.hint;
    const level = LEVELS[LEVELS.indexOf(query.level) + 1];
    const keys = level === undefined || query.level === this.#lowest
      ? undefined
      : keysBelow(query, match);
    if (level === undefined || keys === undefined) {
      this.#guess(known, match.getStrings(SOP_CLASSES_IN_STUDY).length > 0);
      return undefined;
    }
    const key = LEVELS.map((each) => keys.getString(UNIQUE_KEY[each]) ?? "").join("\\");
    if (this.#asked.has(key)) return undefined;
    this.#asked.add(key);
    return { level, keys, hint: known };
  }

  #instance(query: Query, match: DataSet): void {
    const sopInstanceUid = instanceUidOf(match);
    const sopClassUid = match.getString(SOP_CLASS_UID) ?? "";
    if (sopInstanceUid !== "") this.#instances.set(sopInstanceUid, sopClassUid);
    else this.#hasAllInstances = false;
    if (sopClassUid !== "") this.#classes.add(sopClassUid);
    else this.#noteGuess(query.hint);
    for (const uid of match.getStrings(AVAILABLE_TRANSFER_SYNTAX_UID)) {
      if (uid !== "") this.#syntaxes.add(uid);
    }
  }

  /** The instances themselves are not known. */
  #guess(hint: readonly string[], isTold = false): void {
    this.#hasAllInstances = false;
    if (isTold) { for (const uid of hint) this.#classes.add(uid); }
    else this.#noteGuess(hint);
  }

  #noteGuess(hint: readonly string[]): void {
    this.#isExact = false;
    if (hint.length === 0) this.#hasUnknown = true;
    for (const uid of hint) this.#guessed.add(uid);
  }
}

/** What a match of a study or a series tells of the SOP classes in it. */
function hintOf(match: DataSet): readonly string[] {
  const told = match.getStrings(SOP_CLASSES_IN_STUDY).filter((uid) => uid !== "");
  if (told.length > 0) return told;
  const modalities = [...match.getStrings(MODALITIES_IN_STUDY), ...match.getStrings(MODALITY)]
    .filter((each) => each !== "");
  const classes = modalities.map(sopClassesOfModality);
  // A modality that tells nothing leaves all open.
  return classes.some(({ length }) => length === 0) ? [] : [...new Set(classes.flat())];
}

/** The unique keys of a match and of all above it, which name it (PS3.4 section C.4.1.2.2.1). */
function keysBelow(query: Query, match: DataSet): DataSet | undefined {
  const keys = new DataSet();
  for (const level of LEVELS.slice(0, LEVELS.indexOf(query.level) + 1)) {
    const tag = UNIQUE_KEY[level];
    const source = hasValue(match, tag) ? match : query.keys;
    const element = source.get(tag);
    if (element === undefined || !hasValue(source, tag)) continue;
    // The bytes go back as they came, with what says how to read them.
    keys.set(element);
    const characterSet = level === "PATIENT" ? source.get(SPECIFIC_CHARACTER_SET) : undefined;
    if (characterSet !== undefined) keys.set(characterSet);
  }
  return hasValue(match, UNIQUE_KEY[query.level]) ? keys : undefined;
}

/** Empty where there is none. What is longer than a UID (PS3.5 section 9.1) is nothing to hold by the million. */
function instanceUidOf(match: DataSet): string {
  const uid = match.getString(UNIQUE_KEY.IMAGE) ?? "";
  return uid.length <= 64 ? uid : "";
}

function hasValue(dataSet: DataSet, tag: Tag): boolean {
  return (dataSet.getString(tag) ?? "") !== "";
}

function atLevel(keys: DataSet, level: QueryLevel): DataSet {
  const identifier = new DataSet();
  for (const element of keys) identifier.set(element);
  setText(identifier, QUERY_RETRIEVE_LEVEL, "CS", level);
  return identifier;
}

function withReturnKeys({ level, keys }: Query): DataSet {
  const identifier = atLevel(keys, level);
  for (const [tag, vr] of RETURN_KEYS[level]) {
    if (!identifier.has(tag)) setText(identifier, tag, vr, "");
  }
  return identifier;
}

function setText(dataSet: DataSet, tag: Tag, vr: "CS" | "LO" | "UI", text: string): void {
  dataSet.set({ tag, vr, value: encodeStrings(vr, text === "" ? [] : [text], []) });
}

const LEVELS: readonly QueryLevel[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
const SPECIFIC_CHARACTER_SET = 0x00080005;
const QUERY_RETRIEVE_LEVEL = 0x00080052;
const SOP_CLASS_UID = 0x00080016;
const MODALITY = 0x00080060;
const MODALITIES_IN_STUDY = 0x00080061;
const SOP_CLASSES_IN_STUDY = 0x00080062;
const AVAILABLE_TRANSFER_SYNTAX_UID = 0x00083002;
const UNIQUE_KEY: Readonly<Record<QueryLevel, Tag>> = {
  PATIENT: 0x00100020,
  STUDY: 0x0020000d,
  SERIES: 0x0020000e,
  IMAGE: 0x00080018,
};
const RETURN_KEYS: Readonly<Record<QueryLevel, readonly (readonly [Tag, "CS" | "LO" | "UI"])[]>> = {
  PATIENT: [[UNIQUE_KEY.PATIENT, "LO"]],
  STUDY: [
    [UNIQUE_KEY.STUDY, "UI"],
    [MODALITIES_IN_STUDY, "CS"],
    [SOP_CLASSES_IN_STUDY, "UI"],
  ],
  SERIES: [[UNIQUE_KEY.SERIES, "UI"], [MODALITY, "CS"]],
  IMAGE: [[UNIQUE_KEY.IMAGE, "UI"], [SOP_CLASS_UID, "UI"], [AVAILABLE_TRANSFER_SYNTAX_UID, "UI"]],
};
/** A study of two hundred series, or some studies of a patient. */
const QUERY_LIMIT = 200;
/** Some hundred MiB: more than any archive sends at once. */
const MATCH_LIMIT = 1_000_000;
