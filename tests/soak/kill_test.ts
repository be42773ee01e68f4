/**
 * A few of the rounds that `deno task kill` does by the hundred.
 *
 * @module
 */

import { runRound } from "./kill.ts";
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
