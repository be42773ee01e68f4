/**
 * From the paths of the command line to the instances that are to be sent; what cannot be sent is told
 * on the way.
 *
 * @module
 */

import { DataSetError } from "../lib/errors.ts";
import {
  type FileKind,
  FIRST_READ,
  type InstanceHead,
  readFileHead,
  UnsendableError,
} from "./file_head.ts";
import { findInputFiles, type InputFile, type InputOptions } from "./input_files.ts";
import { reasonOf } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { StoreTally } from "./store_tally.ts";

/** How far the reading of heads has come. */
export interface ReadingProgress {
  /** How many files were looked at. */
  done: number;
  /** How many there are, as far as they are known. */
  total: number;
}

/** What the reading needs. */
export interface StoreInputOptions extends InputOptions {
  /** Where what is amiss is told. */
  readonly log: ToolLog;
  /** Where what cannot be sent is counted. */
  readonly tally: StoreTally;
  /** Kept up to date. */
  readonly progress: ReadingProgress;
  /** Whether to stop at the first file that cannot be sent. */
  readonly failFirst: boolean;
}

/**
 * Finds the instances that paths stand for.
 *
 * @param paths Files, directories, DICOMDIRs, and `-` for a list of such on the standard input.
 * @param options How to look, and where to tell.
 * @returns The instances, in order of the paths of their files.
 */
export async function readInstances(
  paths: readonly string[],
  options: StoreInputOptions,
): Promise<InstanceHead[]> {
  const { files, missing } = await findInputFiles(paths, options);
  const reader = new Reader(options);
  for (const { path, reason } of missing) {
    if (!reader.isStopped) reader.fail(`Cannot access path: ${path}`, reason);
  }
  await reader.readAll(files);
  return reader.instances();
}

/** Reads heads, each file once. */
class Reader {
  readonly #options: StoreInputOptions;
  readonly #heads = new Map<string, InstanceHead | undefined>();
  readonly #room = new Uint8Array(FIRST_READ);
  #isFailed = false;

  constructor(options: StoreInputOptions) {
    this.#options = options;
  }

  get isStopped(): boolean {
    return this.#options.failFirst && this.#isFailed;
  }

  async readAll(files: readonly InputFile[]): Promise<void> {
    this.#options.progress.total += files.length;
    for (const [index, file] of files.entries()) {
      // Heads are read synchronously; signals and the progress line have their turn now and then.
      if (index % BATCH === 0) await nextTurn(file.path);
      this.#options.signal.throwIfAborted();
      if (this.isStopped) return;
      await this.#read(file);
      this.#options.progress.done += 1;
    }
  }

  /** What a DICOMDIR added comes where its path belongs. */
  instances(): InstanceHead[] {
    return [...this.#heads.values()]
      .filter((head) => head !== undefined)
      .sort((a, b) => a.path < b.path ? -1 : 1);
  }

  fail(line: string, reason?: string): void {
    const { log, tally } = this.#options;
    log.error(line);
    if (reason !== undefined) log.verbose(reason);
    tally.failed("read");
    this.#isFailed = true;
  }

  async #read({ path, isNamed }: InputFile): Promise<void> {
    if (this.#heads.has(path)) return;
    this.#heads.set(path, undefined);
    let file: FileKind;
    try {
      file = readFileHead(path, this.#room);
    } catch (error) {
      const sentence = error instanceof UnsendableError
        ? error.message
        : `Cannot read ${path}: ${reasonOf(error)}`;
      return this.fail(sentence);
    }
    const { log, tally } = this.#options;
    if (file.kind === "instance") {
      this.#heads.set(path, file.head);
      for (const warning of file.head.warnings) log.warn(`${path}: ${warning}`);
    } else if (file.kind === "DICOMDIR") {
      await this.#readDicomdir(path, isNamed);
    } else if (isNamed) {
      this.fail(`Bad DICOM file: ${path}`, file.reason);
    } else {
      log.error(`Bad DICOM file: ${path}`);
      log.verbose(file.reason);
      tally.skipped();
    }
  }

  async #readDicomdir(path: string, isNamed: boolean): Promise<void> {
    const { log } = this.#options;
    if (!isNamed) {
      log.warn(`${path} is a DICOMDIR: name it to send what it refers to`);
      return;
    }
    // Few send by one: the others start without it.
    const { readDicomdir, referencedFile } = await import("./dicomdir.ts");
    try {
      const { references, refused } = readDicomdir(await Deno.readFile(path));
      for (const fileId of refused) {
        this.fail(`Cannot send what ${path} refers to: "${fileId}" is no path below it`);
      }
      const files = references.map(async (components) => (
        { path: await referencedFile(path, components), isNamed: true }
      ));
      await this.readAll(await Promise.all(files));
    } catch (error) {
      if (!(error instanceof DataSetError)) throw error;
      this.fail(`Cannot read DICOMDIR ${path}: ${error.message}`);
    }
  }
}

/** Any asynchronous call would do. */
async function nextTurn(path: string): Promise<void> {
  await Deno.lstat(path).catch(() => {});
}

/** Some milliseconds of reading. */
const BATCH = 64;
