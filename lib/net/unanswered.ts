/**
 * The requests of the peer that are not answered yet.
 *
 * @module
 */

import type { Message } from "../dimse/message.ts";

/**
 * So many operations that take their time do not hold up the reading: while one is served, its C-CANCEL
 * must come through, and the responses to the sub-operations of a C-GET.
 */
export const LONG_OPERATIONS = 4;

/** Counts them, and lets the reading wait until there are fewer. */
export class UnansweredRequests {
  #count = 0;
  #long = 0;
  #waiting: { readonly limit: number; readonly goOn: () => void } | undefined;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * One has come.
   *
   * @param type What it is.
   */
  add(type: Message["type"]): void {
    this.#count += 1;
    if (isLong(type)) this.#long += 1;
  }

  /**
   * One is dealt with.
   *
   * @param type What it is.
   */
  remove(type: Message["type"]): void {
    this.#count -= 1;
    if (isLong(type)) this.#long -= 1;
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#count <= waiting.limit) waiting.goOn();
  }

  /**
   * Waits until there are few enough, those apart that take their time. One waits at a time: the loop
   * that reads.
   *
   * @param most How many there may be.
   * @returns A promise when there are more.
   */
  downTo(most: number): Promise<void> | undefined {
    const limit = most + Math.min(this.#long, LONG_OPERATIONS);
    if (this.#count <= limit) return undefined;
    return new Promise((goOn) => this.#waiting = { limit, goOn });
  }

  /** Lets whoever waits go on: there is nobody to answer to any more. */
  giveUp(): void {
    this.#waiting?.goOn();
  }
}

function isLong(type: Message["type"]): boolean {
  return type === "C-FIND-RQ" || type === "C-GET-RQ" || type === "C-MOVE-RQ";
}
