/**
 * The data set of a file, as it is sent: as it is, or converted while it passes.
 *
 * @module
 */

import { DataSetScanner } from "../lib/data_set/scanner.ts";
import { Transcoder } from "../lib/data_set/transcoder.ts";
import type { DataSetSource } from "../lib/net/data_set_source.ts";
import type { InstanceHead } from "./file_head.ts";

/** How to read it. */
export interface FileSourceOptions {
  /** Where it is. */
  readonly head: InstanceHead;
  /** What to convert it to; `undefined` sends it byte for byte. */
  readonly convertTo: string | undefined;
  /** Whether to look over the structure of the data set. */
  readonly checks: boolean;
  /** Told how many bytes were read. */
  readonly onRead: (count: number) => void;
}

/** Large enough that reading costs little, small enough to stay in the cache. */
const CONVERSION_BUFFER = 64 * 1024;

/**
 * Reads a data set from a file, and looks over its structure on the way. One that ends early is found
 * at the header of the element that is cut: for nearly every file in the first 256 KiB, which is before
 * any of it is sent.
 *
 * @example
 * ```ts
 * import { readFileHead } from "./file_head.ts";
 * import { FileSource } from "./file_source.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * const uid = "08001600" + "55490600" + "312e322e3300" + "08001800" + "55490600" + "312e322e3400";
 * await Deno.writeFile(path, Uint8Array.fromHex(uid));
 * const file = readFileHead(path);
 * assert.ok(file.kind === "instance");
 * using opened = await Deno.open(path);
 * const options = { head: file.head, convertTo: undefined, checks: true, onRead: () => {} };
 * const source = new FileSource(opened, options);
 * const into = new Uint8Array(100);
 * assert.equal(source.read(into), 28);
 * assert.equal(source.read(into), 0);
 * await Deno.remove(path);
 * ```
 */
export class FileSource implements DataSetSource {
  readonly #file: Deno.FsFile;
  readonly #onRead: (count: number) => void;
  readonly #scanner: DataSetScanner | undefined;
  readonly #transcoder: Transcoder | undefined;
  readonly #buffer: Uint8Array | undefined;
  /** Where the file ended when it was opened. */
  readonly #size: number;
  /** How far it was read. */
  #position: number;
  /** Whether the file was seen to end behind what was read of it. */
  #isAllRead = false;
  #isAtEnd = false;

  /**
   * Makes a source, and goes to the start of the data set.
   *
   * @param file The file, which stays the caller's to close.
   * @param options How to read it.
   */
  constructor(file: Deno.FsFile, options: FileSourceOptions) {
    const { head, convertTo, checks } = options;
    this.#file = file;
    this.#onRead = options.onRead;
    this.#size = file.statSync().size;
    this.#position = head.dataSetOffset;
    file.seekSync(head.dataSetOffset, Deno.SeekMode.Start);
    // It is the user's own file: it may inflate to what it likes.
    const inflateBudget = Infinity;
    if (checks && head.writtenAs !== undefined) {
      const length = Math.max(0, this.#size - head.dataSetOffset);
      this.#scanner = new DataSetScanner(head.writtenAs, { length, inflateBudget });
    }
    if (convertTo !== undefined) {
      this.#transcoder = new Transcoder(head.transferSyntaxUid, convertTo, { inflateBudget });
      this.#buffer = new Uint8Array(CONVERSION_BUFFER);
    }
  }

  /**
   * Reads the next bytes.
   *
   * @param into Where to.
   * @returns How many; 0 at the end of the data set.
   * @throws {DataSetError} As soon as the data set is known to be broken.
   */
  read(into: Uint8Array): number {
    return this.#transcoder === undefined || this.#buffer === undefined
      ? this.#readFile(into)
      : this.#convert(into, this.#transcoder, this.#buffer);
  }

  #convert(into: Uint8Array, transcoder: Transcoder, buffer: Uint8Array): number {
    for (;;) {
      const count = transcoder.read(into);
      if (count > 0 || this.#isAtEnd) return count;
      const read = this.#readFile(buffer);
      if (read > 0) transcoder.push(buffer.subarray(0, read));
      else transcoder.finish();
    }
  }

  #readFile(into: Uint8Array): number {
    if (this.#isAtEnd) return 0;
    const count = this.#isAllRead ? 0 : this.#fill(into);
    this.#onRead(count);
    if (count > 0) {
      this.#scanner?.push(into.subarray(0, count));
    } else {
      this.#isAtEnd = true;
      this.#scanner?.finish();
    }
    return count;
  }

  /**
   * Reads on. Less than there is room for, and that to where the file ended when it was opened, is its
   * end: one that has become shorter or longer is read until nothing more comes.
   */
  #fill(into: Uint8Array): number {
    const count = this.#file.readSync(into) ?? 0;
    this.#position += count;
    this.#isAllRead = count < into.byteLength && this.#position === this.#size;
    return count;
  }
}
