import assert from "node:assert/strict";
import { ForwardedDataSet, REPLAY_LIMIT } from "../../plugins/forward_data_set.ts";
import { PIECE_SIZE, PieceBuffers } from "../../plugins/pieces.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";

/** Used by all tests: what one leaves in them must not matter to the next. */
const buffers = new PieceBuffers();

type Bytes = Uint8Array<ArrayBuffer>;

/** The data sets that a host may hand over. */
const STREAMS: Readonly<Record<string, (bytes: Bytes) => ReadableStream<Bytes>>> = {
  "a byte stream": (bytes) => openDataSet({ bytes, portions: [16_372, 5] }).stream,
  "a stream of chunks": (bytes) => chunks(bytes),
};

function chunks(bytes: Bytes): ReadableStream<Bytes> {
  const parts = [new Uint8Array(0)];
  for (let at = 0; at < bytes.byteLength; at += 100_000) parts.push(bytes.slice(at, at + 100_000));
  return ReadableStream.from(parts);
}

for (const [what, open] of Object.entries(STREAMS)) {
  pure(
    `ForwardedDataSet gives ${what} as it is, and once more while little has passed`,
    async () => {
      for (const length of [0, 1, 70_000, REPLAY_LIMIT - 1, REPLAY_LIMIT + 65_536, 3_000_000]) {
        for (const repeatable of [true, false]) {
          const bytes = someBytes(length);
          const stream = open(bytes);
          const dataSet = new ForwardedDataSet(stream, { repeatable, buffers });
          assert.equal(dataSet.isRepeatable, repeatable);
          assert.deepEqual(await new Response(dataSet.open()).bytes(), bytes);
          const isRepeatable = repeatable && length < REPLAY_LIMIT;
          assert.equal(dataSet.isRepeatable, isRepeatable, `${length}`);
          if (isRepeatable) assert.deepEqual(await new Response(dataSet.open()).bytes(), bytes);
          assert.equal(dataSet.failure, undefined);
          dataSet.release();
          assert.equal(stream.locked, false);
        }
      }
    },
  );

  pure(`ForwardedDataSet goes on in ${what} where an attempt was given up`, async () => {
    const bytes = someBytes(REPLAY_LIMIT + 1_000_000);
    const dataSet = new ForwardedDataSet(open(bytes), { repeatable: true, buffers });
    for (const reads of [0, 1, 5]) {
      const reader = dataSet.open().getReader();
      let at = 0;
      for (let i = 0; i < reads; i++) {
        const { value = new Uint8Array(0) } = await reader.read();
        assert.deepEqual(value, bytes.subarray(at, at += value.byteLength));
      }
      await reader.cancel();
    }
    assert.deepEqual(await new Response(dataSet.open()).bytes(), bytes);
    assert.equal(dataSet.isRepeatable, false);
    dataSet.release();
  });
}

pure("ForwardedDataSet keeps for the next attempt what was under way for the last", async () => {
  const source = new TransformStream<Bytes, Bytes>();
  const writer = source.writable.getWriter();
  const dataSet = new ForwardedDataSet(source.readable, { repeatable: true, buffers });
  const first = dataSet.open().getReader();
  const pending = first.read();
  await settle();
  await first.cancel();
  assert.deepEqual(await pending, { value: undefined, done: true });
  const again = new Response(dataSet.open()).bytes();
  await writer.write(Uint8Array.of(1, 2));
  await writer.write(Uint8Array.of(3));
  await writer.close();
  assert.deepEqual(await again, Uint8Array.of(1, 2, 3));
  dataSet.release();
});

pure("ForwardedDataSet reads into the buffer that its reader brings", async () => {
  const { stream, progress } = openDataSet({ length: 1_000_000, portions: [1_000_000] });
  const dataSet = new ForwardedDataSet(stream, { repeatable: false, buffers });
  const reader = dataSet.open().getReader({ mode: "byob" });
  const buffer = new ArrayBuffer(300_000);
  const { value } = await reader.read(new Uint8Array(buffer, 0, 200_000));
  assert.equal(buffer.byteLength, 0, "It is handed over");
  assert.deepEqual([value?.byteLength, value?.buffer.byteLength], [200_000, 300_000]);
  assert.equal(progress.delivered, 200_000, "Nothing is read ahead");
  await reader.cancel();
  dataSet.release();
  assert.equal(progress.ended, undefined, "What is left stays in the stream");
});

pure("ForwardedDataSet tells what the data set failed with", async () => {
  const broken = new TypeError("Data set is broken");
  for (const repeatable of [true, false]) {
    for (const length of [0, 100]) {
      for (
        const stream of [
          openDataSet({ length, end: broken }).stream,
          new ReadableStream<Bytes>({ pull: (controller) => controller.error(broken) }, {
            highWaterMark: 0,
          }),
        ]
      ) {
        const dataSet = new ForwardedDataSet(stream, { repeatable, buffers });
        assert.equal(await failure(new Response(dataSet.open()).bytes()), broken);
        assert.deepEqual(dataSet.failure, { error: broken });
        dataSet.release();
      }
    }
  }
});

pure("ForwardedDataSet refuses a stream that is locked", () => {
  const { stream } = openDataSet({ length: 1 });
  stream.getReader();
  assert.throws(() => new ForwardedDataSet(stream, { repeatable: false, buffers }), {
    name: "TypeError",
    message: "Cannot forward the data set: its stream is locked",
  });
});

pure("ForwardedDataSet borrows the buffers of what it keeps", async () => {
  const buffers = new PieceBuffers();
  for (const length of [10, REPLAY_LIMIT + 1]) {
    const marked = buffers.take();
    new Uint8Array(marked)[PIECE_SIZE - 1] = 42;
    buffers.give(marked);
    const { stream } = openDataSet({ length, portions: [100_000] });
    const dataSet = new ForwardedDataSet(stream, { repeatable: true, buffers });
    await new Response(dataSet.open()).bytes();
    dataSet.release();
    assert.equal(marked.byteLength, 0, "It was handed over");
    const back = buffers.take();
    assert.equal(back.byteLength, PIECE_SIZE);
    if (length === 10) {
      assert.equal(new Uint8Array(back)[PIECE_SIZE - 1], 42, "It is the same memory");
    }
    buffers.give(back);
  }
});
