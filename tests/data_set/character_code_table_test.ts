import assert from "node:assert/strict";
import { codeOf, wholeCodeOf } from "../../lib/data_set/character_code_table.ts";
import {
  ASCII,
  type CodeElement,
  LOWER_HALVES,
  ROMAJI,
  UPPER_HALVES,
} from "../../lib/data_set/coded_character_set.ts";
import { pure } from "../support/pure.ts";

function element(number: string): CodeElement {
  const found = LOWER_HALVES[number] ?? UPPER_HALVES[number];
  assert.ok(found);
  return found;
}

/** How many characters of the first plane a set has. */
function count(set: CodeElement): number {
  let found = 0;
  for (let codePoint = 0; codePoint < 0x10000; codePoint++) {
    if (codeOf(set, codePoint, "text") !== undefined) found++;
  }
  return found;
}

/** The standards' own numbers; of JIS X 0208 and GB 2312 with the characters that are also taken. */
const SIZES: [number: string, size: number][] = [
  ["6", 128],
  ["14", 130],
  ["13", 63],
  ["100", 96],
  ["101", 96],
  ["109", 89],
  ["110", 96],
  ["126", 93],
  ["127", 51],
  ["138", 60],
  ["144", 96],
  ["148", 96],
  ["166", 88],
  ["203", 96],
  ["87", 6879 + 7],
  ["159", 6067],
  ["149", 8226],
  ["58", 7445 + 2],
];

for (const [number, size] of SIZES) {
  pure(`codeOf() knows the ${size} characters of ISO-IR ${number}`, () => {
    assert.equal(count(element(number)), size);
  });
}

const CODES: [number: string, character: string, code: number | undefined][] = [
  ["87", "山", 0x3b33],
  ["87", "①", undefined],
  ["87", "A", undefined],
  ["159", "丂", 0x3021],
  ["149", "洪", 0xfbf3],
  ["149", "똠", undefined],
  ["58", "张", 0xd5c5],
  ["58", "€", undefined],
  ["58", "ⅰ", undefined],
  ["100", "é", 0xe9],
  ["100", "€", undefined],
  ["203", "€", 0xa4],
  ["13", "ﾔ", 0xd4],
  ["13", "ヤ", undefined],
];

for (const [number, character, code] of CODES) {
  pure(`codeOf() finds ${character} in ISO-IR ${number}: ${code?.toString(16)}`, () => {
    assert.equal(codeOf(element(number), character.codePointAt(0) ?? 0, "values"), code);
  });
}

pure("codeOf() has the yen sign only where no backslash delimits", () => {
  assert.equal(codeOf(ROMAJI, 0xa5, "text"), 0x5c);
  assert.equal(codeOf(ROMAJI, 0xa5, "name"), undefined);
  assert.equal(codeOf(ASCII, 0xa5, "text"), undefined);
  assert.equal(codeOf(ROMAJI, 0x203e, "name"), 0x7e);
});

const WHOLE_CODES: [set: "gb18030" | "gbk", character: string, code: number | undefined][] = [
  ["gb18030", "A", 0x41],
  ["gb18030", "王", 0xcdf5],
  ["gb18030", "\x80", 0x81308130],
  ["gb18030", "ǿ", 0x8130a336],
  ["gb18030", "\uffff", 0x8431a439],
  ["gb18030", "\u{10000}", 0x90308130],
  ["gb18030", "\u{10ffff}", 0xe3329a35],
  ["gb18030", "\ud800", undefined],
  ["gbk", "王", 0xcdf5],
  ["gbk", "乗", 0x815c],
  ["gbk", "ǿ", undefined],
  ["gbk", "\u{10000}", undefined],
];

for (const [set, character, code] of WHOLE_CODES) {
  const point = character.codePointAt(0) ?? 0;
  pure(`wholeCodeOf() finds U+${point.toString(16)} in ${set}: ${code?.toString(16)}`, () => {
    assert.equal(wholeCodeOf(set, point), code);
  });
}
