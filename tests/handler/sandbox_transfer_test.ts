import assert from "node:assert/strict";
import type { StoreRequest } from "../../lib/handler/handler.ts";
import {
  CHUNK_LENGTH,
  CHUNKS_UNDER_WAY,
  type StoreNews,
} from "../../lib/handler/sandbox_protocol.ts";
import {
  ChunkBuffers,
  storeRequestData,
  StoreTransfer,
} from "../../lib/handler/sandbox_transfer.ts";
import {
  type Arrival,
  type DataSetSource,
  openDataSet,
  type RequestParts,
  someBytes,
  storeRequest,
} from "../conformance/store_request.ts";
import { settle } from "../support/fake_clock.ts";

interface Bench {
  readonly transfer: StoreTransfer;
  readonly arrival: Arrival;
  /** What the worker was told: of chunks their bytes. */
  readonly news: (StoreNews | Uint8Array<ArrayBuffer>)[];
  readonly request: StoreRequest;
}

/** A transfer to a worker that the test plays. */
function transferring(source: DataSetSource, parts: Partial<RequestParts> = {}): Bench {
  const arrival = openDataSet(source);
  const request = storeRequest({ ...parts, dataSet: arrival.stream });
  const news: Bench["news"] = [];
  const transfer = new StoreTransfer(request, new ChunkBuffers(), (told, buffers = []) => {
    const sent = structuredClone(told, { transfer: buffers });
    news.push(sent.type === "chunk" ? new Uint8Array(sent.buffer, 0, sent.length) : sent);
  });
  return { transfer, arrival, news, request };
}

/** Long enough for all that can be read to have been read. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await settle();
}

Deno.test({
  name: "`StoreTransfer` reads nothing before it is asked, and then as far as there are buffers",
  permissions: "none",
  async fn() {
    const bytes = someBytes((CHUNKS_UNDER_WAY + 1) * CHUNK_LENGTH + 10);
    const { transfer, arrival, news } = transferring({ bytes, portions: [100_000] });
    await idle();
    assert.equal(arrival.progress.delivered, 0);
    transfer.take({ type: "pull" });
    transfer.take({ type: "pull" });
    await idle();
    assert.equal(news.length, CHUNKS_UNDER_WAY);
    assert.equal(arrival.progress.delivered, CHUNKS_UNDER_WAY * CHUNK_LENGTH);
    // A buffer that comes back, and one that does not: each makes room for one more.
    transfer.take({ type: "spent", buffer: new ArrayBuffer(CHUNK_LENGTH) });
    await idle();
    assert.equal(news.length, CHUNKS_UNDER_WAY + 1);
    transfer.take({ type: "spent" });
    await idle();
    assert.deepEqual(news.pop(), { type: "end" });
    const chunks = news.filter((each) => each instanceof Uint8Array);
    assert.deepEqual(await new Blob(chunks).bytes(), bytes);
    const full = chunks.slice(0, -1).every(({ byteLength }) => byteLength === CHUNK_LENGTH);
    assert.ok(full && !arrival.stream.locked);
  },
});

Deno.test({
  name: "`StoreTransfer` gives no more credit than there is, whatever is said to be spent",
  permissions: "none",
  async fn() {
    const { transfer, news } = transferring({ length: 100 * CHUNK_LENGTH });
    for (let i = 0; i < 50; i++) transfer.take({ type: "spent" });
    transfer.take({ type: "pull" });
    await idle();
    assert.equal(news.length, CHUNKS_UNDER_WAY);
    transfer.stop();
  },
});

Deno.test({
  name: "`StoreTransfer` tells of a data set that fails",
  permissions: "none",
  async fn() {
    const end = new RangeError("broken");
    const { transfer, arrival, news } = transferring({ bytes: someBytes(10), end });
    transfer.take({ type: "pull" });
    await idle();
    assert.deepEqual(news, [
      { type: "lost", error: { name: "RangeError", message: "broken" } },
    ]);
    assert.equal(transfer.failure?.error, end);
    assert.equal(arrival.stream.locked, false);
  },
});

Deno.test({
  name: "`StoreTransfer` tells of a data set that somebody else reads",
  permissions: "none",
  async fn() {
    const { transfer, request, news } = transferring({ length: 10 });
    const reader = request.dataSet.getReader();
    transfer.take({ type: "pull" });
    await idle();
    assert.equal(news.length, 1);
    assert.ok(news[0] && "type" in news[0] && news[0].type === "lost");
    transfer.stop();
    reader.releaseLock();
  },
});

/** How a transfer is ended, in mid-stream. */
const ENDED: readonly (readonly [how: string, end: (transfer: StoreTransfer) => void])[] = [
  ["cancelled", (transfer) => transfer.take({ type: "cancel" })],
  ["stopped", (transfer) => transfer.stop()],
];

