import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeStrings } from "../../lib/data_set/value.ts";
import type { GetResponseMessage, MoveResponseMessage } from "../../lib/dimse/message.ts";
import {
  ConnectionError,
  DataSetError,
  LocalProtocolError,
  NegotiationError,
  TimeoutError,
} from "../../lib/errors.ts";
import type { Association } from "../../lib/net/association.ts";
import { dispatcher } from "../../lib/service/dispatcher.ts";
import {
  cGet,
  cMove,
  type MoveOptions,
  type RetrieveResponse,
} from "../../lib/service/retrieve_scu.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, MOVE, pure, requesting } from "../support/requesting.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { INSTANCE, instanceBytes, storeRequest } from "../support/served.ts";

/** Study Root Query/Retrieve Information Model, GET. */
const GET = "1.2.840.10008.5.1.4.1.2.2.3";

const IDENTIFIER = new DataSet()
  .set({ tag: 0x00080052, vr: "CS", value: encodeStrings("CS", ["STUDY"], []) })
  .set({ tag: 0x0020000d, vr: "UI", value: encodeStrings("UI", ["1.2.3"], []) });

function move(
  association: Association,
  options: Partial<MoveOptions> = {},
): AsyncGenerator<RetrieveResponse, void, void> {
  return cMove(association, {
    sopClassUid: MOVE,
    moveDestination: "STORESCP",
    identifier: IDENTIFIER,
    ...options,
  });
}

function moveResponse(change: Partial<MoveResponseMessage> = {}): MoveResponseMessage {
  return {
    type: "C-MOVE-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xff00,
    hasDataSet: false,
    ...change,
  };
}

async function collect(
  responses: AsyncIterable<RetrieveResponse>,
): Promise<RetrieveResponse[]> {
  const all: RetrieveResponse[] = [];
  for await (const response of responses) all.push(response);
  return all;
}

/** Takes the C-MOVE-RQ and its identifier. */
async function expectMove(peer: ScriptedPeer): Promise<void> {
  await peer.expectMessage("C-MOVE-RQ");
  await peer.expect("data");
}

pure("cMove() sends the request and yields the responses as they come", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const responses = move(association, { priority: 1, messageId: 7 });
  const first = responses.next();
  assert.deepEqual(await peer.expectMessage("C-MOVE-RQ"), {
    type: "C-MOVE-RQ",
    messageId: 7,
    affectedSopClassUid: MOVE,
    priority: 1,
    moveDestination: "STORESCP",
    hasDataSet: true,
  });
  const { data } = await peer.expect("data");
  assert.deepEqual([...decodeDataSet(data, IMPLICIT)], [...IDENTIFIER]);
  await peer.sendMessage(
    5,
    moveResponse({
      messageIdBeingRespondedTo: 7,
      remaining: 2,
      completed: 1,
      failed: 0,
      warning: 0,
    }),
  );
  assert.deepEqual(await first, {
    done: false,
    value: {
      number: 1,
      isFinal: false,
      status: 0xff00,
      counters: { remaining: 2, completed: 1, failed: 0, warning: 0 },
      failedSopInstanceUids: [],
    },
  });
  await peer.sendMessage(
    5,
    moveResponse({
      messageIdBeingRespondedTo: 7,
      status: 0,
      completed: 3,
      failed: 0,
      warning: 0,
    }),
  );
  const final = await responses.next();
  assert.deepEqual(final.value, {
    number: 2,
    isFinal: true,
    status: 0,
    counters: { completed: 3, failed: 0, warning: 0 },
    failedSopInstanceUids: [],
  });
  assert.deepEqual(await responses.next(), { done: true, value: undefined });
  await end(association);
});

