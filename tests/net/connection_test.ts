import assert from "node:assert/strict";
import { AssociationCore } from "../../lib/association/core.ts";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import type { CoreEvent } from "../../lib/association/event.ts";
import { responseTo } from "../../lib/dimse/response.ts";
import { ConnectionError, RemoteProtocolError } from "../../lib/errors.ts";
import { Connection, type ConnectionUser } from "../../lib/net/connection.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { sampleRequest } from "../support/core_pair.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { memoryPair, type MemoryTransport } from "../support/memory_transport.ts";
import { failure, MOVE, pure, requesting } from "../support/requesting.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { storeRequest } from "../support/served.ts";

interface Bench {
  readonly connection: Connection;
  readonly clock: FakeClock;
  readonly near: MemoryTransport;
  readonly far: MemoryTransport;
  readonly peer: ScriptedPeer;
  readonly events: string[];
  /** What the connection was closed with; nothing while it is not. */
  readonly closed: (Error | undefined)[];
}

/** The driver of a requestor, with a user of the test. */
function bench(user: Partial<ConnectionUser> = {}, capacity?: number): Bench {
  const clock = new FakeClock();
  const [near, far] = memoryPair(capacity);
  const options = { maximumLength: 16384, timeouts: DEFAULT_TIMEOUTS, writeTimeout: 5000, clock };
  const core = AssociationCore.requestor(sampleRequest(), options);
  core.transportConnected(0);
  const events: string[] = [];
  const closed: (Error | undefined)[] = [];
  const connection = new Connection(core, near, options, {
    take(event: CoreEvent) {
      events.push(event.type);
      return user.take?.(event);
    },
    owesAnswers: user.owesAnswers ?? (() => false),
    isPeerAtWork: user.isPeerAtWork ?? (() => false),
    closed: (error) => void closed.push(error),
  });
  return { connection, clock, near, far, peer: new ScriptedPeer(far), events, closed };
}

pure("`Connection` carries events in order, and closes when the core says so", async () => {
  const { connection, peer, events, closed, near, clock } = bench();
  const running = connection.run();
  await peer.acceptAssociation();
  await settle();
  connection.core.release(0);
  void connection.flush();
  await peer.acceptRelease();
  await running;
  assert.deepEqual(events, ["association-accepted", "released"]);
  assert.deepEqual(closed, [undefined]);
  assert.ok(near.isClosed);
  assert.equal(clock.pending, 0);
});

pure(
  "`Connection` lets go of what it has read into when it is closed, and not before",
  async () => {
    for (const end of ["release", "reset"] as const) {
      const { connection, peer, far, near } = bench();
      let last: Uint8Array | undefined;
      const read = near.read.bind(near);
      near.read = (buffer) => read(last = buffer);
      const running = connection.run();
      await peer.acceptAssociation();
      await settle();
      assert.ok(last?.byteLength, end);
      if (end === "reset") {
        far.reset();
      } else {
        connection.core.release(0);
        void connection.flush();
        await peer.acceptRelease();
      }
      await running;
      assert.equal(last?.byteLength, 0, end);
    }
  },
);

pure("`Connection` aborts when its user throws, and ends with that", async () => {
  const bug = new TypeError("bug");
  for (
    const fail of [() => {
      throw bug;
    }, () => Promise.reject(bug)]
  ) {
    const { connection, peer, closed, near, clock } = bench({
      take: (event) => event.type === "association-accepted" ? fail() : undefined,
    });
    const running = connection.run();
    await peer.acceptAssociation();
    const { source } = await peer.expect("A-ABORT");
    assert.equal(source, 0);
    await running;
    assert.deepEqual(closed, [bug]);
    assert.ok(near.isClosed);
    assert.equal(clock.pending, 0);
  }
});

pure("`Connection` aborts for a violation that its user finds, and goes on reading", async () => {
  const violation = new RemoteProtocolError("Cannot go on", { source: 0, reason: 0 });
  const { connection, peer, far, events, closed, clock } = bench({
    take(event) {
      if (event.type === "association-accepted") throw violation;
      return undefined;
    },
  });
  const running = connection.run();
  await peer.acceptAssociation();
  await peer.expect("A-ABORT");
  far.close();
  await running;
  assert.deepEqual(events, ["association-accepted", "aborted", "closed"]);
  assert.deepEqual(closed, [undefined]);
  assert.equal(clock.pending, 0);
});

pure("`Connection` ends with what the transport fails with", async () => {
  const { connection, peer, far, events, closed, clock } = bench();
  const running = connection.run();
  await peer.acceptAssociation();
  far.reset();
  await running;
  assert.deepEqual(events, ["association-accepted", "aborted"]);
  assert.ok(closed[0] instanceof ConnectionError);
  assert.equal(clock.pending, 0);
});

pure("`Connection` does not wait for ever for answers to a peer that only listens", async () => {
  const { connection, peer, far, events, closed, clock } = bench({ owesAnswers: () => true });
  const running = connection.run();
  await peer.acceptAssociation();
  far.closeWrite();
  await settle();
  assert.deepEqual(events, ["association-accepted"]);
  await clock.advance(30_000);
  await running;
  assert.deepEqual(events, ["association-accepted", "aborted"]);
  assert.equal(closed.length, 1);
  assert.equal(clock.pending, 0);

  const answering = bench({ owesAnswers: () => true });
  const ended = answering.connection.run();
  await answering.peer.acceptAssociation();
  answering.far.closeWrite();
  await settle();
  answering.connection.answered();
  await ended;
  assert.equal(answering.clock.pending, 0);
});

