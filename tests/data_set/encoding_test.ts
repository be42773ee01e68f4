import assert from "node:assert/strict";
import { encodingOf, reverseUnits, swapByteOrder } from "../../lib/data_set/encoding.ts";
import type { Vr } from "../../lib/data_set/vr.ts";

const ENCODINGS: readonly [uid: string, flags: string][] = [
  ["1.2.840.10008.1.2", "implicit little"],
  ["1.2.840.10008.1.2.1", "explicit little"],
  ["1.2.840.10008.1.2.1.99", "explicit little deflated"],
  ["1.2.840.10008.1.2.2", "explicit big"],
  ["1.2.840.10008.1.2.4.50", "explicit little encapsulated"],
  ["1.2.840.10008.1.2.4.95", "explicit little deflated"], // JPIP Referenced Deflate
  ["1.2.840.113619.5.999", "explicit little encapsulated"], // private, not known
];

for (const [uid, flags] of ENCODINGS) {
  Deno.test({
    name: `\`encodingOf()\` knows ${uid} as ${flags}`,
    permissions: "none",
    fn: () => {
      const { explicitVr, littleEndian, deflated, encapsulated } = encodingOf(uid);
      const words = [explicitVr ? "explicit" : "implicit", littleEndian ? "little" : "big"];
      if (deflated) words.push("deflated");
      if (encapsulated) words.push("encapsulated");
      assert.equal(words.join(" "), flags);
    },
  });
}

const SWAPS: readonly [Vr, string, string][] = [
  ["US", "01020304", "02010403"],
  ["AT", "01020304", "02010403"],
  ["OW", "0102", "0201"],
  ["UL", "0102030405060708", "0403020108070605"],
  ["FD", "0102030405060708", "0807060504030201"],
  ["US", "010203", "020103"],
  ["FD", "01020304", "01020304"],
  ["LO", "0102", "0102"],
  ["UN", "0102", "0102"],
  ["US", "", ""],
];

for (const [vr, value, swapped] of SWAPS) {
  Deno.test({
    name: `\`swapByteOrder()\` makes ${swapped} of ${vr} ${value}`,
    permissions: "none",
    fn: () => {
      const bytes = Uint8Array.fromHex(value);
      assert.equal(swapByteOrder(vr, bytes).toHex(), swapped);
      assert.equal(bytes.toHex(), value);
    },
  });
}

Deno.test({
  name: "`reverseUnits()` turns whole units round in place, in a view too",
  permissions: "none",
  fn: () => {
    const cases = [[2, "00020104030506"], [4, "00040302010506"], [8, "00010203040506"]] as const;
    for (const [unit, reversed] of cases) {
      const bytes = Uint8Array.fromHex("00010203040506");
      reverseUnits(unit, bytes.subarray(1, 6));
      assert.equal(bytes.toHex(), reversed);
    }
  },
});
