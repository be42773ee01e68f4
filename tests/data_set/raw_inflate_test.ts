import assert from "node:assert/strict";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { RawInflate } from "../../lib/data_set/raw_inflate.ts";
import { DataSetError } from "../../lib/errors.ts";
import { pure } from "../support/pure.ts";

interface Inflated {
  readonly isDone: boolean;
  readonly bytes: Uint8Array;
  /** The largest part that was handed on. */
  readonly largest: number;
}

function inflate(deflated: Uint8Array, piece = deflated.length): Inflated {
  const parts: Uint8Array[] = [];
  const inflater = new RawInflate((part) => parts.push(part.slice()));
  for (let at = 0; at < deflated.length; at += piece) {
    inflater.push(deflated.subarray(at, at + piece));
  }
  const largest = Math.max(0, ...parts.map((part) => part.length));
  return { isDone: inflater.isDone, bytes: concatBytes(parts), largest };
}

/** What a deflated stream comes to: its output, or how it fails. */
function outcome(
  work: () => Uint8Array | undefined,
  isCorrupt: (error: unknown) => boolean,
): string {
  try {
    return work()?.toHex() ?? "too short";
  } catch (error) {
    if (!isCorrupt(error)) return "too short";
    return "corrupt";
  }
}

const PLAINS: readonly [name: string, byte: (i: number) => number][] = [
  ["noise", (i) => (Math.imul(i + 1, 2654435761) >>> 13) & 0xff],
  ["few values", (i) => (Math.imul(i + 1, 40503) >>> 7) % 3],
  ["a ramp", (i) => (i % 251) & 0xf0],
  ["one value", () => 7],
];

for (const [name, byte] of PLAINS) {
  pure(`RawInflate reads ${name} as zlib deflates it, cut anywhere`, () => {
    for (const length of [0, 1, 5, 1000, 32_768, 70_000, 200_000]) {
      const plain = Uint8Array.from({ length }, (_, i) => byte(i));
      for (const level of [0, 1, 9]) {
        for (
          const strategy of [
            constants.Z_DEFAULT_STRATEGY,
            constants.Z_FIXED,
            constants.Z_HUFFMAN_ONLY,
          ]
        ) {
          const deflated = deflateRawSync(plain, { level, strategy });
          for (const piece of [1, 7, 4096, deflated.length]) {
            if (piece === 1 && length > 5000) continue;
            const { isDone, bytes } = inflate(deflated, piece);
            assert.ok(isDone);
            assert.ok(bytes.length === length && bytes.every((value, i) => value === plain[i]));
          }
        }
      }
    }
  });
}

pure("RawInflate agrees with zlib on whatever was changed in a stream", () => {
  const text = new TextEncoder().encode(
    "in a hole in the ground there lived an object ".repeat(90),
  );
  const streams = [
    deflateRawSync(text),
    deflateRawSync(text, { strategy: constants.Z_FIXED }),
    deflateRawSync(text, { level: 0 }),
  ];
  const change = fc.record({
    stream: fc.constantFrom(...streams),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
    length: fc.nat(4200),
    piece: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(
    fc.property(change, ({ stream, edits, length, piece }) => {
      const bytes = new Uint8Array(stream);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      const cut = bytes.subarray(0, length);
      const ours = outcome(() => {
        const { isDone, bytes } = inflate(cut, piece);
        return isDone ? bytes : undefined;
      }, (error) => error instanceof DataSetError);
      const theirs = outcome(
        () => new Uint8Array(inflateRawSync(cut)),
        (error) => !(error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR"),
      );
      assert.equal(ours, theirs);
    }),
    { numRuns: 3000, seed: 20 },
  );
});

pure("RawInflate says what is wrong with a stream", () => {
  const cases: [name: string, hex: string, message: RegExp][] = [
    ["block type 3", "07", /a block is of no known type$/],
    ["stored length and its complement", "01" + "05000500", /a stored block has no sound length$/],
    ["287 literal codes", "fdff", /too many codes$/],
    ["a distance before the start", "4b04a2040000", /a distance reaches before the start$/],
  ];
  for (const [name, hex, message] of cases) {
    assert.throws(
      () => inflate(Uint8Array.fromHex(hex + "00000000")),
      (error) => error instanceof DataSetError && message.test(error.message),
      name,
    );
  }
});

pure("RawInflate hands a bomb on in small parts", () => {
  const deflated = deflateRawSync(new Uint8Array(50_000_000), { level: 9 });
  const { isDone, bytes, largest } = inflate(deflated);
  assert.ok(isDone);
  assert.equal(bytes.length, 50_000_000);
  assert.ok(largest <= 100_000, `${largest} bytes at once`);
});

pure("RawInflate does not look at what follows the end", () => {
  const deflated = deflateRawSync(Uint8Array.of(1, 2, 3));
  const { isDone, bytes } = inflate(concatBytes([deflated, Uint8Array.of(0xff, 0xff, 0xff)]), 1);
  assert.ok(isDone);
  assert.deepEqual([...bytes], [1, 2, 3]);
});
