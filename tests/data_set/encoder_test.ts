import assert from "node:assert/strict";
import fc from "fast-check";
import { DataSet, type ElementValue } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import type { Tag } from "../../lib/data_set/tag.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  JPEG_BASELINE,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";
import { encodedDataSet, randomDataSet } from "./arbitraries.ts";
import { bytesOf, outline, SOUND } from "./data_set_cases.ts";

for (const { name, syntax, hex } of SOUND.filter(({ canonical }) => canonical)) {
  Deno.test({
    name: `\`encodeDataSet()\` writes ${name}`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      assert.equal(encodeDataSet(decodeDataSet(bytes, syntax), syntax).toHex(), bytes.toHex());
    },
  });
}

for (const { name, syntax, hex } of SOUND.filter(({ canonical }) => !canonical)) {
  Deno.test({
    name: `\`encodeDataSet()\` writes even lengths, and what is read from them again, for ${name}`,
    permissions: "none",
    fn: () => {
      const once = encodeDataSet(decodeDataSet(bytesOf(hex), syntax), syntax);
      const twice = encodeDataSet(decodeDataSet(once, syntax), syntax);
      assert.equal(once.length % 2, 0);
      assert.equal(twice.toHex(), once.toHex());
    },
  });
}

const PADDING: readonly [Vr, string, string][] = [
  ["UI", "312e32", "312e3200"],
  ["CS", "41", "4120"],
  ["OB", "01", "0100"],
  ["UN", "01", "0100"],
  ["UT", "41", "4120"],
];

for (const [vr, value, written] of PADDING) {
  Deno.test({
    name: `\`encodeDataSet()\` pads an odd ${vr}`,
    permissions: "none",
    fn: () => {
      const bytes = encodeDataSet(single(0x00091010, vr, bytesOf(value)), EXPLICIT_VR_BIG_ENDIAN);
      assert.equal(bytes.subarray(bytes.length - written.length / 2).toHex(), written);
      assert.equal(decodeDataSet(bytes, EXPLICIT_VR_BIG_ENDIAN).get(0x00091010)?.vr, vr);
    },
  });
}

Deno.test({
  name: "`encodeDataSet()` writes elements in the order of their tags and leaves out group lengths",
  permissions: "none",
  fn: () => {
    const dataSet = single(0x00100020, "LO", bytesOf("3120"))
      .set({ tag: 0x00080000, vr: "UL", value: bytesOf("ffff0000") })
      .set({ tag: 0x00080050, vr: "SH", value: bytesOf("3220") });
    const expected = "08005000534802003220" + "100020004c4f02003120";
    assert.equal(encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN).toHex(), expected);
  },
});

Deno.test({
  name: "`encodeDataSet()` writes a value as UN when its VR has too short a length field",
  permissions: "none",
  fn: () => {
    for (const [length, vr] of [[0xfffd, "LO"], [0xfffe, "LO"], [0xffff, "UN"]] as const) {
      const dataSet = single(0x00100020, "LO", new Uint8Array(length).fill(0x41));
      const bytes = encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
      const element = decodeDataSet(bytes, EXPLICIT_VR_LITTLE_ENDIAN).get(0x00100020);
      assert.equal(element?.vr, vr);
      assert.ok(element?.value instanceof Uint8Array);
      assert.equal(element.value.length, length + length % 2);
      // The padding is that of the true VR.
      assert.equal(element.value.at(-1), length % 2 === 0 ? 0x41 : 0x20);
    }
  },
});

Deno.test({
  name: "`encodeDataSet()` keeps a value that becomes UN little endian in big endian",
  permissions: "none",
  fn: () => {
    const value = new Uint8Array(0x10000);
    value[0] = 1;
    const bytes = encodeDataSet(single(0x00281201, "US", value), EXPLICIT_VR_BIG_ENDIAN);
    assert.equal(bytes.subarray(0, 14).toHex(), "00281201554e0000000100000100");
  },
});

Deno.test({
  name: "`encodeDataSet()` gives a sequence in implicit VR a delimiter when nobody knows its tag",
  permissions: "none",
  fn: () => {
    const items = [single(0x00100020, "LO", bytesOf("3120"))];
    const dataSet = single(0x00091010, "SQ", items);
    assert.equal(
      encodeDataSet(dataSet, IMPLICIT_VR_LITTLE_ENDIAN).toHex(),
      "09001010ffffffff" + "feff00e00a000000" + "10002000020000003120" + "feffdde000000000",
    );
    assert.equal(
      encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN).toHex(),
      "090010105351000012000000" + "feff00e00a000000" + "100020004c4f02003120",
    );
  },
});

