/**
 * Query files: one keyword path a line, as `--query-file` reads them.
 *
 * @module
 */

/** A keyword path of a query file. */
export interface QueryLine {
  /** The line it stands in, from 1. */
  readonly line: number;
  /** The keyword path, for {@linkcode applyKeywordPath}. */
  readonly argument: string;
}

/**
 * Reads a query file: a keyword path on each line, blanks around it without meaning. Lines that are
 * empty or start with `#` are left out; a `#` further right is part of the value.
 *
 * @param text The text of the file.
 * @returns The keyword paths in their order.
 *
 * @example
 * ```ts
 * import { parseQueryFile } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const text = "# by patient\nQueryRetrieveLevel=PATIENT\n\nPatientID\n";
 * assert.deepEqual(parseQueryFile(text), [
 *   { line: 2, argument: "QueryRetrieveLevel=PATIENT" },
 *   { line: 4, argument: "PatientID" },
 * ]);
 * ```
 */
export function parseQueryFile(text: string): QueryLine[] {
  const lines: QueryLine[] = [];
  // trim() takes a byte order mark off too.
  for (const [index, content] of text.split(/\r\n|\n|\r/).entries()) {
    const argument = content.trim();
    if (argument !== "" && !argument.startsWith("#")) lines.push({ line: index + 1, argument });
  }
  return lines;
}