pure("`Connection.abort()` works before the first byte, twice, and after the end", async () => {
  const { connection, far, events, closed, clock, peer } = bench();
  const running = connection.run();
  connection.abort(new TypeError("enough"));
  connection.abort(new TypeError("more than enough"));
  await peer.expect("A-ASSOCIATE-RQ");
  await peer.expect("A-ABORT");
  far.close();
  await running;
  connection.abort(new TypeError("late"));
  await settle();
  assert.deepEqual(events, ["aborted", "closed"]);
  assert.equal(closed.length, 1);
  assert.equal(clock.pending, 0);
});

pure("abort() ends an association whose peer takes nothing", async () => {
  const { clock, near, far, associated } = requesting(500);
  const association = await associated({ timeouts: { write: 0, dimse: 0 } });
  const failed = failure(
    association.invoke(
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
      new Uint8Array(10_000),
    ).then((operation) => operation.next()),
  );
  await settle();
  const reason = new TypeError("enough");
  const aborted = association.abort(reason);
  await clock.advance(2000);
  await aborted;
  assert.equal(await failed, reason);
  assert.ok(near.isClosed);
  assert.equal(clock.pending, 0);
  far.close();
});

pure(
  "release() with an operation under way lets its response through, and then fails it",
  async () => {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const first = cEcho(association);
    const second = failure(cEcho(association));
    await peer.expectMessage("C-ECHO-RQ");
    await peer.expectMessage("C-ECHO-RQ");
    const released = association.release();
    await peer.expect("A-RELEASE-RQ");
    await peer.sendMessage(1, {
      type: "C-ECHO-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0,
      hasDataSet: false,
    });
    assert.equal((await first).status, 0);
    await peer.send({ type: "A-RELEASE-RP" });
    await released;
    assert.match((await second).message, /released/);
    await end(association);
  },
);

pure("both sides may release at once (S9)", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const released = association.release();
  const again = association.release();
  await peer.expect("A-RELEASE-RQ");
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  await peer.send({ type: "A-RELEASE-RP" });
  await Promise.all([released, again]);
  await end(association);
});

pure("the peer may release; what is asked for afterwards fails without a PDU (S14)", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  assert.ok(!association.isEstablished);
  assert.match((await failure(cEcho(association))).message, /released/);
  const sent = failure(association.send(1, {
    type: "C-CANCEL-RQ",
    messageIdBeingRespondedTo: 1,
    hasDataSet: false,
  }));
  assert.match((await sent).message, /released/);
  association.restartResponseTimeout();
  await end(association);
  await association.release();
});

pure("the peer's release fails what we have asked, and waits for what it has asked", async () => {
  const { peer, associated, end } = requesting();
  let answer: (() => Promise<void>) | undefined;
  const association = await associated({
    onRequest: (association) => ({ context, message }) => {
      if (message.type !== "C-STORE-RQ") return undefined;
      const response = responseTo(message, { status: 0 });
      answer = async () => {
        await association.send(context.id, response);
        association.answered(message.type);
      };
      return undefined;
    },
  });
  const echo = failure(cEcho(association));
  await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(3, storeRequest({ messageId: 9 }), new Uint8Array(10));
  await peer.send({ type: "A-RELEASE-RQ" });
  assert.match((await echo).message, /released/);
  assert.ok(!association.signal.aborted);
  assert.match((await failure(cEcho(association))).message, /released/);
  await answer?.();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).messageIdBeingRespondedTo, 9);
  await peer.expect("A-RELEASE-RP");
  assert.ok(association.signal.aborted);
  await end(association);
});

pure(
  "who ends the association when a request comes is told so, as the taker of its data",
  async () => {
    const { peer, associated, end } = requesting();
    const why = new Error("enough");
    const told = Promise.withResolvers<Error>();
    const association = await associated({
      onRequest: (association) => () => {
        void association.abort(why);
        return { push: () => undefined, fail: told.resolve };
      },
    });
    await peer.sendMessage(3, storeRequest({ messageId: 9 }), new Uint8Array(10));
    assert.equal((await peer.expect("A-ABORT")).source, 0);
    assert.equal(await told.promise, why);
    await end(association);
  },
);

pure("data for a context that was proposed in vain is a violation (U2)", async () => {
  const { peer, associate, end } = requesting();
  const pending = associate();
  await peer.acceptAssociation((accept) => ({
    ...accept,
    presentationContexts: accept.presentationContexts.map((context) =>
      context.id === 3 ? { ...context, result: 3 } : context
    ),
  }));
  const association = await pending;
  const message = storeRequest({ affectedSopInstanceUid: "1.2.3" });
  await peer.sendMessage(3, message, new Uint8Array(10));
  const { source, reason } = await peer.expect("A-ABORT");
  assert.deepEqual([source, reason], [2, 5]);
  await end(association);
});
