/**
 * The books of a retrieve to a third application entity: all that is known are the archive's words.
 *
 * @module
 */

import type { SubOperationCounters } from "../lib/dimse/message.ts";
import { type Balance, Ledger } from "./ledger.ts";

/**
 * Adds up what the archive says of one C-MOVE after the other.
 *
 * @example
 * ```ts
 * import { SentLedger } from "./sent_ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new SentLedger();
 * ledger.begin();
 * ledger.promise({ completed: 3, failed: 1 });
 * // What failed is asked for again.
 * ledger.tryAgain(false);
 * ledger.begin();
 * ledger.promise({ completed: 1, failed: 0 });
 * assert.deepEqual([ledger.balance.promised, ledger.balance.failed], [4, 0]);
 * ```
 */
export class SentLedger {
  #operations: Ledger[] = [];
  #failed = new Set<string>();
  #before = 0;

  /** A C-MOVE begins. */
  begin(): void {
    this.#operations.push(new Ledger());
  }

  /**
   * What has failed is asked for again.
   *
   * @param isForAll Whether all is: then what has been sent counts anew.
   */
  tryAgain(isForAll: boolean): void {
    this.#before = isForAll ? 0 : this.balance.promised ?? 0;
    this.#operations = [];
    this.#failed = new Set();
  }

  /**
   * The archive's counters.
   *
   * @param counters Of the latest response to the C-MOVE under way.
   */
  promise(counters: SubOperationCounters): void {
    this.#operations.at(-1)?.promise(counters);
  }

  /**
   * The archive names instances that it could not send.
   *
   * @param sopInstanceUids Of the instances.
   */
  failed(sopInstanceUids: Iterable<string>): void {
    for (const uid of sopInstanceUids) this.#failed.add(uid);
  }

  /** Which instances failed, as far as they are known by name. */
  get failedUids(): string[] {
    return [...this.#failed];
  }

  /** How many instances there are in all; `undefined` when the archive does not say. */
  get expectedCount(): number | undefined {
    const counts = this.#operations.map(({ expected }) => expected ?? 0);
    return this.#before + counts.reduce((sum, each) => sum + each, 0) || undefined;
  }

  /** How the retrieve stands. Nothing can be missed here. */
  get balance(): Balance {
    const balances = this.#operations.map(({ balance }) => balance);
    const promises = balances.map(({ promised }) => promised).filter((each) => each !== undefined);
    const isSilent = promises.length === 0 && this.#before === 0;
    return {
      received: 0,
      repeated: 0,
      bytes: 0,
      promised: isSilent ? undefined : promises.reduce((sum, each) => sum + each, this.#before),
      failed: balances.reduce((sum, { failed }) => sum + failed, 0),
      missing: 0,
      storageFailed: 0,
    };
  }
}
