import assert from "node:assert/strict";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  NegotiationError,
  RemoteProtocolError,
  TimeoutError,
} from "../../lib/errors.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { CT, ECHO, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import type { MemoryTransport } from "../support/memory_transport.ts";
import { failure, pure, type Requesting, requesting } from "../support/requesting.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";

/** A requestor of the contexts 1 Verification and 3 CT, and its peer. */
function bench(capacity?: number): Requesting {
  const requestor = requesting(capacity);
  const presentationContexts = [ECHO, CT].map((abstractSyntax) => ({
    abstractSyntax,
    transferSyntaxes: [IMPLICIT],
  }));
  return {
    ...requestor,
    associate: (options) => requestor.associate({ presentationContexts, ...options }),
  };
}

const ECHO_RESPONSE = {
  type: "C-ECHO-RSP",
  messageIdBeingRespondedTo: 1,
  status: 0,
  hasDataSet: false,
} as const;

pure("associate() negotiates, and release() ends in good order", async () => {
  const { peer, associate, events, near, clock } = bench();
  const pending = associate();
  await peer.acceptAssociation();
  const association = await pending;
  assert.deepEqual(association.acceptedContexts.map((context) => context.id), [1, 3]);
  assert.equal(association.contextFor(CT).id, 3);
  assert.throws(() => association.contextFor("1.2.3"), NegotiationError);
  const echo = cEcho(association);
  const request = await peer.expectMessage("C-ECHO-RQ");
  assert.equal(request.messageId, 1);
  await peer.sendMessage(1, ECHO_RESPONSE);
  assert.equal((await echo).status, 0);
  const released = association.release();
  await peer.acceptRelease();
  await released;
  assert.ok(near.isClosed);
  assert.equal(clock.pending, 0);
  assert.deepEqual(events.map((event) => event.type), [
    "connection-opened",
    "association-requested",
    "association-accepted",
    "message-sent",
    "message-received",
    "association-released",
    "connection-closed",
  ]);
  await association.release();
  await association[Symbol.asyncDispose]();
});

pure("associate() fails with the codes of a rejection", async () => {
  const { peer, associate, near } = bench();
  const failed = failure(associate());
  await peer.expect("A-ASSOCIATE-RQ");
  await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
  const error = await failed;
  assert.ok(error instanceof AssociationRejectedError);
  assert.deepEqual([error.result, error.source, error.reason], [1, 1, 7]);
  assert.match(error.message, /called AE title not recognised/);
  assert.ok(near.isClosed);
});

pure("associate() fails when the peer aborts, closes or resets instead of answering", async () => {
  const cases: [string, (peer: ScriptedPeer, far: MemoryTransport) => unknown, unknown][] = [
    [
      "aborts",
      (peer) => peer.send({ type: "A-ABORT", source: 2, reason: 1 }),
      AssociationAbortedError,
    ],
    ["closes", (_peer, far) => far.close(), ConnectionError],
    ["resets", (_peer, far) => far.reset(), ConnectionError],
    [
      "speaks HTTP",
      (peer) => peer.sendBytes(new TextEncoder().encode("HTTP/1.1 400")),
      RemoteProtocolError,
    ],
  ];
  for (const [name, act, expected] of cases) {
    const { peer, far, near, associate, clock } = bench();
    const failed = failure(associate());
    await peer.expect("A-ASSOCIATE-RQ");
    await act(peer, far);
    if (name === "speaks HTTP") await peer.expect("A-ABORT");
    far.close();
    const error = await failed;
    assert.ok(error instanceof (expected as typeof Error), `${name}: ${error}`);
    assert.ok(near.isClosed, name);
    assert.equal(clock.pending, 0, name);
  }
});

pure("associate() releases and explains when no context is accepted", async () => {
  const { peer, associate } = bench();
  const failed = failure(associate());
  await peer.acceptAssociation((accept) => ({
    ...accept,
    presentationContexts: [
      { id: 1, result: 3, transferSyntax: "" },
      { id: 3, result: 4, transferSyntax: "" },
    ],
  }));
  await peer.acceptRelease();
  const error = await failed;
  assert.ok(error instanceof NegotiationError);
  assert.match(error.message, /abstract syntax not supported.*transfer syntaxes not supported/);
});

