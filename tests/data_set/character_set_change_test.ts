import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";
import { changeCharacterSet } from "../../lib/data_set/character_set_change.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { raw } from "./character_set_cases.ts";

const NAME = 0x00100010;
const SETS = 0x00080005;
const SEQUENCE = 0x300a00b0;

function make(sets: string | undefined, name: string, parent?: DataSet): DataSet {
  const dataSet = new DataSet(parent);
  if (sets !== undefined) dataSet.set({ tag: SETS, vr: "CS", value: raw(sets) });
  return dataSet.set({ tag: NAME, vr: "PN", value: raw(name) });
}

const CASES: [name: string, from: string | undefined, bytes: string, to: string[], is: string][] = [
  ["Latin-1 to UTF-8", "ISO_IR 100", "\xe9", ["ISO_IR 192"], "\xc3\xa9"],
  ["UTF-8 to Latin-1", "ISO_IR 192", "\xc3\xa9", ["ISO_IR 100"], "\xe9 "],
  ["GB 18030 to UTF-8", "GB18030 ", "\xcd\xf5", ["ISO_IR 192"], "\xe7\x8e\x8b "],
  ["ISO 2022 to UTF-8", "\\ISO 2022 IR 87", "\x1b$B;3\x1b(B", ["ISO_IR 192"], "\xe5\xb1\xb1 "],
  ["ASCII to a set that cannot be encoded into", undefined, "A^B ", ["ISO 2022 IR 87"], "A^B "],
  ["text that was never in the set it stated", undefined, "\xe9 ", ["ISO_IR 100"], "\xe9 "],
];

for (const [name, from, bytes, to, is] of CASES) {
  Deno.test({
    name: `changeCharacterSet() takes ${name}`,
    permissions: "none",
    fn() {
      const dataSet = make(from, bytes);
      changeCharacterSet(dataSet, to);
      assert.deepEqual(dataSet.get(NAME)?.value, raw(is));
      assert.deepEqual(dataSet.characterSets, to);
    },
  });
}

Deno.test({
  name: "changeCharacterSet() goes into items that have no character set of their own",
  permissions: "none",
  fn() {
    const dataSet = make("ISO_IR 100", "\xe9");
    const inherits = make(undefined, "\xe9", dataSet);
    const own = make("ISO_IR 101", "\xb3", dataSet);
    dataSet.set({ tag: SEQUENCE, vr: "SQ", value: [inherits, own] });
    changeCharacterSet(dataSet, ["ISO_IR 192"]);
    assert.deepEqual(inherits.get(NAME)?.value, raw("\xc3\xa9"));
    assert.deepEqual(own.get(NAME)?.value, raw("\xb3"));
    assert.equal(own.getString(NAME), "ł");
  },
});

Deno.test({
  name: "changeCharacterSet() changes nothing when a value does not fit",
  permissions: "none",
  fn() {
    const dataSet = make("ISO_IR 192", "\xc3\xa9");
    dataSet.set({ tag: 0x00100020, vr: "LO", value: raw("\xe5\xb1\xb1") });
    assert.throws(
      () => changeCharacterSet(dataSet, ["ISO_IR 100"]),
      (error) => {
        assert.ok(error instanceof DataSetError && error.cause instanceof DataSetError);
        assert.equal(error.tag, 0x00100020);
        assert.equal(
          error.message,
          "Cannot change the character set: (0010,0020) does not fit it",
        );
        return true;
      },
    );
    assert.deepEqual(dataSet.characterSets, ["ISO_IR 192"]);
    assert.deepEqual(dataSet.get(NAME)?.value, raw("\xc3\xa9"));
  },
});

Deno.test({
  name: "changeCharacterSet() leaves VRs alone that it does not apply to",
  permissions: "none",
  fn() {
    const dataSet = make("ISO_IR 100", "A ");
    dataSet.set({ tag: 0x00091001, vr: "UN", value: raw("\xe9 ") });
    changeCharacterSet(dataSet, []);
    assert.deepEqual(dataSet.get(0x00091001)?.value, raw("\xe9 "));
    assert.deepEqual(dataSet.get(SETS)?.value, new Uint8Array(0));
  },
});
