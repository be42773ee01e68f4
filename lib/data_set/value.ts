/**
 * The values of data elements (PS3.5 sections 6.2 and 6.4): from bytes to text and numbers, and back.
 * Bytes are in little endian order, as data sets keep them.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { decodeText, type TextKind } from "./character_set.ts";
import { encodeText } from "./character_set_encoder.ts";
import { type Vr, VR_TRAITS } from "./vr.ts";

/** The VRs whose leading spaces are padding too (PS3.5 table 6.2-1). */
const PADDED_BOTH_SIDES: ReadonlySet<Vr> = new Set<Vr>([
  "AE",
  "AS",
  "CS",
  "DS",
  "IS",
  "LO",
  "SH",
]);

/** How the binary numbers of a VR are read, written and bounded. */
interface NumberCodec {
  readonly size: 2 | 4 | 8;
  readonly read: (view: DataView, at: number) => number | bigint;
  readonly write: (view: DataView, at: number, value: number | bigint) => void;
  /** The range of integers; floating point VRs have none. */
  readonly range?: readonly [min: bigint, max: bigint];
}

const NUMBER_CODECS: Partial<Readonly<Record<Vr, NumberCodec>>> = {
  AT: {
    size: 4,
    // Two 16-bit numbers, the group first, and not one of 32 bits (PS3.5 section 7.3).
    read: (view, at) => view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true),
    write: (view, at, value) => {
      view.setUint16(at, Number(value) / 0x10000, true);
      view.setUint16(at + 2, Number(value) % 0x10000, true);
    },
    range: [0n, 0xffff_ffffn],
  },
  FD: {
    size: 8,
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, Number(value), true),
  },
  FL: {
    size: 4,
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, Number(value), true),
  },
  SL: {
    size: 4,
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, Number(value), true),
    range: [-0x8000_0000n, 0x7fff_ffffn],
  },
  SS: {
    size: 2,
    read: (view, at) => view.getInt16(at, true),
    write: (view, at, value) => view.setInt16(at, Number(value), true),
    range: [-0x8000n, 0x7fffn],
  },
  SV: {
    size: 8,
    read: (view, at) => view.getBigInt64(at, true),
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
    range: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  },
  UL: {
    size: 4,
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, Number(value), true),
    range: [0n, 0xffff_ffffn],
  },
  US: {
    size: 2,
    read: (view, at) => view.getUint16(at, true),
    write: (view, at, value) => view.setUint16(at, Number(value), true),
    range: [0n, 0xffffn],
  },
  UV: {
    size: 8,
    read: (view, at) => view.getBigUint64(at, true),
    write: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
    range: [0n, 0xffff_ffff_ffff_ffffn],
  },
};

const INTEGER = /^[+-]?\d+$/;
const HEXADECIMAL_INTEGER = /^0[xX][0-9a-fA-F]+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** PS3.5 table 6.2-1: an IS is a 32-bit integer, a DS has at most 16 characters. */
const INTEGER_STRING_RANGE = [-0x8000_0000n, 0x7fff_ffffn] as const;
const DECIMAL_STRING_LENGTH = 16;

/**
 * Reads the values of an element as text.
 *
 * Text is decoded first and split at backslashes after, since a backslash byte may be half of a
 * character. Padding is taken off as PS3.5 section 6.2 has it for the VR. Numbers are written in
 * decimal, tags (AT) as `GGGGEEEE`, bytes as one string of hexadecimal digits. This never throws: it
 * serves to show what a peer sent. Bytes left over after the last whole number are not shown.
 *
 * @param vr The VR of the element.
 * @param bytes The value, in little endian order.
 * @param characterSets The values of Specific Character Set (0008,0005).
 * @returns The values; none when the element is empty or only padding.
 *
 * @example
 * ```ts
 * import { decodeStrings } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = new TextEncoder().encode("ORIGINAL\\PRIMARY ");
 * assert.deepEqual(decodeStrings("CS", bytes, []), ["ORIGINAL", "PRIMARY"]);
 * assert.deepEqual(decodeStrings("US", Uint8Array.of(0, 2), []), ["512"]);
 * ```
 */
export function decodeStrings(
  vr: Vr,
  bytes: Uint8Array,
  characterSets: readonly string[],
): string[] {
  const traits = VR_TRAITS[vr];
  if (bytes.length === 0 || traits.kind === "items") return [];
  if (traits.kind === "bytes") return [formatHex(bytes)];
  if (traits.kind === "number") {
    return readNumbers(vr, bytes).map((value) => formatNumber(vr, value));
  }
  const text = decodeText(bytes, traits.characterSet ? characterSets : [], textKind(vr));
  const values = (traits.multiple ? text.split("\\") : [text]).map((value) => unpad(vr, value));
  return values.length === 1 && values[0] === "" ? [] : values;
}

