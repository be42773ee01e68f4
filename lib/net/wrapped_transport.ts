/**
 * Connections that are others, but for what is done on the way.
 *
 * @module
 */

import type { Listen, Transport } from "./transport.ts";

/** What is done in another way. */
export type TransportChanges = Partial<Pick<Transport, "read" | "write" | "close">>;

/**
 * Makes a connection that is the same, but for some of what it does.
 *
 * @param transport The connection.
 * @param changes What is done in another way.
 * @returns A connection of the same addresses and the same certificate of the peer.
 */
export function wrapTransport(transport: Transport, changes: TransportChanges): Transport {
  return {
    peerAddress: transport.peerAddress,
    localAddress: transport.localAddress,
    // Not known before the handshake.
    get peerCertificate() {
      return transport.peerCertificate;
    },
    read: (buffer) => transport.read(buffer),
    write: (bytes) => transport.write(bytes),
    close: () => transport.close(),
    ...changes,
  };
}

/**
 * Listens in the same way, but for the connections that come.
 *
 * @param listen Starts listening.
 * @param wrap Makes of each connection another.
 * @returns Starts listening.
 */
export function wrapListen(listen: Listen, wrap: (transport: Transport) => Transport): Listen {
  return (options) => {
    const listener = listen(options);
    return {
      hostname: listener.hostname,
      port: listener.port,
      accept: async () => wrap(await listener.accept()),
      close: () => listener.close(),
    };
  };
}
