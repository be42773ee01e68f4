/**
 * File meta information (PS3.10 section 7.1), and files that have none or a wrong one.
 *
 * @module
 */

import { decodePaddedText, EMPTY_BYTES, readUint32, writeLatin1 } from "../bytes.ts";
import { DataSetError } from "../errors.ts";
import { DataSet } from "./data_set.ts";
import {
  ElementHeader,
  MAXIMUM_SHORT_LENGTH,
  META_GROUP,
  SHORT_HEADER,
  vrAt,
} from "./element_header.ts";
import { evenLength } from "./element_writer.ts";
import { encodingOf, EXPLICIT_LITTLE, IMPLICIT_LITTLE } from "./encoding.ts";
import { RECOGNITION_LENGTH, recognizeTransferSyntax } from "./recognition.ts";
import { formatTag } from "./tag.ts";

/** What file meta information is made of. */
export interface FileMetaInformation {
  /** Media Storage SOP Class UID (0002,0002). */
  readonly sopClassUid: string;
  /** Media Storage SOP Instance UID (0002,0003). */
  readonly sopInstanceUid: string;
  /** Transfer Syntax UID (0002,0010) of the data set that follows. */
  readonly transferSyntaxUid: string;
  /** Implementation Class UID (0002,0012). */
  readonly implementationClassUid: string;
  /** Implementation Version Name (0002,0013). */
  readonly implementationVersionName?: string;
  /** Source Application Entity Title (0002,0016). */
  readonly sourceAeTitle?: string;
}

/** The head of a file, up to its data set. */
export interface FileHead {
  /** The elements of group 0002; none in a file without file meta information. */
  readonly meta: DataSet;
  /** Where the data set begins, in bytes from the start of the file. */
  readonly dataSetOffset: number;
  /** Transfer Syntax UID (0002,0010), or what the first element of the data set shows without one. */
  readonly transferSyntaxUid: string;
}

const PREAMBLE_LENGTH = 128;
/** Where file meta information begins, behind the preamble and `DICM`. */
const META_OFFSET = 132;
/** Group Length (0002,0000), header and value. */
const GROUP_LENGTH_SIZE = 12;
const PREFIX = 0x4449434d; // "DICM"
const GROUP_LENGTH = 0x00020000;
const TRANSFER_SYNTAX_UID = 0x00020010;

/** File Meta Information Version (0002,0001): OB, 2 bytes, 0001H. */
const VERSION = Uint8Array.of(2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1);
/** Where the texts begin, behind Group Length and version. */
const TEXTS_OFFSET = META_OFFSET + GROUP_LENGTH_SIZE + VERSION.length;
const SPACE = 0x20;

/** File meta information has a dozen short elements; only (0002,0102), private, may be long. */
const MAXIMUM_META_LENGTH = 1024 * 1024;

/**
 * Writes the head of a file: preamble, `DICM` and file meta information (PS3.10 section 7.1). The
 * bytes of the data set go behind it as they are.
 *
 * @param info What to write. It is not checked: what a peer sent is recorded as it is.
 * @returns The bytes.
 * @throws {DataSetError} When a text is longer than 65,534 characters, which its VR cannot be.
 *
 * @example
 * ```ts
 * import { decodeFileMeta, encodeFileMeta } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const head = encodeFileMeta({
 *   sopClassUid: "1.2.840.10008.5.1.4.1.1.2",
 *   sopInstanceUid: "1.2.3",
 *   transferSyntaxUid: "1.2.840.10008.1.2.1",
 *   implementationClassUid: "1.2.3.4",
 * });
 * assert.equal(decodeFileMeta(head, true)?.dataSetOffset, head.length);
 * ```
 */
