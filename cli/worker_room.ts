/**
 * The room for associations that the workers of a server have together.
 *
 * @module
 */

import { type AssociationLimits, whyFull } from "../lib/net/association_limits.ts";
import { ByAddress } from "../lib/net/by_address.ts";

/**
 * Keeps count of the associations on all workers.
 *
 * @example
 * ```ts
 * import { WorkerRoom } from "./worker_room.ts";
 * import assert from "node:assert/strict";
 *
 * const room = new WorkerRoom({ maximumAssociations: 1 });
 * assert.equal(room.take(0, "10.0.0.5:4711"), undefined);
 * assert.equal(room.take(1, "10.0.0.6:4711"), "1 stand, the most there may be");
 * room.give(0, "10.0.0.5:4711");
 * assert.equal(room.take(1, "10.0.0.6:4711"), undefined);
 * ```
 */
export class WorkerRoom {
  readonly #limits: AssociationLimits;
  readonly #taken = new ByAddress<string>();
  /** What each worker has taken: the addresses. */
  readonly #addresses = new Map<number, Set<string>>();

  /**
   * Makes a room that is empty.
   *
   * @param limits How large it is.
   */
  constructor(limits: AssociationLimits) {
    this.#limits = limits;
  }

  /**
   * Takes a place.
   *
   * @param worker Which worker takes it.
   * @param peerAddress For whom, `host:port`.
   * @returns Why there is none; `undefined` when it is taken.
   */
  take(worker: number, peerAddress: string): string | undefined {
    const because = whyFull(this.#taken, peerAddress, this.#limits);
    if (because !== undefined) return because;
    this.#taken.add(keyOf(worker, peerAddress), peerAddress);
    const addresses = this.#addresses.get(worker) ?? new Set();
    this.#addresses.set(worker, addresses.add(peerAddress));
    return undefined;
  }

  /**
   * Gives a place back.
   *
   * @param worker Which worker had it.
   * @param peerAddress For whom.
   */
  give(worker: number, peerAddress: string): void {
    this.#taken.delete(keyOf(worker, peerAddress));
    this.#addresses.get(worker)?.delete(peerAddress);
  }

  /**
   * Gives all places of a worker back, which has ended.
   *
   * @param worker Which.
   */
  leave(worker: number): void {
    for (const peerAddress of [...this.#addresses.get(worker) ?? []]) {
      this.give(worker, peerAddress);
    }
  }
}

function keyOf(worker: number, peerAddress: string): string {
  return `${worker} ${peerAddress}`;
}
