/**
 * The matches of a query that have been told already: a query that is asked again brings them again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DataSet } from "../lib/data_set/data_set.ts";
import { encodeDataSet } from "../lib/data_set/encoder.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../lib/transfer_syntax.ts";

/**
 * Remembers matches, a hash of each. Equal matches are counted: of three that the archive has, and of
 * which two were told, one is new.
 *
 * @example
 * ```ts
 * import { ToldMatches } from "./told_matches.ts";
 * import { DataSet } from "../lib/data_set/data_set.ts";
 * import assert from "node:assert/strict";
 *
 * const told = new ToldMatches();
 * told.begin();
 * assert.equal(told.isNew(new DataSet()), true);
 * told.begin();
 * assert.equal(told.isNew(new DataSet()), false);
 * ```
 */
export class ToldMatches {
  readonly #told = new Map<string, number>();
  #seen = new Map<string, number>();

  /** The query is asked, or asked again. */
  begin(): void {
    this.#seen = new Map();
  }

  /**
   * A match came.
   *
   * @param match The match.
   * @returns Whether it is to be told; from then on it has been.
   */
  isNew(match: DataSet): boolean {
    const bytes = encodeDataSet(match, EXPLICIT_VR_LITTLE_ENDIAN);
    const key = createHash("sha256").update(bytes).digest("base64");
    const seen = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, seen);
    if (seen <= (this.#told.get(key) ?? 0)) return false;
    this.#told.set(key, seen);
    return true;
  }
}
