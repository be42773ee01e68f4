/**
 * The defined terms of Specific Character Set (0008,0005) as people write them.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { LOWER_HALVES, setName, UPPER_HALVES, WHOLE } from "./coded_character_set.ts";

/** The terms of sets that take the whole value. */
const WHOLE_TERM = { "utf-8": "ISO_IR 192", gb18030: "GB18030", gbk: "GBK" } as const;

/** Sets that may be no first value, since they leave no place for ASCII or need an escape sequence. */
const EXTENSIONS_ONLY: ReadonlySet<string> = new Set(["58", "87", "149", "159"]);

/**
 * Reads the values of Specific Character Set (0008,0005) from text, in usual and unusual spellings, and
 * gives them back as PS3.3 section C.12.1.1.2 writes them: a single-byte set alone as `ISO_IR 100`, with
 * code extensions as `ISO 2022 IR 100`. One of two bytes that stands alone is put behind an empty first
 * value, the default repertoire.
 *
 * @param text Values separated by backslashes, such as `\ISO 2022 IR 87`.
 * @returns The defined terms; none for the default repertoire.
 * @throws {DataSetError} When a set is not known, or stands where it must not.
 *
 * @example
 * ```ts
 * import { parseCharacterSets } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCharacterSets("UTF-8"), ["ISO_IR 192"]);
 * assert.deepEqual(parseCharacterSets("\\ISO 2022 IR 87"), ["", "ISO 2022 IR 87"]);
 * ```
 */
export function parseCharacterSets(text: string): string[] {
  const names = text.split(/\\{1,2}/).map((term) => checkedName(text, term.trim()));
  const [first = "", ...rest] = names;
  if (EXTENSIONS_ONLY.has(first)) names.unshift("");
  if (rest.length === 0 && !EXTENSIONS_ONLY.has(first)) {
    const whole = WHOLE[first];
    if (whole !== undefined) return [WHOLE_TERM[whole]];
    return first === "" || first === "6" ? [] : [`ISO_IR ${first}`];
  }
  for (const name of names) {
    const alone = WHOLE[name];
    if (alone === undefined) continue;
    throw new DataSetError(
      `Cannot use character sets "${text}": ${WHOLE_TERM[alone]} cannot be combined with others`,
    );
  }
  return names.map((name) => name === "" ? "" : `ISO 2022 IR ${name}`);
}

function checkedName(text: string, term: string): string {
  const name = setName(term);
  const isKnown = WHOLE[name] !== undefined || UPPER_HALVES[name] !== undefined ||
    (LOWER_HALVES[name] !== undefined && name !== "14");
  if (term === "" || isKnown) return name;
  throw new DataSetError(
    `Cannot use character set "${text}": ${
      term === text ? "it" : `"${term}"`
    } is none of the defined terms, such as ISO_IR 100, ISO_IR 192 or \\ISO 2022 IR 87`,
  );
}
