/**
 * Specific Character Set (0008,0005): from text to bytes (PS3.5 section 6.1.2.5 and annexes H to K).
 *
 * Strategy: the text is cut at its delimiters. For each piece the set of every character is chosen
 * first, and then the piece is written with the escape sequences that are needed, each just before the
 * characters that need it; but a line of a text has its first one for G1 at the start, as annexes I and K
 * show it. At the end of each piece the sets of the first value of Specific Character Set are active again.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import { codeOf, wholeCodeOf } from "./character_code_table.ts";
import {
  ASCII,
  type CodeElement,
  DESIGNATIONS,
  hasDelimiter,
  KATAKANA,
  LOWER_HALVES,
  ROMAJI,
  setName,
  type TextKind,
  UPPER_HALVES,
  WHOLE,
} from "./coded_character_set.ts";

/** A set with its place and the escape sequence, without ESC, that designates it there. */
interface GraphicSet {
  readonly element: CodeElement;
  readonly place: "g0" | "g1";
  readonly escape: string;
}

const ESCAPE = 0x1b;

const ASCII_SET: GraphicSet = { element: ASCII, place: "g0", escape: "(B" };
const ROMAJI_SET: GraphicSet = { element: ROMAJI, place: "g0", escape: "(J" };

/** The sets by their registration numbers. Of `$@` and `$B`, both of set 87, the first is of old. */
const GRAPHIC_SETS: ReadonlyMap<string, GraphicSet> = new Map(
  Object.entries(DESIGNATIONS).filter(([escape]) => escape !== "$@").flatMap(
    ([escape, { g0 = "", g1 = "" }]): [string, GraphicSet][] => {
      const element = LOWER_HALVES[g0] ?? UPPER_HALVES[g1];
      if (element === undefined) return [];
      return [[g0 || g1, { element, place: g0 === "" ? "g1" : "g0", escape }]];
    },
  ),
);

/**
 * Encodes text in a character set, with code extensions where there are several values: the first
 * value is what each piece of text between delimiters begins and ends in.
 *
 * @param text The text.
 * @param characterSets The values of Specific Character Set (0008,0005); none for the default
 * repertoire, ASCII. Unusual spellings are understood. ASCII is written whatever the set.
 * @param kind What delimits the text.
 * @returns The bytes, without padding.
 * @throws {DataSetError} When the sets lack a character, or a set is unknown.
 *
 * @example
 * ```ts
 * import { encodeText } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(encodeText("ß", ["ISO_IR 100"]), Uint8Array.of(0xdf));
 * assert.deepEqual(encodeText("ß", ["ISO_IR 192"]), Uint8Array.of(0xc3, 0x9f));
 * const korean = encodeText("Hong=洪", ["", "ISO 2022 IR 149"], "name");
 * assert.equal(korean.toHex(), "486f6e673d" + "1b242943" + "fbf3");
 * ```
 */
export function encodeText(
  text: string,
  characterSets: readonly string[],
  kind: TextKind = "text",
): Uint8Array<ArrayBuffer> {
  const whole = WHOLE[setName(characterSets[0] ?? "")];
  if (whole === "utf-8") return new TextEncoder().encode(text);
  const bytes: number[] = [];
  if (whole === undefined) {
    new DesignatingEncoder(text, characterSets, kind, bytes).run();
  } else {
    for (const character of text) {
      const code = wholeCodeOf(whole, character.codePointAt(0) ?? 0);
      writeCode(bytes, code ?? cannotEncode(text, character, characterSets));
    }
  }
  return Uint8Array.from(bytes);
}

/** Writes one text with designations to G0 and G1. */
class DesignatingEncoder {
  readonly #text: string;
  readonly #characterSets: readonly string[];
  readonly #kind: TextKind;
  readonly #bytes: number[];
  /** The sets that may be used, in the order of the values. */
  readonly #sets: readonly GraphicSet[];
  /** What is active at the start and the end of each piece. */
  readonly #initial: { readonly g0: GraphicSet; readonly g1: GraphicSet | undefined };
  #active: { g0: GraphicSet; g1: GraphicSet | undefined };

