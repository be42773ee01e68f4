import assert from "node:assert/strict";
import { ByteCounters, type ByteCounts } from "../support/byte_counters.ts";
import { FileCounters } from "../support/file_counters.ts";
import { pure } from "../support/requesting.ts";

const NUMBERS = new Uint8Array(8);

/** What is done, and what it counts as; what is not named is 0. */
const ROWS:
  readonly (readonly [what: string, action: () => unknown, counts: Partial<ByteCounts>])[] = [
    ["a typed array", () => new Uint16Array(4), { buffers: 1, bufferBytes: 8 }],
    ["a buffer", () => new ArrayBuffer(5), { buffers: 1, bufferBytes: 5 }],
    ["a view by new", () => new Uint8Array(NUMBERS.buffer, 2, 3), { views: 1 }],
    ["a view by subarray()", () => NUMBERS.subarray(1), { views: 1 }],
    ["an array of another", () => new Uint8Array(NUMBERS), made(8)],
    ["an array of numbers", () => new Uint32Array([1, 2]), made(8)],
    ["slice()", () => NUMBERS.slice(2), made(6)],
    ["slice() of a buffer", () => NUMBERS.buffer.slice(2, 4), made(2)],
    ["Uint8Array.from()", () => Uint8Array.from([1, 2, 3]), made(3)],
    ["Uint8Array.of()", () => Uint8Array.of(1, 2), made(2)],
    ["Uint8Array.fromHex()", () => Uint8Array.fromHex("0102"), made(2)],
    ["map()", () => NUMBERS.map((value) => value + 1), made(8)],
    ["encode()", () => new TextEncoder().encode("abc"), made(3)],
    ["set()", () => NUMBERS.set([1, 2, 3]), { copies: 1, copiedBytes: 3 }],
    ["fill()", () => NUMBERS.fill(0), { copies: 1, copiedBytes: 8 }],
    ["fill() of a part", () => NUMBERS.fill(0, 2, -1), { copies: 1, copiedBytes: 5 }],
    ["copyWithin()", () => NUMBERS.copyWithin(0, 4), { copies: 1, copiedBytes: 4 }],
    ["transfer()", () => new Uint8Array(3).buffer.transfer(), { buffers: 1, bufferBytes: 3 }],
    ["transfer(0)", () => new Uint8Array(3).buffer.transfer(0), { buffers: 1, bufferBytes: 3 }],
    ["transfer(2)", () => NUMBERS.slice().buffer.transfer(2), twice(8, 2)],
    ["an async function", async () => {}, { promises: 1 }],
    ["a promise", () => Promise.withResolvers(), { promises: 1 }],
    ["nothing", () => {}, {}],
  ];

function made(bytes: number): Partial<ByteCounts> {
  return { buffers: 1, bufferBytes: bytes, copies: 1, copiedBytes: bytes };
}

function twice(first: number, second: number): Partial<ByteCounts> {
  const bytes = first + second;
  return { buffers: 2, bufferBytes: bytes, copies: 2, copiedBytes: bytes };
}

const NOTHING: ByteCounts = {
  ...{ buffers: 0, bufferBytes: 0, views: 0, copies: 0, copiedBytes: 0, promises: 0 },
};

for (const [what, action, counts] of ROWS) {
  pure(`ByteCounters counts ${what}`, () => {
    using counters = new ByteCounters();
    void action();
    const counted = counters.counts;
    void counters.uncounted(action);
    const after = counters.counts;
    counters[Symbol.dispose]();
    assert.deepEqual(counted, { ...NOTHING, ...counts });
    assert.deepEqual(after, counted);
  });
}

pure("ByteCounters leaves the platform as it was, and instances are still instances", () => {
  const before = { Uint8Array, ArrayBuffer };
  const set = Reflect.get(Uint8Array.prototype, "set");
  {
    using _counters = new ByteCounters();
    assert.notEqual(Uint8Array, before.Uint8Array);
    assert.ok(new Uint8Array(1) instanceof Uint8Array);
    assert.ok(NUMBERS instanceof Uint8Array);
    assert.equal(Object.getPrototypeOf(new Uint8Array(1)), before.Uint8Array.prototype);
  }
  assert.deepEqual({ Uint8Array, ArrayBuffer }, before);
  assert.equal(Reflect.get(Uint8Array.prototype, "set"), set);
  assert.ok(!Object.hasOwn(Uint8Array.prototype, "set"));
});

Deno.test("FileCounters counts the calls of the file system, and of files", async () => {
  const directory = await Deno.makeTempDir({ prefix: "dimse_hot_path_" });
  const { open } = Deno;
  try {
    using counters = new FileCounters();
    {
      using file = await Deno.open(`${directory}/one`, { write: true, createNew: true });
      file.writeSync(NUMBERS);
      await file.write(NUMBERS);
      await file.sync();
    }
    await Deno.link(`${directory}/one`, `${directory}/two`);
    await Deno.rename(`${directory}/two`, `${directory}/three`);
    assert.deepEqual(counters.calls, {
      ...{ "file.close": 1, "file.sync": 1, "file.write": 1, "file.writeSync": 1 },
      ...{ link: 1, open: 1, rename: 1 },
    });
    counters[Symbol.dispose]();
    assert.equal(Deno.open, open);
    assert.equal((await Deno.stat(`${directory}/three`)).size, 16);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
