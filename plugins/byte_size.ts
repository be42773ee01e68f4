/**
 * Sizes as people write them: `500M`, `1.5 GiB`, `4GB`.
 *
 * @module
 */

/**
 * Reads a size.
 *
 * @param text A number, and a unit: `K`, `M`, `G`, `T`, also as `KiB` and so on, are powers of 1024;
 *   `kB`, `MB`, `GB`, `TB` powers of 1000; none or `B` is bytes.
 * @returns Bytes, a whole number; `undefined` when the text is no size.
 *
 * @example
 * ```ts
 * import { parseByteSize } from "./byte_size.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseByteSize("500M"), 500 * 1024 * 1024);
 * assert.equal(parseByteSize("1.5 GB"), 1_500_000_000);
 * assert.equal(parseByteSize("much"), undefined);
 * ```
 */
export function parseByteSize(text: string): number | undefined {
  const [, number, prefix = "", unit = ""] = SIZE.exec(text.trim()) ?? [];
  if (number === undefined) return undefined;
  const base = unit.toLowerCase() === "b" && prefix !== "" ? 1000 : 1024;
  const size = Math.ceil(Number(number) * base ** " kmgt".indexOf(prefix.toLowerCase() || " "));
  return Number.isSafeInteger(size) ? size : undefined;
}

const SIZE = /^([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(b|ib)?$/i;
