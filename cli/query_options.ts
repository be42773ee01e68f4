/**
 * The options that say what is asked for: the information model, and the keys of the identifier.
 *
 * @module
 */

import { string } from "@optique/core/valueparser";
import type { ModelOptions } from "./information_model.ts";
import { flagOption, listOption, valueOption } from "./option.ts";
import { type OptionParser, section } from "./option_parser.ts";
import { filePath } from "./path_parser.ts";

/** The query, as given on the command line. */
export type QueryOptions = {
  /** The elements of `-k`, in order. */
  readonly keys: readonly string[];
  /** The DICOM file of `-f`. */
  readonly file: string | undefined;
  /** The text file of `--query-file`. */
  readonly queryFile: string | undefined;
};

/**
 * The options for the information model.
 *
 * @returns Their parser.
 */
export function modelOptions(): OptionParser<ModelOptions> {
  return section("Query Information Model Options", {
    patientRoot: flagOption(
      ["-P", "--patient"],
      "use patient root information model (default at PATIENT level or with a PatientID)",
    ),
    studyRoot: flagOption(
      ["-S", "--study"],
      "use study root information model (default otherwise)",
    ),
    patientStudyOnly: flagOption(["-O", "--psonly"], "use patient/study only information model"),
  });
}

/**
 * The options for the keys of the identifier.
 *
 * @returns Their parser.
 */
export function queryOptions(): OptionParser<QueryOptions> {
  return section("Query Options", {
    keys: listOption(
      ["-k", "--keyword", "--query"],
      string({ metavar: "KEY=VALUE" }),
      "add or override a query element, named by its keyword or as (gggg,eeee); may be repeated; " +
        "-q KEY=VALUE is the same",
    ),
    file: valueOption(["-f", "--file"], filePath(), "use a DICOM file as the query data set"),
    queryFile: valueOption(
      ["--query-file"],
      filePath(),
      "read query elements from a text file, one KEY=VALUE a line; # begins a comment line",
    ),
  });
}

/**
 * Brings the command line into the form that the parser knows. `-q` has two meanings: followed by
 * `selector=value` it is a query element, as in dicom-rs; else it is quiet, as in pynetdicom. And the
 * value of `-k` and `-f` may be attached, as in `-kPatientID=1` and `-k=PatientID=1`.
 *
 * @param args The command line.
 * @returns The command line, with each query element after a `-k` of its own.
 *
 * @example
 * ```ts
 * import { separateQuery } from "./query_options.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(separateQuery(["-q", "PatientID=1"]), ["-k", "PatientID=1"]);
 * assert.deepEqual(separateQuery(["-q", "pacs", "104"]), ["-q", "pacs", "104"]);
 * ```
 */
export function separateQuery(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.flatMap((arg, index) => {
    if (end !== -1 && index >= end) return [arg];
    if (arg === "-q" && SELECTOR_AND_VALUE.test(args[index + 1] ?? "")) return ["-k"];
    const [, option, value] = ATTACHED.exec(arg) ?? [];
    return option === undefined || value === undefined ? [arg] : [option, value];
  });
}

const SELECTOR_AND_VALUE = /^[(\w][^=]*=/;
const ATTACHED = /^(-[kf])=?(.+)$/s;
