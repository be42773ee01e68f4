/**
 * Reads of a file what the index has to know of its instance.
 *
 * @module
 */

import type { DataSet } from "../../lib/data_set/data_set.ts";
import { encodingOf } from "../../lib/data_set/encoding.ts";
import { decodeFileMeta, type FileHead } from "../../lib/data_set/file_meta.ts";
import { DEFAULT_INFLATE_BUDGET, Inflater } from "../../lib/data_set/inflate.ts";
import { RECOGNITION_LENGTH, recognizeTransferSyntax } from "../../lib/data_set/recognition.ts";
import { Walker } from "../../lib/data_set/walker.ts";
import { DataSetError } from "../../lib/errors.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../lib/transfer_syntax.ts";
import { FIRST_BULK_TAG, HeadCollector } from "./head_collector.ts";

/** What a file is known by: when none of these has changed, the file is taken for unchanged. */
export interface FileStamp {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  /** 0 where the file system has none. */
  readonly inode: number;
}

/** The head of an instance. */
export interface InstanceHead {
  /** Its elements up to the pixel data; long values are left out. */
  readonly attributes: DataSet;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** What the data set is written in. */
  readonly transferSyntaxUid: string;
  /** Where the data set begins. */
  readonly dataSetOffset: number;
}

/** What a file turned out to be. */
export type FileContent =
  | { readonly kind: "instance"; readonly stamp: FileStamp; readonly head: InstanceHead }
  /** No DICOM file, or a DICOMDIR: nothing to speak of. */
  | { readonly kind: "other"; readonly stamp: FileStamp }
  /** An instance that nobody could ask for. */
  | { readonly kind: "unusable"; readonly stamp: FileStamp; readonly reason: string };

/** One read: enough for nearly every head. */
const PIECE_LENGTH = 16 * 1024;
/** No head is looked for further than this into a data set. */
const HEAD_LIMIT = 1024 * 1024;
/** File meta information ends before this, or there is none. */
const META_LIMIT = 1024 * 1024 + 4096;

const MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";
const MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002;
const SOP_CLASS_UID = 0x00080016;
const SOP_INSTANCE_UID = 0x00080018;
const STUDY_INSTANCE_UID = 0x0020000d;
const SERIES_INSTANCE_UID = 0x0020000e;

/**
 * Reads the head of a file. Synchronously: what is read is mostly in memory, and takes less time than to
 * ask for it by another thread.
 *
 * @param path The file.
 * @returns What it is.
 * @throws {Error} When the file system refuses.
 *
 * @example
 * ```ts
 * import { readHead } from "./head.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "This is no DICOM file.");
 * assert.equal(readHead(path).kind, "other");
 * await Deno.remove(path);
 * ```
 */
export function readHead(path: string): FileContent {
  using file = Deno.openSync(path);
  const stamp = stampOf(file.statSync());
  const reader = new Reader(file);
  const meta = readMeta(reader);
  if (meta === undefined) return { kind: "other", stamp };
  if (textOf(meta.meta, MEDIA_STORAGE_SOP_CLASS_UID) === MEDIA_STORAGE_DIRECTORY) {
    return { kind: "other", stamp };
  }
  const { dataSetOffset } = meta;
  const start = reader.bytes.subarray(dataSetOffset);
  if (start.length === 0) return { kind: "unusable", stamp, reason: "it has no data set" };
  const transferSyntaxUid = transferSyntaxOf(meta.transferSyntaxUid, start);
  const attributes = collect(reader, start, transferSyntaxUid);
  const missing = IDENTITY.find(([tag]) => textOf(attributes, tag) === "");
  if (missing !== undefined) return { kind: "unusable", stamp, reason: `it has no ${missing[1]}` };
  return {
    kind: "instance",
    stamp,
    head: {
      attributes,
      sopClassUid: textOf(attributes, SOP_CLASS_UID),
      sopInstanceUid: textOf(attributes, SOP_INSTANCE_UID),
      transferSyntaxUid,
      dataSetOffset,
    },
  };
}

/**
 * What a file is known by.
 *
 * @param info What the file system says of it.
 * @returns Its stamp.
 */
export function stampOf({ size, mtime, ino }: Deno.FileInfo): FileStamp {
  return { size, modified: mtime?.getTime() ?? 0, inode: ino ?? 0 };
}

/** Without these nobody could ask for the instance, nor could it be sent. */
const IDENTITY: readonly (readonly [number, string])[] = [
  [SOP_CLASS_UID, "SOP Class UID"],
  [SOP_INSTANCE_UID, "SOP Instance UID"],
  [STUDY_INSTANCE_UID, "Study Instance UID"],
  [SERIES_INSTANCE_UID, "Series Instance UID"],
];

function readMeta(reader: Reader): FileHead | undefined {
  reader.grow();
  try {
    for (;;) {
      const head = decodeFileMeta(reader.bytes, reader.isAtEnd);
      if (head !== undefined) {
        while (reader.bytes.length - head.dataSetOffset < RECOGNITION_LENGTH && reader.grow());
        return head;
      }
      if (reader.bytes.length > META_LIMIT || !reader.grow()) return undefined;
    }
  } catch (error) {
    if (error instanceof DataSetError) return undefined;
    throw error;
  }
}

/** The declared transfer syntax, unless the data set is plainly written in another uncompressed one. */
function transferSyntaxOf(declared: string, start: Uint8Array): string {
  if (!UNCOMPRESSED_TRANSFER_SYNTAXES.includes(declared)) return declared;
  if (encodingOf(declared).deflated) return declared;
  return recognizeTransferSyntax(start) ?? declared;
}

function collect(reader: Reader, start: Uint8Array, transferSyntaxUid: string): DataSet {
  const collector = new HeadCollector();
  const encoding = encodingOf(transferSyntaxUid);
  const walker = new Walker(encoding, collector, { stopBefore: FIRST_BULK_TAG });
  const sink = encoding.deflated
    ? new Inflater(DEFAULT_INFLATE_BUDGET, (bytes) => walker.push(bytes))
    : walker;
  try {
    for (let piece: Uint8Array | undefined = start; piece !== undefined; piece = reader.next()) {
      sink.push(piece);
      if (walker.stopped || walker.walked > HEAD_LIMIT) return collector.head;
    }
    // A sequence that the file ends with is closed.
    walker.finish();
  } catch (error) {
    // What came before the fault counts; whether it is enough is seen by the UIDs.
    if (!(error instanceof DataSetError)) throw error;
  }
  return collector.head;
}

/** Reads a file from its start. */
class Reader {
  readonly #file: Deno.FsFile;
  /** What was read up to now, by `grow()`. */
  bytes: Uint8Array = new Uint8Array(0);
  isAtEnd = false;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Reads on, and keeps what was read; says whether there was more. */
  grow(): boolean {
    const piece = this.next();
    if (piece === undefined) return false;
    const grown = new Uint8Array(this.bytes.length + piece.length);
    grown.set(this.bytes);
    grown.set(piece, this.bytes.length);
    this.bytes = grown;
    return true;
  }

  /** Reads on; nothing at the end. */
  next(): Uint8Array | undefined {
    if (this.isAtEnd) return undefined;
    const piece = new Uint8Array(PIECE_LENGTH);
    let filled = 0;
    while (filled < piece.length) {
      const count = this.#file.readSync(piece.subarray(filled));
      if (count === null) {
        this.isAtEnd = true;
        break;
      }
      filled += count;
    }
    return filled === 0 ? undefined : piece.subarray(0, filled);
  }
}

function textOf(dataSet: DataSet, tag: number): string {
  return dataSet.getString(tag) ?? "";
}