pure("cMove() yields a failure as a value, with what the peer says of it", async () => {
  const identifier = encodeDataSet(
    new DataSet().set({
      tag: 0x00080058,
      vr: "UI",
      value: encodeStrings("UI", ["1.2.3", "", "1.2.4"], []),
    }),
    IMPLICIT,
  );
  const cases: [
    name: string,
    response: Partial<MoveResponseMessage>,
    identifier: Uint8Array | undefined,
    expected: Partial<RetrieveResponse>,
  ][] = [
    ["counters absent are unknown", { status: 0 }, undefined, { status: 0, counters: {} }],
    ["counters at the limit", { status: 0xb000, failed: 65535 }, undefined, {
      counters: { failed: 65535 },
    }],
    ["a comment", { status: 0xa801, errorComment: "no such AE" }, undefined, {
      errorComment: "no such AE",
    }],
    ["offending elements", { status: 0xa900, offendingElements: [0x00080052] }, undefined, {
      offendingElements: [0x00080052],
    }],
    ["failed instances", { status: 0xb000, failed: 2, hasDataSet: true }, identifier, {
      failedSopInstanceUids: ["1.2.3", "1.2.4"],
    }],
    ["U7 0xFFFF", { status: 0xffff }, undefined, { status: 0xffff, isFinal: true }],
    ["U7 0x1234", { status: 0x1234 }, undefined, { status: 0x1234, isFinal: true }],
    ["U7 0x0FFF", { status: 0x0fff }, undefined, { status: 0x0fff, isFinal: true }],
    ["an empty identifier", { status: 0, hasDataSet: true }, new Uint8Array(0), {
      failedSopInstanceUids: [],
    }],
  ];
  for (const [name, response, data, expected] of cases) {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const collected = collect(move(association));
    await expectMove(peer);
    await peer.sendMessage(5, moveResponse(response), data);
    const [only, ...more] = await collected;
    assert.deepEqual(more, [], name);
    for (const [field, value] of Object.entries(expected)) {
      assert.deepEqual(only?.[field as keyof RetrieveResponse], value, name);
    }
    assert.equal(only?.isFinal, true, name);
    assert.equal(only?.identifierError, undefined, name);
    await end(association);
  }
});

pure("cMove() reports an identifier that cannot be decoded, and goes on (U4)", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const collected = collect(move(association));
  await expectMove(peer);
  const garbage = new TextEncoder().encode("no data set");
  await peer.sendMessage(5, moveResponse({ hasDataSet: true }), Uint8Array.of(...garbage, 0));
  await peer.sendMessage(5, moveResponse({ status: 0 }));
  const [pending, final] = await collected;
  assert.ok(pending?.identifierError instanceof DataSetError);
  assert.equal(pending.identifier, undefined);
  assert.deepEqual(pending.failedSopInstanceUids, []);
  assert.equal(final?.status, 0);
  await end(association);
});

pure("cMove() sends C-CANCEL by its signal, and goes on to the final response", async () => {
  for (const when of ["before", "during"] as const) {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const collected = collect(move(association, { signal: controller.signal }));
    await expectMove(peer);
    controller.abort();
    assert.deepEqual(await peer.expectMessage("C-CANCEL-RQ"), {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: 1,
      hasDataSet: false,
    });
    await peer.sendMessage(5, moveResponse({ remaining: 3 }));
    await peer.sendMessage(5, moveResponse({ status: 0xfe00, remaining: 3 }));
    assert.deepEqual((await collected).map(({ status }) => status), [0xff00, 0xfe00], when);
    await end(association);
  }
});

pure("cMove() sends nothing when it is cancelled after its end", async () => {
  const { peer, far, associated } = requesting();
  const association = await associated();
  const controller = new AbortController();
  const collected = collect(move(association, { signal: controller.signal }));
  await expectMove(peer);
  await peer.sendMessage(5, moveResponse({ status: 0 }));
  await collected;
  controller.abort();
  const released = association.release();
  // Nothing comes between.
  await peer.acceptRelease();
  await released;
  controller.abort();
  far.close();
});

pure("cMove() survives a cancel after the loss of the association", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const controller = new AbortController();
  const failed = failure(collect(move(association, { signal: controller.signal })));
  await expectMove(peer);
  await end(association);
  controller.abort();
  assert.ok(await failed instanceof ConnectionError);
  await settle();
});

