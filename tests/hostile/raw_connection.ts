/**
 * A TCP connection that a hostile peer has: any bytes go out, and all that comes back is kept.
 *
 * @module
 */

import { Answers } from "./answers.ts";

/** Longer than anything here takes: who waits for so long has failed. */
const PATIENCE = 20_000;

/** A pending response of a retrieve. */
const PROGRESS = /C-(?:GET|MOVE)-RSP#\d+ FF00 \S+ ?/g;

/** The connection. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #deadline: ReturnType<typeof setTimeout>;
  readonly #answers: Answers;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#deadline = setTimeout(() => this[Symbol.dispose](), PATIENCE);
    this.#answers = new Answers(connection);
  }

  /** Connects to a port of 127.0.0.1. */
  static async to(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** What came back and was not forgotten. */
  get text(): string {
    return this.#answers.text;
  }

  /** Whether the peer has closed, or was closed on. */
  get isClosed(): boolean {
    return this.#answers.isEnded;
  }

  /** Forgets what came back. */
  forget(): void {
    this.#answers.forget();
  }

  /** Sends bytes, in hexadecimal or as they are; a peer that has closed gets none. */
  async send(input: string | Uint8Array): Promise<void> {
    const bytes = typeof input === "string" ? Uint8Array.fromHex(input) : input;
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        rest = rest.subarray(await this.#connection.write(rest));
      }
    } catch {
      // It has closed: what came back before tells why.
    }
  }

  /** Waits until something holds, or the peer has closed, or the patience has ended. */
  until(condition: () => boolean): Promise<void> {
    return this.#answers.until(condition);
  }

  /**
   * Waits until so much has come back, closes the sending side, and waits for the peer to close. How
   * often a retrieve tells of its progress is not told.
   */
  async end(expected: string): Promise<string> {
    const outcome = (): string => this.text.replaceAll(PROGRESS, "");
    await this.until(() => outcome().length >= expected.length);
    await this.#connection.closeWrite().catch(() => {});
    await this.#answers.ended;
    return outcome();
  }

  /** Is gone at once, with whatever has not been read: the peer's end is reset. */
  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }
}
