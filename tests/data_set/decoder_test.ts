import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import { DataSetError } from "../../lib/errors.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../lib/transfer_syntax.ts";
import { BROKEN, bytesOf, outline, SOUND } from "./data_set_cases.ts";

for (const { name, syntax, hex, outline: expected } of SOUND) {
  Deno.test({
    name: `\`decodeDataSet()\` reads ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(outline(decodeDataSet(bytesOf(hex), syntax)), expected),
  });
}

for (const { name, syntax, hex, message, offset, tag } of BROKEN) {
  Deno.test({
    name: `\`decodeDataSet()\` throws on ${name}`,
    permissions: "none",
    fn: () => {
      const error = { name: "DataSetError", message, offset, tag };
      assert.throws(() => decodeDataSet(bytesOf(hex), syntax), error);
    },
  });
}

Deno.test({
  name: "`decodeDataSet()` returns an empty data set when there are no bytes",
  permissions: "none",
  fn: () => {
    for (const syntax of [IMPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN]) {
      assert.equal(decodeDataSet(new Uint8Array(0), syntax).size, 0);
    }
  },
});

Deno.test({
  name: "`decodeDataSet()` stops before a tag outside sequences, and reads nothing behind it",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf(
      "08004011 5351 0000 ffffffff feff00e0 0a000000 20000d00 5549 0200 3100" +
        "feffdde0 00000000" + "10002000 4c4f 0200 3120" + "20000d00 5549 ff00 31",
    );
    const dataSet = decodeDataSet(bytes, EXPLICIT_VR_LITTLE_ENDIAN, { stopBefore: 0x0020000d });
    assert.deepEqual(outline(dataSet), [
      "(0008,1140) SQ 1",
      "(0008,1140)[0](0020,000D) UI 3100",
      "(0010,0020) LO 3120",
    ]);
    // The tag itself need not be there: the next greater one stops it too.
    const none = decodeDataSet(bytes, EXPLICIT_VR_LITTLE_ENDIAN, { stopBefore: 0x00080000 });
    assert.equal(none.size, 0);
  },
});

Deno.test({
  name:
    "`decodeDataSet()` leaves file meta information out where it is told so, and else refuses it",
  permissions: "none",
  fn: () => {
    for (
      const [bytes, syntax] of [
        ["02000300 5549 0200 3100" + "10002000 4c4f 0200 3120", EXPLICIT_VR_LITTLE_ENDIAN],
        ["02000300 02000000 3100" + "10002000 02000000 3120", IMPLICIT_VR_LITTLE_ENDIAN],
        ["00020003 5549 0002 3100" + "00100020 4c4f 0002 3120", EXPLICIT_VR_BIG_ENDIAN],
      ] as const
    ) {
      const dataSet = decodeDataSet(bytesOf(bytes), syntax, { ignoreMeta: true });
      assert.deepEqual(outline(dataSet), ["(0010,0020) LO 3120"]);
      assert.throws(() => decodeDataSet(bytesOf(bytes), syntax), DataSetError);
    }
    // A command has no place there all the same.
    const command = bytesOf("00000000 02000000 3100");
    assert.throws(
      () => decodeDataSet(command, IMPLICIT_VR_LITTLE_ENDIAN, { ignoreMeta: true }),
      DataSetError,
    );
  },
});

Deno.test({
  name: "`decodeDataSet()` takes views of little endian bytes, and copies of swapped ones",
  permissions: "none",
  fn: () => {
    const little = bytesOf("28001000 5553 0200 0002");
    const view = decodeDataSet(little, EXPLICIT_VR_LITTLE_ENDIAN).get(0x00280010)?.value;
    assert.ok(view instanceof Uint8Array && view.buffer === little.buffer);
    const big = bytesOf("00280010 5553 0002 0200");
    const copy = decodeDataSet(big, EXPLICIT_VR_BIG_ENDIAN).get(0x00280010)?.value;
    assert.ok(copy instanceof Uint8Array && copy.buffer !== big.buffer);
    assert.equal(big.toHex(), "0028001055530002" + "0200");
  },
});

Deno.test({
  name: "`decodeDataSet()` gives items the character set of the data set around them",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf(
      "08000500 4353 0a00 49534f5f495220313032" + // ISO_IR 102 is none; its name is what counts
        "08004011 5351 0000 08000000 feff00e0 00000000",
    );
    const [item] = decodeDataSet(bytes, EXPLICIT_VR_LITTLE_ENDIAN).getItems(0x00081140);
    assert.deepEqual(item?.characterSets, ["ISO_IR 102"]);
  },
});

Deno.test({
  name: "`decodeDataSet()` accepts 64 nested sequences",
  permissions: "none",
  fn: () => {
    const hex = "08004011 ffffffff feff00e0 ffffffff".repeat(64) +
      "feff0de0 00000000 feffdde0 00000000".repeat(64);
    const dataSet = decodeDataSet(bytesOf(hex), IMPLICIT_VR_LITTLE_ENDIAN);
    assert.equal(outline(dataSet).length, 64);
  },
});

Deno.test({
  name: "`decodeDataSet()` refuses a million nested sequences without overflowing the stack",
  permissions: "none",
  fn: () => {
    const level = bytesOf("08004011 ffffffff feff00e0 ffffffff");
    const bytes = new Uint8Array(level.length * 1_000_000);
    for (let at = 0; at < bytes.length; at += level.length) bytes.set(level, at);
    assert.throws(() => decodeDataSet(bytes, IMPLICIT_VR_LITTLE_ENDIAN), {
      name: "DataSetError",
      message: /nested deeper than 64 levels$/,
    });
  },
});

Deno.test({
  name: "`decodeDataSet()` inflates up to its budget, and not a byte more",
  permissions: "none",
  fn: () => {
    const plain = bytesOf("10002000 4c4f 0200 3120");
    const bytes = deflateSync(plain);
    const syntax = DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    assert.equal(decodeDataSet(bytes, syntax, { inflateBudget: plain.length }).size, 1);
    assert.throws(() => decodeDataSet(bytes, syntax, { inflateBudget: plain.length - 1 }), {
      name: "DataSetError",
      message: "Cannot inflate the data set: it exceeds the budget of 9 bytes",
    });
  },
});
