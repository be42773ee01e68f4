import assert from "node:assert/strict";
import fc from "fast-check";
import {
  KeywordPathError,
  parseKeywordPath,
  parseTag,
} from "../../lib/data_set/keyword_path_parser.ts";

const COMPONENT = { creator: undefined, vr: undefined, index: undefined };

Deno.test({
  name: "parseKeywordPath() takes components, VRs, indices and the value apart",
  permissions: "none",
  fn() {
    assert.deepEqual(parseKeywordPath("BeamSequence[12].(0009,1001):LO=a=b.c"), {
      argument: "BeamSequence[12].(0009,1001):LO=a=b.c",
      components: [
        { ...COMPONENT, text: "BeamSequence[12]", tag: 0x300a00b0, index: 12 },
        { ...COMPONENT, text: "(0009,1001):LO", tag: 0x00091001, vr: "LO" },
      ],
      value: "a=b.c",
    });
  },
});

Deno.test({
  name: "parseKeywordPath() keeps dots and equals signs within a private creator",
  permissions: "none",
  fn() {
    const { components, value } = parseKeywordPath('(0029,"A.B=C 1.0",10):UT="x"');
    assert.deepEqual(components, [{
      text: '(0029,"A.B=C 1.0",10):UT',
      tag: 0x00290010,
      creator: "A.B=C 1.0",
      vr: "UT",
      index: undefined,
    }]);
    assert.equal(value, '"x"');
  },
});

Deno.test({
  name: "parseKeywordPath() takes index 9999 and 64 components, and no more",
  permissions: "none",
  fn() {
    assert.equal(parseKeywordPath("BeamSequence[9999]").components[0].index, 9999);
    assert.throws(() => parseKeywordPath("BeamSequence[10000]"), KeywordPathError);
    const path = "BeamSequence.".repeat(63) + "PatientID";
    assert.equal(parseKeywordPath(path).components.length, 64);
    assert.throws(() => parseKeywordPath(`BeamSequence.${path}`), KeywordPathError);
  },
});

Deno.test({
  name: "parseKeywordPath() throws nothing but KeywordPathError when it is given anything",
  permissions: "none",
  fn() {
    const part = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom("BeamSequence", "(", ")", "[", "]", ".", "=", '"', ":", "0010,0010", "[0]"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const argument = parts.join("");
        try {
          assert.equal(parseKeywordPath(argument).argument, argument);
        } catch (error) {
          assert.ok(error instanceof KeywordPathError);
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  },
});

const TAGS: [text: string, tag: number | undefined][] = [
  ["(300a,00B0)", 0x300a00b0],
  ["( 300a , 00B0 )", 0x300a00b0],
  ["300A,00b0", 0x300a00b0],
  ["300A00B0", 0x300a00b0],
  ["fffcfffc", 0xfffcfffc],
  ["300A, 00B0", undefined],
  ["(300A00B0)", undefined],
  ["(300A,00B0", undefined],
  ["300A00B", undefined],
  ["0x300A00B0", undefined],
  ["10,10", undefined],
  ["", undefined],
];

for (const [text, tag] of TAGS) {
  Deno.test({
    name: `parseTag() gives ${tag?.toString(16)} for "${text}"`,
    permissions: "none",
    fn: () => assert.equal(parseTag(text), tag),
  });
}
