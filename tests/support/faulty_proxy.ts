/**
 * A way over the network that breaks: a TCP proxy that drops connections, or lets them fall silent.
 *
 * @module
 */

/** What becomes of a connection. */
export interface Fault {
  /** Which way the bytes go that are counted: `up` from the client, `down` to it. */
  readonly direction: "up" | "down";
  /** After how many bytes it happens: so many still arrive. */
  readonly after: number;
  /** `cut` closes both ends; `stall` passes nothing on any more, either way, and closes nothing. */
  readonly how: "cut" | "stall";
}

/** A proxy that listens on a port of its own. Disposing of it closes all connections. */
export class FaultyProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #faultOf: (connection: number) => Fault | undefined;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #done: Promise<void>;
  #count = 0;

  /**
   * Listens.
   *
   * @param target The port on this machine that connections are passed on to.
   * @param faultOf What becomes of each connection, by its number from 1; nothing where it is undefined.
   * @param port Where to listen; the system chooses by default.
   */
  constructor(target: number, faultOf: (connection: number) => Fault | undefined, port = 0) {
    this.#target = target;
    this.#faultOf = faultOf;
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
      for await (const client of this.#listener) underway.push(this.#pass(client));
    } catch {
      // It was closed.
    }
    await Promise.all(underway);
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const fault = this.#faultOf(++this.#count);
    this.#open.add(client);
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    } catch {
      close(client);
      return;
    }
    this.#open.add(server);
    const way = { isSilent: false };
    const upFault = fault?.direction === "up" ? fault : undefined;
    const downFault = fault?.direction === "down" ? fault : undefined;
    await Promise.all([
      pump(client, server, upFault, way),
      pump(server, client, downFault, way),
    ]);
    this.#open.delete(client);
    this.#open.delete(server);
  }
}

/** Passes bytes on until one end closes or the fault comes. */
async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  fault: Fault | undefined,
  way: { isSilent: boolean },
): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  let left = fault?.after ?? Infinity;
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      if (way.isSilent) continue;
      await writeAll(to, buffer.subarray(0, Math.min(count, left)));
      left -= count;
      if (left > 0) continue;
      if (fault?.how === "cut") break;
      way.isSilent = true;
    }
  } catch {
    // One of the two ends is closed.
  }
  // Silence has no end, but for that of either side.
  close(from);
  close(to);
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await connection.write(rest));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