export function encodeFileMeta(info: FileMetaInformation): Uint8Array<ArrayBuffer> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid, implementationClassUid } = info;
  const versionName = info.implementationVersionName ?? "";
  const sourceAeTitle = info.sourceAeTitle ?? "";
  const length = TEXTS_OFFSET +
    textElementLength(sopClassUid) +
    textElementLength(sopInstanceUid) +
    textElementLength(transferSyntaxUid) +
    textElementLength(implementationClassUid) +
    textElementLength(versionName) +
    textElementLength(sourceAeTitle);
  // One for each instance that is stored: written straight into place.
  const bytes = new Uint8Array(length);
  writeLatin1(bytes, PREAMBLE_LENGTH, "DICM");
  writeGroupLength(bytes, length - META_OFFSET - GROUP_LENGTH_SIZE);
  bytes.set(VERSION, META_OFFSET + GROUP_LENGTH_SIZE);
  let at = TEXTS_OFFSET;
  at = writeText(bytes, at, 0x02, "UI", sopClassUid);
  at = writeText(bytes, at, 0x03, "UI", sopInstanceUid);
  at = writeText(bytes, at, 0x10, "UI", transferSyntaxUid);
  at = writeText(bytes, at, 0x12, "UI", implementationClassUid);
  at = writeText(bytes, at, 0x13, "SH", versionName);
  writeText(bytes, at, 0x16, "AE", sourceAeTitle);
  return bytes;
}

/** The bytes of an element with a text; one that is empty is left out. */
function textElementLength(text: string): number {
  return text === "" ? 0 : SHORT_HEADER + evenLength(text.length);
}

function writeGroupLength(bytes: Uint8Array, length: number): void {
  writeMetaHeader(bytes, META_OFFSET, 0x00, "UL", 4);
  const at = META_OFFSET + SHORT_HEADER;
  bytes[at] = length;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 24;
}

/** Writes an element of group 0002, and returns where the next one begins. */
function writeText(
  bytes: Uint8Array,
  at: number,
  element: number,
  vr: "UI" | "SH" | "AE",
  text: string,
): number {
  if (text === "") return at;
  if (text.length > MAXIMUM_SHORT_LENGTH) {
    throw new DataSetError(
      `Cannot encode ${formatTag(META_GROUP * 0x10000 + element)}: its value is too long`,
    );
  }
  const length = evenLength(text.length);
  writeMetaHeader(bytes, at, element, vr, length);
  const from = at + SHORT_HEADER;
  // Text from a peer is decoded as ISO 8859-1, so this gives back its bytes.
  writeLatin1(bytes, from, text);
  if (length > text.length && vr !== "UI") bytes[from + text.length] = SPACE;
  return from + length;
}

/** Plain numbers: a `DataView` for a few of them would take longer to make than they do. */
function writeMetaHeader(
  bytes: Uint8Array,
  at: number,
  element: number,
  vr: "UL" | "UI" | "SH" | "AE",
  length: number,
): void {
  bytes[at] = META_GROUP;
  bytes[at + 2] = element;
  bytes[at + 4] = vr.charCodeAt(0);
  bytes[at + 5] = vr.charCodeAt(1);
  bytes[at + 6] = length;
  bytes[at + 7] = length >>> 8;
}

/**
 * Reads the head of a file. Preamble, `DICM` and file meta information may all be missing: then the
 * first element of the data set must show its transfer syntax. Group Length (0002,0000) may be
 * missing or wrong: the file meta information goes as far as there are elements of group 0002.
 *
 * @param bytes The first bytes of the file; 4 KiB are enough for nearly every file.
 * @param complete Whether there are no more bytes.
 * @returns The head; `undefined` when more bytes are needed, which is never more than a little over 1 MiB.
 * @throws {DataSetError} When this is not the head of a DICOM file.
 *
 * @example
 * ```ts
 * import { decodeFileMeta } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.fromHex("08005200" + "43530600" + "535455445920");
 * const head = decodeFileMeta(bytes, true);
 * assert.equal(head?.dataSetOffset, 0);
 * assert.equal(head?.transferSyntaxUid, "1.2.840.10008.1.2.1");
 * assert.equal(decodeFileMeta(bytes, false), undefined);
 * ```
 */