/**
 * Reads the values of an element as numbers.
 *
 * @param vr The VR of the element: a binary number, AT, IS or DS.
 * @param bytes The value, in little endian order.
 * @returns The numbers, those of SV and UV as `bigint`; an AT is the number GGGGEEEE. A value of
 * an IS or DS that is empty between two backslashes is `NaN`.
 * @throws {DataSetError} When the bytes are not a whole number of values, an IS or DS is no number, or
 * the VR holds no numbers.
 *
 * @example
 * ```ts
 * import { decodeNumbers } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(decodeNumbers("US", Uint8Array.of(0, 2, 0, 1)), [512, 256]);
 * assert.deepEqual(decodeNumbers("DS", new TextEncoder().encode("0.5\\-1 ")), [0.5, -1]);
 * ```
 */
export function decodeNumbers(vr: Vr, bytes: Uint8Array): (number | bigint)[] {
  if (vr === "IS" || vr === "DS") {
    return decodeStrings(vr, bytes, []).map((value) => parseDecoded(vr, value));
  }
  const codec = NUMBER_CODECS[vr];
  if (codec === undefined) {
    throw new DataSetError(`Cannot read a value as numbers: its VR is ${vr}`);
  }
  if (bytes.length % codec.size !== 0) {
    throw new DataSetError(
      `Cannot read ${vr} values: ${bytes.length} bytes are not a multiple of ${codec.size}`,
    );
  }
  return readNumbers(vr, bytes);
}

/**
 * Writes values as the bytes of an element, padded to an even length.
 *
 * Integers may be written in hexadecimal as `0x10`, tags (AT) as `GGGGEEEE`, `GGGG,EEEE` or
 * `(GGGG,EEEE)`, bytes as pairs of hexadecimal digits with or without spaces.
 *
 * @param vr The VR of the element.
 * @param values The values; none makes an empty element.
 * @param characterSets The values of Specific Character Set (0008,0005); see {@linkcode encodeText}.
 * @returns The bytes, in little endian order.
 * @throws {DataSetError} When a character cannot be encoded in the character set.
 * @throws {TypeError} When a value is not of the VR, or there are several where the VR has one.
 * @throws {RangeError} When a number does not fit the VR.
 *
 * @example
 * ```ts
 * import { encodeStrings } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(encodeStrings("CS", ["CT"], []), Uint8Array.of(0x43, 0x54));
 * assert.deepEqual(encodeStrings("US", ["512"], []), Uint8Array.of(0, 2));
 * ```
 */
export function encodeStrings(
  vr: Vr,
  values: readonly string[],
  characterSets: readonly string[],
): Uint8Array<ArrayBuffer> {
  const traits = VR_TRAITS[vr];
  if (traits.kind === "items") {
    throw new TypeError("Cannot encode text as SQ: a sequence holds items");
  }
  if (values.length === 0) return new Uint8Array(0);
  if (traits.kind === "number") {
    return encodeNumbers(vr, values.map((value) => parseNumber(vr, value)));
  }
  if (!traits.multiple && values.length > 1) {
    throw new TypeError(`Cannot encode ${values.length} values: ${vr} has a single value`);
  }
  if (traits.kind === "bytes") return pad(vr, parseHex(vr, values[0] ?? ""));
  for (const value of values) checkText(vr, value);
  const text = values.join("\\");
  return pad(vr, encodeText(text, traits.characterSet ? characterSets : [], textKind(vr)));
}

/**
 * Writes numbers as the bytes of an element, padded to an even length.
 *
 * @param vr The VR of the element: a binary number, AT, IS or DS.
 * @param values The numbers; an AT is the number GGGGEEEE. A DS is rounded to what fits in its 16
 * characters.
 * @returns The bytes, in little endian order.
 * @throws {TypeError} When an integer VR is given a fraction, or the VR holds no numbers.
 * @throws {RangeError} When a number does not fit the VR.
 *
 * @example
 * ```ts
 * import { encodeNumbers } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(encodeNumbers("US", [512]), Uint8Array.of(0, 2));
 * assert.throws(() => encodeNumbers("US", [-1]), RangeError);
 * ```
 */
export function encodeNumbers(
  vr: Vr,
  values: readonly (number | bigint)[],
): Uint8Array<ArrayBuffer> {
  if (vr === "IS" || vr === "DS") {
    const texts = values.map((value) => formatNumberString(vr, value));
    return encodeStrings(vr, texts, []);
  }
  const codec = NUMBER_CODECS[vr];
  if (codec === undefined) throw new TypeError(`Cannot encode numbers as ${vr}: it holds none`);
  const bytes = new Uint8Array(values.length * codec.size);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    if (codec.range !== undefined) checkInteger(vr, value, codec.range);
    else if (vr === "FL") checkSingle(value);
    codec.write(view, index * codec.size, value);
  });
  return bytes;
}

function textKind(vr: Vr): TextKind {
  if (vr === "PN") return "name";
  return VR_TRAITS[vr].multiple ? "values" : "text";
}

/** A NUL is the padding of UI only, but devices put it elsewhere too. */
function unpad(vr: Vr, value: string): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === " " || value[end - 1] === "\0")) end--;
  let start = 0;
  if (PADDED_BOTH_SIDES.has(vr)) { while (start < end && value[start] === " ") start++; }
  return value.slice(start, end);
}

function pad(vr: Vr, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length % 2 === 0) return bytes;
  const padded = new Uint8Array(bytes.length + 1);
  padded.set(bytes);
  padded[bytes.length] = VR_TRAITS[vr].padding;
  return padded;
}

