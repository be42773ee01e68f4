/**
 * The few facts tests need of DICOM Part 10 files (PS3.10 section 7.1), read without the library under test.
 *
 * @module
 */

const PREAMBLE = 128;
/** Preamble, "DICM", then (0002,0000) UL 4: tag, VR, length, value. */
const GROUP_LENGTH_VALUE = PREAMBLE + 4 + 8;
const LONG_VRS = new Set(["OB", "OW", "OF", "SQ", "UN", "UT"]);

/**
 * The data set of a Part 10 file as it lies in the file: the bytes after group 0002.
 *
 * @param file The file's bytes, or its path.
 * @returns A view of the bytes that follow the file meta information.
 * @throws {Error} If the file has no preamble or its first element is not the group length.
 */
export function dataSetBytes(file: Uint8Array | string): Uint8Array {
  const bytes = typeof file === "string" ? Deno.readFileSync(file) : file;
  return bytes.subarray(metaEnd(bytes));
}

/**
 * The file meta information of a Part 10 file.
 *
 * @param file The file's bytes, or its path.
 * @returns Values of UI and other text elements by tag, as in `"0002,0010"`, without padding.
 * @throws {Error} If the file has no preamble or its first element is not the group length.
 */
export function fileMeta(file: Uint8Array | string): Map<string, string> {
  const bytes = typeof file === "string" ? Deno.readFileSync(file) : file;
  const end = metaEnd(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const meta = new Map<string, string>();
  let offset = PREAMBLE + 4;
  while (offset < end) {
    const element = view.getUint16(offset + 2, true).toString(16).padStart(4, "0");
    const long = LONG_VRS.has(text.decode(bytes.subarray(offset + 4, offset + 6)));
    const start = offset + (long ? 12 : 8);
    const length = long ? view.getUint32(offset + 8, true) : view.getUint16(offset + 6, true);
    const value = text.decode(bytes.subarray(start, start + length)).replace(/[\0 ]+$/, "");
    meta.set(`0002,${element}`, value);
    offset = start + length;
  }
  return meta;
}

function metaEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const prefix = new TextDecoder().decode(bytes.subarray(PREAMBLE, PREAMBLE + 4));
  if (prefix !== "DICM") throw new Error("Cannot read a Part 10 file: no DICM prefix");
  if (view.getUint32(PREAMBLE + 4, true) !== 0x00000002) {
    throw new Error("Cannot read a Part 10 file: it does not start with the group length");
  }
  return GROUP_LENGTH_VALUE + 4 + view.getUint32(GROUP_LENGTH_VALUE, true);
}