for (const [how, end] of ENDED) {
  for (const source of [{ length: 100 * CHUNK_LENGTH }, { length: 7, end: "stall" }] as const) {
    Deno.test({
      name: `\`StoreTransfer\`, ${how}, leaves a data set of ${source.length} bytes`,
      permissions: "none",
      async fn() {
        const { transfer, arrival, news } = transferring(source);
        transfer.take({ type: "pull" });
        await idle();
        const { length } = news;
        end(transfer);
        end(transfer);
        assert.equal(arrival.stream.locked, false);
        transfer.take({ type: "spent" });
        transfer.take({ type: "pull" });
        await idle();
        assert.equal(arrival.progress.ended, "cancelled");
        assert.deepEqual([news.length, transfer.failure], [length, undefined]);
      },
    });
  }
}

Deno.test({
  name: "`StoreTransfer` leaves alone what was not read",
  permissions: "none",
  async fn() {
    const { transfer, arrival } = transferring({ length: 10 });
    transfer.stop();
    transfer.take({ type: "pull" });
    await idle();
    assert.deepEqual([arrival.progress.delivered, arrival.progress.ended], [0, undefined]);
  },
});

Deno.test({
  name: "`StoreTransfer` tells the attributes, after the last byte too, until there is a reply",
  permissions: "none",
  async fn() {
    const attributes = { Modality: ["CT"] };
    const { transfer, news } = transferring({}, { attributes });
    transfer.take({ type: "pull" });
    await idle();
    transfer.take({ type: "attributes" });
    await idle();
    const told = { type: "attributes", outcome: { type: "value", value: attributes } };
    assert.deepEqual(news, [{ type: "end" }, told]);
    transfer.stop();
    transfer.take({ type: "attributes" });
    await idle();
    assert.equal(news.length, 2);
  },
});

Deno.test({
  name: "`StoreTransfer` tells that there are no attributes to tell",
  permissions: "none",
  async fn() {
    const lost = new Error("lost");
    const { transfer, news } = transferring({}, { attributes: () => Promise.reject(lost) });
    transfer.take({ type: "attributes" });
    await idle();
    const error = { name: "Error", message: "lost" };
    assert.deepEqual(news, [{ type: "attributes", outcome: { type: "error", error } }]);
    assert.equal(transfer.failure?.error, lost);
  },
});

Deno.test({
  name: "`ChunkBuffers` lends again what came back, so many at most, and nothing else",
  permissions: "none",
  fn() {
    const buffers = new ChunkBuffers();
    const lent = Array.from({ length: CHUNKS_UNDER_WAY + 2 }, () => buffers.take());
    const odd = [
      new ArrayBuffer(1),
      new ArrayBuffer(CHUNK_LENGTH, { maxByteLength: 2 * CHUNK_LENGTH }),
    ];
    for (const buffer of [...odd, ...lent]) buffers.give(buffer);
    const again = lent.map(() => buffers.take());
    assert.equal(again.filter((buffer) => lent.includes(buffer)).length, CHUNKS_UNDER_WAY);
    assert.ok(!again.some((buffer) => odd.includes(buffer)));
    assert.ok(again.every(({ byteLength }) => byteLength === CHUNK_LENGTH));
  },
});

Deno.test({
  name: "`storeRequestData()` has all of a request that can be cloned",
  permissions: "none",
  fn() {
    const { request } = transferring({}, { sopInstanceUid: "1.2.3.4" });
    const moveOriginator = { aeTitle: "MOVER", messageId: 7 };
    const data = structuredClone(storeRequestData({ ...request, moveOriginator }));
    const { sopClassUid, sopInstanceUid, transferSyntaxUid, messageId, association } = request;
    assert.deepEqual(data, {
      ...{ sopClassUid, sopInstanceUid, transferSyntaxUid, messageId, association },
      ...{ moveOriginator, contexts: request.contexts },
      fileMetaInformation: request.fileMetaInformation(),
    });
    const signal = AbortSignal.abort(new Error("lost"));
    assert.deepEqual(storeRequestData({ ...request, signal }).abortReason, {
      name: "Error",
      message: "lost",
    });
  },
});
