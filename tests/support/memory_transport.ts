/**
 * A connection in memory: two ends with a bounded pipe in each direction.
 *
 * @module
 */

import { ConnectionError } from "../../lib/errors.ts";
import type { Connect, Listen, Transport } from "../../lib/net/transport.ts";

/** One direction of the connection. */
class Pipe {
  readonly #capacity: number;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #isEnded = false;
  #isBroken = false;
  #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Bytes that were written and not yet read. */
  get length(): number {
    return this.#length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.#length >= this.#capacity && !this.#isBroken && !this.#isEnded) {
      await this.#change();
    }
    if (this.#isBroken || this.#isEnded) throw new ConnectionError("Cannot write: broken pipe");
    const accepted = bytes.slice(0, this.#capacity - this.#length);
    this.#chunks.push(accepted);
    this.#length += accepted.byteLength;
    this.#changed();
    return accepted.byteLength;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#length === 0 && !this.#isEnded && !this.#isBroken) await this.#change();
    if (this.#isBroken) throw new ConnectionError("Cannot read: connection reset");
    const chunk = this.#chunks[0];
    if (chunk === undefined) return null;
    const taken = chunk.subarray(0, buffer.byteLength);
    buffer.set(taken);
    if (taken.byteLength === chunk.byteLength) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(taken.byteLength);
    this.#length -= taken.byteLength;
    this.#changed();
    return taken.byteLength;
  }

  /** The writer is done: what is in the pipe can still be read. */
  end(): void {
    this.#isEnded = true;
    this.#changed();
  }

  /** Everything in the pipe is lost. */
  break(): void {
    this.#isBroken = true;
    this.#changed();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One end of a connection in memory. */
export class MemoryTransport implements Transport {
  readonly peerAddress: string;
  readonly localAddress: string;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  isClosed = false;

  constructor(name: string, peerName: string, incoming: Pipe, outgoing: Pipe) {
    this.localAddress = `${name}:104`;
    this.peerAddress = `${peerName}:104`;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  /** Bytes that we wrote and the peer has not read. */
  get unread(): number {
    return this.#outgoing.length;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.isClosed) throw new ConnectionError("Cannot read: the connection is closed");
    return await this.#incoming.read(buffer);
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.isClosed) throw new ConnectionError("Cannot write: the connection is closed");
    return await this.#outgoing.write(bytes);
  }

  /** Ends our sending side only. */
  closeWrite(): void {
    this.#outgoing.end();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#outgoing.end();
    this.#incoming.break();
  }

  /** Resets the connection: the peer's reads and writes fail at once. */
  reset(): void {
    this.isClosed = true;
    this.#outgoing.break();
    this.#incoming.break();
  }
}

/**
 * Makes a connection in memory.
 *
 * @param capacity How many bytes each direction holds before a writer waits.
 * @param host The address of the first end.
 * @returns The two ends.
 */
export function memoryPair(
  capacity: number = 64 * 1024,
  host = "left",
): [MemoryTransport, MemoryTransport] {
  const left = new Pipe(capacity);
  const right = new Pipe(capacity);
  return [
    new MemoryTransport(host, "right", left, right),
    new MemoryTransport("right", host, right, left),
  ];
}

/** A network in memory with one listener. */
export interface MemoryNetwork {
  readonly connect: Connect;
  readonly listen: Listen;
  /** Connects without an association on top, from an address. */
  dial(host?: string): MemoryTransport;
}

/**
 * Makes a network in memory.
 *
 * @param capacity How many bytes each direction of a connection holds.
 * @returns What `associate()` and `serve()` take.
 */
export function memoryNetwork(capacity?: number): MemoryNetwork {
  const backlog: MemoryTransport[] = [];
  let waiting: PromiseWithResolvers<Transport> | undefined;
  let isClosed = false;
  const dial = (host?: string): MemoryTransport => {
    const [near, far] = memoryPair(capacity, host);
    if (waiting === undefined) backlog.push(far);
    else waiting.resolve(far);
    waiting = undefined;
    return near;
  };
  return {
    dial,
    connect: () => Promise.resolve(dial()),
    listen: ({ hostname = "memory", port }) => ({
      hostname,
      port,
      accept(): Promise<Transport> {
        if (isClosed) return Promise.reject(new ConnectionError("Cannot accept: closed"));
        const next = backlog.shift();
        if (next !== undefined) return Promise.resolve(next);
        waiting = Promise.withResolvers();
        return waiting.promise;
      },
      close(): void {
        isClosed = true;
        waiting?.reject(new ConnectionError("Cannot accept: closed"));
      },
    }),
  };
}
