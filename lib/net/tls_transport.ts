/**
 * TLS over any connection: a {@linkcode Transport} of plain bytes on one of encrypted bytes.
 *
 * The handshake and the records are those of `node:tls`, which alone can ask clients for certificates and
 * trusts no other authorities than it is given. It works on a stream that is played here: so that the
 * connection below is ours, with its address, its deadlines and without Nagle's algorithm; and so that
 * encrypted bytes are read only when somebody waits for plain ones: `node:tls` itself would take in what
 * comes without a bound.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import type { TLSSocket } from "node:tls";
import { ConnectionError, DataSetError, type TlsError } from "../errors.ts";
import type { PeerCertificate } from "../handler/handler.ts";
import { readCertificate } from "./certificate.ts";
import { type TlsCircumstances, tlsError } from "./tls_fault.ts";
import type { Transport } from "./transport.ts";

/** One read of encrypted bytes: as much as one of plain ones takes. */
const READ_BUFFER_LENGTH = 256 * 1024;

/** A PDU header: enough to know other protocols by. */
const BEGINNING_LENGTH = 6;

/** Whoever waits for plain bytes. */
interface Reader {
  readonly buffer: Uint8Array;
  filled: number;
  isSettling: boolean;
  readonly done: PromiseWithResolvers<number | null>;
}

/** How a TLS connection is begun. */
export interface TlsStart {
  /**
   * Begins the handshake on a stream of encrypted bytes.
   *
   * @param encrypted The stream.
   * @param onSecure To be told when the handshake is done.
   * @param onFailed To be told when it failed.
   */
  begin(
    encrypted: Duplex,
    onSecure: (socket: TLSSocket) => void,
    onFailed: (error: unknown) => void,
  ): void;
  /** What the sentences of errors need. */
  readonly circumstances: TlsCircumstances;
}

/**
 * The stream below `node:tls`. It destroys the stream of a handshake that failed before it writes the alert
 * that tells the peer why.
 */
class EncryptedStream extends Duplex {
  override destroy(error?: Error): this {
    setImmediate(() => super.destroy(error));
    return this;
  }
}

/** A connection of plain bytes. */
export class TlsTransport implements Transport {
  readonly peerAddress: string;
  readonly localAddress: string;
  readonly #inner: Transport;
  readonly #circumstances: TlsCircumstances;
  readonly #encrypted: Duplex;
  readonly #secured = Promise.withResolvers<void>();
  #socket: TLSSocket | undefined;
  #certificate: PeerCertificate | undefined;
  /** Used again when what was in it has been decrypted. */
  #ciphertext = new Uint8Array(READ_BUFFER_LENGTH);
  /** What came first, to tell what the peer speaks if it is not TLS. */
  #beginning: Uint8Array | undefined;
  #isReadWanted = false;
  #isReading = false;
  #isWriting = false;
  #hasRead = false;
  #reader: Reader | undefined;
  /** Plain bytes that the last reader had no room for. */
  readonly #leftover: Uint8Array[] = [];
  #failure: Error | undefined;
  /** Nothing can be written any more. */
  #writeFailure: Error | undefined;
  #hasEnded = false;
  #isClosed = false;

