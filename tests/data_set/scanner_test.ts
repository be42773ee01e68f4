import assert from "node:assert/strict";
import { deflateSync } from "fflate";
import fc from "fast-check";
import { DataSetError } from "../../lib/errors.ts";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { DataSetScanner, type ScannerOptions } from "../../lib/data_set/scanner.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../../lib/transfer_syntax.ts";
import { encodedDataSet } from "./arbitraries.ts";
import { BROKEN, bytesOf, outline, SOUND } from "./data_set_cases.ts";
import { errorOf } from "./thrown.ts";

const RUNS = 300;

for (const { name, syntax, hex } of SOUND) {
  Deno.test({
    name: `\`DataSetScanner\` accepts ${name}, in pieces of any size`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      const decoded = decodeDataSet(bytes, syntax);
      for (let size = 1; size <= bytes.length; size++) {
        assert.deepEqual(outline(scan(bytes, syntax, size, decoded)), collectable(decoded));
      }
    },
  });
}

for (const { name, syntax, hex, message, offset, tag, scanner } of BROKEN) {
  Deno.test({
    name: `\`DataSetScanner\` throws on ${name}, in pieces of any size`,
    permissions: "none",
    fn: () => {
      const bytes = bytesOf(hex);
      const sizes = [...Array(40).keys()].map((size) => size + 1);
      for (const size of [...sizes, bytes.length]) {
        const thrown = errorOf(() => scan(bytes, syntax, size));
        assert.equal(thrown?.message, scanner ?? message);
        assert.equal(thrown?.offset, offset);
        if (scanner === undefined) assert.equal(thrown?.tag, tag);
      }
    },
  });
}

Deno.test({
  name: "`DataSetScanner.finish()` throws on an empty data set",
  permissions: "none",
  fn: () => {
    const syntaxes = [EXPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN];
    for (const bytes of [new Uint8Array(0), deflateSync(new Uint8Array(0))]) {
      const syntax = bytes.length === 0 ? syntaxes[0] : syntaxes[1];
      assert.throws(() => scan(bytes, syntax ?? "", 1), {
        name: "DataSetError",
        message: "Cannot decode the data set: it is empty",
      });
    }
  },
});

Deno.test({
  name: "`DataSetScanner` throws the same error again when it is used after one",
  permissions: "none",
  fn: () => {
    const scanner = new DataSetScanner(EXPLICIT_VR_LITTLE_ENDIAN);
    const first = errorOf(() => scanner.push(bytesOf("00000000 00000000")));
    assert.ok(first !== undefined);
    assert.equal(errorOf(() => scanner.push(bytesOf("10002000 4c4f 0000"))), first);
    assert.equal(errorOf(() => scanner.finish()), first);
  },
});

Deno.test({
  name: "`DataSetScanner.push()` throws as soon as the structure is known to be broken",
  permissions: "none",
  fn: () => {
    const scanner = new DataSetScanner(EXPLICIT_VR_LITTLE_ENDIAN);
    scanner.push(bytesOf("10002000 3f3f 00"));
    assert.throws(() => scanner.push(bytesOf("00")), DataSetError);
  },
});

Deno.test({
  name: "`DataSetScanner.attributes` are copies, so that pieces can be reused",
  permissions: "none",
  fn: () => {
    const scanner = new DataSetScanner(EXPLICIT_VR_LITTLE_ENDIAN, { collect: [0x00100020] });
    const piece = bytesOf("10002000 4c4f 0400 34373131");
    scanner.push(piece);
    piece.fill(0);
    assert.equal(scanner.attributes.getString(0x00100020), "4711");
  },
});

Deno.test({
  name: "`DataSetScanner.attributes` are little endian when the data set is big endian",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf("00280010 5553 0002 0200" + "00280011 5553 0002 0100");
    for (const size of [1, bytes.length]) {
      const scanner = push(bytes, EXPLICIT_VR_BIG_ENDIAN, size, { collect: [0x00280011] });
      assert.deepEqual(outline(scanner.attributes), ["(0028,0011) US 0001"]);
    }
  },
});

