/**
 * Our qrscp, run as its users run it: as a process that has no more rights than it needs.
 *
 * @module
 */
import type { MoveDestination } from "./archive.ts";
import { OurServer, type OurServerOptions } from "./our_server.ts";

/** How a qrscp is started. */
export interface OurQrscpOptions extends Pick<OurServerOptions, "directory" | "reads"> {
  /** Its arguments beside those below; at least a folder. */
  readonly args: readonly string[];
  /** Application entities that it may send to. */
  readonly moveDestinations?: readonly MoveDestination[];
}

/** The AE title of the archive. */
export const QRSCP = "QRSCP";

/**
 * Starts a qrscp.
 *
 * @param options How.
 * @returns The program, listening.
 */
export function startQrscp(options: OurQrscpOptions): Promise<OurServer> {
  return OurServer.start(serverOptions(options));
}

/**
 * Starts a qrscp, and waits for nothing.
 *
 * @param options How.
 * @returns The program.
 */
export function spawnQrscp(options: OurQrscpOptions): OurServer {
  return OurServer.spawn(serverOptions(options));
}

function serverOptions(
  { args, directory, reads = [], moveDestinations = [] }: OurQrscpOptions,
): OurServerOptions {
  const destinations = moveDestinations.flatMap(({ aeTitle, port }) => [
    "--destination",
    `${aeTitle}=127.0.0.1:${port}`,
  ]);
  return { tool: "qrscp", args: ["-p", "0", ...args, ...destinations], directory, reads };
}
