import assert from "node:assert/strict";
import { nearestWord } from "../../lib/data_set/nearest_word.ts";

const WORDS = ["store", "find", "locate", "acceptAssociation"];

const CASES: readonly (readonly [wrong: string, nearest: string | undefined])[] = [
  ["store", "store"],
  ["Store", "store"],
  ["stroe", "store"],
  ["tsore", "store"],
  ["tsoer", undefined],
  ["stor", "store"],
  ["storee", "store"],
  ["fnd", "find"],
  ["loacet", "locate"],
  ["locaiton", undefined],
  ["acceptAsociation", "acceptAssociation"],
  ["acceptassociation", "acceptAssociation"],
  ["move", undefined],
  ["", undefined],
  ["x".repeat(81), undefined],
];

for (const [wrong, nearest] of CASES) {
  Deno.test({
    name: `\`nearestWord()\` finds ${nearest} for ${JSON.stringify(wrong)}`,
    permissions: "none",
    fn: () => assert.equal(nearestWord(wrong, WORDS), nearest),
  });
}

Deno.test({
  name: "`nearestWord()` prefers the word that differs by case alone, wherever it stands",
  permissions: "none",
  fn: () => assert.equal(nearestWord("STORED", ["store", "stored"]), "stored"),
});
