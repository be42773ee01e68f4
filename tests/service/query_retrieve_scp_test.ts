import assert from "node:assert/strict";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { FindRequest, Handlers } from "../../lib/handler/handler.ts";
import { LONG_OPERATIONS } from "../../lib/net/unanswered.ts";
import { PATIENT_ROOT_FIND } from "../../lib/sop_class.ts";
import { EXPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import {
  cancel,
  CONTEXT,
  dataSet,
  findRequest,
  getRequest,
  moveRequest,
  querying,
  STUDY_IDENTIFIER,
} from "../support/querying.ts";
import { pure } from "../support/requesting.ts";
import { served } from "../support/served.ts";

async function* nothing(): AsyncGenerator<never> {}

const ALL: Handlers = {
  find: nothing,
  locate: nothing,
  resolveMoveDestination: () => undefined,
};

pure("what cannot be an operation is refused, and the association goes on", async () => {
  const broken = STUDY_IDENTIFIER.subarray(0, 12);
  const cases: [
    name: string,
    contextId: number,
    message: Message,
    identifier: Uint8Array | undefined,
    status: number,
    comment?: RegExp,
  ][] = [
    ["C-MOVE where C-FIND is negotiated", 3, moveRequest(), STUDY_IDENTIFIER, 0x0211],
    ["C-FIND where C-GET is negotiated", 7, findRequest(), STUDY_IDENTIFIER, 0x0211],
    ["C-GET for Verification", 1, getRequest(), STUDY_IDENTIFIER, 0x0211],
    ["C-GET for CT", 11, getRequest(), STUDY_IDENTIFIER, 0x0211],
    [
      "another SOP class",
      3,
      findRequest({ affectedSopClassUid: PATIENT_ROOT_FIND }),
      STUDY_IDENTIFIER,
      0x0122,
      /^SOP class is not/,
    ],
    ["no identifier", 3, findRequest({ hasDataSet: false }), undefined, 0xc000, /^No identifier$/],
    ["a broken identifier", 3, findRequest(), broken, 0xc000, /^Cannot decode/],
    ["a broken one of C-GET", 7, getRequest(), broken, 0xc000, /^Cannot decode/],
    ["a broken one of C-MOVE", 5, moveRequest(), broken, 0xc000, /^Cannot decode/],
    ["a good one", 3, findRequest(), STUDY_IDENTIFIER, 0x0000],
  ];
  await using bench = served(ALL);
  const query = await querying(bench);
  for (const [name, contextId, message, identifier, status, comment] of cases) {
    await query.peer.sendMessage(contextId, message, identifier);
    const answer = await query.response();
    assert.equal(answer.message.status, status, name);
    if (comment === undefined) assert.equal(answer.message.errorComment, undefined, name);
    else assert.match(answer.message.errorComment ?? "", comment, name);
  }
  query.transport.close();
});

/** Finds nothing, and takes its time for it; the requests that it serves. */
function patient(): { find: NonNullable<Handlers["find"]>; served: FindRequest[]; goOn(): void } {
  let gate = Promise.withResolvers<void>();
  const served: FindRequest[] = [];
  return {
    served,
    async *find(request): AsyncGenerator<DataSet> {
      served.push(request);
      await gate.promise;
      yield* nothing();
    },
    goOn() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
  };
}

pure("requests that come during a query do not hold up its C-CANCEL", async () => {
  const handler = patient();
  await using bench = served({ ...ALL, find: handler.find });
  const query = await querying(bench);
  await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId: 1 }), STUDY_IDENTIFIER);
  await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId: 2 }), STUDY_IDENTIFIER);
  await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId: 3 }), STUDY_IDENTIFIER);
  for (const messageId of [4, 1, 5]) {
    await query.peer.sendMessage(CONTEXT.echo, {
      type: "C-ECHO-RQ",
      messageId,
      affectedSopClassUid: "1.2.840.10008.1.1",
      hasDataSet: false,
    });
    const response = await query.peer.expectMessage("C-ECHO-RSP");
    assert.deepEqual([response.messageIdBeingRespondedTo, response.status], [
      messageId,
      messageId === 1 ? 0x0210 : 0,
    ]);
  }
  await settle();
  assert.deepEqual(handler.served.map(({ messageId }) => messageId), [1]);
  // The third is cancelled while it waits, and its handler is never asked.
  await cancel(query, CONTEXT.find, 3);
  await cancel(query, CONTEXT.find, 1);
  const first = await query.response();
  assert.deepEqual([first.message.messageIdBeingRespondedTo, first.message.status], [1, 0xfe00]);
  handler.goOn();
  await settle();
  assert.deepEqual(handler.served.map(({ messageId }) => messageId), [1, 2]);
  handler.goOn();
  const second = await query.response();
  assert.deepEqual([second.message.messageIdBeingRespondedTo, second.message.status], [2, 0]);
  const third = await query.response();
  assert.deepEqual([third.message.messageIdBeingRespondedTo, third.message.status], [3, 0xfe00]);
  assert.equal(handler.served.length, 2);
  query.transport.close();
});

