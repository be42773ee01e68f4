/**
 * Counts the bytes that a tool sends and receives, as they pass: an instance that takes long shows
 * before it is complete.
 *
 * @module
 */

import { connectTcp, listenTcp } from "../lib/net/deno_transport.ts";
import type { Connect, Listen, Transport } from "../lib/net/transport.ts";
import { wrapListen, wrapTransport } from "../lib/net/wrapped_transport.ts";

/**
 * Counts the bytes of connections, the overhead of the protocol included.
 *
 * @example
 * ```ts
 * import { Traffic } from "./traffic.ts";
 * import assert from "node:assert/strict";
 *
 * const traffic = new Traffic();
 * const connect = traffic.countConnect(() =>
 *   Promise.resolve({
 *     peerAddress: "h:1",
 *     localAddress: "h:2",
 *     read: () => Promise.resolve(10),
 *     write: (bytes) => Promise.resolve(bytes.byteLength),
 *     close: () => {},
 *   })
 * );
 * const { signal } = new AbortController();
 * const transport = await connect({ hostname: "h", port: 1, signal });
 * await transport.read(new Uint8Array(16));
 * assert.deepEqual([traffic.received, traffic.sent], [10, 0]);
 * ```
 */
export class Traffic {
  #received = 0;
  #sent = 0;

  /** Bytes that have come in. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that have gone out. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Counts what passes by connections that are opened.
   *
   * @param connect Opens them; TCP by default.
   * @returns Opens them, counted.
   */
  countConnect(connect: Connect = connectTcp): Connect {
    return async (options) => this.#count(await connect(options));
  }

  /**
   * Counts what passes by connections that are accepted.
   *
   * @param listen Starts listening; TCP by default.
   * @returns Starts listening, with connections that are counted.
   */
  countListen(listen: Listen = listenTcp): Listen {
    return wrapListen(listen, (transport) => this.#count(transport));
  }

  #count(transport: Transport): Transport {
    return wrapTransport(transport, {
      read: async (buffer) => {
        const length = await transport.read(buffer);
        this.#received += length ?? 0;
        return length;
      },
      write: async (bytes) => {
        const length = await transport.write(bytes);
        this.#sent += length;
        return length;
      },
    });
  }
}
