/**
 * Says why nothing, or not all, has arrived by a C-MOVE, and what to do about it.
 *
 * @module
 */

import { STATUS } from "../lib/dimse/status.ts";
import type { Balance } from "./ledger.ts";
import { administratorHint, type Reachability, type Reception } from "./reception.ts";

/** What is known. */
export interface MoveOutcome {
  /** The status that stands for all. */
  readonly status: number;
  /** How the books stand. */
  readonly balance: Balance;
  /** What came for others: how many instances, and for whom at first. */
  readonly strays: { readonly count: number; readonly aeTitle: string };
  /** How many instances the archive has named beforehand; 0 where it has not. */
  readonly expected: number;
  /** Where the instances go. */
  readonly destination: Reachability;
  /** How far the archive came to our Storage SCP; `undefined` where there is none. */
  readonly reception: Reception | undefined;
}

/** A sentence for the log. */
export interface Explanation {
  readonly level: "error" | "warn";
  readonly sentence: string;
}

/**
 * Explains.
 *
 * @param outcome What is known.
 * @returns Sentences without full stops; none when all is well.
 *
 * @example
 * ```ts
 * import { Ledger } from "./ledger.ts";
 * import { explainMove } from "./move_explanation.ts";
 * import assert from "node:assert/strict";
 *
 * const [first] = explainMove({
 *   status: 0xa801,
 *   balance: new Ledger().balance,
 *   strays: { count: 0, aeTitle: "" },
 *   expected: 0,
 *   destination: { aeTitle: "ME", hostname: undefined, port: 11113 },
 *   reception: undefined,
 * });
 * assert.equal(first?.level, "error");
 * assert.match(first.sentence, /^The archive must know AE title ME/);
 * ```
 */
export function explainMove(outcome: MoveOutcome): Explanation[] {
  return [...explainAbsence(outcome), ...explainStrays(outcome)];
}

function explainAbsence(outcome: MoveOutcome): Explanation[] {
  const { status, balance, expected, destination, reception } = outcome;
  const { received, promised = 0, missing, failed } = balance;
  const error = (sentence: string): Explanation => ({ level: "error", sentence });
  const warning = (sentence: string): Explanation => ({ level: "warn", sentence });
  if (reception === undefined) {
    if (status !== STATUS.moveDestinationUnknown) return [];
    return [error(
      `The archive must know AE title ${destination.aeTitle}, and the host and port where it ` +
        "listens: ask its administrator to enter that",
    )];
  }
  const hint = error(administratorHint(destination));
  if (status === STATUS.moveDestinationUnknown) return [hint];
  if (received === 0 && (promised > 0 || failed > 0)) {
    const how = error(reception.describe(destination.port));
    return reception.isReached ? [how] : [how, hint];
  }
  if (isUnspecific(status) && !reception.isReached) {
    return [error("Some archives answer so when they do not know the move destination"), hint];
  }
  if (missing > 0) {
    const total = Math.max(promised, expected);
    const what = expected > promised ? "instances" : "promised instances";
    return [warning(`${missing} of ${total} ${what} did not arrive`)];
  }
  if (received === 0 && status === STATUS.success && expected === 0) {
    return [warning("Nothing arrived: the archive found nothing that matches the identifier")];
  }
  return [];
}

function explainStrays({ strays: { count, aeTitle }, balance }: MoveOutcome): Explanation[] {
  if (count === 0) return [];
  const came = count === 1 ? "1 instance that came was" : `${count} instances that came were`;
  const sentence = `${came} sent for a C-MOVE of ${aeTitle}, and not for this one: not counted`;
  const advice = "; with --verify those count that the archive names, whoever sends them";
  return [{ level: "warn", sentence: balance.missing > 0 ? sentence + advice : sentence }];
}

/** Unable to process, or to perform sub-operations: it says nothing of the cause. */
function isUnspecific(status: number): boolean {
  return status >> 12 === 0xc || status === STATUS.cannotPerformSubOperations;
}
