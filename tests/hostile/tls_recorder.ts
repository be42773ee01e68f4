/**
 * A server that keeps what comes, encrypted and decrypted.
 *
 * @module
 */

import { listenTcp } from "../../lib/net/deno_transport.ts";
import { listenTls } from "../../lib/net/tls_listen.ts";
import type { Listen, Transport, TransportListener } from "../../lib/net/transport.ts";
import { type IdentityName, identityOf } from "../support/tls_fixtures.ts";
import { abort } from "./raw_bytes.ts";

/** A server that says what came to it, as it came and as TLS gave it. */
export class TlsRecorder implements AsyncDisposable {
  /** The octets of each connection. */
  readonly wires: number[][] = [];
  /** What was decrypted. */
  readonly plain: number[] = [];
  readonly port: number;
  readonly #listener: TransportListener;
  readonly #done: Promise<void>;

  /**
   * Listens.
   *
   * @param name Whose certificate it shows; without one, it answers without TLS.
   */
  constructor(name: IdentityName | undefined) {
    const listen: Listen = (where) => {
      const listener = listenTcp(where);
      return { ...listener, accept: async () => this.#record(await listener.accept()) };
    };
    const start = name === undefined ? listen : listenTls({ ...identityOf(name), listen });
    this.#listener = start({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.port;
    this.#done = this.#run(name === undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  #record(transport: Transport): Transport {
    const wire: number[] = [];
    this.wires.push(wire);
    return {
      peerAddress: transport.peerAddress,
      localAddress: transport.localAddress,
      async read(buffer) {
        const count = await transport.read(buffer);
        wire.push(...buffer.subarray(0, count ?? 0));
        return count;
      },
      write: (bytes) => transport.write(bytes),
      close: () => transport.close(),
    };
  }

  async #run(isPlain: boolean): Promise<void> {
    while (true) {
      const transport = await this.#listener.accept().catch(() => undefined);
      if (transport === undefined) return;
      const buffer = new Uint8Array(4096);
      const count = await transport.read(buffer).catch(() => null);
      if (isPlain) await transport.write(Uint8Array.fromHex(abort(0, 0))).catch(() => {});
      else this.plain.push(...buffer.subarray(0, count ?? 0));
      transport.close();
    }
  }
}
