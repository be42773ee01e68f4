/**
 * Where the matches of a query go beside the log: the standard output, and files.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { encodeDataSet } from "../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../lib/data_set/file_meta.ts";
import { toJson } from "../lib/data_set/json.ts";
import { generateUid, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../lib/uid.ts";
import { UsageError } from "./exit_code.ts";
import { type Io, reasonOf } from "./io.ts";
import { csvHeader, csvRow } from "./match_csv.ts";

/** What is wanted of the matches. */
export interface MatchOptions {
  /** The DICOM JSON model, an object a line. */
  readonly json: boolean;
  /** The columns of a table. */
  readonly csv: readonly string[] | undefined;
  /** The directory for files in the form of PS3.10. */
  readonly directory: string | undefined;
}

/** What a file says of its match. */
export interface MatchOrigin {
  /** The information model. */
  readonly sopClassUid: string;
  /** The transfer syntax that the match came in, and is written in. */
  readonly transferSyntaxUid: string;
  /** The AE title of the archive. */
  readonly aeTitle: string;
}

/** A match could not be written: the local storage failed. */
export class MatchOutputError extends Error {
  override name = "MatchOutputError";
}

/** Writes matches. */
export class MatchOutput {
  readonly #options: MatchOptions;
  readonly #io: Pick<Io, "stdout">;

  /**
   * Makes an output; nothing is written yet.
   *
   * @param options What is wanted.
   * @param io The surroundings.
   */
  constructor(options: MatchOptions, io: Pick<Io, "stdout">) {
    this.#options = options;
    this.#io = io;
  }

  /** Whether the matches go to the log alone. */
  get isLog(): boolean {
    const { json, csv, directory } = this.#options;
    return !json && csv === undefined && directory === undefined;
  }

  /**
   * Makes sure of the directory.
   *
   * @throws {UsageError} When it cannot be used.
   */
  async prepare(): Promise<void> {
    const { directory } = this.#options;
    if (directory === undefined) return;
    try {
      await Deno.mkdir(directory, { recursive: true });
    } catch (error) {
      const reason = reasonOf(error);
      throw new UsageError(`Cannot make output directory ${directory}: ${reason}`, {
        cause: error,
      });
    }
  }

  /** Writes what comes before the first match: the head of the table, even when there is no match. */
  begin(): void {
    if (this.#options.csv !== undefined) this.#io.stdout(csvHeader(this.#options.csv));
  }

  /**
   * Writes a match.
   *
   * @param match The match.
   * @param number Its number, from 1.
   * @param origin What a file says of it.
   * @throws {MatchOutputError} When the file cannot be written.
   */
  async write(match: DataSet, number: number, origin: MatchOrigin): Promise<void> {
    const { json, csv, directory } = this.#options;
    if (json) this.#io.stdout(jsonLine(match));
    if (csv !== undefined) this.#io.stdout(csvRow(csv, match));
    if (directory === undefined) return;
    const path = `${directory.replace(/\/+$/, "")}/${matchFileName(number)}`;
    try {
      await Deno.writeFile(path, matchFile(match, origin));
    } catch (error) {
      throw new MatchOutputError(`Cannot write ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

/**
 * The name of the file of a match, as pynetdicom has it.
 *
 * @param number The number of the match, from 1.
 * @returns Such as `rsp000001.dcm`.
 */
export function matchFileName(number: number): string {
  return `rsp${String(number).padStart(6, "0")}.dcm`;
}

/**
 * A match in the DICOM JSON model (PS3.18 annex F), in one line. Control characters and line separators
 * are written as `\u0085`: the line stays one, and no terminal obeys it.
 *
 * @param match The match.
 * @returns The line, with its line feed.
 *
 * @example
 * ```ts
 * import { jsonLine } from "./match_output.ts";
 * import { DataSet } from "../lib/data_set/data_set.ts";
 * import { applyKeywordPath } from "../lib/data_set/keyword_path.ts";
 * import assert from "node:assert/strict";
 *
 * const match = new DataSet();
 * applyKeywordPath(match, "PatientID=4711");
 * assert.equal(jsonLine(match), '{"00100020":{"vr":"LO","Value":["4711"]}}\n');
 * ```
 */
export function jsonLine(match: DataSet): string {
  const json = JSON.stringify(toJson(match));
  return `${json.replaceAll(CONTROLS, escapeUnit)}\n`;
}

function matchFile(match: DataSet, origin: MatchOrigin): Uint8Array {
  const { sopClassUid, transferSyntaxUid, aeTitle } = origin;
  const meta = encodeFileMeta({
    sopClassUid,
    sopInstanceUid: generateUid(),
    transferSyntaxUid,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: IMPLEMENTATION_VERSION_NAME,
    sourceAeTitle: aeTitle,
  });
  const dataSet = encodeDataSet(match, transferSyntaxUid);
  const file = new Uint8Array(meta.byteLength + dataSet.byteLength);
  file.set(meta);
  file.set(dataSet, meta.byteLength);
  return file;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** C1, DEL, line separators and direction marks; JSON itself sees to the rest. */
const CONTROLS = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
