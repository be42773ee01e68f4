/**
 * A way over the network that a test has in its hands: a TCP proxy, and what it does to the bytes that
 * pass.
 *
 * @module
 */

/** What becomes of some bytes that came: those that are passed on, and whether the connection is cut then. */
export interface Passed {
  readonly bytes: Uint8Array;
  readonly isCut?: boolean;
}

/** One direction of a connection: is shown what comes, piece by piece, and says what is passed on. */
export type Passage = (bytes: Uint8Array) => Passed;

/** Both directions of a connection. */
export interface Passages {
  /** From the requestor to the acceptor. */
  readonly up: Passage;
  /** From the acceptor to the requestor. */
  readonly down: Passage;
}

/** A proxy that listens on a port of its own. Disposing of it closes all connections. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #passagesOf: (connection: number) => Passages;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #done: Promise<void>;
  #count = 0;

  /**
   * Listens.
   *
   * @param target The port on this machine that connections are passed on to.
   * @param passagesOf What is done to each connection, by its number from 1.
   * @param port Where to listen; the system chooses by default.
   */
  constructor(target: number, passagesOf: (connection: number) => Passages, port = 0) {
    this.#target = target;
    this.#passagesOf = passagesOf;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#done = this.#serve();
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections came. */
  get connections(): number {
    return this.#count;
  }

  /** Closes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#done;
  }

  async #serve(): Promise<void> {
    const underway: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) underway.push(this.#connect(client));
    } catch {
      // It was closed.
    }
    await Promise.all(underway);
  }

  async #connect(client: Deno.TcpConn): Promise<void> {
    const { up, down } = this.#passagesOf(++this.#count);
    this.#open.add(client);
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      close(client);
      return;
    }
    this.#open.add(server);
    await Promise.all([pump(client, server, up), pump(server, client, down)]);
    this.#open.delete(client);
    this.#open.delete(server);
  }
}

/** Passes bytes on until one end closes, or the connection is cut. */
async function pump(from: Deno.TcpConn, to: Deno.TcpConn, passage: Passage): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const { bytes, isCut = false } = passage(buffer.subarray(0, count));
      for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await to.write(rest));
      if (isCut) break;
    }
  } catch {
    // One of the two ends is closed.
  }
  close(from);
  close(to);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
