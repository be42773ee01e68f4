/**
 * Specific Character Set (0008,0005): from bytes to text and back (PS3.3 section C.12.1.1.2, PS3.5
 * section 6.1 and annexes H to K).
 *
 * Strategy: a value is walked once with the state of an ISO 2022 decoder, the sets that are designated
 * to G0 (bytes below 80H) and G1 (bytes from 80H). A set without code extensions is the same walk with
 * no escape sequences in it. UTF-8, GB 18030 and GBK stand alone and are decoded in one piece. What
 * cannot be decoded becomes U+FFFD: a name that is half readable is better than no answer at all.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";

/**
 * What delimits the text: `name` has components and groups (PN), `values` has values separated by a
 * backslash, `text` has neither (ST, LT, UT, UR). Designations end at each delimiter (PS3.5 6.1.2.5.3).
 */
export type TextKind = "name" | "values" | "text";

/** A set that can be designated to G0 or G1. */
interface CodeElement {
  /** The label of the decoder; "ascii" needs none. */
  readonly label: string;
  /** Bytes a character. */
  readonly width: 1 | 2;
  /** Put before each character for the decoder: EUC-JP's shift to JIS X 0212. */
  readonly prefix?: number;
}

const ASCII: CodeElement = { label: "ascii", width: 1 };
const ROMAJI: CodeElement = { label: "romaji", width: 1 };
const KATAKANA: CodeElement = { label: "shift_jis", width: 1 };
const NONE: CodeElement = { label: "none", width: 1 };
const JIS_X_0208: CodeElement = { label: "euc-jp", width: 2 };
const JIS_X_0212: CodeElement = { label: "euc-jp", width: 2, prefix: 0x8f };
const KS_X_1001: CodeElement = { label: "euc-kr", width: 2 };
const GB_2312: CodeElement = { label: "gb18030", width: 2 };

/**
 * The upper halves of the single-byte sets, by ISO registration number. Of 100 and 148 the decoders
 * also know the characters that Windows puts where ISO 8859 has control characters, which are not
 * legal in DICOM: senders that use them mean these.
 */
const UPPER_HALVES: Readonly<Record<string, CodeElement>> = {
  "13": KATAKANA,
  "58": GB_2312,
  "100": { label: "iso-8859-1", width: 1 },
  "101": { label: "iso-8859-2", width: 1 },
  "109": { label: "iso-8859-3", width: 1 },
  "110": { label: "iso-8859-4", width: 1 },
  "126": { label: "iso-8859-7", width: 1 },
  "127": { label: "iso-8859-6", width: 1 },
  "138": { label: "iso-8859-8", width: 1 },
  "144": { label: "iso-8859-5", width: 1 },
  "148": { label: "iso-8859-9", width: 1 },
  "149": KS_X_1001,
  "166": { label: "windows-874", width: 1 },
  "203": { label: "iso-8859-15", width: 1 },
};

/** Escape sequences without their ESC (PS3.3 tables C.12-3 and C.12-4), as text. */
const DESIGNATIONS: Readonly<Record<string, { readonly g0?: CodeElement; readonly g1?: string }>> =
  {
    "(B": { g0: ASCII },
    "(J": { g0: ROMAJI },
    "$@": { g0: JIS_X_0208 }, // JIS C 6226-1978, from which JIS X 0208 differs by a few glyphs
    "$B": { g0: JIS_X_0208 },
    "$(D": { g0: JIS_X_0212 },
    ")I": { g1: "13" },
    "$)A": { g1: "58" },
    "$)C": { g1: "149" },
    "-A": { g1: "100" },
    "-B": { g1: "101" },
    "-C": { g1: "109" },
    "-D": { g1: "110" },
    "-F": { g1: "126" },
    "-G": { g1: "127" },
    "-H": { g1: "138" },
    "-L": { g1: "144" },
    "-M": { g1: "148" },
    "-T": { g1: "166" },
    "-b": { g1: "203" },
  };

/** Sets without code extensions that take the whole value (PS3.3 table C.12-5). */
const WHOLE: Readonly<Record<string, string>> = {
  "192": "utf-8",
  UTF8: "utf-8",
  GB18030: "gb18030",
  GBK: "gbk",
  GB2312: "gbk",
};