pure("more queries at once than are kept are refused, out of resources", async () => {
  const handler = patient();
  await using bench = served({ ...ALL, find: handler.find });
  const query = await querying(bench);
  for (let messageId = 1; messageId <= LONG_OPERATIONS + 2; messageId++) {
    await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId }), STUDY_IDENTIFIER);
  }
  for (const messageId of [LONG_OPERATIONS + 1, LONG_OPERATIONS + 2]) {
    const { message } = await query.response();
    assert.deepEqual([message.messageIdBeingRespondedTo, message.status], [messageId, 0xa700]);
  }
  for (let messageId = 1; messageId <= LONG_OPERATIONS; messageId++) {
    await settle();
    handler.goOn();
    const { message } = await query.response();
    assert.deepEqual([message.messageIdBeingRespondedTo, message.status], [messageId, 0]);
  }
  query.transport.close();
});

pure("whoever cancels over and over has one handler at work", async () => {
  const handler = patient();
  await using bench = served({ ...ALL, find: handler.find });
  const query = await querying(bench);
  for (let messageId = 1; messageId <= 3; messageId++) {
    await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId }), STUDY_IDENTIFIER);
    await cancel(query, CONTEXT.find, messageId);
  }
  assert.equal((await query.response()).message.status, 0xfe00);
  await settle();
  assert.equal(handler.served.length, 1);
  handler.goOn();
  assert.equal((await query.response()).message.status, 0xfe00);
  assert.equal((await query.response()).message.status, 0xfe00);
  assert.equal(handler.served.length, 1);
  query.transport.close();
});

pure("a message ID is free again as soon as its last response is out", async () => {
  await using bench = served(ALL);
  const query = await querying(bench);
  for (let round = 0; round < 50; round++) {
    await query.peer.sendMessage(CONTEXT.find, findRequest(), STUDY_IDENTIFIER);
    assert.equal((await query.response()).message.status, 0);
  }
  query.transport.close();
});

pure("a query under way is answered before the release, and before a drain ends", async () => {
  const handler = patient();
  await using bench = served({ ...ALL, find: handler.find });
  const query = await querying(bench);
  await query.peer.sendMessage(CONTEXT.find, findRequest(), STUDY_IDENTIFIER);
  await settle();
  void bench.server.drain();
  await settle();
  // What comes now is not taken any more, and does not hold up what is under way.
  const large = encodeDataSet(dataSet(`PatientComments=${"x".repeat(9000)}`), EXPLICIT);
  await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId: 2 }), large);
  await settle();
  handler.goOn();
  const { message } = await query.response();
  assert.deepEqual([message.messageIdBeingRespondedTo, message.status], [1, 0]);
  await query.peer.expect("A-ABORT");
  query.transport.close();
  await bench.server.finished;

  const second = patient();
  await using other = served({ ...ALL, find: second.find });
  const releasing = await querying(other);
  await releasing.peer.sendMessage(CONTEXT.find, findRequest(), STUDY_IDENTIFIER);
  await releasing.peer.send({ type: "A-RELEASE-RQ" });
  await settle();
  second.goOn();
  assert.equal((await releasing.response()).message.status, 0);
  await releasing.peer.expect("A-RELEASE-RP");
  releasing.transport.close();
});

pure("two thousand associations with a query each leave nothing behind", async () => {
  let ended = 0;
  await using bench = served({
    ...ALL,
    async *find({ signal }) {
      try {
        yield dataSet("StudyInstanceUID=1.2");
        signal.throwIfAborted();
      } finally {
        ended += 1;
      }
    },
  }, { observer: () => {} });
  for (let round = 0; round < 2000; round++) {
    const query = await querying(bench);
    await query.peer.sendMessage(CONTEXT.find, findRequest(), STUDY_IDENTIFIER);
    assert.equal((await query.response()).message.status, 0xff00);
    // Each ends in another way: answered and released, released at once, aborted, lost.
    if (round % 4 === 0) assert.equal((await query.response()).message.status, 0);
    if (round % 4 < 2) await query.peer.send({ type: "A-RELEASE-RQ" });
    if (round % 4 === 2) await query.peer.send({ type: "A-ABORT", source: 0, reason: 0 });
    if (round % 4 === 3) query.transport.reset();
    while ((await query.peer.receive()).type !== "closed") {
      // A release is answered, and it is the peer that closes then.
      if (round % 4 < 2) query.transport.close();
    }
    query.transport.close();
  }
  await settle();
  assert.equal(ended, 2000);
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
});
