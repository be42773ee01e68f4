/**
 * What the driver needs of a connection: so that TCP, TLS and a pair in memory are all the same to it.
 *
 * @module
 */

import type { PeerCertificate } from "../handler/handler.ts";

/** A reliable connection that carries bytes in order, in both directions. */
export interface Transport {
  /** The peer's address, `host:port`. */
  readonly peerAddress: string;
  /** Our own address of the connection, as the peer sees it where nothing lies between. */
  readonly localAddress: string;
  /** The certificate that the peer has shown, known from the first byte that was read. */
  readonly peerCertificate?: PeerCertificate | undefined;
  /**
   * Reads what is there, at least one byte.
   *
   * @param buffer Where to.
   * @returns How many bytes, or `null` when the peer has ended the connection.
   */
  read(buffer: Uint8Array): Promise<number | null>;
  /**
   * Writes some of the bytes.
   *
   * @param bytes What to write.
   * @returns How many were written, at least one.
   */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes the connection; a pending read or write ends. May be called more than once. */
  close(): void;
}

/** What accepts connections. */
export interface TransportListener {
  /** The address that it listens on; `0.0.0.0` or `::` stands for all of the machine. */
  readonly hostname: string;
  /** The port that it listens on, never 0: where the system was to choose, its choice. */
  readonly port: number;
  /** The next connection; fails when the listener was closed. */
  accept(): Promise<Transport>;
  /** Stops listening. May be called more than once. */
  close(): void;
}

/** Opens a connection to a peer. */
export type Connect = (
  options: { readonly hostname: string; readonly port: number; readonly signal: AbortSignal },
) => Promise<Transport>;

/** Where to listen. */
export interface ListenWhere {
  /** The address; without it, all of the machine. */
  readonly hostname?: string;
  /** The port; 0 lets the system choose. */
  readonly port: number;
  /**
   * Whether others may listen on the port who say the same, such as the workers of one program: the
   * system then gives each connection to one of them. On Linux, with `--unstable-net`. Default: no.
   */
  readonly reusePort?: boolean;
}

/** Starts listening. */
export type Listen = (options: ListenWhere) => TransportListener;
