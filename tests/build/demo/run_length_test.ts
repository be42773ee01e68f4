import assert from "node:assert/strict";
import { encodeRunLengths } from "../../../build/demo/run_length.ts";

/** What PS3.5 section G.3.2 has of a decoder. */
function decode(bytes: Uint8Array): number[] {
  const pixels: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at++] ?? 0;
    if (head < 128) pixels.push(...bytes.subarray(at, at += head + 1));
    else if (head > 128) pixels.push(...Array(257 - head).fill(bytes[at++]));
  }
  return pixels;
}

function segmentsOf(fragment: Uint8Array): number[][] {
  const view = new DataView(fragment.buffer, fragment.byteOffset);
  const count = view.getUint32(0, true);
  return Array.from({ length: count }, (_, index) => {
    const end = index + 1 < count ? view.getUint32(8 + 4 * index, true) : fragment.length;
    return decode(fragment.subarray(view.getUint32(4 + 4 * index, true), end));
  });
}

const ROWS: readonly (readonly [name: string, row: readonly number[], encoded: string])[] = [
  ["one byte", [7], "0007"],
  ["a run", [7, 7, 7, 7], "fd07"],
  ["no runs", [1, 2, 3, 4, 5], "040102030405"],
  ["a run of two at the start", [1, 1, 2, 3], "ff010102" + "03"],
  ["a run of two amid others", [1, 2, 2, 3], "03010202" + "03"],
  ["a run of three amid others", [1, 2, 2, 2, 3], "0001" + "fe02" + "0003"],
  ["the longest run", Array(128).fill(9), "8109"],
  ["a longer run", Array(130).fill(9), "8109" + "ff09"],
];

for (const [name, row, encoded] of ROWS) {
  Deno.test(`encodeRunLengths() encodes ${name}`, { permissions: "none" }, () => {
    const pixels = Uint8Array.from(row);
    const fragment = encodeRunLengths({
      stride: row.length,
      bytesPerPixel: 1,
      isOneNumber: true,
      pixels,
    });
    const padding = encoded.length % 4 === 0 ? "" : "00";
    assert.equal(fragment.subarray(64).toHex(), encoded + padding);
  });
}

Deno.test("encodeRunLengths() lets no run go from row to row", { permissions: "none" }, () => {
  const pixels = new Uint8Array(8).fill(5);
  const fragment = encodeRunLengths({ stride: 4, bytesPerPixel: 1, isOneNumber: true, pixels });
  assert.equal(fragment.subarray(64).toHex(), "fd05fd05");
});

Deno.test("encodeRunLengths() has a segment for each byte, of numbers the highest first", {
  permissions: "none",
}, () => {
  const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const numbers = encodeRunLengths({ stride: 6, bytesPerPixel: 2, isOneNumber: true, pixels });
  assert.deepEqual(segmentsOf(numbers).map((segment) => segment.slice(0, 3)), [
    [2, 4, 6],
    [1, 3, 5],
  ]);
  const colors = encodeRunLengths({ stride: 6, bytesPerPixel: 3, isOneNumber: false, pixels });
  assert.deepEqual(segmentsOf(colors).map((segment) => segment.slice(0, 2)), [[1, 4], [2, 5], [
    3,
    6,
  ]]);
  assert.equal(new DataView(colors.buffer).getUint32(0, true), 3);
});

Deno.test("encodeRunLengths() gives segments of even length, which give back the pixels", {
  permissions: "none",
}, () => {
  const pixels = Uint8Array.from({ length: 3 * 200 }, (_, index) => (index * index) % 7 & 3);
  const fragment = encodeRunLengths({ stride: 200, bytesPerPixel: 1, isOneNumber: true, pixels });
  assert.equal(fragment.length % 2, 0);
  assert.deepEqual(segmentsOf(fragment)[0]?.slice(0, 600), [...pixels]);
});
