import assert from "node:assert/strict";
import {
  decodeWith,
  DESIGNATIONS,
  hasDelimiter,
  LOWER_HALVES,
  setName,
  type TextKind,
  UPPER_HALVES,
} from "../../lib/data_set/coded_character_set.ts";
import { pure } from "../support/pure.ts";

pure("every designation is of a set in the tables, and every set has one", () => {
  const upper = new Set<string>();
  const lower = new Set<string>();
  for (const { g0, g1 } of Object.values(DESIGNATIONS)) {
    assert.equal(g0 === undefined, g1 !== undefined);
    if (g0 !== undefined) lower.add(g0);
    if (g1 !== undefined) upper.add(g1);
  }
  assert.deepEqual([...upper].sort(), Object.keys(UPPER_HALVES).sort());
  assert.deepEqual([...lower].sort(), Object.keys(LOWER_HALVES).sort());
});

const NAMES: [term: string, name: string][] = [
  ["", ""],
  ["ISO_IR 100", "100"],
  ["ISO-IR_100 ", "100"],
  ["iso 2022 ir 87", "87"],
  ["100", "100"],
  ["GB18030", "GB18030"],
  ["UTF-8", "UTF8"],
  ["ISO 2022 IR", "ISO2022IR"],
];

for (const [term, name] of NAMES) {
  pure(`setName() reduces "${term}" to "${name}"`, () => assert.equal(setName(term), name));
}

const DELIMITERS: [text: string, kinds: TextKind[]][] = [
  ["a", []],
  ["a\tb", ["name", "values", "text"]],
  ["\r", ["name", "values", "text"]],
  ["\n", ["name", "values", "text"]],
  ["\f", ["name", "values", "text"]],
  ["\\", ["name", "values"]],
  ["^", ["name"]],
  ["=", ["name"]],
];

for (const [text, kinds] of DELIMITERS) {
  pure(`hasDelimiter() finds one in ${JSON.stringify(text)} where it delimits`, () => {
    for (const kind of ["name", "values", "text"] as const) {
      assert.equal(hasDelimiter(text, kind), kinds.includes(kind), kind);
    }
  });
}

pure("decodeWith() decodes by the label, again and again", () => {
  for (let time = 0; time < 2; time++) {
    assert.equal(decodeWith("iso-8859-5", Uint8Array.of(0xbb)), "Л");
    assert.equal(decodeWith("utf-8", Uint8Array.of(0xc3)), "\ufffd");
  }
});
