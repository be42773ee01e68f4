/**
 * Counts what comes in by each connection of a server, the overhead of the protocol included, whatever
 * becomes of it.
 *
 * @module
 */

import type { Listen, Transport } from "../lib/net/transport.ts";
import { wrapListen, wrapTransport } from "../lib/net/wrapped_transport.ts";

/** How much has come in by one connection. */
export interface ByteCount {
  readonly received: number;
}

/**
 * Counts the bytes of connections that are accepted.
 *
 * @example
 * ```ts
 * import { ConnectionBytes } from "./connection_bytes.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(new ConnectionBytes().of("10.0.0.1:4711").received, 0);
 * ```
 */
export class ConnectionBytes {
  readonly #open = new Map<string, { received: number }>();
  #received = 0;

  /** Bytes that have come in by all connections. */
  get received(): number {
    return this.#received;
  }

  /**
   * How much has come in by a connection; goes on counting.
   *
   * @param peerAddress Tells it apart from the others that are open.
   * @returns The count.
   */
  of(peerAddress: string): ByteCount {
    return this.#open.get(peerAddress) ?? { received: 0 };
  }

  /**
   * Counts what passes by connections that are accepted.
   *
   * @param listen Starts listening.
   * @returns Starts listening, with connections that are counted.
   */
  countListen(listen: Listen): Listen {
    return wrapListen(listen, (transport) => this.#count(transport));
  }

  #count(transport: Transport): Transport {
    const { peerAddress } = transport;
    const count = { received: 0 };
    this.#open.set(peerAddress, count);
    return wrapTransport(transport, {
      read: async (buffer) => {
        const length = await transport.read(buffer);
        count.received += length ?? 0;
        this.#received += length ?? 0;
        return length;
      },
      close: () => {
        if (this.#open.get(peerAddress) === count) this.#open.delete(peerAddress);
        transport.close();
      },
    });
  }
}
