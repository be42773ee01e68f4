import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, type TextKind } from "../../lib/data_set/character_set.ts";
import { DESIGNATIONS, raw, SINGLE_BYTE, STANDARD } from "./character_set_cases.ts";

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
