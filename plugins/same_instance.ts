/**
 * Tells whether two files hold the same SOP instance, byte for byte.
 *
 * Group 0002 says who sent a file and what wrote it (PS3.10 section 7.1), so it differs between two
 * transmissions of one instance. What is compared is the transfer syntax, and all that follows the
 * file meta information.
 *
 * @module
 */

/**
 * Compares the data sets of two DICOM files.
 *
 * @param left A file's path.
 * @param right Another file's path; what is not a regular file is never the same.
 * @returns Whether transfer syntax and data set bytes are equal. A file without a readable file meta
 *   information is only equal to a file with the same bytes from the first on.
 * @throws {Error} When a file cannot be read.
 *
 * @example
 * ```ts
 * import { sameInstance } from "./same_instance.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * assert.equal(await sameInstance(path, path), true);
 * await Deno.remove(path);
 * ```
 */
export async function sameInstance(left: string, right: string): Promise<boolean> {
  // Not followed: a link is not the instance, its target may change or go.
  const [leftInfo, rightInfo] = await Promise.all([Deno.lstat(left), Deno.lstat(right)]);
  if (!leftInfo.isFile || !rightInfo.isFile) return false;
  using leftFile = await Deno.open(left);
  using rightFile = await Deno.open(right);
  const leftHead = await readHead(leftFile);
  const rightHead = await readHead(rightFile);
  if (leftHead.transferSyntaxUid !== rightHead.transferSyntaxUid) return false;
  const length = leftInfo.size - leftHead.length;
  if (length !== rightInfo.size - rightHead.length) return false;
  await leftFile.seek(leftHead.length, Deno.SeekMode.Start);
  await rightFile.seek(rightHead.length, Deno.SeekMode.Start);
  return await sameRest(leftFile, rightFile, Math.min(Math.max(length, 1), COMPARE_SIZE));
}

/** Preamble and file meta information: how long they are, and what they say of the data set. */
interface Head {
  readonly length: number;
  readonly transferSyntaxUid: string;
}

const NO_HEAD: Head = { length: 0, transferSyntaxUid: "" };

async function readHead(file: Deno.FsFile): Promise<Head> {
  const start = new Uint8Array(GROUP_LENGTH_END);
  if (await readFully(file, start) < start.byteLength) return NO_HEAD;
  const view = new DataView(start.buffer);
  // `DICM`, then File Meta Information Group Length (0002,0000) UL.
  const isDicom = view.getUint32(128) === 0x4449434d && view.getUint32(132, true) === 0x00000002;
  const groupLength = view.getUint32(GROUP_LENGTH_END - 4, true);
  if (!isDicom || groupLength > MAX_GROUP_LENGTH) return NO_HEAD;
  const group = new Uint8Array(groupLength);
  if (await readFully(file, group) < groupLength) return NO_HEAD;
  return {
    length: GROUP_LENGTH_END + groupLength,
    transferSyntaxUid: findTransferSyntax(group),
  };
}

/** Walks the elements of group 0002, which is always Explicit VR Little Endian. */
function findTransferSyntax(group: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(group.buffer);
  const ascii = new TextDecoder("latin1");
  for (let at = 0; at + 8 <= group.byteLength;) {
    const vr = ascii.decode(group.subarray(at + 4, at + 6));
    const long = LONG_VRS.has(vr);
    if (long && at + 12 > group.byteLength) break;
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const valueAt = at + (long ? 12 : 8);
    // (0002,0010): group and element are two little-endian words.
    if (view.getUint16(at, true) === 0x0002 && view.getUint16(at + 2, true) === 0x0010) {
      return ascii.decode(group.subarray(valueAt, valueAt + length)).replace(/[\0 ]+$/, "");
    }
    at = valueAt + length;
  }
  return "";
}

/** By pieces of a size; for small instances, a buffer of the largest would be cleared each time. */
async function sameRest(
  left: Deno.FsFile,
  right: Deno.FsFile,
  pieceLength: number,
): Promise<boolean> {
  const leftPiece = new Uint8Array(pieceLength);
  const rightPiece = new Uint8Array(pieceLength);
  for (;;) {
    const [leftLength, rightLength] = await Promise.all([
      readFully(left, leftPiece),
      readFully(right, rightPiece),
    ]);
    if (leftLength !== rightLength) return false;
    if (leftLength === 0) return true;
    // Buffer.compare would need an import for what is a rare path; this runs at memory speed too.
    for (let i = 0; i < leftLength; i++) if (leftPiece[i] !== rightPiece[i]) return false;
  }
}

/** Reads until the target is full or the file ends; a single read may be short. */
async function readFully(file: Deno.FsFile, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.byteLength) {
    const count = await file.read(target.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** Preamble, `DICM`, and the group length element. */
const GROUP_LENGTH_END = 128 + 4 + 12;
/** No writer comes near; a damaged file must not make us take memory. */
const MAX_GROUP_LENGTH = 64 * 1024;
const COMPARE_SIZE = 256 * 1024;
/** The VRs with a 32-bit length that group 0002 may hold: (0002,0001), (0002,0102), private. */
const LONG_VRS = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"]);
