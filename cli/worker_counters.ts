/**
 * Numbers that the threads of a server have in common.
 *
 * @module
 */

/** The number of the next association is the first; of each worker what it wrote comes after it. */
const FIRST_WORKER = 1;

/** So many characters a worker may be ahead of who reads the output; then it waits, and its peers with it. */
const WRITTEN_LIMIT = 1024 * 1024;

/** What an event counts for, in characters. */
export const EVENT_LENGTH = 512;

/**
 * Counts the associations of all threads, and what each has written that is not printed.
 *
 * @example
 * ```ts
 * import { WorkerCounters } from "./worker_counters.ts";
 * import assert from "node:assert/strict";
 *
 * const counters = WorkerCounters.make(2);
 * const same = new WorkerCounters(counters.buffer);
 * assert.deepEqual([counters.nextAssociation(), same.nextAssociation()], [1, 2]);
 * ```
 */
export class WorkerCounters {
  /** The memory that the threads share. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;

  /**
   * Takes the memory.
   *
   * @param buffer The memory, of {@linkcode WorkerCounters.make}.
   */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /**
   * Makes the memory.
   *
   * @param workers For so many workers.
   * @returns Counters at zero.
   */
  static make(workers: number): WorkerCounters {
    const length = (FIRST_WORKER + workers) * Int32Array.BYTES_PER_ELEMENT;
    return new WorkerCounters(new SharedArrayBuffer(length));
  }

  /**
   * Takes the number of an association, which no other thread gets.
   *
   * @returns The number, from 1.
   */
  nextAssociation(): number {
    return Atomics.add(this.#cells, 0, 1) + 1;
  }

  /**
   * A worker has written something. Waits while too much of it is not printed: on the thread of the
   * worker, as a program waits that writes to a full pipe.
   *
   * @param index Which worker.
   * @param length How many characters.
   */
  wrote(index: number, length: number): void {
    const cell = FIRST_WORKER + index;
    Atomics.add(this.#cells, cell, length);
    while (true) {
      const ahead = Atomics.load(this.#cells, cell);
      if (ahead <= WRITTEN_LIMIT) return;
      Atomics.wait(this.#cells, cell, ahead);
    }
  }

  /**
   * What a worker has written is printed.
   *
   * @param index Which worker.
   * @param length How many characters.
   */
  printed(index: number, length: number): void {
    const cell = FIRST_WORKER + index;
    Atomics.sub(this.#cells, cell, length);
    Atomics.notify(this.#cells, cell);
  }

  /**
   * A worker begins anew: nothing is written.
   *
   * @param index Which worker.
   */
  reset(index: number): void {
    Atomics.store(this.#cells, FIRST_WORKER + index, 0);
    Atomics.notify(this.#cells, FIRST_WORKER + index);
  }
}
