import assert from "node:assert/strict";
import { ToldMatches } from "../../cli/told_matches.ts";
import { pure } from "../support/requesting.ts";
import { dataSetOf } from "./get_archive.ts";

/** What each query brings, and which of it is new. */
const CASES: readonly { name: string; queries: readonly [came: string, isNew: string][] }[] = [
  { name: "tells all of the first query", queries: [["abc", "+++"]] },
  { name: "tells equal ones as often as they come", queries: [["aab", "+++"]] },
  { name: "does not tell again what was told", queries: [["ab", "++"], ["abc", "--+"]] },
  { name: "does not depend on the order", queries: [["ab", "++"], ["cba", "+--"]] },
  { name: "counts equal ones", queries: [["aa", "++"], ["aaa", "--+"], ["aaaa", "---+"]] },
  {
    name: "forgets nothing that did not come again",
    queries: [["ab", "++"], ["c", "+"], ["a", "-"]],
  },
];

for (const { name, queries } of CASES) {
  pure(`ToldMatches ${name}`, () => {
    const told = new ToldMatches();
    for (const [came, expected] of queries) {
      told.begin();
      const found = [...came].map((id) => told.isNew(dataSetOf(`PatientID=${id}`)) ? "+" : "-");
      assert.equal(found.join(""), expected);
    }
  });
}