pure("cMove() cancels when it is left early, and lets the rest pass by", async () => {
  const { peer, clock, associated } = requesting(2000);
  const association = await associated();
  const taken: number[] = [];
  const left = (async () => {
    for await (const response of move(association)) {
      taken.push(response.number);
      break;
    }
  })();
  await expectMove(peer);
  await peer.sendMessage(5, moveResponse({ remaining: 9 }));
  await left;
  assert.deepEqual(taken, [1]);
  assert.equal((await peer.expectMessage("C-CANCEL-RQ")).messageIdBeingRespondedTo, 1);
  // More than is read ahead, some with identifiers: nobody takes them, and nothing stands still.
  const [identifier] = [encodeDataSet(IDENTIFIER, IMPLICIT)];
  for (let i = 0; i < 200; i++) {
    await peer.sendMessage(
      5,
      moveResponse({ hasDataSet: i % 2 === 0 }),
      i % 2 ? undefined : identifier,
    );
  }
  const echo = cEcho(association);
  const request = await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(5, moveResponse({ status: 0xfe00 }));
  await peer.sendMessage(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: request.messageId,
    status: 0,
    hasDataSet: false,
  });
  assert.equal((await echo).status, 0);
  // Nothing is under way: the response time-out does not run any more.
  await clock.advance(59_000);
  assert.ok(association.isEstablished);
  const released = association.release();
  await peer.acceptRelease();
  await released;
  assert.equal(clock.pending, 0);
});

pure("cMove() that is left early still bounds the wait for the final response", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated({ timeouts: { dimse: 5000 } });
  const responses = move(association);
  const first = responses.next();
  await expectMove(peer);
  await peer.sendMessage(5, moveResponse());
  await first;
  await responses.return();
  await peer.expectMessage("C-CANCEL-RQ");
  await clock.advance(5000);
  await peer.expect("A-ABORT");
  await end(association);
});

pure("cMove() gives up when no response comes in time", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated({ timeouts: { dimse: 5000 } });
  const failed = failure(collect(move(association)));
  await expectMove(peer);
  for (let i = 0; i < 5; i++) {
    await clock.advance(4999);
    await peer.sendMessage(5, moveResponse());
    await settle();
  }
  await clock.advance(5000);
  await peer.expect("A-ABORT");
  const error = await failed;
  assert.ok(error instanceof TimeoutError && error.phase === "dimse");
  await end(association);
});

pure("a consumer that is slower than the peer does not time the peer out", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated({ timeouts: { dimse: 5000 } });
  const responses = move(association);
  const first = responses.next();
  await expectMove(peer);
  const sending = (async () => {
    for (let i = 0; i < 100; i++) await peer.sendMessage(5, moveResponse({ remaining: 100 - i }));
  })();
  await first;
  for (let turn = 0; turn < 20; turn++) await settle();
  await clock.advance(60_000);
  assert.ok(association.isEstablished);
  for (let number = 2; number <= 100; number++) {
    assert.equal((await responses.next()).value?.number, number);
  }
  await sending;
  // From here on it is the peer's turn again.
  const failed = failure(responses.next());
  await settle();
  await clock.advance(5000);
  await peer.expect("A-ABORT");
  assert.ok(await failed instanceof TimeoutError);
  await end(association);
});

pure(
  "abort() ends while more responses wait than are read ahead, the final one among them",
  async () => {
    const { peer, far, clock, associated } = requesting();
    const association = await associated();
    const responses = move(association);
    const first = responses.next();
    await expectMove(peer);
    for (let i = 0; i < 64; i++) await peer.sendMessage(5, moveResponse());
    await peer.sendMessage(5, moveResponse({ status: 0 }));
    await first;
    for (let turn = 0; turn < 20; turn++) await settle();
    const aborted = association.abort();
    await peer.expect("A-ABORT");
    far.close();
    await aborted;
    assert.equal(clock.pending, 0);
    await responses.return();
  },
);

pure("cMove() fails without a context; what cannot be sent is not under way", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated();
  assert.ok(
    await failure(collect(move(association, { sopClassUid: "1.2.3" }))) instanceof
      NegotiationError,
  );
  const notSent = await failure(association.invoke(
    5,
    {
      type: "C-MOVE-RQ",
      messageId: 1,
      affectedSopClassUid: MOVE,
      priority: 0,
      moveDestination: "X",
      hasDataSet: true,
    },
    "C-MOVE-RSP",
  ));
  assert.ok(notSent instanceof LocalProtocolError);
  // What failed to start does not run: no response is awaited, and its message ID is free.
  const echo = cEcho(association);
  const { messageId } = await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    status: 0,
    hasDataSet: false,
  });
  await echo;
  await clock.advance(31_000);
  assert.ok(association.isEstablished);
  const again = collect(move(association, { messageId: 1 }));
  await expectMove(peer);
  await peer.sendMessage(5, moveResponse({ status: 0 }));
  assert.equal((await again).length, 1);
  await end(association);
});

