/**
 * Every case of the catalogue has its test.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { CATALOGUE, FAMILY_SIZES } from "./catalogue.ts";

Deno.test("every hostile case has its test, where the catalogue says", async () => {
  const ids = Object.entries(FAMILY_SIZES).flatMap(([letter, size]) =>
    Array.from({ length: size }, (_, i) => `${letter}${i + 1}`)
  );
  assert.deepEqual(CATALOGUE.map(([id]) => id), ids);
  for (const [id, what, file, words] of CATALOGUE) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
    const text = await Deno.readTextFile(path);
    const found = words === undefined ? new RegExp(`\\b${id}\\b`).test(text) : text.includes(words);
    assert.ok(found, `${id} (${what}) is not in tests/${file}`);
  }
});
