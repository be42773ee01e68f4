/**
 * An archive that several contestants retrieve from in turn.
 *
 * @module
 */

import type { BenchContext } from "./context.ts";
import type { BenchData } from "./data.ts";
import { feed } from "./feed.ts";
import { connector } from "./net.ts";
import { Server } from "./process.ts";
import type { Toolkit } from "./toolkit.ts";

/** Where an archive is. */
export interface ArchiveAddress {
  readonly port: number;
  readonly aeTitle: string;
}

/** Who it may send to. */
export interface Destination {
  readonly aeTitle: string;
  readonly port: number;
}

/** The AE title of every archive. */
export const ARCHIVE = "ARCHIVE";

/**
 * Starts an archive that has data.
 *
 * @param context Directories and ports.
 * @param toolkit Whose.
 * @param data The data.
 * @param destinations Who it may send to.
 * @returns The archive, which listens at the address.
 */
export async function startArchive(
  context: BenchContext,
  toolkit: Toolkit,
  data: BenchData,
  destinations: readonly Destination[],
): Promise<{ readonly server: Server; readonly address: ArchiveAddress }> {
  const address = { port: context.freePort(), aeTitle: ARCHIVE };
  const directory = context.makeDirectory();
  const program = await toolkit.qrscp?.({ ...address, data, directory, destinations });
  if (program === undefined) throw new TypeError(`${toolkit.name} has no archive`);
  const server = await Server.start(program, address.port);
  if (toolkit.isArchiveFed === true) {
    const connect = connector(address.port);
    await feed({ connect, calledAeTitle: ARCHIVE, files: data.files, associations: 1 });
  }
  return { server, address };
}

/** An archive that stands while somebody uses it. */
export class SharedArchive {
  readonly #start: () => ReturnType<typeof startArchive>;
  #standing: ReturnType<typeof startArchive> | undefined;
  #users = 0;

  constructor(start: () => ReturnType<typeof startArchive>) {
    this.#start = start;
  }

  /** Its address; it is started for the first who asks. */
  async enter(): Promise<ArchiveAddress> {
    this.#users++;
    this.#standing ??= this.#start();
    return (await this.#standing).address;
  }

  /** The last who leaves ends it. */
  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    const standing = this.#standing;
    this.#standing = undefined;
    await (await standing)?.server[Symbol.asyncDispose]();
  }
}
