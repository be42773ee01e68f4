/**
 * A file that appears under its name only when it is complete.
 *
 * The bytes go to a file of another name, which nobody takes for a result:
 * `.CT.1.2.3.4711-5f0c….part`. When all are there, one step of the file system gives it its name, in
 * the same directory or in one below. Whatever ends the writing before, the part is removed; what a
 * killed process left behind is removed by {@linkcode sweepPartFiles}: all parts are in one directory.
 *
 * A part is locked as long as its process is at it: the system gives the lock back when the process
 * ends, however it does. So a part is known to be left behind, on network drives too, where the process
 * may be one of another machine, and in containers, where process ids say nothing.
 *
 * All but the waiting for the medium is done synchronously: to hand a call of some microseconds to
 * another thread takes many times as long as the call.
 *
 * @module
 */

import type { DirectoryTree } from "./directory_tree.ts";
import { resolveInside } from "./file_name.ts";
import { codeOf, storageError, type StoragePlace } from "./storage_error.ts";

/** A file in the making. Disposing it removes the part, unless that has got its name. */
export class PartFile implements Disposable {
  /** Where the part is, until it has its name. */
  readonly path: string;
  readonly #place: StoragePlace;
  readonly #file: Deno.FsFile;
  readonly #isLocked: boolean;
  #open = true;
  #exists = true;
  #size = 0;

  private constructor(place: StoragePlace, path: string, { file, isLocked }: OpenPart) {
    this.#place = place;
    this.path = path;
    this.#file = file;
    this.#isLocked = isLocked;
  }

  /**
   * Makes the part in the root of a tree, and the root where it is missing.
   *
   * @param tree Where the file is to be, in the root or below.
   * @param label A component to know the part by.
   * @returns The file, empty.
   * @throws {StorageError} When the file system refuses.
   */
  static create(tree: DirectoryTree, label: string): PartFile {
    const place = { file: label, directory: tree.root };
    try {
      for (;;) {
        const partName = `.${label}.${Deno.pid}-${crypto.randomUUID()}.part`;
        const path = resolveInside(tree.root, partName);
        const part = createPartIn(tree, path);
        if (part !== undefined) return new PartFile(place, path, part);
      }
    } catch (error) {
      throw storageError(place, error);
    }
  }

  /** How many bytes were written. */
  get size(): number {
    return this.#size;
  }

  /**
   * Writes all the bytes. A piece holds the event loop for less than a millisecond.
   *
   * @param bytes What to append.
   * @throws {StorageError} When the file system refuses.
   */
  write(bytes: Uint8Array): void {
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        const count = this.#file.writeSync(rest.subarray(0, WRITE_SIZE));
        if (count === 0) throw new Deno.errors.WriteZero("No byte was written");
        rest = rest.subarray(count);
        this.#size += count;
      }
    } catch (error) {
      throw storageError(this.#place, error);
    }
  }

  /**
   * Waits until the bytes are on the medium.
   *
   * @throws {Error} When the file system refuses.
   */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  /** Ends the writing. */
  seal(): void {
    if (!this.#isLocked) this.#close();
  }

  /** Lets others read the file: some network drives keep them from what is locked for one alone. */
  share(): void {
    if (this.#isLocked) tryLock(this.#file, false);
  }

  /**
   * Gives the file its name, in one step, whatever has that name.
   *
   * @param path The name. A symbolic link there is replaced, not written through.
   * @throws {Error} When the file system refuses.
   */
  replace(path: string): void {
    Deno.renameSync(this.path, path);
    this.#exists = false;
    this.#close();
  }

  /**
   * Gives the file its name, in one step, if nothing has that name.
   *
   * @param path The name.
   * @returns Whether it was free.
   * @throws {Error} When the file system refuses.
   */
  take(path: string): boolean {
    try {
      // A second name for the same file: it fails where the name exists, which rename does not.
      Deno.linkSync(this.path, path);
      this[Symbol.dispose]();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      if (!LINKLESS.has(codeOf(error))) throw error;
    }
    // A file system without links, such as exFAT: reserve the name with an empty file, replace that.
    try {
      createFile(path).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    try {
      this.replace(path);
    } catch (error) {
      removeFile(path);
      throw error;
    }
    return true;
  }

  /** Removes the part, if it is still one. Never throws: there is nothing left to try. */
  [Symbol.dispose](): void {
    this.#close();
    this.#remove();
  }

  #remove(): void {
    if (!this.#exists) return;
    this.#exists = false;
    removeFile(this.path);
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}

/** A part that was made. */
interface OpenPart {
  readonly file: Deno.FsFile;
  /** Whether it is known by a lock that its process is at it. */
  readonly isLocked: boolean;
}

/** Makes a part, and the directory that it is in when that is missing. */
function createPartIn(tree: DirectoryTree, path: string): OpenPart | undefined {
  try {
    return createPart(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    tree.makeRoot();
    return createPart(path);
  }
}

/** Makes a part; `undefined` where a sweep has come between its making and its lock. */
function createPart(path: string): OpenPart | undefined {
  const file = createFile(path);
  const lock = tryLock(file, true);
  if (lock === "unknown") return { file, isLocked: false };
  // A sweep may even have come and gone: then it is locked, and has no name any more.
  if (lock === "ours" && file.statSync().nlink !== 0) return { file, isLocked: true };
  file.close();
  removeFile(path);
  return undefined;
}

function createFile(path: string): Deno.FsFile {
  return Deno.openSync(path, { write: true, createNew: true });
}

/** Locks a file, for one alone or for those who read; tells whose the lock is, if there are locks. */
function tryLock(file: Deno.FsFile, exclusive: boolean): "ours" | "taken" | "unknown" {
  // There a lock keeps even its owner from reading by another descriptor.
  if (Deno.build.os === "windows") return "unknown";
  try {
    return file.tryLockSync(exclusive) ? "ours" : "taken";
  } catch {
    return "unknown"; // Some network drives have no locks.
  }
}

function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // There is nothing left to try.
  }
}

/**
 * Removes the parts that killed processes left in a directory, and leaves those of living ones, of other
 * machines too: theirs are locked.
 *
 * Where the file system has no locks, and on Windows, age decides: a part that nothing was written to
 * for so long belongs to no living association. Where a network drive is mounted with locks that other
 * machines do not see, one that starts may remove a part of another, which then refuses that instance:
 * it can give no name to what is gone.
 *
 * @param directory Where to look; a missing one is empty.
 * @param olderThan Milliseconds since the last write, where there are no locks.
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
      if (removeStale(resolveInside(directory, name), olderThan)) removed++;
    }
  } catch {
    // Missing, or not ours to list: storing does not depend on the sweep, and says what is wrong.
  }
  return removed;
}

function removeStale(path: string, olderThan: number): boolean {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    const lock = tryLock(file, true);
    if (lock === "taken") return false;
    if (lock === "unknown") {
      const { mtime } = file.statSync();
      if (mtime === null || Date.now() - mtime.getTime() < olderThan) return false;
    }
    // While it is ours: one who has just made it would find it so, and make another.
    Deno.removeSync(path);
    return true;
  } catch {
    return false; // Another process was faster, or it is not ours to remove.
  }
}

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

/** For a larger write Linux looks for longer runs of free memory, which costs up to three times as much. */
const WRITE_SIZE = 128 * 1024;

const PART_NAME = /^\..+\.[0-9]+-[0-9a-f-]{36}\.part$/;
/** A day: far beyond any time-out of an association. */
const PART_AGE = 24 * 60 * 60 * 1000;
