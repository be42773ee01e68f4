/**
 * Data sets to try handlers with: small heads that can be parsed, and bytes that look like nothing
 * else behind them.
 *
 * @module
 */

import type { Attributes } from "../../lib/handler/handler.ts";

/** The transfer syntax of these data sets: Explicit VR Little Endian. */
export const TRANSFER_SYNTAX = "1.2.840.10008.1.2.1";

/** The SOP class of these data sets: CT Image Storage. */
export const SOP_CLASS = "1.2.840.10008.5.1.4.1.1.2";

/** The SOP Instance UID, unless another is asked for. */
export const INSTANCE = "1.2.3";

/** A data set, or the beginning of one. */
export interface SyntheticDataSet {
  /** Which instance it is. */
  readonly sopInstanceUid: string;
  /** Its bytes, in Explicit VR Little Endian. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** When it is longer than its bytes: how long. The rest is zeros. */
  readonly length?: number;
  /** How many of the bytes come before the pixel data. */
  readonly headLength: number;
  /** What the head says, by keyword. */
  readonly attributes: Attributes;
}

/** Which data set {@linkcode syntheticDataSet} is to make. */
export interface SyntheticOptions {
  /** Default: {@linkcode INSTANCE}. */
  readonly sopInstanceUid?: string;
  /** Another number makes another image. Default: 1. */
  readonly seed?: number;
  /** Whether the pixels are left to be made up, as zeros, while they are sent. */
  readonly isHeadOnly?: boolean;
}

/**
 * Makes the data set of a CT image whose identity, patient and pixels are made up.
 *
 * @param length How long it is to be, in bytes; a few hundred more where its head needs them, one more
 *   where the number is odd.
 * @param options Which one.
 * @returns The data set: the same for the same arguments.
 *
 * @example
 * ```ts
 * import { syntheticDataSet } from "@dicom/dimse/conformance";
 * import assert from "node:assert/strict";
 *
 * const { bytes, attributes } = syntheticDataSet(100_000);
 * assert.equal(bytes.byteLength, 100_000);
 * assert.deepEqual(attributes.Modality, ["CT"]);
 * ```
 */
export function syntheticDataSet(
  length: number,
  options: SyntheticOptions = {},
): SyntheticDataSet {
  const { sopInstanceUid = INSTANCE, seed = 1, isHeadOnly = false } = options;
  const elements = headElements(sopInstanceUid);
  const head = elements.flatMap(({ tag, vr, value }) => [...shortElement(tag, vr, value)]);
  const missing = Math.max(0, length - head.length - PIXEL_HEADER_LENGTH);
  const pixelLength = missing + missing % 2;
  const pixelHeader = new Uint8Array(PIXEL_HEADER_LENGTH);
  pixelHeader.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0]); // (7FE0,0010) OW
  new DataView(pixelHeader.buffer).setUint32(8, pixelLength, true);
  const total = head.length + PIXEL_HEADER_LENGTH + pixelLength;
  const bytes = new Uint8Array(isHeadOnly ? total - pixelLength : total);
  bytes.set(head);
  bytes.set(pixelHeader, head.length);
  if (!isHeadOnly) bytes.set(someBytes(pixelLength, seed), head.length + PIXEL_HEADER_LENGTH);
  return {
    sopInstanceUid,
    bytes,
    headLength: head.length,
    attributes: Object.fromEntries(
      elements.map(({ keyword, value }) => [keyword, value === "" ? [] : value.split("\\")]),
    ),
    ...(isHeadOnly && { length: total }),
  };
}

/**
 * Cuts a data set off.
 *
 * @param dataSet The data set.
 * @param length How many of its bytes are left.
 * @returns Its beginning.
 *
 * @example
 * ```ts
 * import { beginning, syntheticDataSet } from "./data_set.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(beginning(syntheticDataSet(1000), 10).bytes.byteLength, 10);
 * ```
 */
export function beginning(dataSet: SyntheticDataSet, length: number): SyntheticDataSet {
  return { ...dataSet, bytes: dataSet.bytes.slice(0, length) };
}

/**
 * Makes bytes that look like nothing else.
 *
 * @param length How many.
 * @param seed Other numbers give other bytes.
 * @returns The bytes: the same for the same arguments.
 *
 * @example
 * ```ts
 * import { someBytes } from "@dicom/dimse/conformance";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(someBytes(100, 7), someBytes(100, 7));
 * ```
 */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

interface HeadElement {
  readonly keyword: string;
  readonly tag: number;
  readonly vr: string;
  readonly value: string;
}

function headElements(sopInstanceUid: string): HeadElement[] {
  return [
    { keyword: "SpecificCharacterSet", tag: 0x00080005, vr: "CS", value: "ISO_IR 192" },
    { keyword: "SOPClassUID", tag: 0x00080016, vr: "UI", value: SOP_CLASS },
    { keyword: "SOPInstanceUID", tag: 0x00080018, vr: "UI", value: sopInstanceUid },
    { keyword: "StudyDate", tag: 0x00080020, vr: "DA", value: "20240229" },
    { keyword: "AccessionNumber", tag: 0x00080050, vr: "SH", value: "" },
    { keyword: "Modality", tag: 0x00080060, vr: "CS", value: "CT" },
    { keyword: "PatientName", tag: 0x00100010, vr: "PN", value: "Müller^Zoë" },
    { keyword: "PatientID", tag: 0x00100020, vr: "LO", value: "../4711" },
    { keyword: "StudyInstanceUID", tag: 0x0020000d, vr: "UI", value: "1.2.840.1" },
    { keyword: "SeriesInstanceUID", tag: 0x0020000e, vr: "UI", value: "1.2.840.1.1" },
    { keyword: "SeriesNumber", tag: 0x00200011, vr: "IS", value: "3" },
    { keyword: "InstanceNumber", tag: 0x00200013, vr: "IS", value: "12" },
  ];
}

/** An element with a 16-bit length (PS3.5 section 7.1.2). */
function shortElement(tag: number, vr: string, text: string): Uint8Array {
  const value = new TextEncoder().encode(text);
  const length = value.byteLength + value.byteLength % 2;
  const element = new Uint8Array(8 + length).fill(vr === "UI" ? 0 : 0x20);
  const view = new DataView(element.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  element.set(new TextEncoder().encode(vr), 4);
  view.setUint16(6, length, true);
  element.set(value, 8);
  return element;
}

/** Tag, VR, two reserved bytes, and a 32-bit length. */
const PIXEL_HEADER_LENGTH = 12;
