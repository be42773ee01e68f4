/**
 * Specific Character Set (0008,0005): from bytes to text (PS3.3 section C.12.1.1.2, PS3.5 section 6.1
 * and annexes H to K). The way back is in `character_set_encoder.ts`.
 *
 * Strategy: a value is walked once with the state of an ISO 2022 decoder, the sets that are designated
 * to G0 (bytes below 80H) and G1 (bytes from 80H). A set without code extensions is the same walk with
 * no escape sequences in it. UTF-8, GB 18030 and GBK stand alone and are decoded in one piece. What
 * cannot be decoded becomes U+FFFD: a name that is half readable is better than no answer at all.
 *
 * @module
 */

import {
  ASCII,
  type CodeElement,
  decodeWith,
  DESIGNATIONS,
  hasDelimiter,
  KATAKANA,
  LOWER_HALVES,
  NONE,
  ROMAJI,
  setName,
  type TextKind,
  UPPER_HALVES,
  WHOLE,
} from "./coded_character_set.ts";

export type { TextKind };

const ESCAPE = 0x1b;
const REPLACEMENT = "\ufffd";

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
      if (designation.g0 !== undefined) g0 = LOWER_HALVES[designation.g0] ?? ASCII;
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
