import assert from "node:assert/strict";
import { type DataSetSource, sourceOf } from "../../lib/net/data_set_source.ts";
import { FramedDataSet, Framer } from "../../lib/net/framed_data_set.ts";
import { MessageAssembler } from "../../lib/dimse/assembler.ts";
import { encodeMessage } from "../../lib/dimse/message_codec.ts";
import { PduDecoder } from "../../lib/pdu/decoder.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { storeRequest } from "../support/served.ts";

const COMMAND = encodeMessage(storeRequest());

/** The same, by reads of which some take their time. */
function slow(source: DataSetSource, isSlow: (read: number) => boolean): DataSetSource {
  let reads = 0;
  return {
    read(into) {
      const length = source.read(into.subarray(0, 300));
      return isSlow(reads++) ? Promise.resolve(length) : length;
    },
  };
}

const SOURCES: Readonly<Record<string, (bytes: Uint8Array) => DataSetSource>> = {
  "at hand": sourceOf,
  "read slowly": (bytes) => slow(sourceOf(bytes), () => true),
  "read slowly now and then": (bytes) => slow(sourceOf(bytes), (read) => read % 3 === 1),
};

for (const [how, sourceFor] of Object.entries(SOURCES)) {
  pure(
    `FramedDataSet puts a data set ${how} behind its command, within the peer's limit`,
    async () => {
      for (const peerMaximumLength of [64, 16_384, 0]) {
        for (const length of [0, 2, 50, 1_000, 20_000]) {
          const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
          const options = { peerMaximumLength, buffer: new Uint8Array(4096) };
          const framed = new FramedDataSet(3, COMMAND, sourceFor(bytes), options);
          const decoder = new PduDecoder({ maximumLength: peerMaximumLength });
          const assembler = new MessageAssembler();
          const received: number[] = [];
          let pieces = 0;
          for (let pdus = await framed.next(); pdus !== undefined; pdus = await framed.next()) {
            // The buffer is used again, so what is sent must be taken before the next is asked for.
            decoder.receive(pdus.slice());
            const seen: string[] = [];
            for (let event = decoder.next(); event; event = decoder.next()) {
              if (event.type !== "PDV") continue;
              const message = assembler.push(event);
              if (message?.type === "data") received.push(...message.data);
              if (message !== undefined) seen.push(message.type);
            }
            if (pieces++ === 0) assert.deepEqual(seen.slice(0, 2), ["message", "data"]);
          }
          assert.deepEqual(Uint8Array.from(received), bytes, `${length} at ${peerMaximumLength}`);
          assert.ok(assembler.idle);
          assert.equal(framed.next(), undefined, "the end stays the end");
        }
      }
    },
  );
}

pure("FramedDataSet makes no promise where its source makes none", () => {
  const options = { peerMaximumLength: 0, buffer: new Uint8Array(4096) };
  const framed = new FramedDataSet(3, COMMAND, sourceOf(new Uint8Array(5_000)), options);
  assert.ok(framed.next() instanceof Uint8Array);
  assert.ok(framed.next() instanceof Uint8Array);
  assert.equal(framed.next(), undefined);
});

pure("FramedDataSet throws what its source throws, at once or later", async () => {
  const options = { peerMaximumLength: 0, buffer: new Uint8Array(4096) };
  const read = (): never => {
    throw new Error("broken");
  };
  assert.throws(() => new FramedDataSet(3, COMMAND, { read }, options).next(), /broken/);
  const later = { read: () => Promise.reject(new Error("broken later")) };
  await assert.rejects(async () => await new FramedDataSet(3, COMMAND, later, options).next(), {
    message: "broken later",
  });
});

pure("FramedDataSet reads ahead as far as its buffer goes, and no further", async () => {
  for (const sourceFor of Object.values(SOURCES)) {
    const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i % 251);
    const source = sourceFor(bytes);
    let read = 0;
    const counting: DataSetSource = {
      read(into) {
        const length = source.read(into);
        if (typeof length === "number") read += length;
        return typeof length === "number" ? length : length.then((count) => (read += count, count));
      },
    };
    const options = { peerMaximumLength: 0, buffer: new Uint8Array(4096) };
    const framed = new FramedDataSet(3, COMMAND, counting, options);
    framed.readAhead();
    await settle();
    assert.ok(read > 3000 && read < 4096, `${read} bytes`);
    const ahead = (await framed.next())?.slice();
    const plain = new FramedDataSet(3, COMMAND, sourceOf(bytes), {
      ...options,
      buffer: new Uint8Array(4096),
    });
    assert.deepEqual(ahead, (await plain.next())?.slice());
  }
});

pure(
  "FramedDataSet fails ahead where its source fails at once, and else when it is asked",
  async () => {
    const options = { peerMaximumLength: 0, buffer: new Uint8Array(4096) };
    const read = (): never => {
      throw new Error("broken");
    };
    assert.throws(() => new FramedDataSet(3, COMMAND, { read }, options).readAhead(), /broken/);
    const later = { read: () => Promise.reject(new Error("broken later")) };
    const framed = new FramedDataSet(3, COMMAND, later, options);
    framed.readAhead();
    await settle();
    await assert.rejects(async () => await framed.next(), { message: "broken later" });
  },
);

pure("Framer has one buffer for messages that are sent one after the other", () => {
  const framer = new Framer();
  const frame = () => framer.frame(3, storeRequest(), sourceOf(new Uint8Array(10)), 0);
  const first = frame();
  const second = frame();
  assert.notEqual(first.buffer, second.buffer);
  framer.sent(first);
  assert.equal(frame().buffer, first.buffer);
});
