/**
 * Writes what the core has to send, in order and one write at a time.
 *
 * @module
 */

import type { Transport } from "./transport.ts";

/** Most of the time: it is asked for with every read. */
const NOTHING_TO_WRITE: Promise<void> = Promise.resolve();

/** What an outbox needs to know. */
export interface OutboxOptions {
  /** What is to be sent, handed out once. */
  readonly take: () => Uint8Array[];
  /** Told before each write. */
  readonly onWriting: () => void;
  /** Told once, when the peer takes nothing any more. */
  readonly onBroken: () => void;
}

/** The writing side of a connection. */
export class Outbox {
  readonly #transport: Transport;
  readonly #options: OutboxOptions;
  #isWriting = false;
  #isBroken = false;
  #written: Promise<void> = Promise.resolve();

  /**
   * Makes an outbox with nothing to write.
   *
   * @param transport The connection.
   * @param options Where the bytes come from, and who is told.
   */
  constructor(transport: Transport, options: OutboxOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /**
   * Writes all that is to be sent. It never fails: after a failed write the output is dropped, and the
   * reading side finds out what became of the peer.
   *
   * @returns When it is written.
   */
  flush(): Promise<void> {
    if (this.#isWriting) return this.#written;
    const output = this.#options.take();
    return output.length === 0 ? NOTHING_TO_WRITE : this.#written = this.#writeAll(output);
  }

  async #writeAll(first: readonly Uint8Array[]): Promise<void> {
    this.#isWriting = true;
    try {
      for (let output = first; output.length > 0; output = this.#options.take()) {
        for (const bytes of output) await this.#write(bytes);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#isBroken) return;
    this.#options.onWriting();
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        rest = rest.subarray(await this.#transport.write(rest));
      }
    } catch {
      this.#isBroken = true;
      this.#options.onBroken();
    }
  }
}
