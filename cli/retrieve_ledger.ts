/**
 * The books of a retrieve by one C-GET or C-MOVE or several: an instance that does not come by the first
 * association may come by a further one.
 *
 * @module
 */

import type { SubOperationCounters } from "../lib/dimse/message.ts";
import { type Balance, isStored, Ledger } from "./ledger.ts";

/**
 * Keeps the books of one retrieve, a ledger for each of its operations.
 *
 * @example
 * ```ts
 * import { RetrieveLedger } from "./retrieve_ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new RetrieveLedger();
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
export class RetrieveLedger {
  readonly #operations: Ledger[] = [];
  readonly #received = new Set<string>();
  /** What the archive says has failed, and is not here. */
  readonly #failed = new Set<string>();
  /** What was refused here, and has not come since. */
  readonly #refused = new Set<string>();
  /** Both: the balance is drawn at each arrival, and goes through neither. */
  readonly #lacking = new Set<string>();
  #expected: ReadonlySet<string> = new Set();
  #earlier: ReadonlySet<string> = new Set();
  /** How many of the expected are not here: counted on, for the balance is drawn at each arrival. */
  #absent = 0;
  #bytes = 0;
  readonly #strays = { count: 0, aeTitle: "" };
  #storageFailed = 0;

  /** The instances that the archive has named beforehand: those that do not come are missing. */
  set expected(sopInstanceUids: Iterable<string>) {
    this.#expected = new Set(sopInstanceUids);
    this.#absent = this.absentUids.length;
  }

  /** The instances that earlier runs have received: they need not come. */
  get earlier(): ReadonlySet<string> {
    return this.#earlier;
  }

  set earlier(sopInstanceUids: ReadonlySet<string>) {
    this.#earlier = sopInstanceUids;
    this.#absent = this.absentUids.length;
  }

  /** Called for each instance that was received, after it was answered. */
  onReceived: (sopInstanceUid: string) => void = () => {};

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
    if (operation.refused.has(sopInstanceUid)) return this.#refuse(sopInstanceUid);
    if (this.#lacking.delete(sopInstanceUid)) {
      this.#failed.delete(sopInstanceUid);
      this.#refused.delete(sopInstanceUid);
    }
    if (this.#expected.has(sopInstanceUid) && !this.isHere(sopInstanceUid)) this.#absent -= 1;
    this.#received.add(sopInstanceUid);
    this.onReceived(sopInstanceUid);
  }

  /**
   * A C-STORE was answered that was sent for the C-MOVE of somebody else: it is no part of what was
   * promised.
   *
   * @param aeTitle Who that is.
   * @param status What it was answered with.
   */
  strayed(aeTitle: string, status: number): void {
    if (!isStored(status)) return;
    this.#strays.count += 1;
    this.#strays.aeTitle ||= aeTitle;
  }

  /** How many instances came for somebody else, and who was the first of these. */
  get strays(): Readonly<{ count: number; aeTitle: string }> {
    return this.#strays;
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
    for (const uid of sopInstanceUids) {
      if (this.isHere(uid)) continue;
      this.#failed.add(uid);
      this.#lacking.add(uid);
    }
  }

  /** Which instances have been received. */
  get received(): ReadonlySet<string> {
    return this.#received;
  }

  /**
   * Whether an instance is here.
   *
   * @param sopInstanceUid Of the instance.
   * @returns Whether it was received, in this run or in an earlier one.
   */
  isHere(sopInstanceUid: string): boolean {
    return this.#received.has(sopInstanceUid) || this.#earlier.has(sopInstanceUid);
  }

  /**
   * Whether an instance was here before.
   *
   * @param sopInstanceUid Of the instance.
   * @returns Whether an earlier run has received it.
   */
  wasHere(sopInstanceUid: string): boolean {
    return this.#earlier.has(sopInstanceUid);
  }

  /** Which instances the archive has named beforehand; none where it has not. */
  get expectedUids(): ReadonlySet<string> {
    return this.#expected;
  }

  /** Which of the instances that the archive has named are not here, whether they failed or not. */
  get absentUids(): string[] {
    return [...this.#expected].filter((uid) => !this.isHere(uid));
  }

  /** Which instances came although the archive has not named them. */
  get unexpectedUids(): string[] {
    return [...this.#received].filter((uid) => !this.#expected.has(uid));
  }

  /** Which instances were refused here, and have not come since. */
  get refusedUids(): string[] {
    return [...this.#refused];
  }

  /** Which instances failed, as far as they are known by name, and have not come since. */
  get failedUids(): string[] {
    return [...new Set([...this.#failed, ...this.#refused])];
  }

  /** Which instances are known not to have come, and not to have failed. */
  get missingUids(): string[] {
    const failed = new Set(this.failedUids);
    return this.absentUids.filter((uid) => !failed.has(uid));
  }

  /** How many instances there are in all; `undefined` when nobody says. */
  get expectedCount(): number | undefined {
    const counted = this.#operations.map(({ expected }) => expected ?? 0);
    const toCome = [...this.#expected].filter((uid) => !this.#earlier.has(uid)).length;
    return Math.max(toCome, ...counted) || undefined;
  }

  /** How the retrieve stands. */
  get balance(): Balance {
    const balances = this.#operations.map(({ balance }) => balance);
    const [first] = balances;
    const last = balances.at(-1);
    const common = { bytes: this.#bytes, storageFailed: this.#storageFailed };
    const absent = this.#absent;
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

  #refuse(sopInstanceUid: string): void {
    if (this.#received.has(sopInstanceUid)) return;
    this.#refused.add(sopInstanceUid);
    this.#lacking.add(sopInstanceUid);
  }

  /** What has not come by several operations: how much it is, and how much of it failed. */
  #open(balances: readonly Balance[], absent: number): { owed: number; failed: number } {
    const named = this.#lacking.size;
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