Deno.test({
  name: "`DataSetScanner.attributes` leave out what is nested, too long or not asked for",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf(
      "08005000 5348 0200 3220" +
        "08004011 5351 0000 12000000 feff00e0 0a000000 10002000 4c4f 0200 3120" +
        "10001000 504e 0400 415e4220" + "10002000 4c4f 0500 3437313131",
    );
    const collect = [0x00081140, 0x00100010, 0x00100020];
    const options = { collect, maximumValueLength: 4 };
    const scanner = push(bytes, EXPLICIT_VR_LITTLE_ENDIAN, 3, options);
    assert.deepEqual(outline(scanner.attributes), ["(0010,0010) PN 415e4220"]);
  },
});

Deno.test({
  name: "`DataSetScanner.attributes` hold values of 4096 bytes unless told otherwise",
  permissions: "none",
  fn: () => {
    for (const [length, count] of [[4096, 1], [4097, 0]] as const) {
      const bytes = new Uint8Array(12 + length);
      bytes.set(bytesOf("40001001 5554 0000"));
      new DataView(bytes.buffer).setUint32(8, length, true);
      const scanner = push(bytes, EXPLICIT_VR_LITTLE_ENDIAN, 1000, { collect: [0x00400110] });
      assert.equal(scanner.attributes.size, count);
    }
  },
});

Deno.test({
  name: "`DataSetScanner.collected` turns true at the first greater tag outside sequences",
  permissions: "none",
  fn: () => {
    const steps: [hex: string, collected: boolean][] = [
      ["08005000 5348 0200 3220", false],
      ["08004011 5351 0000 ffffffff", false],
      ["feff00e0 0a000000 20000d00 5549 0200 3100", false],
      ["feffdde0 00000000", false],
      ["10002000 4c4f 0200 3120", false],
      ["e07f1000 4f42 0000 ffffffff", true],
      ["feff00e0 00000000", true],
    ];
    const collect = [0x00100020, 0x00080050];
    const scanner = new DataSetScanner("1.2.840.10008.1.2.4.50", { collect });
    for (const [hex, collected] of steps) {
      scanner.push(bytesOf(hex));
      assert.equal(scanner.collected, collected, hex);
    }
    assert.equal(new DataSetScanner(EXPLICIT_VR_LITTLE_ENDIAN).collected, true);
  },
});

Deno.test({
  name: "`DataSetScanner` passes over a value of nearly 4 GiB by counting",
  permissions: "none",
  fn: () => {
    const scanner = new DataSetScanner(IMPLICIT_VR_LITTLE_ENDIAN, {
      collect: [0x7fe00010, 0x7fe00020],
    });
    scanner.push(bytesOf("e07f1000 feffffff"));
    const piece = new Uint8Array(64 * 1024 * 1024);
    let left = 0xfffffffe;
    for (; left > piece.length; left -= piece.length) scanner.push(piece);
    scanner.push(piece.subarray(0, left));
    scanner.push(bytesOf("e07f2000 02000000 0102"));
    scanner.finish();
    assert.deepEqual(scanner.attributes.get(0x7fe00020)?.value, Uint8Array.of(1, 2));
    assert.equal(scanner.attributes.size, 1);
  },
});

Deno.test({
  name: "`DataSetScanner` stops inflating at its budget, and tells so",
  permissions: "none",
  fn: () => {
    // 64 MiB of one value in some 65 KB.
    const plain = new Uint8Array(8 + 64 * 1024 * 1024);
    plain.set(bytesOf("e07f1000 4f57 0000"));
    new DataView(plain.buffer).setUint32(8, plain.length - 12, true);
    const bytes = deflateSync(plain);
    const syntax = DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    assert.equal(push(bytes, syntax, 1000, { inflateBudget: plain.length }).overBudget, false);
    const scanner = new DataSetScanner(syntax, { inflateBudget: plain.length - 1 });
    const error = errorOf(() => scanner.push(bytes)) ?? errorOf(() => scanner.finish());
    assert.equal(
      error?.message,
      `Cannot inflate the data set: it exceeds the budget of ${plain.length - 1} bytes`,
    );
    assert.equal(scanner.overBudget, true);
    assert.equal(errorOf(() => scanner.finish()), error);
  },
});