  constructor(
    text: string,
    characterSets: readonly string[],
    kind: TextKind,
    bytes: number[],
  ) {
    this.#text = text;
    this.#characterSets = characterSets;
    this.#kind = kind;
    this.#bytes = bytes;
    const names = characterSets.map(setName);
    const first = GRAPHIC_SETS.get(names[0] ?? "");
    const g0 = first?.element === KATAKANA ? ROMAJI_SET : ASCII_SET;
    // A set of two bytes may not be the first value; where it is, it is designated all the same.
    const g1 = first?.place === "g1" && first.element.width === 1 ? first : undefined;
    this.#initial = { g0, g1 };
    this.#active = { g0, g1 };
    this.#sets = [g0, ...names.flatMap(setsOf)];
  }

  run(): void {
    let piece: string[] = [];
    for (const character of this.#text) {
      if (!hasDelimiter(character, this.#kind)) {
        piece.push(character);
        continue;
      }
      this.#writePiece(piece);
      piece = [];
      this.#bytes.push(character.charCodeAt(0));
    }
    this.#writePiece(piece);
  }

  #writePiece(piece: readonly string[]): void {
    if (piece.every((character) => character < "\x80")) {
      for (const character of piece) this.#bytes.push(character.charCodeAt(0));
      return;
    }
    const chosen = this.#choose(piece);
    // Not in a name: the asterisk of a query would come behind the escape sequence, and then an archive
    // that compares bytes finds it nowhere.
    const upper = this.#kind === "text" && chosen.find(({ set }) => set.place === "g1");
    if (upper) this.#designate(upper.set);
    for (const { set, code } of chosen) {
      this.#designate(set);
      writeCode(this.#bytes, code);
    }
    this.#designate(this.#initial.g0);
    if (this.#initial.g1 !== undefined) this.#designate(this.#initial.g1);
    this.#active = { ...this.#initial };
  }

  /** Finds the set of each character; the ones just used come first, so that few escapes are needed. */
  #choose(piece: readonly string[]): { set: GraphicSet; code: number }[] {
    let { g0, g1 } = this.#active;
    return piece.map((character) => {
      const codePoint = character.codePointAt(0) ?? 0;
      for (const set of [this.#initial.g0, g0, g1, ...this.#sets]) {
        const code = set && codeOf(set.element, codePoint, this.#kind);
        if (set === undefined || code === undefined) continue;
        if (set.place === "g0") g0 = set;
        else g1 = set;
        return { set, code };
      }
      return cannotEncode(this.#text, character, this.#characterSets);
    });
  }

  #designate(set: GraphicSet): void {
    if (this.#active[set.place]?.element === set.element) return;
    this.#active[set.place] = set;
    this.#bytes.push(ESCAPE);
    for (const character of set.escape) this.#bytes.push(character.charCodeAt(0));
  }
}

/** ISO-IR 13 comes with its other half, ISO-IR 14 (PS3.3 table C.12-3). */
function setsOf(name: string): GraphicSet[] {
  const set = GRAPHIC_SETS.get(name);
  if (set === undefined) return [];
  return name === "13" ? [set, ROMAJI_SET] : [set];
}

/** A code has no leading zeros: none begins with a NUL. */
function writeCode(bytes: number[], code: number): void {
  if (code > 0xffff) bytes.push(code >>> 24, code >>> 16 & 0xff);
  if (code > 0xff) bytes.push(code >>> 8 & 0xff);
  bytes.push(code & 0xff);
}

function cannotEncode(text: string, character: string, characterSets: readonly string[]): never {
  const what = `Cannot encode "${text}"`;
  const unknown = characterSets.find((term) => {
    const name = setName(term);
    return name !== "" && !GRAPHIC_SETS.has(name) && WHOLE[name] === undefined;
  });
  if (unknown !== undefined) {
    throw new DataSetError(`${what}: the character set "${unknown}" is not known`);
  }
  if (characterSets.every((term) => ["", "6"].includes(setName(term)))) {
    throw new DataSetError(`${what}: the default character repertoire is ASCII only`);
  }
  const point = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const [subject, verb] = characterSets.length === 1
    ? ["character set", "does"]
    : ["character sets", "do"];
  throw new DataSetError(
    `${what}: the ${subject} "${characterSets.join("\\")}" ${verb} not have ` +
      `"${character}" (U+${point})`,
  );
}