const ESCAPE = 0x1b;
const REPLACEMENT = "\ufffd";

/**
 * Reduces a defined term to what tells sets apart: the registration number, or the bare name. Peers
 * write `ISO-IR 100`, `ISO_IR_100` and `UTF-8`; case, blanks and punctuation say nothing.
 */
function setName(term: string): string {
  const bare = term.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
  return /^ISO(?:2022)?IR(\d+)$/.exec(bare)?.[1] ?? bare;
}

const decoders = new Map<string, TextDecoder>();

function decodeWith(label: string, bytes: Uint8Array): string {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    decoder = new TextDecoder(label);
    decoders.set(label, decoder);
  }
  return decoder.decode(bytes);
}

/**
 * Decodes the text of a value, which may still contain separators and padding.
 *
 * @param bytes The bytes of the value.
 * @param characterSets The values of Specific Character Set (0008,0005); none for the default
 * repertoire. Unusual spellings are understood; an unknown set is read as the default repertoire.
 * @param kind What delimits the text.
 * @returns The text. Bytes that mean nothing in the set are U+FFFD.
 *
 * @example
 * ```ts
 * import { decodeText } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const bytes = Uint8Array.of(0x42, 0x75, 0x63, 0xdf);
 * assert.equal(decodeText(bytes, ["ISO_IR 100"]), "Bucß");
 * assert.equal(decodeText(bytes, []), "Buc\ufffd");
 * ```
 */
export function decodeText(
  bytes: Uint8Array,
  characterSets: readonly string[],
  kind: TextKind = "text",
): string {
  const first = setName(characterSets[0] ?? "");
  const whole = WHOLE[first];
  return whole === undefined ? decodeDesignated(bytes, first, kind) : decodeWith(whole, bytes);
}

/** Walks a value with designations to G0 and G1 (PS3.5 section 6.1.2.5). */
function decodeDesignated(bytes: Uint8Array, first: string, kind: TextKind): string {
  const initialG0 = first === "13" ? ROMAJI : ASCII;
  const initialG1 = UPPER_HALVES[first] ?? NONE;
  let g0 = initialG0;
  let g1 = initialG1;
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === ESCAPE) {
      const length = designationLength(bytes, at);
      const designation = DESIGNATIONS[ascii(bytes.subarray(at + 1, at + length))];
      if (designation === undefined) {
        text += REPLACEMENT;
        at++;
        continue;
      }
      if (designation.g0 !== undefined) g0 = designation.g0;
      if (designation.g1 !== undefined) g1 = UPPER_HALVES[designation.g1] ?? NONE;
      at += length;
    } else if (g0.width === 2 && isGraphic(byte)) {
      const end = runEnd(bytes, at, isGraphic);
      const pairs = at + (end - at & ~1);
      text += decodePairs(bytes.subarray(at, pairs), g0);
      at = pairs;
      // A single byte is left: the sender forgot to return to a single-byte set.
      if (at < end) g0 = initialG0;
    } else if (byte < 0x80) {
      const end = runEnd(bytes, at, (next) => next < 0x80 && next !== ESCAPE);
      const stop = g0.width === 2 ? at + 1 : end;
      const run = ascii(bytes.subarray(at, stop));
      text += g0 === ROMAJI ? romaji(run, kind) : run;
      if (hasDelimiter(run, kind)) {
        g0 = initialG0;
        g1 = initialG1;
      }
      at = stop;
    } else {
      const end = upperEnd(bytes, at, g1);
      text += decodeUpper(bytes.subarray(at, end), g1);
      at = end;
    }
  }
  return text;
}

/** Escape sequences have intermediate bytes 20H to 2FH and end with one other byte (ISO 2022). */
function designationLength(bytes: Uint8Array, at: number): number {
  let length = 1;
  while (length < 4 && ((bytes[at + length] ?? 0) & 0xf0) === 0x20) length++;
  return length + 1;
}

function isGraphic(byte: number): boolean {
  return byte >= 0x21 && byte <= 0x7e;
}

