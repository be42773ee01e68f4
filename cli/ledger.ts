/**
 * The books of a retrieve: what the archive promised, what arrived, and what became of it. A status of
 * Success says only what the archive believes.
 *
 * @module
 */

import type { SubOperationCounters } from "../lib/dimse/message.ts";
import { statusCategory } from "../lib/dimse/status.ts";

/** How the retrieve stands. */
export interface Balance {
  /** Instances that were answered with Success or a warning. */
  readonly received: number;
  /** How many of them had been received before in this run. */
  readonly repeated: number;
  /** Bytes of the files that hold them. */
  readonly bytes: number;
  /** Instances that the archive says it has sent; `undefined` when it does not say. */
  readonly promised: number | undefined;
  /** Instances that the archive says have failed, or that we refused, whichever are more. */
  readonly failed: number;
  /** Instances that were promised and have not arrived. */
  readonly missing: number;
  /** Instances that the local storage could not take. */
  readonly storageFailed: number;
}

/**
 * Keeps the books of one retrieve.
 *
 * @example
 * ```ts
 * import { Ledger } from "./ledger.ts";
 * import assert from "node:assert/strict";
 *
 * const ledger = new Ledger();
 * ledger.promise({ completed: 2, failed: 0, warning: 0 });
 * ledger.answered("1.2.3", 0x0000);
 * assert.equal(ledger.balance.missing, 1);
 * ```
 */
export class Ledger {
  readonly #received = new Set<string>();
  readonly #refused = new Map<string, number>();
  #count = 0;
  #bytes = 0;
  #storageFailed = 0;
  #promised: number | undefined;
  #failedByArchive = 0;
  #expected: number | undefined;

  /**
   * A C-STORE was answered.
   *
   * @param sopInstanceUid Of the instance.
   * @param status What it was answered with.
   */
  answered(sopInstanceUid: string, status: number): void {
    if (isStored(status)) {
      this.#count += 1;
      this.#received.add(sopInstanceUid);
      // The archive tried again, with success.
      this.#refused.delete(sopInstanceUid);
    } else if (!this.#received.has(sopInstanceUid)) {
      this.#refused.set(sopInstanceUid, status);
    }
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
   * @param counters Of its latest response; a counter that is absent leaves what is known.
   */
  promise(counters: SubOperationCounters): void {
    const { remaining, completed, warning, failed } = counters;
    if ((remaining ?? completed ?? warning ?? failed) !== undefined) {
      const total = (remaining ?? 0) + (completed ?? 0) + (warning ?? 0) + (failed ?? 0);
      this.#expected = Math.max(this.#expected ?? 0, total);
    }
    if (completed !== undefined || warning !== undefined) {
      this.#promised = (completed ?? 0) + (warning ?? 0);
    }
    if (failed !== undefined) this.#failedByArchive = failed;
  }

  /** The status of each instance that was refused and did not come again, by SOP Instance UID. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused;
  }

  /**
   * How many sub-operations the archive has counted in all, what remains included; `undefined` when it
   * does not say. Some archives lower their counts as they go: the highest holds.
   */
  get expected(): number | undefined {
    return this.#expected;
  }

  /** How the retrieve stands. */
  get balance(): Balance {
    const promised = this.#promised;
    return {
      received: this.#count,
      repeated: this.#count - this.#received.size,
      bytes: this.#bytes,
      promised,
      failed: Math.max(this.#failedByArchive, this.#refused.size),
      missing: Math.max(0, (promised ?? 0) - this.#count),
      storageFailed: this.#storageFailed,
    };
  }
}

/**
 * Whether an instance was taken.
 *
 * @param status What it was answered with.
 * @returns Whether that is Success, or a warning of C-STORE (PS3.4 section B.2.3, PS3.7 section C.5).
 */
export function isStored(status: number): boolean {
  const category = statusCategory(status);
  return category === "success" || category === "warning";
}
