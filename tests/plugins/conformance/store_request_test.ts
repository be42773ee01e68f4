import assert from "node:assert/strict";
import { decodeFileMeta } from "../../../lib/data_set/file_meta.ts";
import { someBytes } from "../../../plugins/conformance/data_set.ts";
import { openDataSet, storeRequest } from "../../../plugins/conformance/store_request.ts";
import { settle } from "../../support/fake_clock.ts";
import { failure, pure } from "../../support/requesting.ts";
import { unawaited } from "../../support/unawaited.ts";

const bytes = someBytes(1000);

pure("`openDataSet()` gives its portions over and over, whoever reads", async () => {
  const { stream, progress } = openDataSet({ bytes, portions: [1, 400] });
  const lengths: number[] = [];
  for await (const chunk of stream) lengths.push(chunk.byteLength);
  assert.deepEqual(lengths, [1, 400, 1, 400, 1, 197]);
  assert.deepEqual([progress.delivered, progress.ended], [1000, "closed"]);

  const { stream: another } = openDataSet({ bytes, portions: [1, 400] });
  const reader = another.getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(300), { min: 300 });
  assert.deepEqual(value, bytes.subarray(0, 300));
  await reader.cancel();
});

pure("`openDataSet()` goes on with zeros when there are more than the bytes", async () => {
  const { stream } = openDataSet({ bytes: Uint8Array.of(1, 2, 3), length: 6, portions: [2] });
  assert.deepEqual(await new Response(stream).bytes(), Uint8Array.of(1, 2, 3, 0, 0, 0));
});

pure("`openDataSet()` fails after the last byte when it is to", async () => {
  const end = new Error("Data set is broken");
  const { stream, progress } = openDataSet({ bytes, end });
  assert.equal(await failure(new Response(stream).bytes()), end);
  assert.deepEqual([progress.delivered, progress.ended], [1000, "failed"]);
});

pure("`openDataSet()` fails when the association is lost while it stalls", async () => {
  const { stream, progress, fail } = openDataSet({ bytes, end: "stall" });
  const reading = failure(new Response(stream).bytes());
  await progress.stalled;
  assert.equal(progress.ended, undefined);
  const error = new Error("Association lost");
  fail(error);
  fail(new Error("Once more"));
  assert.equal(await reading, error);
  await progress.over;
  assert.equal(progress.ended, "failed");
});

pure("`openDataSet()` gives nothing before whoever is told of the asking is done", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { stream, progress } = openDataSet({ bytes }, () => promise);
  const reading = new Response(stream).bytes();
  await settle();
  assert.equal(progress.delivered, 0);
  resolve();
  assert.deepEqual(await reading, bytes);
});

pure("`openDataSet()` tells that it was cancelled", async () => {
  const { stream, progress } = openDataSet({ bytes });
  await stream.cancel();
  await progress.over;
  assert.deepEqual([progress.delivered, progress.ended], [0, "cancelled"]);
});

pure("`storeRequest()` describes a data set that a file can be made of", () => {
  const dataSet = openDataSet({ bytes }).stream;
  const request = storeRequest({ dataSet, sopInstanceUid: "1.2.34", callingAeTitle: "MOON" });
  const head = decodeFileMeta(request.fileMetaInformation(), true);
  const { sopClassUid, transferSyntaxUid } = request;
  const expected = [sopClassUid, "1.2.34", transferSyntaxUid, "MOON"];
  const tags = [0x00020002, 0x00020003, 0x00020010, 0x00020016];
  assert.deepEqual(tags.map((tag) => head?.meta.getString(tag)), expected);
  assert.equal(head?.dataSetOffset, request.fileMetaInformation().byteLength);
});

pure("`storeRequest()` tells the attributes that it is given, or asks for them", async () => {
  const { stream: dataSet } = openDataSet({ bytes });
  assert.deepEqual(await storeRequest({ dataSet }).attributes(), {});
  const attributes = { Modality: ["CT"] };
  assert.deepEqual(await storeRequest({ dataSet, attributes }).attributes(), attributes);
  const error = new Error("Data set is broken");
  const request = storeRequest({ dataSet, attributes: () => Promise.reject(error) });
  assert.equal(await failure(request.attributes()), error);
});

pure("`storeRequest()` passes the data set, but for a host that has a stream alone", async () => {
  const got: number[] = [];
  const dataSet = openDataSet({ bytes, portions: [7, 400] }).stream;
  await storeRequest({ dataSet }).passDataSet?.((piece) => void got.push(...piece));
  assert.deepEqual(Uint8Array.from(got), bytes);
  const { stream } = openDataSet({ bytes });
  const alone = storeRequest({ dataSet: stream, isStreamAlone: true });
  assert.equal("passDataSet" in alone, false);
  assert.deepEqual(await new Response(alone.dataSet).bytes(), bytes);
});

pure(
  "`storeRequest()` passes a data set that fails to who does not wait, as a host does",
  async () => {
    const end = new Error("Data set is broken");
    const signal = AbortSignal.abort(end);
    assert.deepEqual(
      await unawaited(() => {
        void storeRequest({ dataSet: openDataSet({ bytes, end }).stream }).passDataSet?.(() => {});
        void storeRequest({ dataSet: openDataSet({}).stream, signal }).passDataSet?.(() => {});
      }),
      [],
    );
    const awaited = storeRequest({ dataSet: openDataSet({ bytes, end }).stream });
    assert.equal(await failure(awaited.passDataSet?.(() => {}) ?? Promise.resolve()), end);
    const mine = new TypeError("mine");
    const { stream: dataSet } = openDataSet({ bytes });
    const thrown = unawaited(() => {
      void storeRequest({ dataSet }).passDataSet?.(() => {
        throw mine;
      });
    });
    assert.deepEqual(await thrown, [mine]);
  },
);
