/**
 * The books of a retrieve by one C-GET or several: an instance that does not come by the first
 * association may come by a further one.
 *
 * @module
 */

import type { SubOperationCounters } from "../lib/dimse/message.ts";
import { type Balance, Ledger } from "./ledger.ts";

/**
 * Keeps the books of one retrieve, a ledger for each of its operations.
 *
 * @example
 * ```ts
 * import { GetLedger } from "./get_ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new GetLedger();
 * ledger.begin();
 * ledger.answered("1.2.3", 0x0000);
 * ledger.promise({ completed: 1, failed: 1, warning: 0 });
 * assert.equal(ledger.balance.failed, 1);
 * ledger.begin();
 * ledger.answered("1.2.4", 0x0000);
 * ledger.promise({ completed: 1, failed: 1, warning: 0 });
 * assert.equal(ledger.balance.failed, 0);
 * ```
 */
export class GetLedger {
  readonly #operations: Ledger[] = [];
  readonly #received = new Set<string>();
  readonly #failed = new Set<string>();
  #expected: ReadonlySet<string> = new Set();
  #bytes = 0;
  #storageFailed = 0;

  /** The instances that the archive has named beforehand: those that do not come are missing. */
  set expected(sopInstanceUids: Iterable<string>) {
    this.#expected = new Set(sopInstanceUids);
  }

  /** An operation begins. */
  begin(): void {
    this.#operations.push(new Ledger());
  }

  /**
   * A C-STORE was answered.
   *
   * @param sopInstanceUid Of the instance.
   * @param status What it was answered with.
   */
  answered(sopInstanceUid: string, status: number): void {
    const operation = this.#operations.at(-1);
    if (operation === undefined) return;
    operation.answered(sopInstanceUid, status);
    if (!operation.refused.has(sopInstanceUid)) this.#received.add(sopInstanceUid);
  }

  /**
   * A file holds an instance.
   *
   * @param bytes Its size.
   */
  stored(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The local storage could not take an instance. */
  storageFailed(): void {
    this.#storageFailed += 1;
  }

  /**
   * The archive's counters.
   *
   * @param counters Of the latest response of the operation under way.
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

  /** Which instances have been received. */
  get received(): ReadonlySet<string> {
    return this.#received;
  }

  /** Which instances were refused here, and have not come since. */
  get refusedUids(): string[] {
    const refused = this.#operations.flatMap((operation) => [...operation.refused.keys()]);
    return [...new Set(refused)].filter((uid) => !this.#received.has(uid));
  }

  /** Which instances failed, as far as they are known by name, and have not come since. */
  get failedUids(): string[] {
    const named = [...this.#failed].filter((uid) => !this.#received.has(uid));
    return [...new Set([...named, ...this.refusedUids])];
  }

  /** Which instances are known not to have come, and not to have failed. */
  get missingUids(): string[] {
    const failed = new Set(this.failedUids);
    return [...this.#expected].filter((uid) => !this.#received.has(uid) && !failed.has(uid));
  }

  /** How many instances there are in all; `undefined` when nobody says. */
  get expectedCount(): number | undefined {
    const counted = this.#operations.map(({ expected }) => expected ?? 0);
    return Math.max(this.#expected.size, ...counted) || undefined;
  }

  /** How the retrieve stands. */
  get balance(): Balance {
    const balances = this.#operations.map(({ balance }) => balance);
    const [first] = balances;
    const last = balances.at(-1);
    const common = { bytes: this.#bytes, storageFailed: this.#storageFailed };
    const absent = [...this.#expected].filter((uid) => !this.#received.has(uid)).length;
    if (first === undefined || last === undefined) {
      const nothing = { received: 0, repeated: 0, promised: undefined, failed: 0 };
      return { ...common, ...nothing, missing: absent };
    }
    if (first === last) {
      return { ...first, ...common, missing: Math.max(first.missing, absent - first.failed) };
    }
    const received = this.#received.size;
    const promises = balances.map(({ promised }) => promised).filter((each) => each !== undefined);
    const promised = promises.length === 0 ? undefined : Math.max(received, ...promises);
    const { owed, failed } = this.#open(balances, absent);
    return { ...common, received, repeated: 0, promised, failed, missing: owed - failed };
  }

  /** What has not come by several operations: how much it is, and how much of it failed. */
  #open(balances: readonly Balance[], absent: number): { owed: number; failed: number } {
    const named = this.failedUids.length;
    if (this.#expected.size > 0) {
      // The others may have been of a part of the instances, or fail in what had come before.
      const counted = balances[0]?.failed ?? 0;
      const owed = Math.max(absent, named);
      return { owed, failed: Math.max(named, Math.min(owed, counted)) };
    }
    // Whatever the contexts, every operation was of the same instances.
    const total = Math.max(...this.#operations.map(({ expected }) => expected ?? 0));
    const repeated = Math.max(...balances.map((balance) => balance.repeated));
    const owed = Math.max(total - this.#received.size - repeated, named);
    const lost = Math.min(owed - named, balances.at(-1)?.missing ?? 0);
    return { owed, failed: owed - lost };
  }
}
