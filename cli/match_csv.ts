/**
 * Matches as a table of comma-separated values (RFC 4180), but with the line ends of text, so
 * that a shell can read them.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { readKeywordPath } from "../lib/data_set/keyword_path.ts";
import { parseKeywordPath } from "../lib/data_set/keyword_path_parser.ts";
import { DicomNetError } from "../lib/errors.ts";
import { UsageError } from "./exit_code.ts";
import { escapeControls } from "./log.ts";

/**
 * Reads the columns of `--csv`: keyword paths with commas between. The commas of a tag stand in its
 * parentheses.
 *
 * @param text Such as `PatientName,(0010,0020),RequestedProcedureCodeSequence[0].CodeValue`.
 * @returns The keyword paths.
 * @throws {UsageError} When one cannot be used.
 *
 * @example
 * ```ts
 * import { csvColumns } from "./match_csv.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(csvColumns("PatientName,(0010,0020)"), ["PatientName", "(0010,0020)"]);
 * ```
 */
export function csvColumns(text: string): string[] {
  const columns = text.split(/,(?![^()]*\))/).map((column) => column.trim());
  for (const column of columns) {
    if (column === "") {
      throw new UsageError(`Cannot use --csv ${text}: a keyword is missing between the commas`);
    }
    try {
      if (parseKeywordPath(column).value === "") continue;
    } catch (error) {
      if (!(error instanceof DicomNetError)) throw error;
      throw new UsageError(`Cannot use --csv ${text}: ${error.message}`, { cause: error });
    }
    throw new UsageError(`Cannot use --csv ${text}: "${column}" has a value; matching is by -k`);
  }
  return columns;
}

/**
 * The header of the table.
 *
 * @param columns The keyword paths.
 * @returns The record, with its line end.
 */
export function csvHeader(columns: readonly string[]): string {
  return record(columns);
}

/**
 * The row of a match. Several values of an element have backslashes between; of what is missing, and
 * of a sequence as such, the field is empty. Control characters, which no terminal should obey, are
 * shown as `\x1b`; line ends and tabs are kept.
 *
 * @param columns The keyword paths.
 * @param match The match.
 * @returns The record, with its line end.
 */
export function csvRow(columns: readonly string[], match: DataSet): string {
  return record(columns.map((column) => readKeywordPath(match, column).join("\\")));
}

function record(fields: readonly string[]): string {
  return `${fields.map(field).join(",")}\n`;
}

function field(text: string): string {
  const safe = text.split(/([\t\r\n]+)/)
    .map((part, index) => index % 2 === 0 ? escapeControls(part) : part).join("");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
