/**
 * The directories below the one that instances are stored to, made as names ask for them.
 *
 * No symbolic link below the root is followed: whoever may write there, another user or an earlier
 * handler, could lead instances elsewhere by one. The root itself may be a link, for the user named it.
 * Links are looked for before each use, and the system offers no way to do both in one step; so this
 * does not hold against one who swaps a directory for a link at that very moment.
 *
 * @module
 */

import { dirname } from "node:path";
import { resolveInside } from "./file_name.ts";
import { PathError } from "./storage_error.ts";

/** A directory that is there now. */
export interface MadeDirectory {
  readonly path: string;
  /** Removes what was made for it, as far as nothing is in it. Never throws. */
  undo(): void;
}

/** A root, and what is below it. */
export class DirectoryTree {
  readonly root: string;
  /** Whether what is stored is to survive a power cut. */
  readonly durable: boolean;
  /** Directories whose own entry is on the medium. */
  readonly #settled = new Set<string>();

  /**
   * Describes a tree; nothing is made yet.
   *
   * @param root Its directory.
   * @param durable Whether what is stored is to survive a power cut.
   */
  constructor(root: string, durable: boolean) {
    this.root = root;
    this.durable = durable;
  }

  /** Makes the root, and what leads there. */
  makeRoot(): void {
    Deno.mkdirSync(this.root, { recursive: true });
    this.#settled.clear();
  }

  /**
   * Goes down from the root.
   *
   * @param directories One component for each level.
   * @returns The path; `undefined` when there is no such directory.
   * @throws {PathError} When a level is a symbolic link, or no directory.
   */
  find(directories: readonly string[]): string | undefined {
    let path = this.root;
    for (const directory of directories) {
      path = resolveInside(path, directory);
      if (!isDirectory(path)) return undefined;
    }
    return path;
  }

  /**
   * Goes down from the root, and makes what is missing.
   *
   * @param directories One component for each level.
   * @returns The directory.
   * @throws {PathError} When a level is a symbolic link, or no directory.
   * @throws {Error} When the file system refuses.
   */
  make(directories: readonly string[]): MadeDirectory {
    const made: string[] = [];
    const undo = (): void => made.toReversed().forEach(removeDirectory);
    let path = this.root;
    try {
      for (const directory of directories) {
        path = resolveInside(path, directory);
        if (isDirectory(path)) continue;
        if (makeDirectory(path)) made.push(path);
        this.#settled.delete(path);
      }
    } catch (error) {
      undo();
      throw error;
    }
    return { path, undo };
  }

  /**
   * Waits until the entries of a directory are on the medium, and those that lead to it.
   *
   * @param directories One component for each level.
   * @throws {Error} When the file system refuses.
   */
  async sync(directories: readonly string[]): Promise<void> {
    await syncDirectory(resolveInside(this.root, ...directories));
    // Made by this instance or by another one, which may not have come to this yet.
    for (let depth = directories.length; depth > 0; depth--) {
      const path = resolveInside(this.root, ...directories.slice(0, depth));
      if (this.#settled.has(path)) continue;
      await syncDirectory(dirname(path));
      this.#settle(path);
    }
    if (this.#settled.has(this.root)) return;
    for (let path = this.root; dirname(path) !== path; path = dirname(path)) {
      // What lies above the root is not ours, and a question to the user would be a surprise.
      const { state } = await Deno.permissions.query({ name: "read", path: dirname(path) });
      if (state === "granted") await syncDirectory(dirname(path)).catch(ignoreForbidden);
    }
    this.#settle(this.root);
  }

  #settle(path: string): void {
    if (this.#settled.size >= MAX_SETTLED) this.#settled.clear();
    this.#settled.add(path);
  }
}

/**
 * Waits until a file is on the medium.
 *
 * @param path The file.
 * @throws {Error} When the file system refuses.
 */
export async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}

/**
 * Waits until a file and its name are on the medium.
 *
 * @param path The file.
 * @throws {Error} When the file system refuses.
 */
export async function syncEntry(path: string): Promise<void> {
  await syncFile(path);
  await syncDirectory(dirname(path));
}

/** A directory cannot be opened on Windows, which writes its entries through by itself. */
async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os !== "windows") await syncFile(path);
}

/** A directory above the root that may be passed, but not read. */
function ignoreForbidden(error: unknown): void {
  if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
}

function isDirectory(path: string): boolean {
  try {
    const info = Deno.lstatSync(path);
    if (info.isSymlink) throw new PathError("SymbolicLink", path);
    if (!info.isDirectory) throw new PathError("NotADirectory", path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Makes one directory; another instance may have made it in the meantime. */
function makeDirectory(path: string): boolean {
  try {
    Deno.mkdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && isDirectory(path)) return false;
    throw error;
  }
}

function removeDirectory(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Something is in it, or it is gone.
  }
}

/** Some megabytes of paths; what was forgotten is only synced once more. */
const MAX_SETTLED = 10_000;
