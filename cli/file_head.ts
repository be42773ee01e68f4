/**
 * What has to be known of a file to send it, read from its first bytes: which instance it holds, and
 * how its data set is written.
 *
 * @module
 */

import { decodePaddedText } from "../lib/bytes.ts";
import { DataSet } from "../lib/data_set/data_set.ts";
import { vrAt } from "../lib/data_set/element_header.ts";
import { type Encoding, encodingOf } from "../lib/data_set/encoding.ts";
import { decodeFileMeta, type FileHead } from "../lib/data_set/file_meta.ts";
import { RECOGNITION_LENGTH, recognizeTransferSyntax } from "../lib/data_set/recognition.ts";
import { DataSetScanner } from "../lib/data_set/scanner.ts";
import { DataSetError, DicomNetError } from "../lib/errors.ts";
import { transferSyntax, UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { MAXIMUM_UID_LENGTH } from "../lib/uid.ts";

/** An instance in a file. */
export interface InstanceHead {
  /** The path of the file. */
  readonly path: string;
  /** How many bytes the file has. */
  readonly size: number;
  /** Where its data set begins. */
  readonly dataSetOffset: number;
  /** SOP Class UID of the data set, else of the file meta information. */
  readonly sopClassUid: string;
  /** SOP Instance UID of the data set, else of the file meta information. */
  readonly sopInstanceUid: string;
  /** The transfer syntax to send it in. */
  readonly transferSyntaxUid: string;
  /** How its elements are written; `undefined` when nobody can tell, for a private transfer syntax. */
  readonly writtenAs: string | undefined;
  /** What is amiss without keeping it from being sent. */
  readonly warnings: readonly string[];
}

/** What a file turned out to be. */
export type FileKind =
  | { readonly kind: "instance"; readonly head: InstanceHead }
  | { readonly kind: "DICOMDIR" }
  | { readonly kind: "not DICOM"; readonly reason: string };

/** A DICOM file that cannot be sent. */
export class UnsendableError extends DicomNetError {
  /** The name of the class. */
  override name = "UnsendableError";
}

/** What is read at first; enough for nearly every file. */
export const FIRST_READ = 4096;
/** What is looked at first for the UIDs, which nearly every data set begins with. */
const FIRST_LOOK = 256;
/** The UIDs come within this from the start of the data set, or they are not looked for any more. */
const HEAD_LIMIT = 4 * 1024 * 1024;

/**
 * Reads the head of a file: no more bytes than it takes to come to the SOP Instance UID. Synchronously:
 * handing each of these short calls to another thread takes longer than the calls.
 *
 * @param path The path of the file.
 * @param room Where its first bytes go, {@linkcode FIRST_READ} of them: who reads many has it used again.
 * @returns What the file is.
 * @throws {UnsendableError} When it is DICOM but cannot be sent, with a sentence that says why.
 *
 * @example
 * ```ts
 * import { readFileHead } from "./file_head.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, "This is no DICOM file.");
 * assert.equal(readFileHead(path).kind, "not DICOM");
 * await Deno.remove(path);
 * ```
 */
export function readFileHead(path: string, room = new Uint8Array(FIRST_READ)): FileKind {
  using file = Deno.openSync(path);
  const info = file.statSync();
  if (!info.isFile) return { kind: "not DICOM", reason: "it is no regular file" };
  return read(path, new HeadBytes(file, info.size, room));
}

function read(path: string, bytes: HeadBytes): FileKind {
  let file: FileHead | undefined;
  try {
    file = decodeFileMeta(bytes.bytes, bytes.isComplete);
    while (file === undefined && bytes.readMore()) {
      file = decodeFileMeta(bytes.bytes, bytes.isComplete);
    }
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    return { kind: "not DICOM", reason: error.message };
  }
  if (file === undefined) return { kind: "not DICOM", reason: "the file ends in its head" };
  if (text(file.meta, MEDIA_STORAGE_SOP_CLASS_UID) === MEDIA_STORAGE_DIRECTORY) {
    return { kind: "DICOMDIR" };
  }
  return { kind: "instance", head: describe(path, file, bytes) };
}

function describe(path: string, file: FileHead, bytes: HeadBytes): InstanceHead {
  const { dataSetOffset } = file;
  if (bytes.size === dataSetOffset) throw unsendable(path, "it has no data set");
  const warnings: string[] = [];
  while (bytes.bytes.length - dataSetOffset < RECOGNITION_LENGTH && bytes.readMore());
  const start = bytes.bytes.subarray(dataSetOffset);
  const { transferSyntaxUid, writtenAs } = encodingIn(path, file, start, warnings);
  const attributes = writtenAs === undefined
    ? new DataSet()
    : collect(path, writtenAs, bytes, dataSetOffset);
  const uid = (name: string, tag: number, metaTag: number): string => {
    const inDataSet = text(attributes, tag);
    const inMeta = text(file.meta, metaTag);
    if (inDataSet !== "" && inMeta !== "" && inDataSet !== inMeta) {
      warnings.push(`its ${name} is ${inDataSet}, its file meta information says ${inMeta}`);
    }
    const value = inDataSet || inMeta;
    if (value === "") throw unsendable(path, `it has no ${name}`);
    if (value.length > MAXIMUM_UID_LENGTH) {
      throw unsendable(
        path,
        `its ${name} has ${value.length} characters, more than the ${MAXIMUM_UID_LENGTH} of a UID`,
      );
    }
    return value;
  };
  return {
    path,
    size: bytes.size,
    dataSetOffset,
    sopClassUid: uid("SOP Class UID", SOP_CLASS_UID, MEDIA_STORAGE_SOP_CLASS_UID),
    sopInstanceUid: uid("SOP Instance UID", SOP_INSTANCE_UID, MEDIA_STORAGE_SOP_INSTANCE_UID),
    transferSyntaxUid,
    writtenAs,
    warnings,
  };
}

/** The declared transfer syntax, unless the data set is plainly written in another way. */
function encodingIn(
  path: string,
  file: FileHead,
  start: Uint8Array,
  warnings: string[],
): Pick<InstanceHead, "transferSyntaxUid" | "writtenAs"> {
  const declared = file.transferSyntaxUid;
  if (declared.length > MAXIMUM_UID_LENGTH) {
    throw unsendable(
      path,
      `its Transfer Syntax UID has ${declared.length} characters, more than the ` +
        `${MAXIMUM_UID_LENGTH} of a UID`,
    );
  }
  const known = transferSyntax(declared);
  if (known !== undefined && !known.deflated && beginsAs(known, start)) {
    return { transferSyntaxUid: declared, writtenAs: declared };
  }
  const recognized = recognizeTransferSyntax(start);
  if (known === undefined) return { transferSyntaxUid: declared, writtenAs: recognized };
  const shown = encodingOf(recognized ?? declared);
  const isAsDeclared = recognized === undefined ||
    (!known.deflated && shown.explicitVr === known.explicitVr &&
      shown.littleEndian === known.littleEndian);
  if (isAsDeclared) return { transferSyntaxUid: declared, writtenAs: declared };
  const names =
    `its data set is in ${transferSyntax(recognized)?.name}, its file meta information ` +
    `says ${known.name}`;
  // Of compressed pixel data nobody can say what it is when the elements around it are not as they must be.
  if (!UNCOMPRESSED_TRANSFER_SYNTAXES.includes(declared)) throw unsendable(path, names);
  warnings.push(names);
  return { transferSyntaxUid: recognized, writtenAs: recognized };
}

/** Whether the first element is in an encoding so plainly that none but this one would be recognized. */
function beginsAs({ explicitVr, littleEndian }: Encoding, dataSet: Uint8Array): boolean {
  const [low, high] = [dataSet[0] ?? 0, dataSet[1] ?? 0];
  if (!littleEndian || low < high) return false;
  const vr = vrAt(dataSet, 4);
  return explicitVr ? vr !== undefined && vr !== "UN" : vr === undefined;
}

function collect(
  path: string,
  writtenAs: string,
  bytes: HeadBytes,
  offset: number,
): DataSet {
  const scanner = new DataSetScanner(writtenAs, { collect: [SOP_CLASS_UID, SOP_INSTANCE_UID] });
  let scanned = offset;
  try {
    const first = bytes.bytes.subarray(offset, offset + FIRST_LOOK);
    scanner.push(first);
    scanned += first.length;
    // Of what comes behind both of them nothing is wanted, be it broken or not.
    if (hasBoth(scanner.attributes)) return scanner.attributes;
    for (;;) {
      scanner.push(bytes.bytes.subarray(scanned));
      scanned = bytes.bytes.length;
      if (scanner.collected || scanned - offset > HEAD_LIMIT || !bytes.readMore()) break;
    }
    if (bytes.isComplete && scanned === bytes.size) scanner.finish();
  } catch (error) {
    // Later elements may be broken, and the UIDs found all the same; sending will tell of that.
    if (!(error instanceof DataSetError)) throw error;
    if (!scanner.attributes.has(SOP_INSTANCE_UID)) throw unsendable(path, error.message);
  }
  return scanner.attributes;
}

function hasBoth(attributes: DataSet): boolean {
  return attributes.has(SOP_INSTANCE_UID) && attributes.has(SOP_CLASS_UID);
}

/** The first bytes of a file, as many as are wanted. */
class HeadBytes {
  readonly #file: Deno.FsFile;
  /** How many bytes the file has. */
  readonly size: number;
  bytes: Uint8Array;

  constructor(file: Deno.FsFile, size: number, room: Uint8Array) {
    this.#file = file;
    this.size = size;
    this.bytes = this.#fill(size < room.length ? room.subarray(0, size) : room, 0);
  }

  get isComplete(): boolean {
    return this.bytes.length >= this.size;
  }

  /** Reads as many bytes again as are there; says whether there were any. */
  readMore(): boolean {
    if (this.isComplete) return false;
    const had = this.bytes.length;
    const grown = new Uint8Array(Math.min(this.size, Math.max(FIRST_READ, 2 * had)));
    grown.set(this.bytes);
    this.bytes = this.#fill(grown, had);
    return this.bytes.length > had;
  }

  /** Fills what follows a number of bytes, as far as the file goes; gives what is full. */
  #fill(room: Uint8Array, had: number): Uint8Array {
    let filled = had;
    while (filled < room.length) {
      const count = this.#file.readSync(filled === 0 ? room : room.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return filled === room.length ? room : room.subarray(0, filled);
  }
}

/** Digits and dots are the same in every character set: nearly every UID is read without their rules. */
const PLAIN_UID = /^[0-9.]*$/;

function text(dataSet: DataSet, tag: number): string {
  const element = dataSet.get(tag);
  if (element === undefined) return "";
  if (element.vr === "UI" && element.value instanceof Uint8Array) {
    const uid = decodePaddedText(element.value);
    if (PLAIN_UID.test(uid)) return uid;
  }
  return dataSet.getString(tag)?.trim() ?? "";
}

function unsendable(path: string, reason: string): UnsendableError {
  return new UnsendableError(`Cannot send ${path}: ${reason}`);
}

const SOP_CLASS_UID = 0x00080016;
const SOP_INSTANCE_UID = 0x00080018;
/** Media Storage Directory Storage: the SOP class of a DICOMDIR. */
const MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10";
const MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002;
const MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003;