Deno.test({
  name: "`DataSetScanner` accepts any valid data set split anywhere, and collects what is decoded",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(encodedDataSet(), fc.array(fc.nat(40)), ({ bytes, syntax }, cuts) => {
        const decoded = decodeDataSet(bytes, syntax);
        const scanner = new DataSetScanner(syntax, { collect: [...decoded].map(({ tag }) => tag) });
        let at = 0;
        for (const cut of cuts) {
          scanner.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        scanner.push(bytes.subarray(at));
        if (decoded.size === 0) return;
        scanner.finish();
        assert.deepEqual(outline(scanner.attributes), collectable(decoded));
      }),
      { numRuns: RUNS },
    );
  },
});

Deno.test({
  name: "`DataSetScanner` throws on a truncated data set exactly when `decodeDataSet()` does",
  permissions: "none",
  fn: () => {
    fc.assert(
      fc.property(encodedDataSet(), fc.integer({ min: 1, max: 9 }), ({ bytes, syntax }, size) => {
        const step = Math.max(1, Math.floor(bytes.length / 100));
        for (let length = 1; length < bytes.length; length += step) {
          agree(bytes.slice(0, length), syntax, size);
        }
      }),
      { numRuns: RUNS / 3 },
    );
  },
});

Deno.test({
  name:
    "`DataSetScanner` and `decodeDataSet()` agree on mutated bytes, and throw only `DataSetError`",
  permissions: "none",
  fn: () => {
    const mutation = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        encodedDataSet(),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        ({ bytes, syntax }, mutations, size) => {
          if (bytes.length === 0) return;
          for (const [at, value] of mutations) bytes[at % bytes.length] = value;
          agree(bytes, syntax, size);
        },
      ),
      { numRuns: RUNS * 3 },
    );
  },
});

Deno.test({
  name: "`DataSetScanner` and `decodeDataSet()` agree on random bytes",
  permissions: "none",
  fn: () => {
    const syntax = fc.constantFrom(
      IMPLICIT_VR_LITTLE_ENDIAN,
      EXPLICIT_VR_LITTLE_ENDIAN,
      EXPLICIT_VR_BIG_ENDIAN,
      DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    );
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(bytes, syntax, fc.integer({ min: 1, max: 20 }), agree),
      { numRuns: RUNS * 3 },
    );
  },
});

Deno.test({
  name: "`DataSetScanner` finds an element that is longer than what is left at its header",
  permissions: "none",
  fn: () => {
    const header = Uint8Array.fromHex("e07f10004f57000000000001");
    const scanner = new DataSetScanner("1.2.840.10008.1.2.1", { length: 1000 });
    assert.throws(() => scanner.push(header), {
      name: "DataSetError",
      message: "Cannot decode (7FE0,0010) at byte 0: length 16777216 exceeds the 988 bytes left",
    });
    new DataSetScanner("1.2.840.10008.1.2.1").push(header);
    new DataSetScanner("1.2.840.10008.1.2.1", { length: 0x0100000c }).push(header);
    // Of a deflated data set the length says nothing.
    push(deflateSync(header.with(11, 0)), "1.2.840.10008.1.2.1.99", 100, { length: 5 });
  },
});

function push(
  bytes: Uint8Array,
  syntax: string,
  size: number,
  options: ScannerOptions = {},
): DataSetScanner {
  const scanner = new DataSetScanner(syntax, options);
  for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
  scanner.finish();
  return scanner;
}

function scan(bytes: Uint8Array, syntax: string, size: number, wanted?: DataSet): DataSet {
  const collect = wanted === undefined ? [] : [...wanted].map(({ tag }) => tag);
  return push(bytes, syntax, size, { collect }).attributes;
}

/** What a scanner collects of a data set when it is asked for everything. */
function collectable(dataSet: DataSet): string[] {
  return outline(dataSet).filter((line) => /^\([^)]*\) (?!SQ|.. fragments)/.test(line));
}

/** Asserts that both throw or neither does; but the scanner refuses what is empty. */
function agree(bytes: Uint8Array, syntax: string, size: number): void {
  let empty = false;
  const decoding = errorOf(() => empty = decodeDataSet(bytes, syntax).size === 0);
  const scanning = errorOf(() => scan(bytes, syntax, size));
  if (empty) return;
  assert.equal(scanning === undefined, decoding === undefined, `${scanning} / ${decoding}`);
}
