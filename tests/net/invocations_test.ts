import assert from "node:assert/strict";
import type { StoreRequestMessage } from "../../lib/dimse/message.ts";
import { responseTo } from "../../lib/dimse/response.ts";
import { TimeoutError } from "../../lib/errors.ts";
import type { Association } from "../../lib/net/association.ts";
import { type DataSetSource, sourceOf } from "../../lib/net/data_set_source.ts";
import type { Operation } from "../../lib/net/operation.ts";
import { ECHO } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure, type Requesting, requesting } from "../support/requesting.ts";
import { storeRequest } from "../support/served.ts";

const OPTIONS = {
  asynchronousOperationsWindow: { invoked: 4, performed: 1 },
  timeouts: { dimse: 30_000, network: 0, write: 0 },
};
const BYTES = new Uint8Array(100);

/** More than goes out at once: its beginning is sent, and the rest when it is let come. */
function heldSource(): DataSetSource & { letCome(): void } {
  const held = Promise.withResolvers<void>();
  const begin = new Uint8Array(600_000);
  const sources = [sourceOf(begin), sourceOf(BYTES)];
  return {
    letCome: () => held.resolve(),
    read(into) {
      const count = sources[0]?.read(into) ?? 0;
      if (count !== 0 || sources.length === 1) return count;
      sources.shift();
      return held.promise.then(() => sources[0]?.read(into) ?? 0);
    },
  };
}

function send(
  association: Association,
  messageId: number,
  source: DataSetSource = sourceOf(BYTES),
): Promise<Operation> {
  const message = storeRequest({ messageId });
  return association.invokeStreamed(3, message, "C-STORE-RSP", source);
}

/** The peer takes a C-STORE with its data set. */
async function take({ peer }: Requesting): Promise<StoreRequestMessage> {
  const request = await peer.expectMessage("C-STORE-RQ");
  await peer.expect("data");
  return request;
}

async function answer({ peer }: Requesting, messageId: number, status = 0): Promise<void> {
  await peer.sendMessage(3, responseTo(storeRequest({ messageId }), { status }));
}

async function statusOf(operation: Operation): Promise<number> {
  return (await operation.next()).message.status;
}

/** What is proposed, what the peer answers, and how many operations that makes. */
const LIMITS: readonly (readonly [
  proposed: number | undefined,
  answered: number,
  operationLimit: number,
])[] = [
  [undefined, 4, 1],
  [1, 4, 1],
  [4, 1, 1],
  [4, 3, 3],
  [4, 0, 4],
  [0, 64, 64],
  [0, 0, 0],
];

for (const [invoked, answered, operationLimit] of LIMITS) {
  pure(
    `of a window of ${invoked}, answered with ${answered}, is left ${operationLimit}`,
    async () => {
      const bench = requesting();
      const window = invoked === undefined
        ? {}
        : { asynchronousOperationsWindow: { invoked, performed: 1 } };
      const association = await bench.associated(window, answered);
      assert.equal(association.operationLimit, operationLimit);
      await bench.end(association);
    },
  );
}

pure("operations may be under way at once, and are answered in any order", async () => {
  const bench = requesting();
  const association = await bench.associated(OPTIONS, 4);
  const operations = await Promise.all([1, 2, 3].map((messageId) => send(association, messageId)));
  for (const messageId of [1, 2, 3]) assert.equal((await take(bench)).messageId, messageId);
  const statuses = Promise.all(operations.map(statusOf));
  await answer(bench, 3, 0xa700);
  await answer(bench, 1);
  await answer(bench, 2, 0xb000);
  assert.deepEqual(await statuses, [0, 0xb000, 0xa700]);
  // Nothing is due any more.
  await bench.clock.advance(60_000);
  assert.ok(association.isEstablished);
  await bench.end(association);
});

pure("messages go out one after the other, however many are begun", async () => {
  const bench = requesting();
  const association = await bench.associated(OPTIONS, 4);
  const slow = heldSource();
  const first = send(association, 1, slow);
  const second = send(association, 2);
  const echo = association.invoke(
    1,
    { type: "C-ECHO-RQ", messageId: 3, affectedSopClassUid: ECHO, hasDataSet: false },
    "C-ECHO-RSP",
  );
  const taken = take(bench);
  await settle();
  slow.letCome();
  assert.equal((await taken).messageId, 1);
  assert.equal((await take(bench)).messageId, 2);
  assert.equal((await bench.peer.expectMessage("C-ECHO-RQ")).messageId, 3);
  await Promise.all([first, second, echo]);
  await bench.end(association);
});

pure("the response of what is still being sent is not due", async () => {
  const bench = requesting();
  const association = await bench.associated(OPTIONS, 4);
  const first = await send(association, 1);
  const slow = heldSource();
  const second = send(association, 2, slow);
  await take(bench);
  const taken = take(bench);
  await settle();
  await answer(bench, 1);
  assert.equal(await statusOf(first), 0);
  // However long it takes.
  await bench.clock.advance(120_000);
  slow.letCome();
  assert.equal((await taken).messageId, 2);
  const answered = (await second).next();
  await bench.clock.advance(29_000);
  assert.ok(association.isEstablished);
  const error = failure(answered);
  await bench.clock.advance(2_000);
  assert.ok(await error instanceof TimeoutError);
  await bench.end(association);
});

pure(
  "a peer that takes nothing is given up, unless it owes the response to what came before",
  async () => {
    const timeouts = { dimse: 300_000, network: 0, write: 30_000 };
    // More than the way to the peer holds.
    const large = (): DataSetSource => sourceOf(new Uint8Array(600_000));
    const busy = requesting();
    const waiting = await busy.associated({ ...OPTIONS, timeouts }, 4);
    const first = await send(waiting, 1);
    await take(busy);
    const second = send(waiting, 2, large());
    await settle();
    await busy.clock.advance(120_000);
    assert.ok(waiting.isEstablished);
    await answer(busy, 1);
    assert.equal(await statusOf(first), 0);
    const lost = failure(second);
    await busy.clock.advance(31_000);
    assert.match((await lost).message, /takes no data/);
    await busy.end(waiting);

    const idle = requesting();
    const association = await idle.associated({ ...OPTIONS, timeouts }, 4);
    const only = failure(send(association, 1, large()));
    await settle();
    await idle.clock.advance(31_000);
    assert.match((await only).message, /takes no data/);
    await idle.end(association);
  },
);

pure("a response that comes before all was sent leaves nothing to wait for", async () => {
  const bench = requesting();
  const association = await bench.associated(OPTIONS, 4);
  const slow = heldSource();
  const sending = send(association, 1, slow);
  await bench.peer.expectMessage("C-STORE-RQ");
  await answer(bench, 1, 0xa700);
  await settle();
  const taken = bench.peer.expect("data");
  slow.letCome();
  assert.equal(await statusOf(await sending), 0xa700);
  await taken;
  await bench.clock.advance(120_000);
  assert.ok(association.isEstablished);
  await bench.end(association);
});

pure("all that is under way fails with the association", async () => {
  const bench = requesting();
  const association = await bench.associated(OPTIONS, 4);
  const operations = await Promise.all([1, 2, 3].map((messageId) => send(association, messageId)));
  const failures = operations.map((operation) => failure(operation.next()));
  const why = new Error("enough");
  const aborted = association.abort(why);
  for (const error of await Promise.all(failures)) assert.equal(error, why);
  bench.far.close();
  await aborted;
  assert.equal(await failure(send(association, 4)), why);
  await bench.end(association);
});
