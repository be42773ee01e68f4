/**
 * The codes of characters in the coded character sets. The platform has decoders for them but no
 * encoders, so each table is made of what the decoder says of every code, when it is first needed.
 *
 * @module
 */

import {
  ASCII,
  type CodeElement,
  decodeWith,
  KATAKANA,
  ROMAJI,
  type TextKind,
} from "./coded_character_set.ts";

/** From code points to codes; those of several bytes have the first byte in the highest place. */
export type CodeTable = ReadonlyMap<number, number>;

const tables = new Map<string, CodeTable>();

function tableOf(name: string, make: () => Map<number, number>): CodeTable {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const made = make();
  tables.set(name, made);
  return made;
}

/**
 * The code of a character in a set that ISO 2022 designates to G0 or G1.
 *
 * @param element The set.
 * @param codePoint The character.
 * @param kind What delimits the text: where the backslash does, there is no yen sign.
 * @returns The code as it stands in G0 (bits 8 clear) or in G1 (set), whichever the set is for;
 * `undefined` when the set does not have the character.
 */
export function codeOf(
  element: CodeElement,
  codePoint: number,
  kind: TextKind,
): number | undefined {
  if (element === ASCII || element === ROMAJI) {
    if (codePoint < 0x80) return codePoint;
    if (element === ASCII) return undefined;
    if (codePoint === 0x203e) return 0x7e;
    return codePoint === 0xa5 && kind === "text" ? 0x5c : undefined;
  }
  const { label, width, prefix = 0 } = element;
  const table = tableOf(
    `${label} ${prefix}`,
    () => width === 1 ? singleByteTable(element) : doubleByteTable(label, prefix),
  );
  return table.get(codePoint);
}

/**
 * The code of a character in GB 18030 or GBK, which are one to four bytes long.
 *
 * @param set The set.
 * @param codePoint The character.
 * @returns The code; `undefined` when the set does not have the character.
 */
export function wholeCodeOf(set: "gb18030" | "gbk", codePoint: number): number | undefined {
  if (codePoint < 0x80) return codePoint;
  const two = tableOf("gb18030 two", () => makeTable("gb18030", 2, twoByteCodes()))
    .get(codePoint);
  if (set === "gbk") return two === undefined || isBeyondGbk(two, codePoint) ? undefined : two;
  if (two !== undefined) return two;
  if (codePoint >= 0x10000) return fourByteCode(codePoint - 0x10000 + SUPPLEMENTARY_INDEX);
  return tableOf("gb18030 four", () => makeTable("gb18030", 4, fourByteCodes())).get(codePoint);
}

/** Of ISO 8859 the graphic half only: where it has control characters, Windows has its own. */
function singleByteTable(element: CodeElement): Map<number, number> {
  const [first, last] = element === KATAKANA ? [0xa1, 0xdf] : [0xa0, 0xff];
  const codes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return makeTable(element.label, 1, codes);
}

/** The 94 by 94 codes of a set by the EUC form, in which they have their top bits set. */
function doubleByteTable(label: string, prefix: number): Map<number, number> {
  const extent = EXTENTS[prefix === 0 ? label : `${label} ${prefix}`] ?? (() => true);
  const codes: number[] = [];
  for (let row = 1; row <= 94; row++) {
    for (let cell = 1; cell <= 94; cell++) {
      if (extent(row, cell)) codes.push(prefix * 0x10000 + (row + 0xa0) * 0x100 + cell + 0xa0);
    }
  }
  const table = makeTable(label, prefix === 0 ? 2 : 3, codes);
  const isG0 = label === "euc-jp";
  for (const [codePoint, code] of table) {
    const character = String.fromCodePoint(codePoint);
    // What the platform puts into private use is no character of the set.
    if (/\p{Co}/u.test(character)) table.delete(codePoint);
    else table.set(codePoint, isG0 ? code & 0x7f7f : code & 0xffff);
  }
  if (prefix !== 0) return table;
  for (const [also, like] of ALSO_WRITTEN[label] ?? []) {
    const code = table.get(like);
    if (code !== undefined && !table.has(also)) table.set(also, code);
  }
  return table;
}

