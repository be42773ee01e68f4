/**
 * The associations that a server requests itself, for the sub-operations of C-MOVE.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import type { AssociationEvent, Observer } from "../net/observer.ts";
import type { Connect } from "../net/transport.ts";

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

/**
 * How to connect to an application entity.
 *
 * @param ways The ways there are; TCP where there is none.
 * @param tls Whether it is to be called by TLS.
 * @returns The option for `associate()`.
 * @throws {ConnectionError} When there is no way to call it by TLS.
 */
export function connectBy(
  { connect, connectTls }: { readonly connect?: Connect; readonly connectTls?: Connect },
  tls: boolean | undefined,
): { readonly connect?: Connect } {
  if (!tls) return connect === undefined ? {} : { connect };
  if (connectTls !== undefined) return { connect: connectTls };
  throw new ConnectionError("Cannot connect by TLS: this program was not told how (connectTls)");
}
