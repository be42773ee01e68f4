import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, type TextKind } from "../../lib/data_set/character_set.ts";
import { encodeText } from "../../lib/data_set/character_set_encoder.ts";
import { DataSetError } from "../../lib/errors.ts";
import { pure } from "../support/pure.ts";
import { DESIGNATIONS, raw, SINGLE_BYTE, STANDARD } from "./character_set_cases.ts";

/** Bytes as PS3.5 prints them. */
function printed(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

for (const [name, bytes, sets, text] of STANDARD) {
  pure(`encodeText() writes the person name of PS3.5 ${name} byte for byte`, () => {
    assert.equal(printed(encodeText(text, sets, "name")), bytes);
  });
}

const LINES: [name: string, text: string, sets: string[], bytes: string][] = [
  [
    "I.3",
    "The 1st line includes 길동.\r\nThe 2nd line includes 길동, too.\r\nThe 3rd line.",
    ["", "ISO 2022 IR 149"],
    "\x1b$)CThe 1st line includes \xb1\xe6\xb5\xbf.\r\n" +
    "\x1b$)CThe 2nd line includes \xb1\xe6\xb5\xbf, too.\r\nThe 3rd line.",
  ],
  [
    "K.3",
    "1.第一行文字。\r\n2.第二行文字。",
    ["", "ISO 2022 IR 58"],
    "\x1b$)A1.\xb5\xda\xd2\xbb\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3\r\n" +
    "\x1b$)A2.\xb5\xda\xb6\xfe\xd0\xd0\xce\xc4\xd7\xd6\xa1\xa3",
  ],
];

for (const [name, text, sets, bytes] of LINES) {
  pure(`encodeText() designates the set in each line that needs it, as in PS3.5 ${name}`, () => {
    assert.equal(printed(encodeText(text, sets, "text")), bytes);
    assert.equal(decodeText(raw(bytes), sets, "text"), text);
  });
}

for (const [number, bytes, text] of SINGLE_BYTE) {
  pure(`encodeText() writes ISO_IR ${number} in every spelling`, () => {
    for (const spelling of [`ISO_IR ${number}`, `iso-ir_${number}`, `ISO 2022 IR ${number}`]) {
      assert.equal(printed(encodeText(text, [spelling], "name")), bytes, spelling);
    }
  });
}

const SET_OF_ESCAPE: Readonly<Record<string, string>> = {
  "-A": "100",
  "-B": "101",
  "-C": "109",
  "-D": "110",
  "-F": "126",
  "-G": "127",
  "-H": "138",
  "-L": "144",
  "-M": "148",
  "-T": "166",
  "-b": "203",
  ")I": "13",
  "$)A": "58",
  "$)C": "149",
  "$B": "87",
  "$(D": "159",
};

for (const [escape, bytes, text] of DESIGNATIONS) {
  const number = SET_OF_ESCAPE[escape];
  if (number === undefined) continue;
  pure(`encodeText() designates ISO 2022 IR ${number} by ESC ${escape}`, () => {
    const sets = ["", `ISO 2022 IR ${number}`];
    const back = escape.startsWith("$B") || escape === "$(D" ? "\x1b(B" : "";
    assert.equal(printed(encodeText(text, sets, "values")), `\x1b${escape}${bytes}${back}`);
  });
}

const CASES: [name: string, text: string, sets: string[], kind: TextKind, bytes: string][] = [
  ["nothing", "", ["", "ISO 2022 IR 87"], "text", ""],
  ["ASCII without designations", "A^B=C\\D", ["", "ISO 2022 IR 149"], "name", "A^B=C\\D"],
  [
    "a set of two bytes that stands alone as one that has to be designated",
    "洪",
    ["ISO 2022 IR 149"],
    "name",
    "\x1b$)C\xfb\xf3",
  ],
  [
    "the first set again before a backslash and at the end",
    "Δ\\é\\Δ",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "values",
    "\x1b-F\xc4\x1b-A\\\xe9\\\x1b-F\xc4\x1b-A",
  ],
  [
    "the first set until another is needed",
    "éΔé",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "values",
    "\xe9\x1b-F\xc4\x1b-A\xe9",
  ],
  [
    "in the set that is designated already where two have a character",
    "Δ°Δ",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "values",
    "\x1b-F\xc4\xb0\xc4\x1b-A",
  ],
  [
    "in the first value that has a character",
    "丂山",
    ["", "ISO 2022 IR 87", "ISO 2022 IR 159"],
    "values",
    "\x1b$(D\x30\x21\x1b$B;3\x1b(B",
  ],
  [
    "Roman letters amid Japanese ones",
    "A山 B",
    ["", "ISO 2022 IR 87"],
    "text",
    "A\x1b$B;3\x1b(B B",
  ],
  [
    "a set for G0 and one for G1 together",
    "ﾔ山ﾔ",
    ["", "ISO 2022 IR 13", "ISO 2022 IR 87"],
    "text",
    "\x1b)I\xd4\x1b$B;3\xd4\x1b(B",
  ],
  [
    "a caret that is no delimiter",
    "洪^洪",
    ["", "ISO 2022 IR 149"],
    "text",
    "\x1b$)C\xfb\xf3^\xfb\xf3",
  ],
  [
    "a wildcard before the designation",
    "*洪*",
    ["", "ISO 2022 IR 149"],
    "name",
    "*\x1b$)C\xfb\xf3*",
  ],
  ["the overline of JIS X 0201", "a‾", ["ISO_IR 13"], "values", "a~"],
  ["the yen sign of JIS X 0201 in a text", "¥100", ["ISO_IR 13"], "text", "\\100"],
  ["the yen sign by designation", "¥5", ["", "ISO 2022 IR 13"], "text", "\x1b(J\\\x1b(B5"],
  ["the look-alikes of JIS X 0208", "〜−", ["", "ISO 2022 IR 87"], "text", "\x1b$B!A!]\x1b(B"],
  ["the look-alikes of GB 2312", "・", ["", "ISO 2022 IR 58"], "text", "\x1b$)A\xa1\xa4"],
  ["a trailing byte that is a backslash, in GBK", "乗", ["GBK"], "values", "\x81\x5c"],
  [
    "four bytes of GB 18030",
    "ǿ€\u{20000}",
    ["GB18030"],
    "values",
    "\x81\x30\xa3\x36\xa2\xe3\x95\x32\x82\x36",
  ],
  ["UTF-8 by its usual name", "é", ["UTF-8"], "values", "\xc3\xa9"],
];

for (const [name, text, sets, kind, bytes] of CASES) {
  pure(`encodeText() writes ${name}`, () => {
    assert.equal(printed(encodeText(text, sets, kind)), bytes);
  });
}

const REFUSED: [text: string, sets: string[], fault: string][] = [
  ["Buß", [], "the default character repertoire is ASCII only"],
  ["Buß", ["ISO_IR 6"], "the default character repertoire is ASCII only"],
  ["山", ["ISO_IR 100"], 'the character set "ISO_IR 100" does not have "山" (U+5C71)'],
  ["\x80", ["ISO_IR 100"], 'the character set "ISO_IR 100" does not have "\x80" (U+0080)'],
  ["€", ["ISO_IR 100"], 'the character set "ISO_IR 100" does not have "€" (U+20AC)'],
  [
    "\u{1f600}",
    ["ISO_IR 100"],
    'the character set "ISO_IR 100" does not have "\u{1f600}" (U+1F600)',
  ],
  [
    "山ł",
    ["", "ISO 2022 IR 87"],
    'the character sets "\\ISO 2022 IR 87" do not have "ł" (U+0142)',
  ],
  ["①", ["", "ISO 2022 IR 87"], 'the character sets "\\ISO 2022 IR 87" do not have "①" (U+2460)'],
  [
    "똠",
    ["", "ISO 2022 IR 149"],
    'the character sets "\\ISO 2022 IR 149" do not have "똠" (U+B620)',
  ],
  ["東", ["", "ISO 2022 IR 58"], 'the character sets "\\ISO 2022 IR 58" do not have "東" (U+6771)'],
  ["\u{1f600}", ["GBK"], 'the character set "GBK" does not have "\u{1f600}" (U+1F600)'],
  ["¥", ["ISO_IR 13"], 'the character set "ISO_IR 13" does not have "¥" (U+00A5)'],
  ["ß", ["ISO_IR 999"], 'the character set "ISO_IR 999" is not known'],
];

for (const [text, sets, fault] of REFUSED) {
  pure(`encodeText() refuses "${text}" in [${sets}]`, () => {
    const message = `Cannot encode "${text}": ${fault}`;
    assert.throws(
      () => encodeText(text, sets, "values"),
      (error) => error instanceof DataSetError && error.message === message,
    );
  });
}

pure("encodeText() writes ASCII in every set", () => {
  for (const sets of [[], ["GB18030"], ["ISO 2022 IR 87"], ["ISO_IR 13"], ["nonsense"]]) {
    assert.equal(printed(encodeText("A^B\\~", sets, "name")), "A^B\\~");
  }
});

/** Sets, and characters that are in them. */
const ALPHABETS: [sets: string[], alphabet: string][] = [
  ...SINGLE_BYTE.map(([number, , text]): [string[], string] => [
    ["", `ISO 2022 IR ${number}`],
    text.replaceAll(/[\^]/g, ""),
  ]),
  [["ISO 2022 IR 100", "ISO 2022 IR 126", "ISO 2022 IR 144"], "éÄßδΩЖюя°"],
  [["", "ISO 2022 IR 87", "ISO 2022 IR 159"], "山田太郎やまだ丂丄Ω"],
  [["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ山田やま"],
  [["ISO 2022 IR 100", "ISO 2022 IR 149"], "éü洪吉洞홍길동"],
  [["", "ISO 2022 IR 58", "ISO 2022 IR 149"], "张小东한글洪"],
  [["GB18030"], "王小东ǿ€\u{20000}"],
  [["GBK"], "王小东乗"],
  [["ISO_IR 192"], "éß山ǿ\u{1f600}"],
];

for (const [sets, alphabet] of ALPHABETS) {
  pure(`encodeText() writes what decodeText() reads in [${sets}]`, () => {
    const character = fc.constantFrom(...alphabet, ...alphabet, ..."aZ ^=\\\t\r\n");
    const text = fc.array(character, { maxLength: 30 }).map((list) => list.join(""));
    fc.assert(
      fc.property(text, fc.constantFrom<TextKind>("name", "values", "text"), (written, kind) => {
        // In a text the byte of a backslash is the yen sign of JIS X 0201.
        fc.pre(kind !== "text" || sets[0] !== "ISO 2022 IR 13" || !written.includes("\\"));
        assert.equal(decodeText(encodeText(written, sets, kind), sets, kind), written);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
}
