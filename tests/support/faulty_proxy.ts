/**
 * A way over the network that breaks: a TCP proxy that drops connections, or lets them fall silent.
 *
 * @module
 */

import { type Passage, TcpProxy } from "./tcp_proxy.ts";

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
export class FaultyProxy extends TcpProxy {
  /**
   * Listens.
   *
   * @param target The port on this machine that connections are passed on to.
   * @param faultOf What becomes of each connection, by its number from 1; nothing where it is undefined.
   * @param port Where to listen; the system chooses by default.
   */
  constructor(target: number, faultOf: (connection: number) => Fault | undefined, port = 0) {
    super(target, (connection) => {
      const fault = faultOf(connection);
      const way = { isSilent: false };
      return {
        up: passage(fault?.direction === "up" ? fault : undefined, way),
        down: passage(fault?.direction === "down" ? fault : undefined, way),
      };
    }, port);
  }
}

/** Passes all on until the fault comes. Silence has no end, but for that of either side. */
function passage(fault: Fault | undefined, way: { isSilent: boolean }): Passage {
  let left = fault?.after ?? Infinity;
  return (bytes) => {
    if (way.isSilent) return { bytes: new Uint8Array(0) };
    const passed = bytes.subarray(0, Math.min(bytes.byteLength, left));
    left -= bytes.byteLength;
    const isOver = left <= 0;
    way.isSilent = isOver && fault?.how === "stall";
    return { bytes: passed, isCut: isOver && fault?.how === "cut" };
  };
}
