import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";
import { convertedSource, PieceBuffer, StreamSource } from "../../lib/service/stream_source.ts";
import { sourceOf } from "../../lib/net/data_set_source.ts";
import { openDataSet, someBytes } from "../conformance/store_request.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";

const JPEG = "1.2.840.10008.1.2.4.50";
const never = new AbortController().signal;

type Bytes = Uint8Array<ArrayBuffer>;

/** Everything that a source gives, read by buffers of a size. */
async function drain(
  source: StreamSource | ReturnType<typeof sourceOf>,
  size = 100_000,
): Promise<Bytes> {
  const parts: Bytes[] = [];
  const into = new Uint8Array(size);
  for (let n = await source.read(into); n > 0; n = await source.read(into)) {
    parts.push(into.slice(0, n));
  }
  return await new Blob(parts).bytes();
}

/** The streams that a handler may hand over, with the same bytes. */
const STREAMS: Readonly<Record<string, (bytes: Bytes) => ReadableStream<Bytes>>> = {
  "a byte stream in odd portions": (bytes) => openDataSet({ bytes, portions: [16_372, 5] }).stream,
  "a byte stream with all in its queue": (bytes) =>
    new ReadableStream({
      type: "bytes",
      start(controller): void {
        if (bytes.byteLength > 0) controller.enqueue(bytes.slice());
        controller.close();
      },
    }),
  "a stream of chunks": (bytes) =>
    ReadableStream.from([bytes.slice(0, 7), new Uint8Array(0), bytes.slice(7)]),
  "a Blob": (bytes) => new Blob([bytes]).stream(),
};

for (const [what, open] of Object.entries(STREAMS)) {
  pure(`StreamSource gives every byte of ${what}`, async () => {
    for (const length of [0, 1, 999, 262_144, 262_145, 700_001]) {
      for (const size of [131_066, 300_000]) {
        const bytes = someBytes(length);
        const stream = open(bytes);
        const source = new StreamSource(stream, new PieceBuffer(), never);
        assert.deepEqual(await drain(source, size), bytes, `${length} by ${size}`);
        assert.equal(await source.read(new Uint8Array(1)), 0);
        source.release();
        assert.equal(stream.locked, false);
      }
    }
  });
}

pure("StreamSource reads one piece ahead, and no more", async () => {
  const { stream, progress } = openDataSet({ length: 10_000_000, portions: [1_000_000] });
  const source = new StreamSource(stream, new PieceBuffer(), never);
  await source.read(new Uint8Array(100));
  await settle();
  assert.equal(progress.delivered, 262_144);
  await source.read(new Uint8Array(262_144));
  await settle();
  assert.equal(progress.delivered, 2 * 262_144);
  source.cancel(new Error("enough"));
  assert.equal(progress.ended, "cancelled");
  source.release();
});

pure("StreamSource lends one buffer, from one stream to the next", async () => {
  const buffer = new PieceBuffer();
  const first = buffer.take();
  assert.notEqual(buffer.take(), first, "It is lent");
  new Uint8Array(first)[262_143] = 42;
  buffer.give(first);
  for (const length of [0, 10, 200_000]) {
    const source = new StreamSource(openDataSet({ length }).stream, buffer, never);
    await drain(source);
    source.release();
    const back = buffer.take();
    assert.equal(new Uint8Array(back)[262_143], 42, "It is the same memory");
    buffer.give(back);
  }
  assert.equal(first.byteLength, 0, "It was handed over");
});

pure("StreamSource fails with the error of its stream", async () => {
  for (
    const open of [
      (end: Error) => openDataSet({ length: 10, end }).stream,
      (end: Error) =>
        new ReadableStream<Bytes>({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          pull: (controller) => controller.error(end),
        }, { highWaterMark: 0 }),
    ]
  ) {
    const end = new TypeError("Data set is broken");
    const source = new StreamSource(open(end), new PieceBuffer(), never);
    const into = new Uint8Array(100);
    assert.equal(await source.read(into), 10);
    assert.equal(await failure(Promise.resolve(source.read(into))), end);
    source.release();
  }
});

pure(
  "StreamSource gives up when its signal says so, also where the stream stands still",
  async () => {
    const lost = new TypeError("Association lost");
    for (const isBefore of [true, false]) {
      const { stream, progress } = openDataSet({ length: 10, end: "stall" });
      const controller = new AbortController();
      const source = new StreamSource(stream, new PieceBuffer(), controller.signal);
      const into = new Uint8Array(100);
      if (isBefore) controller.abort(lost);
      else await source.read(into);
      const failed = failure((async () => await source.read(into))());
      await settle();
      if (!isBefore) controller.abort(lost);
      assert.equal(await failed, lost);
      assert.equal(progress.ended, "cancelled");
      source.release();
    }
  },
);

pure("StreamSource refuses a stream that is locked", () => {
  const { stream } = openDataSet({ length: 10 });
  stream.getReader();
  assert.throws(() => new StreamSource(stream, new PieceBuffer(), never), {
    name: "TypeError",
    message: "Cannot send the data set: its stream is locked",
  });
});

pure("convertedSource() converts what passes", async () => {
  const facts = {
    sopClassUid: CT,
    sopInstanceUid: "1.2.3",
    keys: ["PatientComments=x".padEnd(9000, "y")],
  };
  const explicit = instanceDataSet({ ...facts, transferSyntaxUid: EXPLICIT });
  const implicit = instanceDataSet({ ...facts, transferSyntaxUid: IMPLICIT });
  for (const size of [10, 100_000]) {
    assert.deepEqual(
      await drain(convertedSource(sourceOf(explicit), EXPLICIT, IMPLICIT), size),
      implicit,
    );
    assert.deepEqual(
      await drain(convertedSource(sourceOf(implicit), IMPLICIT, EXPLICIT), size),
      explicit,
    );
  }
});

pure("convertedSource() fails with a status when a data set cannot be converted", async () => {
  const cases: readonly (readonly [what: string, hex: string, tag: number | undefined])[] = [
    [
      "encapsulated pixel data",
      "e07f1000" + "4f420000" + "ffffffff" + "feff00e000000000",
      0x7fe00010,
    ],
    ["a data set that ends early", "10001000" + "504e0800" + "41", 0x00100010],
  ];
  for (const [what, hex, tag] of cases) {
    const source = convertedSource(sourceOf(Uint8Array.fromHex(hex)), EXPLICIT, IMPLICIT);
    const error = await failure(drain(source));
    assert.ok(error instanceof DataSetError, what);
    assert.equal(error.tag, tag, what);
    assert.equal("status" in error && error.status, 0xc000, what);
  }
  const broken = new TypeError("the disk is gone");
  const failing = convertedSource({ read: () => Promise.reject(broken) }, EXPLICIT, IMPLICIT);
  assert.equal(await failure(drain(failing)), broken);
  assert.throws(() => convertedSource(sourceOf(new Uint8Array(0)), JPEG, EXPLICIT), DataSetError);
});
