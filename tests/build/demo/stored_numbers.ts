/**
 * The numbers in Pixel Data of 16 bits.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DataSet } from "../../../lib/data_set/data_set.ts";
import { decodeNumbers } from "../../../lib/data_set/value.ts";

/**
 * Reads Pixel Data (7FE0,0010).
 *
 * @param dataSet The instance, not compressed.
 * @returns The numbers of all frames.
 */
export function storedNumbers(dataSet: DataSet): number[] {
  const value = dataSet.get(0x7fe00010)?.value;
  assert.ok(value instanceof Uint8Array);
  return decodeNumbers("US", value).map(Number);
}
