/**
 * The archive of `qrscp`: keeps instances in files, knows them by an index, and answers queries and
 * retrievals by it.
 *
 * The files are the truth. The index is found out of date, damaged or missing without harm: a scan of
 * the folders makes it right. What was answered 0x0000 is in its file, on the medium if so told.
 *
 * @module
 */

import { join } from "node:path";
import type { Handlers, Log } from "../lib/handler/handler.ts";
import { type ArchiveCounts, ArchiveIndex } from "./archive/archive_index.ts";
import { IN_MEMORY, isDamage, openDatabase, removeDatabase, setAside } from "./archive/database.ts";
import { find, type FindOptions } from "./archive/find.ts";
import { indexFile } from "./archive/index_file.ts";
import { ingestHandler } from "./archive/ingest.ts";
import { locate } from "./archive/locate.ts";
import { isWithin, scanFolders, type ScanProgress } from "./archive/scan.ts";
import type { OnExist } from "./on_exist.ts";
import { type MinimumFree, type StoredFile, sweepPartFiles } from "./store.ts";

export type { ArchiveCounts, FindOptions, ScanProgress, StoredFile };

/** How {@linkcode openArchive} opens an archive. */
export interface ArchiveOptions extends FindOptions {
  /** Where received instances go; made when missing. */
  readonly directory: string;
  /** Further folders whose DICOM files are served; nothing is written there. */
  readonly folders?: readonly string[];
  /**
   * The file of the index; `:memory:` for none, which has every file read again at each start. Default:
   * `.dimse-index.sqlite` in the directory.
   */
  readonly index?: string;
  /** Whether an index that is there is thrown away, to be made anew by the first scan. */
  readonly reindex?: boolean;
  /** What received files are called. Default: `{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm`. */
  readonly filename?: string;
  /**
   * What to do when an instance comes again with other data. Default: `if-different`, which keeps both
   * files and serves the first; with the same data it is not written again, whatever file holds it.
   */
  readonly onExist?: OnExist;
  /** Whether Success waits until a received instance is on the medium. Default: it does. */
  readonly durable?: boolean;
  /** What is to stay free on the disk of the directory. Default: nothing. */
  readonly minimumFree?: MinimumFree;
  /** Milliseconds between the end of a scan and the beginning of the next. Default: none but yours. */
  readonly rescanInterval?: number;
  /**
   * Whether another thread of this process has the archive open, and has shared it. Default: no, and
   * nobody else may have it.
   */
  readonly isShared?: boolean;
  /** Where warnings and errors go. */
  readonly log: Log;
  /** Called for each received instance that was written and is in the index, before the reply. */
  onStored?(file: StoredFile): void;
  /** Called for each received instance that was there already, in whatever file, before the reply. */
  onExisting?(file: StoredFile): void;
  /** Called for each received instance that could not be stored, or not be entered. */
  onFailed?(sopInstanceUid: string, error: Error): void;
}

/** What scanning may be told. */
export interface ScanOptions {
  /** Ends the scan. */
  readonly signal?: AbortSignal;
}

/** An archive. Disposing of it ends scans and closes the index. */
export interface Archive extends AsyncDisposable {
  /** The services of the archive, for `serve()`. */
  readonly handlers: Required<Pick<Handlers, "attributes" | "store" | "find" | "locate">>;
  /** How much is in the index now. */
  readonly counts: ArchiveCounts;
  /**
   * Looks through the folders and puts the index right. Meanwhile everything is served, as far as it is
   * found. One scan runs at a time.
   *
   * @param options What ends it.
   * @returns How far it has come, now and again; at last with `isDone`. Whoever leaves before ends it.
   */
  scan(options?: ScanOptions): AsyncIterable<ScanProgress>;
  /**
   * Lets other threads of this process open the archive too, with `isShared`. The index must be a file on
   * a disk of this machine.
   *
   * @throws {Error} When the index is in memory, or another process has been faster.
   */
  share(): Promise<void>;
  /**
   * Forgets everything and reads all files again.
   *
   * @param options What ends it.
   * @returns As `scan()`.
   */
  reindex(options?: ScanOptions): AsyncIterable<ScanProgress>;
}

const INDEX_NAME = ".dimse-index.sqlite";
const FILENAME = "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm";

