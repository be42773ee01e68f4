/**
 * A file that appears under its name only when it is complete.
 *
 * The bytes go to a file of another name in the same directory, which nobody takes for a result:
 * `.CT.1.2.3.4711-5f0c….part`. When all are there, one step of the file system gives it its name.
 * Whatever ends the writing before, the part is removed; what a killed process left behind is
 * removed by {@linkcode sweepPartFiles}.
 *
 * @module
 */

import { resolveInside } from "./file_name.ts";
import { sameInstance } from "./same_instance.ts";

/** The file system refused: full, read-only, gone, forbidden. */
export class StorageError extends Error {
  override name = "StorageError";
  /** The state in a few words, without paths: fit to be told to a peer. */
  readonly reason: string;

  /**
   * Makes the error of a file that cannot be stored.
   *
   * @param message What could not be done, with the file and its directory.
   * @param reason The state in a few words.
   * @param options The cause.
   */
  constructor(message: string, reason: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What becomes of a file whose name is taken. */
export type OnExist = "if-different" | "overwrite";

/** Where a complete file went. */
export interface Publication {
  /** The path that now holds the instance. */
  readonly path: string;
  /**
   * `created`: a new file. `replaced`: in place of another. `beside`: under a numbered name, since
   * another instance has the name. `existing`: it was there already, and was not written.
   */
  readonly outcome: "created" | "replaced" | "beside" | "existing";
}

/** The name of a file to be: the number of a further version goes between its two halves. */
export interface PartFileName {
  readonly directory: string;
  readonly stem: string;
  /** With its dot, or empty. */
  readonly extension: string;
}

/** A file in the making. Disposing it removes the part, unless that has been published. */
export class PartFile implements AsyncDisposable {
  readonly #name: PartFileName;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #open = true;
  #exists = true;
  #size = 0;

  private constructor(name: PartFileName, path: string, file: Deno.FsFile) {
    this.#name = name;
    this.#path = path;
    this.#file = file;
  }

  /**
   * Makes the part, and the directory where it is missing.
   *
   * @param name What the file is to be called.
   * @returns The file, empty.
   * @throws {StorageError} When the file system refuses.
   */
  static create(name: PartFileName): Promise<PartFile> {
    return guard(name, async () => {
      const partName = `.${name.stem}${name.extension}.${Deno.pid}-${crypto.randomUUID()}.part`;
      const path = resolveInside(name.directory, partName);
      const options = { write: true, createNew: true };
      try {
        return new PartFile(name, path, await Deno.open(path, options));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      await Deno.mkdir(name.directory, { recursive: true });
      return new PartFile(name, path, await Deno.open(path, options));
    });
  }

  /** How many bytes were written. */
  get size(): number {
    return this.#size;
  }

  /**
   * Writes all the bytes. Synchronously: that is several times faster than to hand each piece to
   * another thread, and a piece holds the event loop for less than a millisecond.
   *
   * @param bytes What to append.
   * @throws {StorageError} When the file system refuses.
   */
  write(bytes: Uint8Array): void {
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        const count = this.#file.writeSync(rest);
        if (count === 0) throw new Deno.errors.WriteZero("No byte was written");
        rest = rest.subarray(count);
        this.#size += count;
      }
    } catch (error) {
      throw storageError(this.#name, error);
    }
  }

  /**
   * Gives the file its name, in one step.
   *
   * @param onExist What to do when the name is taken.
   * @param durable Whether to wait until file and directory are on the medium.
   * @returns Where the instance is now.
   * @throws {StorageError} When the file system refuses.
   */
  publish(onExist: OnExist, durable: boolean): Promise<Publication> {
    return guard(this.#name, async () => {
      if (durable) await this.#file.sync();
      this.#close();
      const publication = onExist === "overwrite" ? await this.#replace() : await this.#claim();
      if (durable) {
        if (publication.outcome === "existing") await syncPath(publication.path);
        await syncDirectory(this.#name.directory);
      }
      return publication;
    });
  }

  /** Removes the part, if it is still one. Never throws: there is nothing left to try. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.#remove();
  }

  async #remove(): Promise<void> {
    if (!this.#exists) return;
    this.#exists = false;
    await Deno.remove(this.#path).catch(() => {});
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }

  /** Renaming replaces a symbolic link instead of writing through it. */
  async #replace(): Promise<Publication> {
    const path = this.#versionPath(0);
    const replaced = await isTaken(path);
    await Deno.rename(this.#path, path);
    this.#exists = false;
    return { path, outcome: replaced ? "replaced" : "created" };
  }

  /** Takes the first free name, unless one on the way there holds the same instance. */
  async #claim(): Promise<Publication> {
    for (let version = 0; version <= MAX_VERSIONS; version++) {
      const path = this.#versionPath(version);
      if (await this.#take(path)) return { path, outcome: version === 0 ? "created" : "beside" };
      // What cannot be read is not known to be the same.
      const same = await sameInstance(this.#path, path).catch(() => false);
      if (same) return { path, outcome: "existing" };
    }
    throw new Deno.errors.AlreadyExists(`${MAX_VERSIONS} further versions are there`);
  }

  /** Publishes under a name if nothing has it. */
  async #take(path: string): Promise<boolean> {
    try {
      // A second name for the same file: it fails where the name exists, which rename does not.
      await Deno.link(this.#path, path);
      await this.#remove();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      if (!LINKLESS.has(codeOf(error))) throw error;
    }
    // A file system without links, such as exFAT: reserve the name with an empty file, replace that.
    try {
      (await Deno.open(path, { write: true, createNew: true })).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    try {
      await Deno.rename(this.#path, path);
    } catch (error) {
      await Deno.remove(path).catch(() => {});
      throw error;
    }
    this.#exists = false;
    return true;
  }

  /** A hyphen, for `1.2.3.1` would be another instance's UID. */
  #versionPath(version: number): string {
    const { directory, stem, extension } = this.#name;
    const numbered = version === 0 ? stem : `${stem}-${version}`;
    return resolveInside(directory, `${numbered}${extension}`);
  }
}

/**
 * Removes the parts that killed processes left in a directory.
 *
 * Whether a process lives cannot be told where several machines share the directory, so age decides:
 * a part that nothing was written to for so long belongs to no living association.
 *
 * @param directory Where to look; a missing one is empty.
 * @param olderThan Milliseconds since the last write.
 * @returns How many were removed.
 *
 * @example
 * ```ts
 * import { sweepPartFiles } from "./part_file.ts";
 * import assert from "node:assert/strict";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/.CT.1.2.3.4711-${crypto.randomUUID()}.part`, "");
 * assert.equal(await sweepPartFiles(directory, -60_000), 1);
 * await Deno.remove(directory);
 * ```
 */
export async function sweepPartFiles(directory: string, olderThan = PART_AGE): Promise<number> {
  let removed = 0;
  try {
    for await (const { isFile, name } of Deno.readDir(directory)) {
      if (!isFile || !PART_NAME.test(name)) continue;
      if (await removeStale(resolveInside(directory, name), olderThan)) removed++;
    }
  } catch {
    // Missing, or not ours to list: storing does not depend on the sweep, and says what is wrong.
  }
  return removed;
}

async function removeStale(path: string, olderThan: number): Promise<boolean> {
  try {
    const { mtime } = await Deno.lstat(path);
    if (mtime === null || Date.now() - mtime.getTime() < olderThan) return false;
    await Deno.remove(path);
    return true;
  } catch {
    return false; // Another process was faster, or it is not ours to remove.
  }
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function syncPath(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

/** A directory cannot be opened on Windows, which writes its entries through by itself. */
async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os !== "windows") await syncPath(path);
}

async function guard<T>(name: PartFileName, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw storageError(name, error);
  }
}

function storageError(name: PartFileName, error: unknown): StorageError {
  const code = codeOf(error);
  const reason = REASONS[code] ?? "file system error";
  const file = `${name.stem}${name.extension}`;
  const message = `Cannot store ${file} in ${name.directory}: ${reason} (${code})`;
  return new StorageError(message, reason, { cause: error });
}

/** The system's code, or the error's class: Deno's permission errors have no code. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left",
  EDQUOT: "disk quota exceeded",
  EFBIG: "file too large for the file system",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  NotCapable: "permission denied",
  EROFS: "read-only file system",
  ENOENT: "directory is missing",
  ENOTDIR: "not a directory",
  EEXIST: "name is taken",
  EISDIR: "name is taken by a directory",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "path too long",
  EIO: "input/output error",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  AlreadyExists: "too many versions of one instance",
};

/** How a file system says that it has no links; on Windows it is an invalid function. */
const LINKLESS = new Set([
  "EPERM",
  "EACCES",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EINVAL",
  "EISDIR",
]);

/** Somebody who sends more versions of one instance than this is not sending images. */
const MAX_VERSIONS = 1000;

const PART_NAME = /^\..+\.[0-9]+-[0-9a-f-]{36}\.part$/;
/** A day: far beyond any time-out of an association. */
const PART_AGE = 24 * 60 * 60 * 1000;
