import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  concatBytes,
  decodeLatin1,
  decodePaddedText,
  EMPTY_BYTES,
  readUint16,
  readUint32,
  writeLatin1,
} from "../lib/bytes.ts";

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test({
  name: "concatBytes() joins copies of its parts in order",
  permissions: "none",
  fn() {
    const first = Uint8Array.of(1, 2);
    const joined = concatBytes([first, EMPTY_BYTES, Uint8Array.of(3)]);
    first[0] = 9;
    assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
    assert.deepEqual(concatBytes([]), new Uint8Array(0));
  },
});

Deno.test({
  name: "readUint16() and readUint32() agree with DataView at every offset",
  permissions: "none",
  fn() {
    fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 12 }), (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + 4 <= bytes.length; at += 1) {
        assert.equal(readUint16(bytes, at), view.getUint16(at));
        assert.equal(readUint32(bytes, at), view.getUint32(at));
      }
    }));
  },
});

Deno.test({
  name: "readUint32() is not negative when the highest bit is set",
  permissions: "none",
  fn() {
    assert.equal(readUint32(Uint8Array.of(0x80, 0, 0, 0), 0), 0x80000000);
    assert.equal(readUint32(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0), 0xffffffff);
  },
});

Deno.test({
  name: "decodeLatin1() gives the character with each byte's number",
  permissions: "none",
  fn() {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const text = decodeLatin1(every);
    assert.equal(text.length, 256);
    for (let code = 0; code < 256; code += 1) assert.equal(text.charCodeAt(code), code);
  },
});

Deno.test({
  name: "decodeLatin1() decodes runs longer than one call takes",
  permissions: "none",
  fn() {
    for (const length of [4095, 4096, 4097, 65531]) {
      const bytes = new Uint8Array(length).fill(0x31);
      bytes[length - 1] = 0x32;
      assert.equal(decodeLatin1(bytes), "1".repeat(length - 1) + "2");
    }
  },
});

const PADDED: readonly { readonly bytes: Uint8Array; readonly text: string }[] = [
  { bytes: ascii("1.2.840"), text: "1.2.840" },
  { bytes: ascii("1.2.840\0"), text: "1.2.840" },
  { bytes: ascii("1.2.840  "), text: "1.2.840" },
  { bytes: ascii("1.2.840 \0 \0"), text: "1.2.840" },
  { bytes: ascii(" 1.2"), text: " 1.2" },
  { bytes: ascii("1\x002\t"), text: "1\x002\t" },
  { bytes: ascii("\0\0  "), text: "" },
  { bytes: EMPTY_BYTES, text: "" },
  { bytes: Uint8Array.of(0xa0, 0x31, 0xa0), text: "\u00a01\u00a0" },
];

for (const { bytes, text } of PADDED) {
  Deno.test({
    name: `decodePaddedText() reads ${JSON.stringify(text)} from ${bytes.toHex() || "no bytes"}`,
    permissions: "none",
    fn() {
      assert.equal(decodePaddedText(bytes), text);
      assert.equal(
        decodePaddedText(concatBytes([ascii("x"), bytes, ascii("x")]), 1, 1 + bytes.length),
        text,
      );
    },
  });
}

Deno.test({
  name: "writeLatin1() writes what decodeLatin1() reads, in its place",
  permissions: "none",
  fn() {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const bytes = new Uint8Array(258);
    assert.equal(writeLatin1(bytes, 1, decodeLatin1(every)), true);
    assert.deepEqual(bytes, concatBytes([Uint8Array.of(0), every, Uint8Array.of(0)]));
  },
});

for (const text of ["\u0100", "1.2\u0100.3", "1.2\ud83d\ude00"]) {
  Deno.test({
    name: `writeLatin1() tells that ${JSON.stringify(text)} is not all of ISO 8859-1`,
    permissions: "none",
    fn: () => assert.equal(writeLatin1(new Uint8Array(8), 0, text), false),
  });
}