/**
 * Opens an archive. What came into its folders since it was closed is served after the next scan.
 *
 * @param options Where it is.
 * @returns The archive.
 * @throws {Error} When the directory cannot be made, or another process has the index.
 *
 * @example
 * ```ts
 * import { openArchive } from "./archive.ts";
 * import assert from "node:assert/strict";
 *
 * const directory = await Deno.makeTempDir();
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * {
 *   await using archive = await openArchive({ directory, log });
 *   for await (const progress of archive.scan()) assert.equal(progress.added, 0);
 *   assert.equal(archive.counts.instances, 0);
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  await Deno.mkdir(options.directory, { recursive: true });
  const directory = await Deno.realPath(options.directory);
  const folders = [directory];
  for (const folder of options.folders ?? []) {
    const path = await Deno.realPath(folder);
    if (!folders.some((other) => isWithin(path, other))) folders.push(path);
  }
  await sweepPartFiles(directory);
  const path = options.index ?? join(directory, INDEX_NAME);
  if (options.reindex) await removeDatabase(path);
  const sharing = options.isShared ? "shared" : "alone";
  const index = new ArchiveIndex(await openDatabase(path, options.log, sharing));
  return new FolderArchive(options, { directory, folders, path, index });
}

/** Where an archive is. */
interface Place {
  readonly directory: string;
  readonly folders: readonly string[];
  /** The file of the index. */
  readonly path: string;
  readonly index: ArchiveIndex;
}

class FolderArchive implements Archive {
  readonly handlers: Archive["handlers"];
  readonly #options: ArchiveOptions;
  readonly #folders: readonly string[];
  readonly #path: string;
  readonly #ended = new AbortController();
  #index: ArchiveIndex;
  #isShared: boolean;
  /** Settles when the scan under way is over. */
  #scanning: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when the scan that time began is over. */
  #rescanning: Promise<void> = Promise.resolve();

  constructor(options: ArchiveOptions, { directory, folders, path, index }: Place) {
    this.#options = options;
    this.#folders = folders;
    this.#path = path;
    this.#index = index;
    this.#isShared = options.isShared ?? false;
    const { filename = FILENAME, onExist = "if-different", durable = true, log } = options;
    const ingest = ingestHandler({
      directory,
      filename,
      onExist,
      ...(options.minimumFree && { minimumFree: options.minimumFree }),
      durable,
      log,
      index: (file) => indexFile(this.#index, file, log),
      holderOf: (sopInstanceUid) => this.#index.fileOf(sopInstanceUid),
      onStored: (file) => options.onStored?.(file),
      onExisting: (file) => options.onExisting?.(file),
      onFailed: (sopInstanceUid, error) => options.onFailed?.(sopInstanceUid, error),
    });
    this.handlers = {
      ...ingest,
      find: (request) => find(this.#index, request, options),
      locate: (request) => locate(this.#index, request, options.relational),
    };
    this.#plan();
  }

  get counts(): ArchiveCounts {
    return this.#index.counts;
  }

  async *scan(options: ScanOptions = {}): AsyncGenerator<ScanProgress, void, void> {
    yield* this.#alone(() => this.#scan(options));
  }

  async share(): Promise<void> {
    if (this.#path === IN_MEMORY) throw new Error("Cannot share an index that is in memory");
    const before = this.#scanning;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#scanning = promise;
    try {
      await before;
      this.#ended.signal.throwIfAborted();
      this.#index[Symbol.dispose]();
      this.#index = new ArchiveIndex(await openDatabase(this.#path, this.#options.log, "shared"));
      this.#isShared = true;
    } finally {
      resolve();
    }
  }

  async *reindex(options: ScanOptions = {}): AsyncGenerator<ScanProgress, void, void> {
    yield* this.#alone(() => {
      this.#index.clear();
      return this.#scan(options);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error("The archive is closed"));
    clearTimeout(this.#timer);
    await this.#rescanning;
    this.#index[Symbol.dispose]();
  }

  /** One scan after the other. */
  async *#alone(scan: () => AsyncGenerator<ScanProgress>): AsyncGenerator<ScanProgress> {
    const before = this.#scanning;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#scanning = promise;
    try {
      await before;
      this.#ended.signal.throwIfAborted();
      yield* scan();
    } finally {
      resolve();
    }
  }

  async *#scan({ signal }: ScanOptions): AsyncGenerator<ScanProgress> {
    const ends = AbortSignal.any([this.#ended.signal, ...(signal === undefined ? [] : [signal])]);
    const { log } = this.#options;
    try {
      yield* scanFolders(this.#index, this.#folders, log, ends);
    } catch (error) {
      // What others have open is not to be moved.
      if (!isDamage(error) || this.#path === IN_MEMORY || this.#isShared) throw error;
      this.#index[Symbol.dispose]();
      await setAside(this.#path, log);
      this.#index = new ArchiveIndex(await openDatabase(this.#path, log));
      yield* scanFolders(this.#index, this.#folders, log, ends);
    }
  }

  #plan(): void {
    const { rescanInterval } = this.#options;
    if (rescanInterval === undefined || this.#ended.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#rescanning = this.#rescan();
    }, rescanInterval);
  }

  async #rescan(): Promise<void> {
    const { log } = this.#options;
    try {
      for await (const { isDone, added, changed, removed } of this.scan()) {
        if (isDone && added + changed + removed > 0) {
          log.info(`Files in the folders: ${added} new, ${changed} changed, ${removed} gone`);
        }
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      log.error(
        `Cannot look through the folders: ${error instanceof Error ? error.message : error}`,
      );
    }
    this.#plan();
  }
}
