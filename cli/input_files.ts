/**
 * The files that paths of the command line stand for: files, what is in directories, and a list on the
 * standard input.
 *
 * @module
 */

import { reasonOf } from "./io.ts";

/** A file that may be an instance. */
export interface InputFile {
  /** Its path, as it was given or below the directory that was given. */
  readonly path: string;
  /** Whether it was asked for by name, so that it is wrong when it is none. */
  readonly isNamed: boolean;
}

/** A path that led nowhere. */
export interface MissingInput {
  /** The path, as it was given. */
  readonly path: string;
  /** Why, in words to follow a colon. */
  readonly reason: string;
}

/** What paths stand for. */
export interface InputFiles {
  /** The files, in order of their paths, each once. */
  readonly files: readonly InputFile[];
  /** The paths that stand for nothing, in the order in which they were met. */
  readonly missing: readonly MissingInput[];
}

/** How to look. */
export interface InputOptions {
  /** Whether to look into directories inside directories. */
  readonly recursive: boolean;
  /** The list that `-` stands for. */
  readonly standardInput: () => ReadableStream<Uint8Array>;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** A list may be longer than this only by mistake: somebody piped an image in. In bytes. */
const LIST_LIMIT = 256 * 1024 * 1024;

/**
 * Finds files. Of a directory the files in it are taken, and with `recursive` those below; directories
 * behind symbolic links are not entered.
 *
 * @param paths Files, directories, and `-` for a list of such on the standard input: one a line, or
 * each ended by NUL.
 * @param options How to look.
 * @returns The files; whether they are DICOM files is not looked at.
 *
 * @example
 * ```ts
 * import { findInputFiles } from "./input_files.ts";
 * import assert from "node:assert/strict";
 *
 * const { signal } = new AbortController();
 * const standardInput = () => new Blob(["/no/such/file\n"]).stream();
 * const found = await findInputFiles(["-"], { recursive: false, standardInput, signal });
 * assert.deepEqual(found.files, []);
 * assert.equal(found.missing[0]?.path, "/no/such/file");
 * ```
 */
export async function findInputFiles(
  paths: readonly string[],
  options: InputOptions,
): Promise<InputFiles> {
  const search = new Search(options);
  for (const path of paths) {
    if (path === "-") {
      for (const line of await readList(options.standardInput())) await search.add(line, false);
    } else {
      await search.add(path, true);
    }
  }
  return search.result();
}

/** Collects files, and what was not found. */
class Search {
  readonly #options: InputOptions;
  /** Whether they were named, by path. */
  readonly #files = new Map<string, boolean>();
  readonly #missing: MissingInput[] = [];

  constructor(options: InputOptions) {
    this.#options = options;
  }

  async add(path: string, isNamed: boolean): Promise<void> {
    try {
      const { isDirectory } = await Deno.stat(path);
      if (isDirectory) await this.#addDirectory(path);
      else this.#files.set(path, isNamed || this.#files.get(path) === true);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#missing.push({ path, reason: reasonOf(error) });
    }
  }

  result(): InputFiles {
    const files = [...this.#files]
      .map(([path, isNamed]) => ({ path, isNamed }))
      .sort((a, b) => a.path < b.path ? -1 : 1);
    return { files, missing: this.#missing };
  }

  async #addDirectory(root: string): Promise<void> {
    const directories = [root];
    for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
      this.#options.signal.throwIfAborted();
      try {
        for await (const entry of Deno.readDir(path)) {
          const inside = inDirectory(path, entry.name);
          if (entry.isDirectory) {
            if (this.#options.recursive) directories.push(inside);
          } else if (entry.isFile || (entry.isSymlink && await isFile(inside))) {
            if (!this.#files.has(inside)) this.#files.set(inside, false);
          }
        }
      } catch (error) {
        this.#missing.push({ path, reason: reasonOf(error) });
      }
    }
  }
}

/** As the user wrote the directory, so that log lines begin with what was typed. */
function inDirectory(directory: string, name: string): string {
  return /[/\\]$/.test(directory) ? `${directory}${name}` : `${directory}/${name}`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function readList(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.byteLength;
    if (length > LIST_LIMIT) break;
    pieces.push(piece);
  }
  const text = await new Blob(pieces.map((piece) => piece.slice())).text();
  return text.split(text.includes("\0") ? "\0" : /\r?\n/).filter((line) => line !== "");
}