export function decodeFileMeta(bytes: Uint8Array, complete: boolean): FileHead | undefined {
  if (bytes.length < META_OFFSET && !complete) return undefined;
  const read = readMeta(bytes, metaOffset(bytes), complete);
  if (read === undefined) return undefined;
  const { meta, end } = read;
  const declared = transferSyntaxOf(meta);
  if (declared !== "") return { meta, dataSetOffset: end, transferSyntaxUid: declared };

  if (bytes.length - end < RECOGNITION_LENGTH && !complete) return undefined;
  const recognized = recognizeTransferSyntax(bytes.subarray(end));
  if (recognized === undefined) {
    const where = end === 0
      ? "there is no file meta information"
      : "there is no Transfer Syntax UID (0002,0010)";
    throw new DataSetError(`Cannot read as DICOM: ${where}, and byte ${end} begins no data set`, {
      offset: end,
    });
  }
  return { meta, dataSetOffset: end, transferSyntaxUid: recognized };
}

/** Some writers leave out the preamble, and some the prefix too. */
function metaOffset(bytes: Uint8Array): number {
  for (const offset of [PREAMBLE_LENGTH, 0]) {
    if (bytes.length >= offset + 4 && readUint32(bytes, offset) === PREFIX) return offset + 4;
  }
  return 0;
}

function transferSyntaxOf(meta: DataSet): string {
  const value = meta.get(TRANSFER_SYNTAX_UID)?.value;
  return value instanceof Uint8Array ? decodePaddedText(value).trim() : "";
}

/** Reads the elements of group 0002; `undefined` when more bytes are needed. */
function readMeta(
  bytes: Uint8Array,
  start: number,
  complete: boolean,
): { readonly meta: DataSet; readonly end: number } | undefined {
  const meta = new DataSet();
  const header = new ElementHeader();
  let declaredEnd = -1;
  let at = start;
  for (;;) {
    const left = bytes.length - at;
    if (left < SHORT_HEADER && !complete) return undefined;
    if (left < 2 || bytes[at] !== META_GROUP || bytes[at + 1] !== 0) break;
    // Deflated bytes may look like another element of the group; others may not.
    if (at === declaredEnd && encodingOf(transferSyntaxOf(meta)).deflated) break;
    if (left < SHORT_HEADER) throw cannotReadMeta(at, "the file ends inside a header");
    const encoding = vrAt(bytes, at + 4) === undefined ? IMPLICIT_LITTLE : EXPLICIT_LITTLE;
    if (!header.read(bytes, at, bytes.length, encoding, undefined)) {
      if (!complete) return undefined;
      throw cannotReadMeta(at, "the file ends inside a header");
    }
    const { tag, length, size } = header;
    const from = at + size;
    if (from + length - start > MAXIMUM_META_LENGTH) {
      throw cannotReadMeta(at, `${formatTag(tag)} has length ${length}`);
    }
    if (from + length > bytes.length) {
      if (!complete) return undefined;
      const rest = bytes.length - from;
      throw cannotReadMeta(
        at,
        `length ${length} of ${formatTag(tag)} exceeds the ${rest} bytes left`,
      );
    }
    const value = length === 0 ? EMPTY_BYTES : bytes.subarray(from, from + length);
    at = from + length;
    const vr = header.vr === undefined || header.vr === "SQ" ? "UN" : header.vr;
    if (!meta.has(tag)) meta.set({ tag, vr, value });
    if (tag === GROUP_LENGTH && length === 4) {
      declaredEnd = at + new DataView(value.buffer, value.byteOffset).getUint32(0, true);
    }
  }
  return { meta, end: at };
}

function cannotReadMeta(offset: number, reason: string): DataSetError {
  return new DataSetError(`Cannot read as DICOM: file meta information: ${reason}`, { offset });
}
