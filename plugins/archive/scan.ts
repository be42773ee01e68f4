/**
 * Looks through folders for what has come, changed and gone since the index was written.
 *
 * Every directory is listed and every file asked for its size, time and number; only what differs is
 * read. Nothing is trusted to report changes: the notices of operating systems get lost, and network
 * file systems have none.
 *
 * Memory: the names in one directory at a time, and the paths of all directories.
 *
 * @module
 */

import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Log } from "../../lib/handler/handler.ts";
import type { ArchiveIndex, FoundFile } from "./archive_index.ts";
import { type FileContent, readHead, stampOf } from "./head.ts";
import { indexFile, isSame, report } from "./index_file.ts";

/** How far a scan has come. */
export interface ScanProgress {
  /** Files that were looked at, those that are not DICOM too. */
  readonly files: number;
  /** Instances that were not known. */
  readonly added: number;
  /** Files that were known and are others now. */
  readonly changed: number;
  /** Files that are gone. */
  readonly removed: number;
  /** Files that hold an instance which another file holds too. */
  readonly duplicates: number;
  /** DICOM files that nobody could ask for, and files that could not be read. */
  readonly unusable: number;
  /** Whether the scan is at its end. */
  readonly isDone: boolean;
}

/** Files that are looked at in one turn. */
const FILES_IN_A_TURN = 32;
/** Files that are read and entered in one turn: a few milliseconds. */
const FILES_READ_IN_A_TURN = 8;
const REMOVAL_PAGE = 256;

/**
 * Scans folders. Hidden files and directories, whose names begin with a dot, are passed over, and so
 * are links to directories.
 *
 * @param index The index.
 * @param folders Where to look, each a path without links.
 * @param log Where is said what cannot be served.
 * @param signal Ends the scan; what was found by then stays found.
 * @returns How far it has come, now and again; at last with `isDone`.
 * @throws The signal's reason; or when the index refuses.
 */
export async function* scanFolders(
  index: ArchiveIndex,
  folders: readonly string[],
  log: Log,
  signal?: AbortSignal,
): AsyncGenerator<ScanProgress, void, void> {
  const scan = new Scan(index, log, signal);
  for (const folder of folders) yield* scan.folder(folder);
  yield* scan.gone(folders);
  yield scan.progress(true);
}

class Scan {
  readonly #index: ArchiveIndex;
  readonly #log: Log;
  readonly #signal: AbortSignal | undefined;
  readonly #visited = new Set<string>();
  /** What could not be listed: nothing is known of what is below. */
  readonly #unknown: string[] = [];
  #files = 0;
  #added = 0;
  #changed = 0;
  #removed = 0;
  #duplicates = 0;
  #unusable = 0;

  constructor(index: ArchiveIndex, log: Log, signal: AbortSignal | undefined) {
    this.#index = index;
    this.#log = log;
    this.#signal = signal;
  }

  progress(isDone: boolean): ScanProgress {
    return {
      files: this.#files,
      added: this.#added,
      changed: this.#changed,
      removed: this.#removed,
      duplicates: this.#duplicates,
      unusable: this.#unusable,
      isDone,
    };
  }

  async *folder(folder: string): AsyncGenerator<ScanProgress> {
    const waiting = [folder];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (this.#visited.has(path)) continue;
      const listed = await this.#list(path);
      if (listed === undefined) continue;
      this.#visited.add(path);
      // One by one: a call does not take as many arguments as an archive may have studies.
      for (const name of listed.directories.reverse()) waiting.push(join(path, name));
      for (let from = 0; from < listed.files.length; from += FILES_IN_A_TURN) {
        await this.#turn();
        const names = listed.files.slice(from, from + FILES_IN_A_TURN);
        yield* this.#look(path, names);
        yield this.progress(false);
      }
      const names = new Set(listed.files);
      // What came after the directory was listed is there all the same.
      await this.#forget(path, (name) => !names.has(name) && !exists(join(path, name)));
    }
  }

