import assert from "node:assert/strict";
import { concatBytes } from "../../lib/bytes.ts";
import { type Tee, teeByteStream } from "../../lib/handler/tee.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";

const CHUNK = 256 * 1024;

type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>;

async function readDefault(readable: ByteStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

async function readByob(readable: ByteStream, size: number, min = 1): Promise<Uint8Array> {
  const reader = readable.getReader({ mode: "byob" });
  const pieces: Uint8Array[] = [];
  let buffer = new ArrayBuffer(size);
  while (true) {
    const { value, done } = await reader.read(new Uint8Array(buffer), { min });
    if (value !== undefined) {
      if (value.byteLength > 0) pieces.push(value.slice());
      buffer = value.buffer;
    }
    if (done) return concatBytes(pieces);
  }
}

/** Reads with pauses: every other turn somebody else's. */
async function readSlowly(readable: ByteStream): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readable) {
    pieces.push(piece.slice());
    await settle();
  }
  return concatBytes(pieces);
}

const READERS: readonly [name: string, read: (readable: ByteStream) => Promise<Uint8Array>][] = [
  ["default", readDefault],
  ["slow", readSlowly],
  ["BYOB 7", (readable) => readByob(readable, 7)],
  ["BYOB 1000, full", (readable) => readByob(readable, 1000, 1000)],
  ["BYOB 100000", (readable) => readByob(readable, 100_000)],
  ["BYOB of more than a chunk, full", (readable) => readByob(readable, 300_001, 300_001)],
];

pure("`teeByteStream()` gives every reader the bytes, whatever the buffers and paces", async () => {
  for (const length of [0, 1, 1000, 20_001, CHUNK, CHUNK + 1]) {
    for (const portions of [[1000], [1, 7, 333, 16_378], [CHUNK]]) {
      const bytes = someBytes(length);
      const { stream, progress } = openDataSet({ bytes, portions });
      const tee = teeByteStream(stream, READERS.length);
      const got = await Promise.all(tee.branches.map(({ readable }, index) => {
        const [, read] = READERS[index] ?? [];
        return read?.(readable);
      }));
      for (const [index, [name]] of READERS.entries()) {
        assert.ok(got[index] !== undefined && equal(got[index], bytes), `${name}: ${length}`);
      }
      assert.equal(progress.ended, "closed");
      assert.equal(stream.locked, false);
      assert.equal(tee.failure, undefined);
    }
  }
});

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}

pure("`teeByteStream()` serves reads that were queued ahead", async () => {
  const bytes = someBytes(1000);
  const { stream } = openDataSet({ bytes });
  const tee = teeByteStream(stream, 2);
  const results = tee.branches.map(async ({ readable }) => {
    const reader = readable.getReader({ mode: "byob" });
    const reads = Array.from({ length: 12 }, () => reader.read(new Uint8Array(100)));
    const all = await Promise.all(reads);
    return all.map(({ value, done }) => done ? "done" : value?.byteLength);
  });
  const expected = [...Array.from({ length: 10 }, () => 100), "done", "done"];
  assert.deepEqual(await Promise.all(results), [expected, expected]);
});

/** A source without an end, and two branches; both have read the first chunk. */
interface Endless {
  readonly tee: Tee;
  readonly source: ReturnType<typeof openDataSet>;
  readonly readers: readonly ReadableStreamBYOBReader[];
  /** Reads a chunk from a branch. */
  read(index: number): Promise<number>;
}

function endless(count = 2): Endless {
  const source = openDataSet({ length: 1e12, portions: [CHUNK] });
  const tee = teeByteStream(source.stream, count);
  const readers = tee.branches.map(({ readable }) => readable.getReader({ mode: "byob" }));
  return {
    tee,
    source,
    readers,
    async read(index) {
      const { value } = await readers[index]?.read(new Uint8Array(CHUNK)) ?? {};
      return value?.byteLength ?? 0;
    },
  };
}

pure(
  "`teeByteStream()` reads nothing before it is asked, and then as the slowest allows",
  async () => {
    const { source, read } = endless();
    await settle();
    assert.equal(source.progress.delivered, 0);
    assert.equal(await read(0), CHUNK);
    const second = read(0);
    await settle();
    // The other has not taken the first chunk, so the second is not read.
    assert.equal(source.progress.delivered, CHUNK);
    assert.equal(await read(1), CHUNK);
    assert.equal(await second, CHUNK);
    await settle();
    assert.equal(source.progress.delivered, 2 * CHUNK);
  },
);

