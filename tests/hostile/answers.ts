/**
 * What a hostile peer is answered.
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { wireText } from "./wire_text.ts";

/** All that comes back on a connection, read as it comes and kept. */
export class Answers {
  /** Settles when nothing comes any more: the other side has closed or reset, or ours is closed. */
  readonly ended: Promise<void>;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #isEnded = false;
  #changed = Promise.withResolvers<void>();

  /**
   * Reads from now on.
   *
   * @param connection The peer's end of the connection; nobody else reads from it.
   */
  constructor(connection: Pick<Transport, "read">) {
    this.ended = this.#read(connection);
  }

  /** What has come and was not forgotten. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The same, as `wireText()` has it. */
  get text(): string {
    return wireText(this.#bytes);
  }

  /** Whether nothing comes any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Forgets what has come. */
  forget(): void {
    this.#bytes = new Uint8Array(0);
  }

  /** Waits until something holds of what has come, or nothing comes any more. */
  async until(condition: () => boolean): Promise<void> {
    while (!this.#isEnded && !condition()) await this.#changed.promise;
  }

  async #read(connection: Pick<Transport, "read">): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    while (true) {
      const count = await connection.read(buffer).catch(() => null);
      if (count === null) break;
      this.#bytes = concatBytes([this.#bytes, buffer.subarray(0, count)]);
      this.#wake();
    }
    this.#isEnded = true;
    this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}
