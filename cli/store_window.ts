/**
 * The instances that are under way on one association: sent, and not answered.
 *
 * @module
 */

/**
 * Begins one after the other, and has no more under way than the association allows.
 *
 * @example
 * ```ts
 * import { StoreWindow } from "./store_window.ts";
 * import assert from "node:assert/strict";
 *
 * const window = new StoreWindow();
 * const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
 * for (const { promise } of answers) {
 *   void window.begin(2, (onSent) => {
 *     onSent();
 *     return promise;
 *   });
 * }
 * for (const { resolve } of answers) resolve();
 * await window.empty();
 * assert.equal(window.hadSeveral, true);
 * ```
 */
export class StoreWindow {
  /** How many there may be. */
  #limit = 1;
  #count = 0;
  /** Which one was begun last, and whether it is still being written. */
  #last = 0;
  #isWriting = false;
  #hadSeveral = false;
  #lost: number | undefined;
  /** Told when there is room for one more. */
  #goOn: (() => void) | undefined;
  /** Told when there is none left. */
  #end: (() => void) | undefined;

  /** How many were under way when the association was lost. */
  get lost(): number {
    return this.#lost ?? 0;
  }

  /**
   * The association is lost; told by each that is under way. When there are several, nobody knows which of
   * them the peer could not take.
   *
   * @returns How many are under way, the same to all of them.
   */
  lose(): number {
    return this.#lost ??= this.#count;
  }

  /** Whether several were under way at once, ever. */
  get hadSeveral(): boolean {
    return this.#hadSeveral;
  }

  /**
   * Begins one; the next is to be begun when there is room for it.
   *
   * @param limit How many there may be, this one among them; 0 is any number.
   * @param work Sends it, calls what it is given when the last byte is written, and ends when it is
   *   answered; it does not throw.
   * @returns Resolves when there is room: messages go out one after the other.
   */
  begin(limit: number, work: (onSent: () => void) => Promise<void>): Promise<void> {
    this.#limit = limit || Infinity;
    const number = ++this.#last;
    this.#count += 1;
    this.#hadSeveral ||= this.#count > 1;
    this.#isWriting = true;
    const room = new Promise<void>((resolve) => this.#goOn = resolve);
    const makeRoom = (): void => {
      if (number === this.#last) this.#isWriting = false;
      if (!this.#isWriting && this.#count < this.#limit) this.#goOn?.();
    };
    void work(makeRoom).then(() => {
      this.#count -= 1;
      makeRoom();
      if (this.#count === 0) this.#end?.();
    });
    return room;
  }

  /**
   * Waits until none is under way.
   *
   * @returns Resolves then.
   */
  empty(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#end = resolve);
  }
}
