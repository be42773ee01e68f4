/**
 * The requests of the peer that are not answered yet.
 *
 * @module
 */

/** Counts them, and lets the reading wait until there are fewer. */
export class UnansweredRequests {
  #count = 0;
  #waiting: { readonly limit: number; readonly goOn: () => void } | undefined;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** One has come. */
  add(): void {
    this.#count += 1;
  }

  /** One is dealt with. */
  remove(): void {
    this.#count -= 1;
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#count <= waiting.limit) waiting.goOn();
  }

  /**
   * Waits until there are few enough. One waits at a time: the loop that reads.
   *
   * @param limit How many there may be.
   * @returns A promise when there are more.
   */
  downTo(limit: number): Promise<void> | undefined {
    if (this.#count <= limit) return undefined;
    return new Promise((goOn) => this.#waiting = { limit, goOn });
  }

  /** Lets whoever waits go on: there is nobody to answer to any more. */
  giveUp(): void {
    this.#waiting?.goOn();
  }
}
