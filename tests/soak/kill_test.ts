/**
 * A few of the rounds that `deno task kill` does by the hundred.
 *
 * @module
 */

import assert from "node:assert/strict";
import { killOptions, runRound } from "./kill.ts";
import { KILL_ROUNDS } from "./kill_rounds.ts";

/** Those who receive in the long run are killed more often than those who retrieve. */
const SEEDS: Readonly<Record<string, readonly number[]>> = {
  "storescp receives": [1, 2],
  "storescp --workers 2 receives": [1, 2],
  "qrscp receives": [1, 2],
};

for (const round of KILL_ROUNDS) {
  Deno.test(`nothing acknowledged is lost, and no part is left, when killed: ${round.name}`, async () => {
    for (const seed of SEEDS[round.name] ?? [1]) await runRound(round, seed);
  });
}

Deno.test(
  "killOptions() refuses in a sentence what cannot be done",
  { permissions: "none" },
  () => {
    for (
      const [args, message] of [
        [["--rounds", "x"], /^Cannot use --rounds x: /],
        [["--seed", "x"], /^Cannot use --seed x: /],
        [["--only", "("], /^Cannot use --only \(: it is no regular expression/],
        [["--only", "nothing"], /^Cannot use --only nothing: .*see --list$/],
        [["--minutes", "1"], /^Unknown option '--minutes'/],
      ] as const
    ) assert.throws(() => killOptions([...args]), { name: "TypeError", message });
    assert.equal(killOptions(["--rounds", "3"]).rounds, 3);
  },
);