pure("`teeByteStream()` goes on without who is gone, and cancels when all are", async () => {
  const ways: [string, (test: Endless) => unknown][] = [
    ["cancelled", ({ readers }) => readers[1]?.cancel()],
    ["left", ({ tee }) => tee.branches[1]?.leave()],
    ["failed", ({ tee }) => tee.branches[1]?.fail(new RangeError("enough"))],
  ];
  for (const [name, leave] of ways) {
    for (const when of ["before", "while the other waits"] as const) {
      const test = endless();
      if (when === "before") leave(test);
      assert.equal(await test.read(0), CHUNK);
      const second = test.read(0);
      await settle();
      if (when !== "before") leave(test);
      assert.equal(await second, CHUNK, `${name} ${when}`);
      assert.equal(await test.read(0), CHUNK, `${name} ${when}`);
      assert.equal(test.source.progress.ended, undefined);
      await test.readers[0]?.cancel();
      assert.equal(test.source.progress.ended, "cancelled", `${name} ${when}`);
      assert.equal(test.source.stream.locked, false);
      await settle();
      assert.equal(test.tee.failure, undefined);
    }
  }
});

pure("`teeByteStream()` cancels a source that nobody has read", () => {
  const { source, tee } = endless();
  for (const branch of tee.branches) branch.leave();
  assert.equal(source.progress.ended, "cancelled");
  assert.equal(source.stream.locked, false);
});

pure("`teeByteStream()` fails every reader with what the source fails with", async () => {
  const error = new RangeError("broken");
  for (const length of [0, 1000, CHUNK + 1000]) {
    const { stream } = openDataSet({ length, portions: [999], end: error });
    const tee = teeByteStream(stream, 3);
    const [first, second, third] = tee.branches;
    assert.ok(first && second && third);
    third.leave();
    const failures = [failure(readDefault(first.readable)), failure(readSlowly(second.readable))];
    assert.deepEqual(await Promise.all(failures), [error, error]);
    assert.deepEqual(tee.failure, { error });
    assert.equal(first.fail(new TypeError("later")), false);
  }
});

pure("`TeeBranch.fail()` fails one reader, and none that has all", async () => {
  const error = new RangeError("stopped");
  const { readers, tee, read } = endless();
  const waiting = failure(Promise.all([read(0), read(0)]));
  await settle();
  assert.equal(tee.branches[0]?.fail(error), true);
  assert.equal(tee.branches[0]?.fail(error), false);
  assert.equal(await waiting, error);
  assert.equal(await read(1), CHUNK);
  await readers[1]?.cancel();

  const { stream } = openDataSet({ length: 10 });
  const whole = teeByteStream(stream, 2);
  await Promise.all(whole.branches.map(({ readable }) => readDefault(readable)));
  assert.deepEqual(whole.branches.map((branch) => branch.fail(error)), [false, false]);
});

pure("`teeByteStream()` tells readers that are too late that they are", async () => {
  const { tee, readers } = endless();
  tee.branches[0]?.leave();
  const error = await failure(Promise.resolve(readers[0]?.read(new Uint8Array(1))));
  assert.match(error.message, /^Cannot read the data set: the handler has replied$/);
  await readers[1]?.cancel();
});

pure("`teeByteStream()` survives a reader whose units do not divide the bytes", async () => {
  const { stream, progress } = openDataSet({ bytes: someBytes(1001), portions: [333] });
  const [odd, other] = teeByteStream(stream, 2).branches;
  assert.ok(odd && other);
  const reader = odd.readable.getReader({ mode: "byob" });
  const reading = (async () => {
    for (let done = false; !done;) ({ done } = await reader.read(new Uint16Array(4)));
  })().catch((error: unknown) => error);
  assert.ok(equal(await readDefault(other.readable), someBytes(1001)));
  assert.ok(await reading instanceof TypeError);
  assert.equal(progress.ended, "closed");
});

pure("`teeByteStream()` says that a source is no byte stream", async () => {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({});
  const tee = teeByteStream(stream, 2);
  for (const { readable } of tee.branches) {
    assert.ok(await failure(readDefault(readable)) instanceof TypeError);
  }
});
