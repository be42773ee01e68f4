import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, encodeText, type TextKind } from "../../lib/data_set/character_set.ts";
import { DataSetError } from "../../lib/errors.ts";

/** Bytes written as Latin-1, which is how PS3.5 prints its examples. */
function raw(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The examples of PS3.5 annexes H to K. */
const STANDARD: [name: string, bytes: string, sets: string[], text: string][] = [
  [
    "H.3.1",
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
    ["", "ISO 2022 IR 87"],
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
  ],
  [
    "H.3.2",
    "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=" +
    "\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J",
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  ],
  [
    "I.2",
    "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
    ["", "ISO 2022 IR 149"],
    "Hong^Gildong=洪^吉洞=홍^길동",
  ],
  [
    "J.1",
    "Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=",
    ["ISO_IR 192"],
    "Wang^XiaoDong=王^小東=",
  ],
  ["J.2", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", ["GB18030"], "Wang^XiaoDong=王^小东="],
  ["J.4", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=", ["GBK"], "Wang^XiaoDong=王^小东="],
  [
    "K.2",
    "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
    ["", "ISO 2022 IR 58"],
    "Zhang^XiaoDong=张^小东=",
  ],
];

for (const [name, bytes, sets, text] of STANDARD) {
  Deno.test({
    name: `decodeText() reads the person name of PS3.5 ${name}`,
    permissions: "none",
    fn: () => assert.equal(decodeText(raw(bytes), sets, "name"), text),
  });
}

Deno.test({
  name: "decodeText() reads text of several lines when each designates its set (PS3.5 I.3)",
  permissions: "none",
  fn() {
    const bytes = raw("\x1b$)C\xb1\xe6\r\n\x1b$)C\xb5\xbf\r\n\xb5");
    assert.equal(decodeText(bytes, ["", "ISO 2022 IR 149"]), "길\r\n동\r\n\ufffd");
  },
});

/** One word in each single-byte set. */
const SINGLE_BYTE: [number: string, bytes: string, text: string][] = [
  ["100", "Buc^J\xe9r\xf4me", "Buc^Jérôme"],
  ["101", "Wa\xb3\xeasa", "Wałęsa"],
  ["109", "\xa6amra \xb6ejja", "Ĥamra ĥejja"],
  ["110", "J\xe3n\xe8 \xb1bols", "Jãnč ąbols"],
  ["126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"],
  ["127", "\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"],
  ["138", "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"],
  ["144", "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"],
  ["148", "\xdd\xfe\xf0\xfd", "İşğı"],
  ["166", "\xca\xc1\xaa\xd2\xc2", "สมชาย"],
  ["203", "\xa4uro \xbcuvre", "€uro Œuvre"],
  ["13", "\xd4\xcf\xc0\xde", "ﾔﾏﾀﾞ"],
];

for (const [number, bytes, text] of SINGLE_BYTE) {
  Deno.test({
    name: `decodeText() reads ISO_IR ${number} in every spelling`,
    permissions: "none",
    fn() {
      const spellings = [
        `ISO_IR ${number}`,
        `ISO-IR ${number}`,
        `ISO_IR_${number}`,
        `iso_ir ${number} `,
        `ISO 2022 IR ${number}`,
        `ISO2022IR${number}`,
      ];
      for (const spelling of spellings) {
        assert.equal(decodeText(raw(bytes), [spelling], "name"), text, spelling);
      }
    },
  });
}

/** The escape sequences of PS3.3 tables C.12-3 and C.12-4. */
const DESIGNATIONS: [escape: string, bytes: string, text: string][] = [
  ["-A", "\xe9", "é"],
  ["-B", "\xb3", "ł"],
  ["-C", "\xa6", "Ĥ"],
  ["-D", "\xe8", "č"],
  ["-F", "\xc4", "Δ"],
  ["-G", "\xe2", "ق"],
  ["-H", "\xf9", "ש"],
  ["-L", "\xbb", "Л"],
  ["-M", "\xdd", "İ"],
  ["-T", "\xca", "ส"],
  ["-b", "\xa4", "€"],
  [")I", "\xd4", "ﾔ"],
  ["$)A", "\xd5\xc5", "张"],
  ["$)C", "\xfb\xf3", "洪"],
  ["$B", ";3", "山"],
  ["$@", ";3", "山"],
  ["$(D", "\x30\x21", "丂"],
];

for (const [escape, bytes, text] of DESIGNATIONS) {
  Deno.test({
    name: `decodeText() follows the escape sequence ESC ${escape}`,
    permissions: "none",
    fn() {
      const sets = ["ISO 2022 IR 6", "ISO 2022 IR 100"];
      const value = raw(`a\x1b${escape}${bytes}\x1b(Bb`);
      assert.equal(decodeText(value, sets, "values"), `a${text}b`);
    },
  });
}

const CASES: [name: string, bytes: string, sets: string[], kind: TextKind, text: string][] = [
  ["replaces bytes outside the default repertoire", "J\xe9r", [], "values", "J\ufffdr"],
  ["reads an unknown set as ASCII", "J\xe9r", ["ISO_IR 999"], "values", "J\ufffdr"],
  ["reads UTF-8 by its usual name", "\xc3\xa9", ["UTF-8"], "values", "é"],
  ["replaces bytes that are no UTF-8", "a\xc3(", ["ISO_IR 192"], "values", "a\ufffd("],
  ["replaces half a character at the end", "\x1b$B;3E", ["", "ISO 2022 IR 87"], "name", "山E"],
  ["replaces half a Korean character", "\x1b$)C\xfb", ["", "ISO 2022 IR 149"], "name", "\ufffd"],
  ["replaces an unknown escape sequence", "a\x1b[2Jb", [], "values", "a\ufffd[2Jb"],
  ["replaces an escape at the end", "a\x1b", [], "values", "a\ufffd"],
  ["replaces an escape that ends early", "a\x1b$", [], "values", "a\ufffd$"],
  [
    "returns to the first set at a backslash",
    "\x1b-F\xc4\\\xe9",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "values",
    "Δ\\é",
  ],
  [
    "returns to the first set at a caret of a name",
    "\x1b-F\xc4^\xe9",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "name",
    "Δ^é",
  ],
  [
    "keeps the set at a caret that is no delimiter",
    "\x1b-F\xc4^\xc4",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "values",
    "Δ^Δ",
  ],
  [
    "keeps the set at a backslash of a text",
    "\x1b-F\xc4\\\xc4",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "text",
    "Δ\\Δ",
  ],
  [
    "returns to the first set at a tab",
    "\x1b-F\xc4\t\xe9",
    ["ISO 2022 IR 100", "ISO 2022 IR 126"],
    "text",
    "Δ\té",
  ],
  ["reads a Korean set that stands alone", "\xc8\xab", ["ISO 2022 IR 149"], "name", "홍"],
  [
    "takes a backslash byte within JIS X 0208 as half a character",
    "\x1b$B%\\!\x5c\x1b(B\\b",
    ["", "ISO 2022 IR 87"],
    "values",
    "ボ＋\\b",
  ],
  ["takes a backslash byte within Shift JIS", "\x83\x5c\\b", ["ISO_IR 13"], "values", "ソ\\b"],
  ["takes a backslash byte within GBK", "\x81\x5c\\b", ["GBK"], "values", "乗\\b"],
  ["reads the overline of JIS X 0201", "a~", ["ISO_IR 13"], "values", "a‾"],
  ["reads the yen sign of JIS X 0201 in a text", "\\100", ["ISO_IR 13"], "text", "¥100"],
  ["reads nothing", "", ["ISO_IR 100"], "values", ""],
  [
    "reads spaces within two-byte text",
    "\x1b$B;3 ED\x1b(B",
    ["", "ISO 2022 IR 87"],
    "text",
    "山 田",
  ],
];

for (const [name, bytes, sets, kind, text] of CASES) {
  Deno.test({
    name: `decodeText() ${name}`,
    permissions: "none",
    fn: () => assert.equal(decodeText(raw(bytes), sets, kind), text),
  });
}

Deno.test({
  name: "decodeText() never throws, and gives ASCII back as it is, whatever the set",
  permissions: "none",
  fn() {
    const sets = fc.array(
      fc.oneof(
        fc.constantFrom("", "ISO_IR 13", "ISO 2022 IR 87", "ISO 2022 IR 149", "GB18030", "UTF-8"),
        fc.string({ maxLength: 20 }),
      ),
      { maxLength: 3 },
    );
    const bytes = fc.array(
      fc.oneof(
        fc.nat(255),
        fc.constantFrom(...raw("\x1b$()ABCDIJ@-\\^=")),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(bytes, sets, (value, terms) => {
        assert.equal(typeof decodeText(Uint8Array.from(value), terms, "name"), "string");
      }),
      { seed: 1, numRuns: 2000 },
    );
    const letters = fc.stringMatching(/^[ -Z_-}]*$/);
    fc.assert(
      fc.property(letters, sets, (text, terms) => {
        assert.equal(decodeText(raw(text), terms, "values"), text);
      }),
      { seed: 1, numRuns: 500 },
    );
  },
});

Deno.test({
  name: "encodeText() writes what decodeText() reads in the sets that it knows",
  permissions: "none",
  fn() {
    const latin = fc.string({ unit: fc.nat(0x5f).map((code) => String.fromCharCode(0xa0 + code)) });
    fc.assert(
      fc.property(latin, (text) => {
        assert.equal(decodeText(encodeText(text, ["ISO_IR 100"]), ["ISO_IR 100"]), text);
      }),
      { seed: 1 },
    );
    // A byte order mark at the start is taken off by the decoder.
    const any = fc.string({ unit: "grapheme" }).filter((text) => !text.startsWith("\ufeff"));
    fc.assert(
      fc.property(any, (text) => {
        assert.equal(decodeText(encodeText(text, ["ISO_IR 192"]), ["ISO_IR 192"]), text);
      }),
      { seed: 1 },
    );
  },
});

const REFUSED: [text: string, sets: string[], message: string][] = [
  ["Buß", [], 'Cannot encode "Buß": the default character repertoire is ASCII only'],
  ["Buß", ["ISO_IR 6"], 'Cannot encode "Buß": the default character repertoire is ASCII only'],
  ["山", ["ISO_IR 100"], 'Cannot encode "山": the character set "ISO_IR 100" does not have U+5C71'],
  [
    "\u{1f600}",
    ["ISO_IR 100"],
    'Cannot encode "\u{1f600}": the character set "ISO_IR 100" does not have U+1F600',
  ],
  [
    "山",
    ["GB18030"],
    'Cannot encode "山": encoding into the character set "GB18030" is not supported',
  ],
];

for (const [text, sets, message] of REFUSED) {
  Deno.test({
    name: `encodeText() refuses "${text}" in [${sets}]`,
    permissions: "none",
    fn() {
      assert.throws(
        () => encodeText(text, sets),
        (error) => error instanceof DataSetError && error.message === message,
      );
    },
  });
}

Deno.test({
  name: "encodeText() writes ASCII in every set",
  permissions: "none",
  fn() {
    for (const sets of [[], ["GB18030"], ["ISO 2022 IR 87"], ["nonsense"]]) {
      assert.deepEqual(encodeText("A^B", sets), Uint8Array.of(0x41, 0x5e, 0x42));
    }
  },
});