function runEnd(bytes: Uint8Array, start: number, belongs: (byte: number) => boolean): number {
  let end = start;
  while (end < bytes.length && belongs(bytes[end] ?? 0)) end++;
  return end;
}

function ascii(bytes: Uint8Array): string {
  return decodeWith("iso-8859-1", bytes);
}

/** JIS X 0201 has the yen sign for the backslash, where that is not the separator, and an overline. */
function romaji(run: string, kind: TextKind): string {
  const text = run.replaceAll("~", "\u203e");
  return kind === "text" ? text.replaceAll("\\", "\u00a5") : text;
}

function hasDelimiter(run: string, kind: TextKind): boolean {
  if (/[\t\n\f\r]/.test(run)) return true;
  if (kind === "text") return false;
  return kind === "name" ? /[\\^=]/.test(run) : run.includes("\\");
}

/** Decodes two-byte characters of G0 by the EUC form, in which they have their top bits set. */
function decodePairs(pairs: Uint8Array, set: CodeElement): string {
  const size = set.prefix === undefined ? 2 : 3;
  const euc = new Uint8Array(pairs.length / 2 * size);
  let to = 0;
  for (let from = 0; from < pairs.length; from += 2) {
    if (set.prefix !== undefined) euc[to++] = set.prefix;
    euc[to++] = (pairs[from] ?? 0) | 0x80;
    euc[to++] = (pairs[from + 1] ?? 0) | 0x80;
  }
  return decodeWith(set.label, euc);
}

/** Where a run of G1 characters ends. */
function upperEnd(bytes: Uint8Array, start: number, set: CodeElement): number {
  if (set !== KATAKANA) return runEnd(bytes, start, (byte) => byte >= 0x80);
  // Devices that name JIS X 0201 send Shift JIS, whose second bytes can be backslashes.
  let end = start;
  for (;;) {
    const byte = bytes[end] ?? 0;
    if (byte < 0x80) return end;
    const leads = byte <= 0x9f || byte >= 0xe0;
    const trail = bytes[end + 1] ?? 0;
    end += leads && trail >= 0x40 && trail !== 0x7f && trail <= 0xfc ? 2 : 1;
  }
}

function decodeUpper(run: Uint8Array, set: CodeElement): string {
  return set === NONE ? REPLACEMENT.repeat(run.length) : decodeWith(set.label, run);
}

/**
 * Encodes text in a character set: ASCII in every set, other characters in `ISO_IR 100` (Latin
 * alphabet No. 1) and `ISO_IR 192` (UTF-8).
 *
 * @param text The text.
 * @param characterSets The values of Specific Character Set (0008,0005). Code extensions are not
 * used: the characters have to be in the set of the first value.
 * @returns The bytes, without padding.
 * @throws {DataSetError} When the set lacks a character, or is one that cannot be encoded into.
 *
 * @example
 * ```ts
 * import { encodeText } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(encodeText("ß", ["ISO_IR 100"]), Uint8Array.of(0xdf));
 * assert.deepEqual(encodeText("ß", ["ISO_IR 192"]), Uint8Array.of(0xc3, 0x9f));
 * ```
 */
export function encodeText(
  text: string,
  characterSets: readonly string[],
): Uint8Array<ArrayBuffer> {
  const term = characterSets[0] ?? "";
  const set = setName(term);
  if (WHOLE[set] === "utf-8") return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at) ?? 0;
    if (code >= 0x80) checkEncodable(text, code, set, term);
    bytes[at] = code;
  }
  return bytes;
}

function checkEncodable(text: string, code: number, set: string, term: string): void {
  const what = `Cannot encode "${text}"`;
  if (set === "" || set === "6") {
    throw new DataSetError(`${what}: the default character repertoire is ASCII only`);
  }
  if (set !== "100") {
    throw new DataSetError(`${what}: encoding into the character set "${term}" is not supported`);
  }
  if (code < 0xa0 || code > 0xff) {
    const point = code.toString(16).toUpperCase().padStart(4, "0");
    throw new DataSetError(`${what}: the character set "${term}" does not have U+${point}`);
  }
}