/**
 * Which rows and cells are in the set: the decoders know the extensions of the industry too (those of
 * NEC in row 13, GBK, KS X 1002 in row 94), which a receiver by the standard would not understand.
 */
const EXTENTS: Readonly<Record<string, (row: number, cell: number) => boolean>> = {
  "euc-jp": (row) => row <= 8 || (row >= 16 && row <= 84),
  "gb18030": (row, cell) => {
    if (row === 2) return cell > 10 && cell !== 67;
    if (row === 6) return cell <= 56;
    if (row === 8) return cell < 27 || cell > 32;
    return row <= 9 || (row >= 16 && row <= 87);
  },
};

/** Characters that others take for one of the set where the decoder has its look-alike. */
const ALSO_WRITTEN: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  "euc-jp": [
    [0x00a2, 0xffe0], // cent
    [0x00a3, 0xffe1], // pound
    [0x00ac, 0xffe2], // not
    [0x2014, 0x2015], // dash
    [0x2016, 0x2225], // double bar
    [0x2212, 0xff0d], // minus
    [0x301c, 0xff5e], // wave dash
  ],
  "gb18030": [
    [0x2015, 0x2014], // dash
    [0x30fb, 0x00b7], // middle dot
  ],
};

/** GB 18030 has the other planes in one row, behind what it has of the first. */
const SUPPLEMENTARY_INDEX = 189000;

function fourByteCode(index: number): number {
  const fourth = index % 10 + 0x30;
  const third = Math.floor(index / 10) % 126 + 0x81;
  const second = Math.floor(index / 1260) % 10 + 0x30;
  const first = Math.floor(index / 12600) + 0x81;
  return first * 0x1000000 + second * 0x10000 + third * 0x100 + fourth;
}

/** What GB 18030 has in addition, in codes of two bytes: the ranges are of GBK's gaps. */
function isBeyondGbk(code: number, codePoint: number): boolean {
  const isPrivate = codePoint >= 0xe000 && codePoint <= 0xf8ff;
  return isPrivate || GBK_GAPS.some(([first, last]) => code >= first && code <= last);
}

const GBK_GAPS: readonly (readonly [first: number, last: number])[] = [
  [0xa2e3, 0xa2e3],
  [0xa6d9, 0xa6df],
  [0xa6ec, 0xa6ed],
  [0xa6f3, 0xa6f3],
  [0xa8bc, 0xa8bc],
  [0xa8bf, 0xa8bf],
  [0xa989, 0xa995],
  [0xfe50, 0xfefe],
];

function* twoByteCodes(): Generator<number> {
  for (let first = 0x81; first <= 0xfe; first++) {
    for (let second = 0x40; second <= 0xfe; second++) yield first * 0x100 + second;
  }
}

/** Those of the first plane. */
function* fourByteCodes(): Generator<number> {
  for (let index = 0; index < 50400; index++) yield fourByteCode(index);
}

/** Asks a decoder for the characters of codes; of two codes for a character, the first is taken. */
function makeTable(label: string, width: number, codes: Iterable<number>): Map<number, number> {
  const list = [...codes];
  const bytes = new Uint8Array(list.length * (width + 1));
  let to = 0;
  for (const code of list) {
    for (let place = width - 1; place >= 0; place--) bytes[to++] = code / 0x100 ** place;
    // A line feed is part of no code: it ends one that is not whole.
    bytes[to++] = 0x0a;
  }
  const table = new Map<number, number>();
  for (const [index, text] of decodeWith(label, bytes).split("\n").entries()) {
    const codePoint = text.codePointAt(0);
    const code = list[index];
    if (codePoint === undefined || code === undefined || codePoint === 0xfffd) continue;
    const isOne = text.length === (codePoint > 0xffff ? 2 : 1);
    if (isOne && !table.has(codePoint)) table.set(codePoint, code);
  }
  return table;
}
