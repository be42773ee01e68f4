import assert from "node:assert/strict";
import { parseCharacterSets } from "../../lib/data_set/character_set_term.ts";
import { DataSetError } from "../../lib/errors.ts";

const READ: [text: string, terms: string[]][] = [
  ["", []],
  ["ISO_IR 6", []],
  ["ISO_IR 100", ["ISO_IR 100"]],
  ["iso-ir 100", ["ISO_IR 100"]],
  ["100", ["ISO_IR 100"]],
  ["ISO 2022 IR 144", ["ISO_IR 144"]],
  ["ISO_IR 192", ["ISO_IR 192"]],
  ["UTF-8", ["ISO_IR 192"]],
  ["gb18030", ["GB18030"]],
  ["GBK", ["GBK"]],
  ["\\ISO 2022 IR 87", ["", "ISO 2022 IR 87"]],
  ["\\\\ISO 2022 IR 87", ["", "ISO 2022 IR 87"]],
  ["ISO 2022 IR 149", ["", "ISO 2022 IR 149"]],
  ["ISO 2022 IR 87\\ISO 2022 IR 159", ["", "ISO 2022 IR 87", "ISO 2022 IR 159"]],
  ["ISO_IR 13\\ISO_IR 87", ["ISO 2022 IR 13", "ISO 2022 IR 87"]],
  ["ISO 2022 IR 6 \\ ISO 2022 IR 58", ["ISO 2022 IR 6", "ISO 2022 IR 58"]],
];

for (const [text, terms] of READ) {
  Deno.test({
    name: `parseCharacterSets() reads "${text}" as [${terms}]`,
    permissions: "none",
    fn: () => assert.deepEqual(parseCharacterSets(text), terms),
  });
}

const REFUSED: [text: string, message: string][] = [
  [
    "latin1",
    'Cannot use character set "latin1": it is none of the defined terms, ' +
    "such as ISO_IR 100, ISO_IR 192 or \\ISO 2022 IR 87",
  ],
  [
    "\\ISO_IR 14",
    'Cannot use character set "\\ISO_IR 14": "ISO_IR 14" is none of the defined terms, ' +
    "such as ISO_IR 100, ISO_IR 192 or \\ISO 2022 IR 87",
  ],
  [
    "ISO_IR 192\\ISO 2022 IR 87",
    'Cannot use character sets "ISO_IR 192\\ISO 2022 IR 87": ' +
    "ISO_IR 192 cannot be combined with others",
  ],
];

for (const [text, message] of REFUSED) {
  Deno.test({
    name: `parseCharacterSets() refuses "${text}"`,
    permissions: "none",
    fn() {
      assert.throws(
        () => parseCharacterSets(text),
        (error) => error instanceof DataSetError && error.message === message,
      );
    },
  });
}