Deno.test({
  name: "`encodeDataSet()` pads what it deflates to an even length",
  permissions: "none",
  fn: () => {
    const lengths = new Set<number>();
    for (let count = 0; count < 20; count++) {
      const value = Uint8Array.from({ length: count * 2 }, (_, index) => index * 37);
      const dataSet = single(0x00091010, "OB", value);
      const bytes = encodeDataSet(dataSet, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
      lengths.add(bytes.length % 2);
      const decoded = decodeDataSet(bytes, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
      assert.deepEqual(outline(decoded), outline(dataSet));
    }
    assert.deepEqual([...lengths], [0]);
  },
});

Deno.test({
  name: "`encodeDataSet()` writes fragments of even length in compressed and private syntaxes",
  permissions: "none",
  fn: () => {
    const fragments = [new Uint8Array(0), bytesOf("ffd8ff")];
    const expected = "e07f10004f420000ffffffff" + "feff00e000000000" + "feff00e004000000ffd8ff00" +
      "feffdde000000000";
    for (const syntax of [JPEG_BASELINE, "1.2.3.4"]) {
      for (const vr of ["OB", "UN"] as const) {
        const dataSet = single(0x7fe00010, vr, { fragments });
        assert.equal(encodeDataSet(dataSet, syntax).toHex(), expected);
      }
    }
  },
});

const WRONG: readonly [name: string, Tag, Vr, ElementValue, syntax: string, message: string][] = [
  ...UNCOMPRESSED_TRANSFER_SYNTAXES.map((syntax) =>
    [
      `fragments in ${syntax}`,
      0x7fe00010,
      "OB" as const,
      { fragments: [] },
      syntax,
      "Cannot encode (7FE0,0010): encapsulated pixel data needs a compressed transfer syntax",
    ] as const
  ).map((row): [string, Tag, Vr, ElementValue, string, string] => [...row]),
  [
    "an element of the command",
    0x00000002,
    "UI",
    bytesOf("3100"),
    EXPLICIT_VR_LITTLE_ENDIAN,
    "Cannot encode (0000,0002): its group does not belong in a data set",
  ],
  [
    "an element of the file meta information",
    0x00020010,
    "UI",
    bytesOf("3100"),
    EXPLICIT_VR_LITTLE_ENDIAN,
    "Cannot encode (0002,0010): its group does not belong in a data set",
  ],
  [
    "an item as an element",
    0xfffee000,
    "UN",
    bytesOf(""),
    EXPLICIT_VR_LITTLE_ENDIAN,
    "Cannot encode (FFFE,E000): its group does not belong in a data set",
  ],
  [
    "a sequence made of bytes",
    0x00081140,
    "SQ",
    bytesOf("3100"),
    EXPLICIT_VR_LITTLE_ENDIAN,
    "Cannot encode (0008,1140): the value of a sequence is not made of items",
  ],
  [
    "a text under the tag of a sequence in implicit VR",
    0x00081140,
    "LO",
    bytesOf("3100"),
    IMPLICIT_VR_LITTLE_ENDIAN,
    "Cannot encode (0008,1140): it is a sequence in implicit VR, but its VR is LO",
  ],
];

for (const [name, tag, vr, value, syntax, message] of WRONG) {
  Deno.test({
    name: `\`encodeDataSet()\` refuses ${name}`,
    permissions: "none",
    fn: () => {
      const dataSet = single(tag, vr, value);
      assert.throws(() => encodeDataSet(dataSet, syntax), { name: "DataSetError", message, tag });
    },
  });
}

Deno.test({
  name: "`encodeDataSet()` writes 64 nested sequences, and refuses 65 and a circle",
  permissions: "none",
  fn: () => {
    let dataSet = new DataSet();
    for (let depth = 0; depth < 64; depth++) dataSet = single(0x00081140, "SQ", [dataSet]);
    const bytes = encodeDataSet(dataSet, EXPLICIT_VR_LITTLE_ENDIAN);
    assert.equal(outline(decodeDataSet(bytes, EXPLICIT_VR_LITTLE_ENDIAN)).length, 64);

    const circle = new DataSet();
    circle.set({ tag: 0x00081140, vr: "SQ", value: [circle] });
    for (const deep of [single(0x00081140, "SQ", [dataSet]), circle]) {
      assert.throws(() => encodeDataSet(deep, EXPLICIT_VR_LITTLE_ENDIAN), {
        name: "DataSetError",
        message: "Cannot encode (0008,1140): sequences are nested deeper than 64 levels",
      });
    }
  },
});

Deno.test({
  name: "`encodeDataSet()` writes what `decodeDataSet()` reads back, in each uncompressed syntax",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(
        randomDataSet(),
        fc.constantFrom(...UNCOMPRESSED_TRANSFER_SYNTAXES),
        (dataSet, syntax) => {
          const bytes = encodeDataSet(dataSet, syntax);
          assert.equal(bytes.length % 2, 0);
          assert.deepEqual(outline(decodeDataSet(bytes, syntax)), outline(dataSet));
        },
      ),
      { numRuns: 400 },
    );
  },
});

Deno.test({
  name: "`encodeDataSet()` writes what was decoded so that it is decoded again as the same, " +
    "encapsulated and with undefined lengths too",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(encodedDataSet(), ({ bytes, syntax }) => {
        const decoded = decodeDataSet(bytes, syntax);
        const again = decodeDataSet(encodeDataSet(decoded, syntax), syntax);
        assert.deepEqual(outline(again), outline(decoded));
      }),
      { numRuns: 400 },
    );
  },
});

function single(tag: Tag, vr: Vr, value: ElementValue): DataSet {
  return new DataSet().set({ tag, vr, value });
}
