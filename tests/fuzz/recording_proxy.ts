/**
 * A way over the network that keeps all that passes, each direction by itself.
 *
 * @module
 */

/** What passed on one connection. */
export interface Recording {
  readonly fromRequestor: Uint8Array;
  readonly fromAcceptor: Uint8Array;
}

/** A proxy that listens on a port of its own. Disposing of it closes all connections. */
export class RecordingProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #recordings: { up: number[]; down: number[] }[] = [];
  readonly #done: Promise<void>;

  /**
   * Listens.
   *
   * @param target The port on this machine that connections are passed on to.
   */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#done = this.#serve();
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** What passed until now. */
  get recordings(): Recording[] {
    return this.#recordings.map(({ up, down }) => ({
      fromRequestor: Uint8Array.from(up),
      fromAcceptor: Uint8Array.from(down),
    }));
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
    const recording: { up: number[]; down: number[] } = { up: [], down: [] };
    this.#recordings.push(recording);
    this.#open.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    this.#open.add(server);
    await Promise.all([pump(client, server, recording.up), pump(server, client, recording.down)]);
    this.#open.delete(client);
    this.#open.delete(server);
  }
}

async function pump(from: Deno.TcpConn, to: Deno.TcpConn, kept: number[]): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      const read = buffer.subarray(0, count);
      if (kept.length < LONGEST_RECORDING) kept.push(...read);
      for (let rest = read; rest.byteLength > 0;) rest = rest.subarray(await to.write(rest));
    }
  } catch {
    // One of the two ends is closed.
  }
  close(from);
  close(to);
}

/** More of a conversation is more of the same. */
const LONGEST_RECORDING = 1024 * 1024;

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
