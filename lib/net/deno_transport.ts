/**
 * TCP through Deno: the only file of the library that opens sockets.
 *
 * @module
 */

import { ConnectionError } from "../errors.ts";
import type { ListenWhere, Transport, TransportListener } from "./transport.ts";

/** What a socket's end of its life looks like in Deno: not failures of the program. */
function connectionError(what: string, error: unknown): ConnectionError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConnectionError(`Cannot ${what}: ${reason}`, { cause: error });
}

function formatAddress(address: Deno.Addr): string {
  if (address.transport !== "tcp") return address.transport;
  const { port } = address;
  // An IPv4 peer of a socket that listens on IPv6 too.
  const hostname = address.hostname.replace(/^::ffff:(?=\d+\.)/, "");
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

class DenoTransport implements Transport {
  readonly peerAddress: string;
  readonly localAddress: string;
  readonly #connection: Deno.TcpConn;
  #closed = false;

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.peerAddress = formatAddress(connection.remoteAddr);
    this.localAddress = formatAddress(connection.localAddr);
    try {
      // Without it the last small write of each message waits for the peer's delayed acknowledgement.
      connection.setNoDelay(true);
    } catch {
      // Some systems refuse it when the peer has gone already: the first read will tell.
    }
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection.read(buffer);
    } catch (error) {
      throw connectionError("read from the peer", error);
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    try {
      return await this.#connection.write(bytes);
    } catch (error) {
      throw connectionError("write to the peer", error);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
  }
}

/**
 * Opens a TCP connection.
 *
 * @param options Where to, and a signal that gives up.
 * @returns The connection.
 * @throws {ConnectionError} When it cannot be opened.
 */
export async function connectTcp(
  options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
): Promise<Transport> {
  const { hostname, port, signal } = options;
  try {
    return new DenoTransport(await Deno.connect({ hostname, port, signal, transport: "tcp" }));
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(`connect to ${hostname}:${port}`, error);
  }
}

/**
 * Listens for TCP connections: on one address, or on all of the machine, IPv6 and IPv4.
 *
 * @param options Where; port 0 lets the system choose.
 * @returns The listener.
 * @throws {ConnectionError} When the port is in use or not permitted.
 */
export function listenTcp(options: ListenWhere): TransportListener {
  const listener = openListener(options);
  const { hostname, port } = listener.addr;
  return {
    hostname,
    port,
    accept: async () => new DenoTransport(await listener.accept()),
    close: () => {
      try {
        listener.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    },
  };
}

function openListener({ hostname, port, reusePort = false }: ListenWhere): Deno.TcpListener {
  const where = hostname ?? "all addresses";
  const listen = (hostname: string): Deno.TcpListener =>
    Deno.listen({ hostname, port, ...(reusePort && { reusePort }) });
  try {
    if (hostname !== undefined) return listen(hostname);
    // Windows keeps IPv4 out of a socket that listens on "::".
    if (Deno.build.os === "windows") return listen("0.0.0.0");
    try {
      return listen("::");
    } catch (error) {
      if (error instanceof Deno.errors.AddrInUse) throw error;
      // A machine without IPv6.
      return listen("0.0.0.0");
    }
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new ConnectionError(`Cannot listen on port ${port} of ${where}: it is in use`, {
        cause: error,
      });
    }
    throw connectionError(`listen on port ${port} of ${where}`, error);
  }
}
