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
 * const window = new StoreWindow(2);
 * const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
 * for (const { promise } of answers) {
 *   void window.begin((onSent) => {
 *     onSent();
 *     return promise;
 *   });
 * }
 * for (const { resolve } of answers) resolve();
 * await window.empty();
 * assert.equal(window.wasCrowded, false);
 * ```
 */
export class StoreWindow {
  readonly #limit: number;
  #count = 0;
  /** Which one was begun last, and whether it is still being written. */
  #last = 0;
  #isWriting = false;
  #hadSeveral = false;
  #wasCrowded: boolean | undefined;
  /** Told when there is room for one more. */
  #goOn: (() => void) | undefined;
  /** Told when there is none left. */
  #end: (() => void) | undefined;

  /**
   * Begins with none.
   *
   * @param limit How many there may be.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Whether there was more than one when this was first asked: it is asked when the association is lost, by
   * each of them, and then nobody knows which of them the peer could not take.
   */
  get wasCrowded(): boolean {
    return this.#wasCrowded ??= this.#count > 1;
  }

  /** Whether several were under way at once, ever. */
  get hadSeveral(): boolean {
    return this.#hadSeveral;
  }

  /**
   * Begins one; the next is to be begun when there is room for it.
   *
   * @param work Sends it, calls what it is given when the last byte is written, and ends when it is
   *   answered; it does not throw.
   * @returns Resolves when there is room: messages go out one after the other.
   */
  begin(work: (onSent: () => void) => Promise<void>): Promise<void> {
    const number = ++this.#last;
    this.#count += 1;
    this.#hadSeveral ||= this.#count > 1;
    this.#isWriting = true;
    const room = new Promise<void>((resolve) => this.#goOn = resolve);
    const onSent = (): void => {
      if (number === this.#last) this.#isWriting = false;
      if (!this.#isWriting && this.#count < this.#limit) this.#goOn?.();
    };
    void work(onSent).then(() => {
      this.#count -= 1;
      // It may have ended before it was sent.
      onSent();
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
