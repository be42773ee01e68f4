/**
 * Connections of the instruments: of TCP or TLS, without Nagle's algorithm.
 *
 * @module
 */

/** Opens a connection to the tool that is measured. */
export type Connect = () => Promise<Deno.Conn>;

/**
 * How to connect to a port of this machine.
 *
 * @param port The port.
 * @param ca The certificate that the peer must show, as PEM; without it the connection is of TCP.
 * @returns The way.
 */
export function connector(port: number, ca?: string): Connect {
  if (ca !== undefined) {
    return () => Deno.connectTls({ hostname: "localhost", port, caCerts: [ca] });
  }
  return async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    return connection;
  };
}