pure("associate() gives up in time: connecting, negotiating, by its signal", async () => {
  const timeouts = { connect: 1000, acse: 2000 };
  const connecting = bench();
  const never = failure(connecting.associate({
    timeouts,
    connect: ({ signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      ),
  }));
  await connecting.clock.advance(1000);
  const connectError = await never;
  assert.ok(connectError instanceof TimeoutError && connectError.phase === "connect");

  const negotiating = bench();
  const silent = failure(negotiating.associate({ timeouts }));
  await negotiating.peer.expect("A-ASSOCIATE-RQ");
  await negotiating.clock.advance(2000);
  await negotiating.peer.expect("A-ABORT");
  negotiating.far.close();
  const acseError = await silent;
  assert.ok(acseError instanceof TimeoutError && acseError.phase === "acse");

  const cancelled = bench();
  const controller = new AbortController();
  const stopped = failure(cancelled.associate({ signal: controller.signal }));
  await cancelled.peer.expect("A-ASSOCIATE-RQ");
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await cancelled.peer.expect("A-ABORT");
  cancelled.far.close();
  assert.equal(await stopped, reason);
});

pure(
  "an operation fails in time when no response comes, and the association is aborted",
  async () => {
    const { peer, far, near, associate, clock } = bench();
    const pending = associate({ timeouts: { dimse: 5000 } });
    await peer.acceptAssociation();
    const association = await pending;
    const failed = failure(cEcho(association));
    await peer.expectMessage("C-ECHO-RQ");
    await clock.advance(4000);
    association.restartResponseTimeout();
    await clock.advance(4999);
    assert.ok(association.isEstablished);
    await clock.advance(1);
    const error = await failed;
    assert.ok(error instanceof TimeoutError && error.phase === "dimse");
    assert.match(error.message, /5 s/);
    await peer.expect("A-ABORT");
    // A peer that never closes does not hold us up.
    await clock.advance(2000);
    await association.closed;
    assert.ok(near.isClosed);
    far.close();
    assert.equal(clock.pending, 0);
  },
);

pure("an idle association is aborted after the network time-out", async () => {
  const { peer, far, associate, clock } = bench();
  const pending = associate({ timeouts: { network: 3000 } });
  await peer.acceptAssociation();
  const association = await pending;
  await clock.advance(3000);
  await peer.expect("A-ABORT");
  far.close();
  await association.closed;
  assert.ok(association.signal.reason instanceof TimeoutError);
  assert.equal(association.signal.reason.phase, "network");
});

pure("release() fails in time when the peer does not answer", async () => {
  const { peer, far, associate, clock } = bench();
  const pending = associate({ timeouts: { release: 3000 } });
  await peer.acceptAssociation();
  const association = await pending;
  const failed = failure(association.release());
  await peer.expect("A-RELEASE-RQ");
  await clock.advance(3000);
  await peer.expect("A-ABORT");
  far.close();
  const error = await failed;
  assert.ok(error instanceof TimeoutError && error.phase === "release");
});

pure("a peer that takes no data is given up after the write time-out", async () => {
  const { peer, near, associate, clock } = bench(200);
  const pending = associate({ timeouts: { write: 1000, dimse: 0 } });
  await peer.acceptAssociation();
  const association = await pending;
  const failed = failure(
    association.invoke(
      3,
      {
        type: "C-FIND-RQ",
        messageId: 1,
        affectedSopClassUid: CT,
        priority: 0,
        hasDataSet: true,
      },
      "C-FIND-RSP",
      new Uint8Array(10_000),
    ).then((operation) => operation.next()),
  );
  await settle();
  await clock.advance(1000);
  const error = await failed;
  assert.ok(error instanceof TimeoutError && error.phase === "write", String(error));
  await association.closed;
  assert.ok(near.isClosed);
});

pure("abort() fails what is under way with the reason", async () => {
  const { peer, far, associate } = bench();
  const pending = associate();
  await peer.acceptAssociation();
  const association = await pending;
  const failed = failure(cEcho(association));
  await peer.expectMessage("C-ECHO-RQ");
  const reason = new Error("cancelled by hand");
  const aborted = association.abort(reason);
  const { source } = await peer.expect("A-ABORT");
  assert.equal(source, 0);
  far.close();
  await aborted;
  assert.equal(await failed, reason);
  assert.equal(await failure(cEcho(association)), reason);
});

pure("a response that nobody asked for aborts the association; a late one is ignored", async () => {
  const { peer, far, associate } = bench();
  const pending = associate();
  await peer.acceptAssociation();
  const association = await pending;
  const echo = cEcho(association);
  await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, ECHO_RESPONSE);
  await echo;
  await peer.sendMessage(1, ECHO_RESPONSE);
  const second = failure(cEcho(association));
  await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, { ...ECHO_RESPONSE, messageIdBeingRespondedTo: 99 });
  await peer.expect("A-ABORT");
  far.close();
  const error = await second;
  assert.ok(error instanceof RemoteProtocolError);
  assert.match(error.message, /message 99/);
});

pure("a request to a requestor that offers no service aborts the association", async () => {
  const { peer, far, associate } = bench();
  const pending = associate();
  await peer.acceptAssociation();
  const association = await pending;
  await peer.sendMessage(1, {
    type: "C-ECHO-RQ",
    messageId: 1,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  });
  await peer.expect("A-ABORT");
  far.close();
  await association.closed;
});

pure("responses are not read ahead without bound", async () => {
  const { peer, far, associate } = bench(1000);
  const pending = associate({ timeouts: { dimse: 0 } });
  await peer.acceptAssociation();
  const association = await pending;
  const operation = await association.invoke(
    3,
    {
      type: "C-MOVE-RQ",
      messageId: 1,
      affectedSopClassUid: CT,
      priority: 0,
      moveDestination: "X",
      hasDataSet: true,
    },
    "C-MOVE-RSP",
    new Uint8Array(2),
  );
  await peer.expectMessage("C-MOVE-RQ");
  await peer.expect("data");
  let sentCount = 0;
  const sending = (async () => {
    for (let i = 0; i < 500; i++, sentCount++) {
      await peer.sendMessage(3, {
        type: "C-MOVE-RSP",
        messageIdBeingRespondedTo: 1,
        status: i === 499 ? 0 : 0xff00,
        remaining: i,
        hasDataSet: false,
      });
    }
  })();
  await settle();
  await settle();
  assert.ok(sentCount < 100, `${sentCount} were taken`);
  for (let i = 0; i < 500; i++) {
    const { message } = await operation.next();
    assert.ok(message.type === "C-MOVE-RSP" && message.remaining === i);
  }
  await sending;
  const released = association.release();
  await peer.acceptRelease();
  await released;
  far.close();
});
