/**
 * A foreign DICOM peer that runs as a program, in a directory that is its own.
 *
 * @module
 */
import type { Daemon } from "./command.ts";

/** A peer that runs until it is stopped, and of which nothing is left then. */
export interface PeerDaemon extends Daemon {
  /** Where its configuration and its instances are; removed when it has ended. */
  readonly directory: string;
}

/**
 * Start a peer in an empty directory, which is removed when the peer has ended, or has not started.
 *
 * @param name What the directory's name tells of the peer.
 * @param start Writes what the peer reads into the directory, and starts it.
 * @returns The running peer.
 */
export async function startPeer(
  name: string,
  start: (directory: string) => Promise<Daemon>,
): Promise<PeerDaemon> {
  const directory = await Deno.makeTempDir({ prefix: `dimse_${name}_` });
  const remove = (): Promise<void> => Deno.remove(directory, { recursive: true });
  let daemon: Daemon;
  try {
    daemon = await start(directory);
  } catch (error) {
    await remove();
    throw error;
  }
  const stop = async (): Promise<void> => {
    await daemon.stop();
    await remove();
  };
  return {
    directory,
    pid: daemon.pid,
    log: () => daemon.log(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
