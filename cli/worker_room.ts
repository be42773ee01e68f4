/**
 * The room for associations that the workers of a server have together.
 *
 * @module
 */

import { ByAddress } from "../lib/net/by_address.ts";

/** How many associations may stand. */
export interface RoomLimits {
  /** In all. */
  readonly maximumAssociations: number;
  /** Of one address. */
  readonly maximumAssociationsPerAddress: number;
}

/**
 * Keeps count of the associations on all workers.
 *
 * @example
 * ```ts
 * import { WorkerRoom } from "./worker_room.ts";
 * import assert from "node:assert/strict";
 *
 * const room = new WorkerRoom({ maximumAssociations: 1, maximumAssociationsPerAddress: 1 });
 * assert.equal(room.take(0, "10.0.0.5:4711"), undefined);
 * assert.equal(room.take(1, "10.0.0.6:4711"), "1 association stands, which is the most");
 * room.give(0, "10.0.0.5:4711");
 * assert.equal(room.take(1, "10.0.0.6:4711"), undefined);
 * ```
 */
export class WorkerRoom {
  readonly #limits: RoomLimits;
  readonly #taken = new ByAddress<string>();
  /** What each worker has taken: the addresses. */
  readonly #addresses = new Map<number, Set<string>>();

  /**
   * Makes a room that is empty.
   *
   * @param limits How large it is.
   */
  constructor(limits: RoomLimits) {
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
    const { maximumAssociations, maximumAssociationsPerAddress } = this.#limits;
    if (this.#taken.size >= maximumAssociations) {
      return `${stand(maximumAssociations)}, which is the most`;
    }
    if (this.#taken.countOf(peerAddress) >= maximumAssociationsPerAddress) {
      return `${stand(maximumAssociationsPerAddress)} that are of its address, which is the most`;
    }
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

function stand(count: number): string {
  return count === 1 ? "1 association stands" : `${count} associations stand`;
}