  /** Forgets the directories that are gone, or that no folder leads to any more. */
  async *gone(folders: readonly string[]): AsyncGenerator<ScanProgress> {
    for (const directory of this.#index.directories) {
      if (this.#visited.has(directory)) continue;
      if (this.#unknown.some((path) => isWithin(directory, path))) continue;
      const before = this.#removed;
      const isServed = folders.some((folder) => isWithin(directory, folder));
      if (!isServed) this.#log.info(`No longer served: ${directory}`);
      await this.#forget(directory, (name) => !isServed || !exists(join(directory, name)));
      this.#index.removeEmptyDirectory(directory);
      if (this.#removed > before) yield this.progress(false);
    }
  }

  async #list(path: string): Promise<{ files: string[]; directories: string[] } | undefined> {
    const files: string[] = [];
    const directories: string[] = [];
    try {
      for await (const { name, isDirectory } of Deno.readDir(path)) {
        if (name.startsWith(".")) continue;
        (isDirectory ? directories : files).push(name);
      }
    } catch (error) {
      this.#unknown.push(path);
      this.#unusable++;
      this.#log.warn(`Cannot look through ${path}: ${reasonOf(error)}`);
      return undefined;
    }
    return { files: files.sort(), directories: directories.sort() };
  }

  /** Reads those of some files that are not as they were. */
  async *#look(directory: string, names: readonly string[]): AsyncGenerator<ScanProgress> {
    const changed = this.#changedOf(directory, names);
    for (let from = 0; from < changed.length; from += FILES_READ_IN_A_TURN) {
      if (from > 0) {
        yield this.progress(false);
        await this.#turn();
      }
      this.#enter(directory, changed.slice(from, from + FILES_READ_IN_A_TURN));
    }
  }

  #changedOf(directory: string, names: readonly string[]): string[] {
    const known = new Map(this.#index.known(directory, names).map((file) => [file.name, file]));
    this.#files += names.length;
    return names.filter((name) => {
      const old = known.get(name);
      if (old === undefined) return true;
      try {
        return !isSame(old, stampOf(Deno.statSync(join(directory, name))));
      } catch {
        return true;
      }
    });
  }

  #enter(directory: string, names: readonly string[]): void {
    const found: FoundFile[] = [];
    for (const name of names) {
      const content = this.#read(join(directory, name));
      if (content !== undefined) found.push({ directory, name, content });
    }
    this.#index.enter(found).forEach((entry, at) => {
      const file = found[at];
      if (file === undefined) return;
      report(file, entry, this.#log);
      if (file.content.kind === "unusable") this.#unusable++;
      else if (entry === "added") this.#added++;
      else if (entry === "changed") this.#changed++;
      else if (entry === "duplicate") this.#duplicates++;
    });
  }

  /** Reads a head; nothing of what is no regular file, or is gone by now. */
  #read(path: string): FileContent | undefined {
    try {
      // A named pipe would keep whoever opens it waiting.
      return Deno.statSync(path).isFile ? readHead(path) : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      this.#unusable++;
      this.#log.warn(`Cannot serve ${path}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** Takes what is gone of a directory out of the index. */
  async #forget(directory: string, isGone: (name: string) => boolean): Promise<void> {
    for (let after = "";;) {
      await this.#turn();
      const known = this.#index.filesOf(directory, after, REMOVAL_PAGE);
      const last = known.at(-1);
      if (last === undefined) return;
      after = last.name;
      const gone = known.filter(({ name }) => isGone(name));
      if (gone.length > 0) {
        const again = this.#index.remove(gone.map(({ id }) => id));
        this.#removed += gone.length;
        for (const path of again) this.#readAgain(path);
      }
    }
  }

  /** A file whose instance another one held that is gone. */
  #readAgain(path: string): void {
    try {
      if (indexFile(this.#index, path, this.#log) === "added") this.#added++;
    } catch (error) {
      // It may be gone too.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #turn(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a path is a folder or below it.
 *
 * @param path The path.
 * @param folder The folder.
 * @returns Whether it is.
 *
 * @example
 * ```ts
 * import { isWithin } from "./scan.ts";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isWithin("/data/ct", "/data"));
 * assert.ok(!isWithin("/data2", "/data"));
 * ```
 */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(join(folder, "/"));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