function readNumbers(vr: Vr, bytes: Uint8Array): (number | bigint)[] {
  const codec = NUMBER_CODECS[vr];
  if (codec === undefined) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: (number | bigint)[] = [];
  for (let at = 0; at + codec.size <= bytes.length; at += codec.size) {
    values.push(codec.read(view, at));
  }
  return values;
}

function formatNumber(vr: Vr, value: number | bigint): string {
  if (vr === "AT") return value.toString(16).toUpperCase().padStart(8, "0");
  return vr === "FL" && typeof value === "number" ? formatSingle(value) : String(value);
}

/** The shortest decimal that is this single precision number: 0.1 and not 0.10000000149011612. */
function formatSingle(value: number): string {
  for (let precision = 6; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}

function formatHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).toUpperCase().padStart(2, "0");
  return text;
}

function parseHex(vr: Vr, value: string): Uint8Array<ArrayBuffer> {
  const digits = value.replaceAll(/\s/g, "");
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits)) {
    throw new TypeError(
      `Cannot encode "${value}" as ${vr}: bytes are written as pairs of hexadecimal digits`,
    );
  }
  const bytes = new Uint8Array(digits.length / 2);
  const { unit } = VR_TRAITS[vr];
  // A missing byte of OW is padding, of a longer unit it is a mistake.
  if (unit > 2 && bytes.length % unit !== 0) {
    throw new RangeError(
      `Cannot encode "${value}" as ${vr}: ${bytes.length} bytes are not a multiple of ${unit}`,
    );
  }
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

function parseDecoded(vr: Vr, value: string): number {
  if (value === "") return NaN;
  if (!DECIMAL.test(value)) {
    throw new DataSetError(`Cannot read ${vr} value "${value}": it is not a decimal number`);
  }
  return Number(value);
}

function parseNumber(vr: Vr, text: string): number | bigint {
  const value = text.trim();
  if (vr === "AT") return parseTag(value);
  if (vr === "FL" || vr === "FD") {
    if (DECIMAL.test(value) || /^(?:NaN|[+-]?Infinity)$/.test(value)) return Number(value);
    throw new TypeError(`Cannot encode "${text}" as ${vr}: it is not a decimal number`);
  }
  if (INTEGER.test(value) || HEXADECIMAL_INTEGER.test(value)) {
    return BigInt(value.replace(/^\+/, ""));
  }
  throw new TypeError(`Cannot encode "${text}" as ${vr}: it is not an integer`);
}

function parseTag(value: string): number {
  const match = /^\(\s*([0-9a-fA-F]{4})\s*,\s*([0-9a-fA-F]{4})\s*\)$/.exec(value) ??
    /^([0-9a-fA-F]{4}),?([0-9a-fA-F]{4})$/.exec(value);
  if (match === null) {
    throw new TypeError(`Cannot encode "${value}" as AT: a tag is written (GGGG,EEEE) or GGGGEEEE`);
  }
  return Number.parseInt(`${match[1]}${match[2]}`, 16);
}

function checkText(vr: Vr, value: string): void {
  if (VR_TRAITS[vr].multiple && value.includes("\\")) {
    throw new TypeError(`Cannot encode "${value}" as ${vr}: a backslash separates values`);
  }
  if (value === "") return;
  if (vr === "IS") {
    if (!INTEGER.test(value)) throw new TypeError(`Cannot encode "${value}" as IS: not an integer`);
    checkInteger("IS", BigInt(value.replace(/^\+/, "")), INTEGER_STRING_RANGE);
  } else if (vr === "DS") {
    if (!DECIMAL.test(value)) {
      throw new TypeError(`Cannot encode "${value}" as DS: it is not a decimal number`);
    }
    if (value.length > DECIMAL_STRING_LENGTH) {
      throw new RangeError(`Cannot encode "${value}" as DS: it has more than 16 characters`);
    }
  }
}

function checkInteger(
  vr: Vr,
  value: number | bigint,
  [min, max]: readonly [bigint, bigint],
): void {
  if (typeof value === "number" && !Number.isInteger(value)) {
    throw new TypeError(`Cannot encode ${value} as ${vr}: it is not an integer`);
  }
  if (value < min || value > max) {
    throw new RangeError(`Cannot encode ${value} as ${vr}: the range is ${min} to ${max}`);
  }
}

function checkSingle(value: number | bigint): void {
  const number = Number(value);
  if (Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    throw new RangeError(`Cannot encode ${value} as FL: it is beyond single precision`);
  }
}

function formatNumberString(vr: "IS" | "DS", value: number | bigint): string {
  if (vr === "IS") {
    checkInteger(vr, value, INTEGER_STRING_RANGE);
    return String(value);
  }
  const number = Number(value);
  if (!Number.isFinite(number)) {
    throw new RangeError(`Cannot encode ${value} as DS: it is not a finite number`);
  }
  let text = String(number);
  for (let precision = 16; text.length > DECIMAL_STRING_LENGTH; precision--) {
    text = String(Number(number.toPrecision(precision)));
  }
  return text;
}