  /**
   * Begins TLS on a connection; the handshake goes on by itself.
   *
   * @param inner The connection, which belongs to this from now on.
   * @param start How to begin.
   */
  constructor(inner: Transport, start: TlsStart) {
    this.#inner = inner;
    this.peerAddress = inner.peerAddress;
    this.localAddress = inner.localAddress;
    this.#circumstances = start.circumstances;
    // Who does not wait for the handshake is told of its failure by reading.
    this.#secured.promise.catch(() => {});
    this.#encrypted = new EncryptedStream({
      readableHighWaterMark: 1,
      writableHighWaterMark: 1,
      read: () => this.#wantRead(),
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#writeAll(chunk).then(() => done(), (error: Error) => {
          // What the peer sent before it went may still be read, so the stream goes on.
          this.#writeFailure ??= error;
          done();
        });
      },
      final: (done) => {
        done();
        if (this.#isClosed) this.#inner.close();
      },
    });
    this.#encrypted.on("error", (error) => this.#fail(error));
    start.begin(this.#encrypted, (socket) => this.#secure(socket), (error) => this.#refuse(error));
  }

  /** Resolves when the handshake is done; fails with {@linkcode TlsError} when it cannot be. */
  get secured(): Promise<void> {
    return this.#secured.promise;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#certificate;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    const count = this.#takeLeftover(buffer);
    if (count > 0) return Promise.resolve(count);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#hasEnded) return Promise.resolve(null);
    const done = Promise.withResolvers<number | null>();
    this.#reader = { buffer, filled: 0, isSettling: false, done };
    this.#pump();
    return done.promise;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#socket === undefined) await this.#secured.promise;
    const socket = this.#socket;
    if (socket === undefined || this.#isClosed) throw this.#lost("write to the peer");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The socket may be destroyed without another word to who writes.
    const onClose = (): void => reject(this.#failure ?? this.#lost("write to the peer"));
    socket.once("close", onClose);
    this.#isWriting = true;
    try {
      socket.write(bytes, (error) => error ? reject(this.#describe(error)) : resolve());
      await promise;
    } finally {
      this.#isWriting = false;
      socket.off("close", onClose);
    }
    if (this.#isClosed) throw this.#lost("write to the peer");
    if (this.#writeFailure !== undefined) throw this.#writeFailure;
    return bytes.byteLength;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#failure ??= this.#lost("read from the peer");
    this.#settleReader();
    this.#secured.reject(this.#failure);
    const socket = this.#socket;
    // A peer that takes nothing would not take the farewell either.
    if (socket === undefined || this.#isWriting || socket.destroyed) {
      this.#inner.close();
      this.#destroy();
    } else {
      // Sends close_notify, so that the peer can tell the end from a cut.
      socket.end(() => {
        this.#inner.close();
        this.#destroy();
      });
    }
  }

  #destroy(): void {
    this.#socket?.destroy();
    this.#encrypted.destroy();
  }

  #secure(socket: TLSSocket): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    try {
      const { raw } = socket.getPeerCertificate();
      if (raw !== undefined) this.#certificate = readCertificate(raw);
    } catch (error) {
      if (!(error instanceof DataSetError)) throw error;
      this.#refuse(error);
      return;
    }
    this.#socket = socket;
    // A peer that has no more to say may still want our answers.
    socket.allowHalfOpen = true;
    socket.on("data", (plain: Uint8Array) => this.#take(plain));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    socket.on("error", (error) => this.#fail(error));
    this.#secured.resolve();
  }

  /** The handshake failed. */
  #refuse(error: unknown): void {
    if (this.#isClosed) return;
    const beginning = this.#beginning === undefined ? {} : { beginning: this.#beginning };
    this.#failure ??= tlsError(error, { ...this.#circumstances, ...beginning });
    this.#secured.reject(this.#failure);
    this.#settleReader();
    this.#isClosed = true;
    // An alert may be on its way, which tells the peer why.
    setImmediate(() => {
      this.#inner.close();
      this.#encrypted.destroy();
    });
  }

  #wantRead(): void {
    this.#isReadWanted = true;
    this.#pump();
  }

  /** Reads encrypted bytes, if they are wanted below and above. */
  #pump(): void {
    const isDue = this.#socket === undefined || this.#reader !== undefined;
    if (!this.#isReadWanted || !isDue || this.#isReading || this.#isClosed) return;
    this.#isReadWanted = false;
    this.#isReading = true;
    this.#inner.read(this.#ciphertext).then((count) => this.#feed(count), (error: Error) => {
      this.#isReading = false;
      this.#fail(error);
    });
  }

  #feed(count: number | null): void {
    this.#isReading = false;
    if (this.#encrypted.destroyed) return;
    if (count === null) {
      this.#encrypted.push(null);
      // Nothing else would tell of it before the handshake is done.
      if (this.#socket === undefined) this.#refuse({ code: "ECONNRESET" });
      return;
    }
    this.#beginning ??= this.#ciphertext.slice(0, Math.min(count, BEGINNING_LENGTH));
    const { buffer } = this.#ciphertext;
    this.#encrypted.push(Buffer.from(buffer, 0, count));
    // What was not taken at once is still in the buffer.
    if (this.#encrypted.readableLength > 0) this.#ciphertext = new Uint8Array(READ_BUFFER_LENGTH);
    this.#pump();
  }

  /** Takes plain bytes: all that come of one read of encrypted ones go to the same reader. */
  #take(plain: Uint8Array): void {
    this.#hasRead = true;
    const reader = this.#reader;
    let rest = plain;
    if (reader !== undefined) {
      const part = plain.subarray(0, reader.buffer.byteLength - reader.filled);
      reader.buffer.set(part, reader.filled);
      reader.filled += part.byteLength;
      rest = plain.subarray(part.byteLength);
      if (!reader.isSettling) {
        reader.isSettling = true;
        queueMicrotask(() => this.#settleReader());
      }
    }
    if (rest.byteLength > 0) this.#leftover.push(rest);
  }

  #takeLeftover(buffer: Uint8Array): number {
    let filled = 0;
    for (let next = this.#leftover[0]; next !== undefined; next = this.#leftover[0]) {
      const part = next.subarray(0, buffer.byteLength - filled);
      if (part.byteLength === 0) break;
      buffer.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === next.byteLength) this.#leftover.shift();
      else this.#leftover[0] = next.subarray(part.byteLength);
    }
    return filled;
  }

  #settleReader(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    if (reader.filled > 0) reader.done.resolve(reader.filled);
    else if (this.#failure !== undefined) reader.done.reject(this.#failure);
    else reader.done.resolve(null);
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // TLS 1.3 lets a client begin before the server has looked at its certificate.
    if (!this.#hasRead && this.#circumstances.side === "client") {
      this.#failure ??= this.#describe({ code: "ECONNRESET" });
    }
    if (this.#reader?.filled === 0) this.#settleReader();
  }

  #fail(error: Error): void {
    if (this.#socket === undefined && !this.#isClosed) {
      this.#refuse(error);
      return;
    }
    // Without close_notify: who sends A-RELEASE and counts its bytes needs no other end.
    if (this.#hasRead && isCut(error)) {
      this.#end();
      return;
    }
    this.#failure ??= this.#describe(error);
    this.#hasEnded = true;
    if (this.#reader?.filled === 0) this.#settleReader();
    this.#destroy();
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.byteLength > 0 && this.#writeFailure === undefined;) {
      rest = rest.subarray(await this.#inner.write(rest));
    }
  }

  #describe(error: unknown): TlsError | ConnectionError {
    if (error instanceof ConnectionError) return error;
    if (this.#hasRead) {
      const reason = error instanceof Error ? error.message : String(error);
      return new ConnectionError(`Lost the TLS connection: ${reason}`, { cause: error });
    }
    return tlsError(error, this.#circumstances);
  }

  #lost(what: string): ConnectionError {
    return new ConnectionError(`Cannot ${what}: the connection is closed`);
  }
}

/** The peer closed the connection without saying so in TLS. */
function isCut(error: unknown): boolean {
  return error instanceof Error &&
    /unexpected end of file|unexpected eof|close_notify/i.test(error.message);
}
