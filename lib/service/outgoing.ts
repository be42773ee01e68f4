/**
 * The associations that a server requests itself, for the sub-operations of C-MOVE.
 *
 * @module
 */

import type { AssociationEvent, Observer } from "../net/observer.ts";

/** Counts connections that are open, so that their end can be waited for. */
export class OutgoingConnections {
  #count = 0;
  #closed = Promise.withResolvers<void>();
  /** To be told what happens on them; passes it on. */
  readonly observer: Observer;

  /**
   * Begins with none.
   *
   * @param observer Who is told of everything.
   */
  constructor(observer: Observer = () => {}) {
    this.observer = (event: AssociationEvent): void => {
      if (event.type === "connection-opened") this.#count += 1;
      if (event.type === "connection-closed" && --this.#count === 0) {
        this.#closed.resolve();
        this.#closed = Promise.withResolvers();
      }
      observer(event);
    };
  }

  /**
   * Waits until none is open.
   *
   * @returns When that is so.
   */
  async closed(): Promise<void> {
    while (this.#count > 0) await this.#closed.promise;
  }
}
