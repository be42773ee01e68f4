/**
 * Two ends of a TLS connection, in memory.
 *
 * @module
 */

import type { ConnectTlsOptions } from "../../lib/net/tls_connect.ts";
import { connectTls } from "../../lib/net/tls_connect.ts";
import { listenTls, type ListenTlsCredentials } from "../../lib/net/tls_listen.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { memoryPair, type MemoryTransport } from "./memory_transport.ts";
import { authorityOf, identityOf } from "./tls_fixtures.ts";

/** A TLS connection; the client's handshake is done. */
export interface TlsPair {
  readonly client: Transport;
  readonly server: Transport;
  /** The encrypted bytes below. */
  readonly below: { readonly client: MemoryTransport; readonly server: MemoryTransport };
  /** Closes both ends. */
  close(): void;
}

/** What to change of a connection that would do. */
export interface TlsPairOptions {
  readonly client?: ConnectTlsOptions;
  readonly server?: Partial<ListenTlsCredentials>;
  /** How many encrypted bytes are under way at most. */
  readonly capacity?: number;
  readonly hostname?: string;
}

/** The server's end, and what the client's comes to. */
export interface TlsAttempt {
  readonly client: Promise<Transport>;
  readonly server: Transport;
  readonly below: TlsPair["below"];
}

/**
 * Begins TLS.
 *
 * @param options What to change.
 * @returns Both ends.
 */
export async function beginTls(options: TlsPairOptions = {}): Promise<TlsAttempt> {
  const { capacity = 64 * 1024, hostname = "localhost" } = options;
  const [near, far] = memoryPair(capacity);
  const listener = listenTls({
    ...identityOf("server"),
    ...options.server,
    listen: () => ({
      hostname: "localhost",
      port: 104,
      accept: () => Promise.resolve(far),
      close: () => {},
    }),
  })({ port: 104 });
  const connect = connectTls({
    caCerts: [authorityOf()],
    ...options.client,
    connect: () => Promise.resolve(near),
  });
  const client = connect({ hostname, port: 104, signal: new AbortController().signal });
  client.catch(() => {});
  return { client, server: await listener.accept(), below: { client: near, server: far } };
}

/**
 * Makes a TLS connection.
 *
 * @param options What to change.
 * @returns It.
 */
export async function tlsPair(options: TlsPairOptions = {}): Promise<TlsPair> {
  const { client: connecting, server, below } = await beginTls(options);
  const client = await connecting;
  return {
    client,
    server,
    below,
    close() {
      client.close();
      server.close();
    },
  };
}

/**
 * Reads to the end.
 *
 * @param transport Where from.
 * @param size How much to read at once.
 * @param atMost Where to stop; at the end unless given.
 * @returns What came.
 */
export async function readBytes(
  transport: Transport,
  size: number,
  atMost = Infinity,
): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let length = 0;
  while (length < atMost) {
    const buffer = new Uint8Array(Math.min(size, atMost - length));
    const count = await transport.read(buffer);
    if (count === null) break;
    all.push(buffer.subarray(0, count));
    length += count;
  }
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of all) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * Writes all.
 *
 * @param transport Where to.
 * @param bytes What.
 */
export async function writeBytes(transport: Transport, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) {
    rest = rest.subarray(await transport.write(rest));
  }
}
