/**
 * Our storescp, run as its users run it: as a process that has no more rights than it needs.
 *
 * @module
 */
import { OurServer } from "./our_server.ts";

/** A storescp that listens, and what it writes. */
export type OurStorescp = OurServer;

/** Starts one. */
export const OurStorescp = {
  /**
   * Starts it.
   *
   * @param args Its arguments; the system chooses the port.
   * @param directory The only directory that it may read and write, and its current one.
   * @param address The only address that it may listen on.
   * @returns The program, listening.
   */
  start(args: readonly string[], directory: string, address = "127.0.0.1"): Promise<OurServer> {
    return OurServer.start({ tool: "storescp", args: ["0", ...args], directory, address });
  },
};
