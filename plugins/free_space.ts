/**
 * Room that is kept free on the disk: an instance that would take of it is refused before anything is
 * written, so that the system, its log and an index on the same disk go on.
 *
 * The system is asked for each instance, and then for each 64 MiB or once a second: between, what is
 * written is counted.
 *
 * @module
 */

import type { Log } from "../lib/handler/handler.ts";
import { parseByteSize } from "./byte_size.ts";
import { codeOf, StorageError, storageError, type StoragePlace } from "./storage_error.ts";

/** What is to stay free: so many bytes, or so much of the file system. */
export type MinimumFree = { readonly bytes: number } | { readonly percent: number };

/**
 * Reads what is to stay free.
 *
 * @param text A size such as `500M`, or a share such as `5%`.
 * @returns What it says.
 * @throws {TypeError} When it is neither.
 *
 * @example
 * ```ts
 * import { parseMinimumFree } from "./free_space.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseMinimumFree("5%"), { percent: 5 });
 * assert.deepEqual(parseMinimumFree("1G"), { bytes: 1024 ** 3 });
 * ```
 */
export function parseMinimumFree(text: string): MinimumFree {
  const percent = /^([0-9]+(?:\.[0-9]+)?)\s*%$/.exec(text.trim())?.[1];
  if (percent !== undefined && Number(percent) < 100) return { percent: Number(percent) };
  const bytes = parseByteSize(text);
  if (bytes !== undefined) return { bytes };
  throw new TypeError(
    `Cannot keep ${
      JSON.stringify(text)
    } free: give a size such as 500M or 2GiB, or a share such as 5%`,
  );
}

/** What a file system has, in bytes. */
export interface Space {
  /** For users without privileges. */
  readonly free: number;
  readonly total: number;
}

/**
 * Asks the system for the space where a directory is.
 *
 * @param directory The directory.
 * @returns The space.
 * @throws {Error} When there is no such directory, or the permission for `statfs` is missing.
 */
export async function spaceAt(directory: string): Promise<Space> {
  // Loaded when it is asked for: most run without.
  const { statfs } = await import("node:fs/promises");
  const { bavail, blocks, bsize } = await statfs(directory);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** How {@linkcode FreeSpace} watches. */
export interface FreeSpaceOptions {
  /** Where is said that there is no room, and that there is again. */
  readonly log?: Log | undefined;
  /** Asks for the space; the system by default. */
  look?(directory: string): Promise<Space>;
  /** The time in milliseconds; the system's by default. */
  now?(): number;
}

/** An instance is refused for the room that is to stay free; the log has been told once. */
export class FreeSpaceError extends StorageError {
  override name = "FreeSpaceError";
}

/** Watches over the room of one directory. */
export class FreeSpace {
  readonly #directory: string;
  readonly #minimum: MinimumFree;
  readonly #log: Log | undefined;
  readonly #look: (directory: string) => Promise<Space>;
  readonly #now: () => number;
  /** What may be written until the system is asked again, and until when. */
  #credit = 0;
  #until = -Infinity;
  #isShort = false;

  /**
   * Makes a watch; the system is not asked yet.
   *
   * @param directory Where it is written.
   * @param minimum What is to stay free.
   * @param options Where to warn.
   */
  constructor(directory: string, minimum: MinimumFree, options: FreeSpaceOptions = {}) {
    const { look = spaceAt, now = () => performance.now() } = options;
    this.#directory = directory;
    this.#minimum = minimum;
    this.#log = options.log;
    this.#look = look;
    this.#now = now;
  }

  /**
   * Asks whether some bytes may be written, which then they are.
   *
   * @param place What is to be stored.
   * @param bytes How many.
   * @param isFirst Whether nothing of the instance is written yet: then it can be refused for free.
   * @returns A promise when the system has to be asked.
   * @throws {FreeSpaceError} When less would be free then than is to stay.
   */
  take(place: StoragePlace, bytes: number, isFirst: boolean): Promise<void> | undefined {
    const now = this.#now();
    if (isFirst || bytes > this.#credit || now >= this.#until) {
      return this.#takeAsked(place, bytes, now);
    }
    this.#credit -= bytes;
    return undefined;
  }

  async #takeAsked(place: StoragePlace, bytes: number, now: number): Promise<void> {
    const spare = await this.#spare(place);
    if (spare < bytes) throw this.#refusal(place);
    if (this.#isShort) this.#log?.warn(`There is room again in ${this.#directory}`);
    this.#isShort = false;
    this.#credit = Math.min(spare, MOST_CREDIT) - bytes;
    this.#until = now + CREDIT_TIME;
  }

  async #spare(place: StoragePlace): Promise<number> {
    try {
      const { free, total } = await this.#look(this.#directory);
      return free - leastOf(this.#minimum, total);
    } catch (error) {
      // A directory that is not there yet, or not any more, is made when something goes there.
      if (codeOf(error) === "ENOENT") return Infinity;
      throw storageError(place, error);
    }
  }

  #refusal({ file, directory }: StoragePlace): FreeSpaceError {
    const what = describeMinimum(this.#minimum);
    if (!this.#isShort) {
      this.#log?.warn(
        `No room in ${this.#directory}: ${what} are to stay free, instances are refused until there are`,
      );
    }
    this.#isShort = true;
    this.#credit = 0;
    return new FreeSpaceError(
      `Cannot store ${file} in ${directory}: ${what} are to stay free`,
      KEPT_FREE,
    );
  }
}

/** What a peer is told. */
const KEPT_FREE = "disk space is kept free";

function leastOf(minimum: MinimumFree, total: number): number {
  return "bytes" in minimum ? minimum.bytes : total * minimum.percent / 100;
}

function describeMinimum(minimum: MinimumFree): string {
  return "bytes" in minimum ? `${minimum.bytes} bytes` : `${minimum.percent} % of the disk`;
}

const MOST_CREDIT = 64 * 1024 * 1024;
const CREDIT_TIME = 1000;
