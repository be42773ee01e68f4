/**
 * The file that is sent next, opened while the peer is still busy with the one before.
 *
 * @module
 */

import type { InstanceHead } from "./file_head.ts";
import type { SendQueue } from "./send_queue.ts";

/**
 * Takes from a queue what one association sends, one file ahead. Disposing it closes the file that was
 * not sent, and puts it back.
 */
export class FileAhead<Opened extends Disposable> implements Disposable {
  readonly #queue: SendQueue;
  readonly #open: (head: InstanceHead) => Opened;
  #next: { readonly head: InstanceHead; opened: Opened | undefined } | undefined;

  /**
   * Takes nothing yet.
   *
   * @param queue Where from.
   * @param open Opens the file of an instance.
   */
  constructor(queue: SendQueue, open: (head: InstanceHead) => Opened) {
    this.#queue = queue;
    this.#open = open;
  }

  /** Takes the next instance, and opens its file. What fails now fails again at its turn. */
  prepare(): void {
    if (this.#next !== undefined) return;
    const head = this.#queue.take();
    if (head === undefined) return;
    this.#next = { head, opened: undefined };
    try {
      this.#next.opened = this.#open(head);
    } catch {
      // The turn of this file comes, and with it somebody to tell.
    }
  }

  /** The next instance; `undefined` when there is none left. */
  peek(): InstanceHead | undefined {
    if (this.#next === undefined) {
      const head = this.#queue.take();
      if (head !== undefined) this.#next = { head, opened: undefined };
    }
    return this.#next?.head;
  }

  /**
   * Gives the file of the next instance, whose turn is now.
   *
   * @returns The file, the caller's to dispose of.
   * @throws What opening it throws.
   */
  take(): Opened {
    const next = this.#next;
    if (next === undefined) throw new TypeError("Cannot open the next file: there is none");
    this.#next = undefined;
    return next.opened ?? this.#open(next.head);
  }

  [Symbol.dispose](): void {
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) return;
    next.opened?.[Symbol.dispose]();
    this.#queue.putBack(next.head);
  }
}
