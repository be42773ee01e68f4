/**
 * A way over the network that keeps all that passes, each direction by itself.
 *
 * @module
 */

import { type Passage, TcpProxy } from "../support/tcp_proxy.ts";

/** What passed on one connection. */
export interface Recording {
  readonly fromRequestor: Uint8Array;
  readonly fromAcceptor: Uint8Array;
}

/** More of a conversation is more of the same. */
const LONGEST_RECORDING = 1024 * 1024;

/** A proxy that listens on a port of its own. Disposing of it closes all connections. */
export class RecordingProxy extends TcpProxy {
  readonly #recordings: readonly { readonly up: number[]; readonly down: number[] }[];

  /**
   * Listens.
   *
   * @param target The port on this machine that connections are passed on to.
   */
  constructor(target: number) {
    const recordings: { up: number[]; down: number[] }[] = [];
    super(target, () => {
      const recording: { up: number[]; down: number[] } = { up: [], down: [] };
      recordings.push(recording);
      return { up: keeping(recording.up), down: keeping(recording.down) };
    });
    this.#recordings = recordings;
  }

  /** What passed until now. */
  get recordings(): Recording[] {
    return this.#recordings.map(({ up, down }) => ({
      fromRequestor: Uint8Array.from(up),
      fromAcceptor: Uint8Array.from(down),
    }));
  }
}

/** Passes all on, and keeps it. */
function keeping(kept: number[]): Passage {
  return (bytes) => {
    if (kept.length < LONGEST_RECORDING) kept.push(...bytes);
    return { bytes };
  };
}
