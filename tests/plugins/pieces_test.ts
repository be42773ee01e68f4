import assert from "node:assert/strict";
import {
  GATHERED_SIZE,
  passPieces,
  PIECE_SIZE,
  PieceBuffers,
  readPieces,
} from "../../plugins/pieces.ts";
import type { StoreRequest } from "../../lib/handler/handler.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";

const never = new AbortController().signal;

type Bytes = Uint8Array<ArrayBuffer>;

/** A stream that is no byte stream. */
function chunks(...sizes: readonly number[]): { stream: ReadableStream<Bytes>; bytes: Bytes } {
  const bytes = someBytes(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  const parts = sizes.map((size) => bytes.slice(at, at += size));
  return { stream: ReadableStream.from(parts), bytes };
}

async function read(
  head: Bytes,
  stream: ReadableStream<Bytes>,
  buffers = new PieceBuffers(),
): Promise<{ sizes: number[]; bytes: Bytes }> {
  const pieces: Bytes[] = [];
  // Copied, for a piece is only lent.
  for await (const piece of readPieces(head, stream, buffers, never)) pieces.push(piece.slice());
  const bytes = await new Blob(pieces).bytes();
  return { sizes: pieces.map((piece) => piece.byteLength), bytes };
}

const LAYOUTS: readonly {
  head: number;
  body: number;
  portions: readonly number[];
  sizes: readonly number[];
}[] = [
  { head: 0, body: 0, portions: [1], sizes: [] },
  { head: 300, body: 0, portions: [1], sizes: [300] },
  { head: 0, body: 1, portions: [1], sizes: [1] },
  { head: 300, body: 1000, portions: [7, 13], sizes: [1300] },
  { head: 300, body: PIECE_SIZE - 300, portions: [16_372], sizes: [PIECE_SIZE] },
  { head: 300, body: PIECE_SIZE, portions: [16_372], sizes: [PIECE_SIZE, 300] },
  { head: 300, body: 700_000, portions: [65_536], sizes: [PIECE_SIZE, PIECE_SIZE, 176_012] },
  { head: PIECE_SIZE, body: 10, portions: [4], sizes: [PIECE_SIZE, 10] },
];

for (const { head, body, portions, sizes } of LAYOUTS) {
  const layout = `${head} and ${body} bytes come in portions of ${portions}`;
  Deno.test({
    name: `\`readPieces()\` yields pieces of ${sizes.join(", ") || "nothing"} when ${layout}`,
    permissions: "none",
    async fn() {
      const headBytes = someBytes(head, 2);
      const bodyBytes = someBytes(body);
      const { stream } = openDataSet({ bytes: bodyBytes, portions });
      const result = await read(headBytes, stream);
      assert.deepEqual(result.sizes, sizes);
      assert.deepEqual(result.bytes, await new Blob([headBytes, bodyBytes]).bytes());
    },
  });
}

for (const sizes of [[], [1], [300_000, 1, 600_000], [PIECE_SIZE, PIECE_SIZE], [5, 0, 5]]) {
  Deno.test({
    name: `\`readPieces()\` gathers chunks of ${sizes} when the stream is no byte stream`,
    permissions: "none",
    async fn() {
      const { stream, bytes } = chunks(...sizes);
      const result = await read(new Uint8Array(100), stream);
      const all = bytes.byteLength + 100;
      assert.deepEqual(result.bytes.subarray(100), bytes);
      assert.equal(result.sizes.length, Math.ceil(all / PIECE_SIZE));
    },
  });
}

Deno.test({
  name: "`readPieces()` asks for no more than a piece until the consumer comes back",
  permissions: "none",
  async fn() {
    const { stream, progress } = openDataSet({ length: 10 * PIECE_SIZE, portions: [4096] });
    const pieces = readPieces(new Uint8Array(0), stream, new PieceBuffers(), never);
    for (const count of [1, 2, 3]) {
      await pieces.next();
      await new Promise((resolve) => setTimeout(resolve));
      assert.equal(progress.delivered, count * PIECE_SIZE);
    }
    await pieces.return();
    assert.equal(stream.locked, false);
    await stream.cancel();
  },
});

Deno.test({
  name: "`readPieces()` throws the stream's error when it fails midway",
  permissions: "none",
  async fn() {
    const end = new Error("Data set is broken");
    const { stream } = openDataSet({ bytes: someBytes(PIECE_SIZE + 10), end });
    const pieces = readPieces(new Uint8Array(0), stream, new PieceBuffers(), never);
    assert.equal((await pieces.next()).value?.byteLength, PIECE_SIZE);
    await assert.rejects(() => pieces.next(), end);
    assert.equal(stream.locked, false);
  },
});

for (const kind of ["byte stream", "other stream"]) {
  Deno.test({
    name: `\`readPieces()\` throws the signal's reason when it aborts a ${kind} that stands still`,
    permissions: "none",
    async fn() {
      const stop = new AbortController();
      const { stream, progress } = openDataSet({ bytes: someBytes(10), end: "stall" });
      const source = kind === "byte stream" ? stream : stream.pipeThrough(new TransformStream());
      const pieces = readPieces(new Uint8Array(0), source, new PieceBuffers(), stop.signal);
      const next = pieces.next();
      await progress.stalled;
      const reason = new Error("Association lost");
      stop.abort(reason);
      await assert.rejects(() => next, reason);
      assert.equal(source.locked, false);
    },
  });
}

Deno.test({
  name: "`readPieces()` leaves the stream alone when the signal is aborted or the stream is locked",
  permissions: "none",
  async fn() {
    const { stream, progress } = openDataSet({ bytes: someBytes(10) });
    const aborted = AbortSignal.abort(new Error("Gone"));
    const pieces = readPieces(new Uint8Array(0), stream, new PieceBuffers(), aborted);
    await assert.rejects(() => pieces.next(), /^Error: Gone$/);
    const reader = stream.getReader();
    await assert.rejects(() => read(new Uint8Array(0), stream), {
      name: "TypeError",
      message: "Cannot read the data set: its stream is locked",
    });
    reader.releaseLock();
    assert.equal(progress.delivered, 0);
  },
});

Deno.test({
  name: "`readPieces()` gives its buffer back when it is done, and when the consumer leaves",
  permissions: "none",
  async fn() {
    const buffers = new PieceBuffers();
    const first = buffers.take();
    new Uint8Array(first).fill(7);
    buffers.give(first);
    await read(new Uint8Array(0), openDataSet({ bytes: someBytes(10) }).stream, buffers);
    // The same memory came round: there is still in it what the ten bytes left.
    const again = buffers.take();
    assert.equal(new Uint8Array(again)[PIECE_SIZE - 1], 7);
    buffers.give(again);
    const { stream } = openDataSet({ bytes: new Uint8Array(10 * PIECE_SIZE).fill(9) });
    for await (const _ of readPieces(new Uint8Array(0), stream, buffers, never)) break;
    const second = buffers.take();
    assert.equal(second.byteLength, PIECE_SIZE);
    assert.equal(new Uint8Array(second)[PIECE_SIZE - 1], 9);
    assert.notEqual(buffers.take(), second);
    await stream.cancel();
  },
});

for (const [length, kept] of [[PIECE_SIZE, 4], [GATHERED_SIZE, 16]] as const) {
  Deno.test({
    name: `\`PieceBuffers\` keep ${kept} buffers of ${length} bytes, and none of another size`,
    permissions: "none",
    fn() {
      const buffers = new PieceBuffers();
      const given = Array.from({ length: kept + 1 }, () => new ArrayBuffer(length));
      buffers.give(new ArrayBuffer(10));
      // What is kept and taken again makes room.
      for (let round = 0; round < 2; round++) {
        for (const buffer of given) buffers.give(buffer);
        const taken = Array.from({ length: kept + 1 }, () => buffers.take(length));
        assert.equal(taken.filter((buffer) => given.includes(buffer)).length, kept);
        assert(taken.every((buffer) => buffer.byteLength === length));
      }
    },
  });
}

Deno.test({
  name: "`PieceBuffers` keep 1 MiB of all sizes together, and lend none of another size",
  permissions: "none",
  fn() {
    const buffers = new PieceBuffers();
    const large = Array.from({ length: 3 }, () => new ArrayBuffer(PIECE_SIZE));
    const small = Array.from({ length: 5 }, () => new ArrayBuffer(GATHERED_SIZE));
    for (const buffer of [...large, ...small, new ArrayBuffer(PIECE_SIZE)]) buffers.give(buffer);
    const taken = Array.from({ length: 5 }, () => buffers.take(GATHERED_SIZE));
    assert.equal(taken.filter((buffer) => small.includes(buffer)).length, 4);
    assert(taken.every((buffer) => buffer.byteLength === GATHERED_SIZE));
    assert(large.includes(buffers.take()));
  },
});

Deno.test({
  name: "`passPieces()` borrows no more than it gathers in",
  permissions: "none",
  async fn() {
    const buffers = new PieceBuffers();
    const borrowed = new Set<ArrayBufferLike>();
    const { stream: dataSet } = openDataSet({});
    for (let instance = 0; instance < 3; instance++) {
      const passDataSet: PassDataSet = async (take) => await take(someBytes(1000));
      const request = { dataSet, passDataSet, signal: never };
      const take = (piece: Uint8Array): void => void borrowed.add(piece.buffer);
      await passPieces(someBytes(300), request, buffers, take);
    }
    assert.deepEqual([...borrowed].map(({ byteLength }) => byteLength), [GATHERED_SIZE]);
  },
});

type PassDataSet = NonNullable<StoreRequest["passDataSet"]>;

const PASSED: readonly {
  head: number;
  /** What comes, in pieces of these sizes. */
  pieces: readonly number[];
  /** What is passed on. */
  sizes: readonly number[];
}[] = [
  { head: 300, pieces: [], sizes: [300] },
  { head: 0, pieces: [], sizes: [] },
  { head: 300, pieces: [10_000], sizes: [10_300] },
  { head: 300, pieces: [10_000, 20, 30_000], sizes: [40_320] },
  { head: 536, pieces: [65_000], sizes: [65_536] },
  { head: 536, pieces: [65_000, 1], sizes: [65_536, 1] },
  { head: 535, pieces: [65_000, 2], sizes: [65_536, 1] },
  // Small ones are gathered; of large ones all that is aligned goes on at once.
  { head: 300, pieces: [16_372, 16_372, 16_372, 16_372, 16_372], sizes: [65_536, 16_624] },
  { head: 300, pieces: [131_066, 131_066], sizes: [32_768, 98_304, 32_768, 98_304, 288] },
  { head: 300, pieces: [300_000], sizes: [32_768, 262_144, 5_388] },
  { head: 300, pieces: [40_000, 65_536], sizes: [65_536, 32_768, 7_532] },
  { head: 300, pieces: [32_468, 65_536, 5], sizes: [32_768, 65_536, 5] },
  { head: 0, pieces: [65_536, 131_072], sizes: [65_536, 131_072] },
  { head: 100_000, pieces: [5], sizes: [98_304, 1_701] },
];

for (const waits of [false, true]) {
  const how = waits ? "taken in time" : "taken at once";
  for (const { head, pieces, sizes } of PASSED) {
    Deno.test({
      name: `\`passPieces()\` passes ${sizes} bytes on when ${[head, ...pieces]} come, ${how}`,
      permissions: "none",
      async fn() {
        const headBytes = someBytes(head, 2);
        const buffers = new PieceBuffers();
        const come = pieces.map((size, index) => someBytes(size, index + 3));
        const taken: Bytes[] = [];
        const take = (piece: Uint8Array): void | Promise<void> => {
          const keep = (): void => void taken.push(piece.slice());
          return waits ? Promise.resolve().then(keep) : keep();
        };
        const passDataSet: PassDataSet = async (take) => {
          for (const piece of come) {
            const lent = piece.slice();
            await take(lent);
            lent.fill(0xee);
          }
        };
        const dataSet = new Blob([]).stream();
        await passPieces(headBytes, { dataSet, passDataSet, signal: never }, buffers, take);
        assert.deepEqual(taken.map((piece) => piece.byteLength), sizes);
        assert.deepEqual(
          await new Blob(taken).bytes(),
          await new Blob([headBytes, ...come]).bytes(),
        );
      },
    });
  }
}

Deno.test({
  name: "`passPieces()` reads the stream where the host has no more than that",
  permissions: "none",
  async fn() {
    const bytes = someBytes(300_000);
    const { stream } = openDataSet({ bytes });
    const sizes: number[] = [];
    await passPieces(
      someBytes(10),
      { dataSet: stream, signal: never },
      new PieceBuffers(),
      (piece) => void sizes.push(piece.byteLength),
    );
    assert.deepEqual(sizes, [PIECE_SIZE, 300_010 - PIECE_SIZE]);
  },
});

Deno.test({
  name: "`passPieces()` gives its buffer back, whatever it fails with",
  permissions: "none",
  async fn() {
    const error = new RangeError("broken");
    const aborted = AbortSignal.abort(error);
    const ways: readonly [PassDataSet, AbortSignal, () => void][] = [
      [() => Promise.reject(error), never, () => {}],
      [() => Promise.resolve(), aborted, () => {}],
      [async (take) => await take(someBytes(10)), never, () => {
        throw error;
      }],
    ];
    for (const [passDataSet, signal, take] of ways) {
      const buffers = new PieceBuffers();
      const buffer = buffers.take(GATHERED_SIZE);
      buffers.give(buffer);
      const dataSet = new Blob([]).stream();
      const passing = passPieces(someBytes(10), { dataSet, passDataSet, signal }, buffers, take);
      await assert.rejects(passing, error);
      assert.equal(buffers.take(GATHERED_SIZE), buffer);
    }
  },
});

Deno.test({
  name: "`passPieces()` throws the signal's reason when it is aborted with the last piece",
  permissions: "none",
  async fn() {
    const stop = new AbortController();
    const reason = new Error("lost");
    const passing = passPieces(
      someBytes(10),
      {
        dataSet: new Blob([]).stream(),
        passDataSet: async (take) => {
          await take(someBytes(5));
          stop.abort(reason);
        },
        signal: stop.signal,
      },
      new PieceBuffers(),
      () => assert.fail("an instance that is lost is not written"),
    );
    await assert.rejects(passing, reason);
  },
});