pure(
  "cGet() takes the instances by the same association, each answered on its context",
  async () => {
    const { peer, clock, associate, end } = requesting();
    const stored: [uid: string, length: number][] = [];
    const pending = associate({
      presentationContexts: [
        { abstractSyntax: GET, transferSyntaxes: [IMPLICIT] },
        { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
      ],
      roleSelections: [{ sopClassUid: CT, scu: false, scp: true }],
      timeouts: { dimse: 5000, network: 60_000 },
      onRequest: (association) =>
        dispatcher(association, {
          keepBrokenDataSets: false,
          onHandlerError: (error) => assert.fail(String(error)),
          handlers: {
            async store(request): Promise<number> {
              const bytes = await new Response(request.dataSet).bytes();
              stored.push([request.sopInstanceUid, bytes.byteLength]);
              return bytes.byteLength > 5000 ? 0xa700 : 0x0000;
            },
          },
        }),
    });
    // The peer echoes no role: its C-STORE requests are taken all the same.
    await peer.acceptAssociation();
    const association = await pending;
    const responses = collect(cGet(association, { sopClassUid: GET, identifier: IDENTIFIER }));
    const request = await peer.expectMessage("C-GET-RQ");
    assert.deepEqual([request.affectedSopClassUid, request.messageId], [GET, 1]);
    await peer.expect("data");

    const small = instanceBytes(100);
    await peer.sendMessage(3, storeRequest({ messageId: 11 }), small);
    const first = await peer.expectMessage("C-STORE-RSP");
    assert.deepEqual([first.messageIdBeingRespondedTo, first.status], [11, 0]);
    await peer.sendMessage(1, getResponse({ status: 0xff00, remaining: 1, completed: 1 }));

    // A long instance is no silence: the response may come when it has arrived.
    const large = instanceBytes(10_000);
    await peer.sendTruncated(3, storeRequest({ messageId: 12 }), large);
    await clock.advance(30_000);
    assert.ok(association.isEstablished);
    await peer.sendRest();
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0xa700);
    await clock.advance(4_000);
    await peer.sendMessage(1, getResponse({ status: 0xb000, completed: 1, failed: 1 }));
    assert.deepEqual((await responses).map(({ status, counters }) => [status, counters]), [
      [0xff00, { remaining: 1, completed: 1 }],
      [0xb000, { completed: 1, failed: 1 }],
    ]);
    assert.deepEqual(stored, [[INSTANCE, small.byteLength], [INSTANCE, large.byteLength]]);
    await end(association);
  },
);

pure("cGet() fails in time when the archive falls silent after an instance", async () => {
  const { peer, clock, associate, end } = requesting();
  const pending = associate({
    presentationContexts: [
      { abstractSyntax: GET, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
    ],
    timeouts: { dimse: 5000, network: 60_000 },
    onRequest: (association) =>
      dispatcher(association, {
        keepBrokenDataSets: false,
        onHandlerError: () => {},
        handlers: {
          async store(request): Promise<number> {
            await request.dataSet.cancel();
            return 0x0000;
          },
        },
      }),
  });
  await peer.acceptAssociation();
  const association = await pending;
  const failed = failure(collect(cGet(association, { sopClassUid: GET, identifier: IDENTIFIER })));
  await peer.expectMessage("C-GET-RQ");
  await peer.expect("data");
  await clock.advance(4_999);
  await peer.sendMessage(3, storeRequest({ messageId: 11 }), instanceBytes(100));
  await peer.expectMessage("C-STORE-RSP");
  await clock.advance(4_999);
  assert.ok(association.isEstablished);
  await clock.advance(1);
  const error = await failed;
  assert.ok(error instanceof TimeoutError && error.phase === "dimse");
  await end(association);
});

function getResponse(change: Partial<GetResponseMessage>): GetResponseMessage {
  return {
    type: "C-GET-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0,
    hasDataSet: false,
    ...change,
  };
}
