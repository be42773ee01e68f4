import assert from "node:assert/strict";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { inflateRawSync } from "node:zlib";
import { concatBytes } from "../../lib/bytes.ts";
import { Deflater } from "../../lib/data_set/deflate.ts";
import { inflate } from "../../lib/data_set/inflate.ts";

const KIB = 1024;

Deno.test({
  name: "`Deflater` makes what every inflater reads, in pieces of any size",
  permissions: "none",
  fn: () => {
    // Zeros among few other values are what the compressor goes wrong on at the beginning of a stream.
    const byte = fc.constantFrom(0, 0, 0, 0, 1, 2, 3);
    const run = fc.array(byte, { minLength: 1, maxLength: 50 }).map((bytes) =>
      Uint8Array.from(bytes)
    );
    const runs = fc.array(fc.tuple(run, fc.integer({ min: 1, max: 3000 })), { maxLength: 8 });
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 100_000 }), (repeated, size) => {
        const plain = concatBytes(repeated.flatMap(([bytes, count]) => Array(count).fill(bytes)));
        check(plain, size);
      }),
      { numRuns: 200 },
    );
  },
});

Deno.test({
  name:
    "`Deflater` keeps to the bytes where a stream has just one block, or is about to have another",
  permissions: "none",
  fn: () => {
    for (const blocks of [1, 2, 3]) {
      for (const more of [-1, 0, 1, 32 * KIB, 32 * KIB + 1]) {
        const plain = noise(64 * KIB * blocks + more);
        for (const size of [1000, 64 * KIB, 1_000_000]) check(plain, size);
      }
    }
  },
});

Deno.test({
  name: "`Deflater` looks back as far as the first bytes, and no farther",
  permissions: "none",
  fn: () => {
    for (const distance of [32 * KIB - 1, 32 * KIB, 32 * KIB + 1]) {
      const block = noise(distance);
      const length = check(concatBytes([block, block, block, block]), 10_000);
      // The compressor itself does not look back the whole 32 KiB.
      assert.equal(length < 2 * distance, distance < 32 * KIB, `${length} bytes`);
    }
    assert.ok(check(new Uint8Array(1_000_000), 10_000) < 36_000);
  },
});

Deno.test({
  name: "`Deflater` does not begin with two zeros, which are the group of a command element",
  permissions: "none",
  fn: () => {
    const starts = [0, 1, 64 * KIB, 100 * KIB].map((length) =>
      deflate(new Uint8Array(length), 1000).subarray(0, 2).toHex()
    );
    assert.deepEqual(starts, ["0300", "6300", "0001", "0001"]);
  },
});

Deno.test({
  name: "`Deflater` ends on an even number of bytes",
  permissions: "none",
  fn: () => {
    const parities = new Set<number>();
    for (let length = 0; length < 20; length++) {
      const plain = noise(length);
      parities.add(deflateSync(plain).length % 2);
      assert.equal(deflate(plain, 7).length % 2, 0);
    }
    assert.equal(parities.size, 2);
  },
});

/** Asserts that the bytes come back, and returns how many they were deflated to. */
function check(plain: Uint8Array, size: number): number {
  const deflated = deflate(plain, size);
  assert.equal(deflated.length % 2, 0);
  assert.ok(equal(inflateRawSync(deflated), plain));
  assert.ok(equal(inflate(deflated), plain));
  return deflated.length;
}

function deflate(plain: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const deflater = new Deflater((bytes) => parts.push(bytes.slice()));
  for (let at = 0; at < plain.length; at += size) {
    const piece = plain.slice(at, at + size);
    deflater.push(piece);
    piece.fill(0xa5);
  }
  deflater.finish();
  return concatBytes(parts);
}

/** Bytes without repetitions, the same in each run. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (state * 48271) % 0x7fffffff;
    return state >>> 8;
  });
}

/** `assert.deepEqual()` takes its time with long arrays. */
function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
