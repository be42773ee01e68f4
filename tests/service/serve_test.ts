import assert from "node:assert/strict";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { HALF_OPEN_LIMIT } from "../../lib/net/acceptor.ts";
import type { EchoRequestMessage } from "../../lib/dimse/message.ts";
import type {
  Acceptance,
  AssociationRequest,
  Handlers,
  StoreRequest,
} from "../../lib/handler/handler.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/pure.ts";
import {
  INSTANCE,
  instanceBytes,
  served,
  storageRequest,
  storeRequest,
} from "../support/served.ts";

const store = async (request: StoreRequest): Promise<number> => {
  await request.dataSet.cancel();
  return 0;
};

const MPEG4 = "1.2.840.10008.1.2.4.102";
const FUTURE_SYNTAX = "1.2.840.10008.1.2.4.999";

pure("serve() accepts what its handlers can do, and nothing else", async () => {
  await using bench = served({ store });
  const cases: [abstractSyntax: string, syntaxes: string[], result: number, chosen?: string][] = [
    [ECHO, [MPEG4, EXPLICIT, IMPLICIT], 0, EXPLICIT],
    [ECHO, [MPEG4], 4],
    [CT, [MPEG4, IMPLICIT], 0, MPEG4],
    [CT, [FUTURE_SYNTAX], 0, FUTURE_SYNTAX],
    [CT, ["1.2.3.4", IMPLICIT], 0, IMPLICIT],
    [CT, ["1.2.3.4"], 4],
    ["1.2.840.10008.5.1.4.1.1.999.1", [EXPLICIT], 0, EXPLICIT],
    ["1.3.46.670589.11.0.0.12.1", [EXPLICIT], 0, EXPLICIT],
    ["1.2.840.10008.5.1.4.1.2.2.1", [EXPLICIT], 3],
    ["nonsense", [EXPLICIT], 3],
    ["1.2." + "3".repeat(300), [EXPLICIT], 3],
  ];
  const { peer, transport } = bench.dial();
  await peer.send(associationRequest({
    callingAeTitle: "A",
    calledAeTitle: "B",
    presentationContexts: cases.map(([abstractSyntax, transferSyntaxes]) => ({
      abstractSyntax,
      transferSyntaxes,
    })),
    maximumLength: 16384,
  }));
  const { presentationContexts } = await peer.expect("A-ASSOCIATE-AC");
  for (const [index, [abstractSyntax, , result, chosen]] of cases.entries()) {
    const answer = presentationContexts[index];
    assert.equal(answer?.id, 2 * index + 1);
    assert.equal(answer?.result, result, abstractSyntax);
    if (chosen !== undefined) assert.equal(answer?.transferSyntax, chosen);
  }
  transport.close();
});

pure("serve() without a store handler negotiates no storage", async () => {
  await using bench = served({});
  const { peer, transport } = bench.dial();
  await peer.send(storageRequest());
  const { presentationContexts } = await peer.expect("A-ASSOCIATE-AC");
  assert.deepEqual(presentationContexts.map((context) => context.result), [0, 3, 3]);
  transport.close();
});

pure("serve() rejects what PS3.8 and its options tell it to", async () => {
  const good = storageRequest();
  const small = { ...good.userInformation, maximumLength: 7 };
  const cases: [name: string, change: Partial<typeof good>, codes: number[]][] = [
    ["A1 protocol version", { protocolVersion: 2 }, [1, 2, 2]],
    ["A3 application context", { applicationContext: "1.2.3" }, [1, 1, 2]],
    ["A24 maximum length", { userInformation: small }, [1, 1, 1]],
    ["A28 called AE title", { calledAeTitle: "OTHER" }, [1, 1, 7]],
  ];
  await using bench = served({ store }, { aeTitle: "STORE" });
  for (const [name, change, codes] of cases) {
    const { peer, transport } = bench.dial();
    await peer.send({ ...good, ...change });
    const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
    assert.deepEqual([result, source, reason], codes, name);
    transport.close();
  }
  const { peer, transport } = bench.dial();
  await peer.send(good);
  await peer.expect("A-ASSOCIATE-AC");
  transport.close();
});

pure("serve() asks acceptAssociation(), and rejects transiently when it throws", async () => {
  const seen: AssociationRequest[] = [];
  const answers: (Acceptance | Error)[] = [
    { accept: false, result: 1, source: 1, reason: 3, because: "not on the list" },
    new Error("the directory is down"),
    { accept: true, userIdentityResponse: Uint8Array.of(1, 2) },
  ];
  await using bench = served({
    acceptAssociation(request): Acceptance {
      seen.push(request);
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
  });
  const expected = [["A-ASSOCIATE-RJ", 1, 1, 3], ["A-ASSOCIATE-RJ", 2, 1, 1]] as const;
  for (const [type, result, source, reason] of expected) {
    const { peer, transport } = bench.dial();
    await peer.send(storageRequest());
    const reject = await peer.expect(type);
    assert.deepEqual([reject.result, reject.source, reject.reason], [result, source, reason]);
    transport.close();
  }
  assert.ok(bench.events.some((event) => event.type === "handler-failed"));
  const because = bench.events.flatMap((event) =>
    event.type === "association-rejected" ? [event.because] : []
  );
  assert.deepEqual(because, ["not on the list", undefined]);
  const { peer, transport } = bench.dial();
  const userIdentity = {
    type: 1,
    positiveResponseRequested: true,
    primaryField: Uint8Array.of(98),
    secondaryField: new Uint8Array(0),
  };
  const request = storageRequest();
  await peer.send({ ...request, userInformation: { ...request.userInformation, userIdentity } });
  const accept = await peer.expect("A-ASSOCIATE-AC");
  assert.deepEqual(seen[2]?.userIdentity, userIdentity);
  assert.deepEqual(accept.userInformation.userIdentityResponse, Uint8Array.of(1, 2));
  assert.deepEqual(seen[0], {
    callingAeTitle: "SENDER",
    calledAeTitle: "STORE",
    peerAddress: "left:104",
  });
  transport.close();
});

pure("serve() rejects one association too many with local limit exceeded (T11)", async () => {
  await using bench = served({ store }, {
    maximumAssociations: 2,
    maximumAssociationsPerAddress: 2,
  });
  const first = await bench.associated();
  const second = await bench.associated();
  assert.equal(bench.server.activeAssociations, 2);
  const { peer, transport } = bench.dial();
  await peer.send(storageRequest());
  const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
  assert.deepEqual([result, source, reason], [2, 3, 2]);
  transport.close();
  await first.peer.send({ type: "A-RELEASE-RQ" });
  await first.peer.expect("A-RELEASE-RP");
  first.transport.close();
  await settle();
  assert.equal(bench.server.activeAssociations, 1);
  const third = await bench.associated();
  third.transport.close();
  second.transport.close();
});

pure(
  "serve() ends a connection that never asks (T1), and survives a flood of them (T12)",
  async () => {
    await using bench = served({ store });
    const silent = Array.from({ length: 4 * HALF_OPEN_LIMIT }, () => bench.dial());
    await settle();
    // Who asks is served, though there is no room: the oldest are closed.
    const good = await bench.associated();
    good.transport.close();
    for (const { peer } of silent.slice(0, -HALF_OPEN_LIMIT + 1)) await peer.expect("closed");
    let isClosed = false;
    const last = silent.slice(-HALF_OPEN_LIMIT + 1).map(async ({ peer }) => {
      await peer.expect("closed");
      isClosed = true;
    });
    await bench.clock.advance(29_999);
    assert.equal(isClosed, false);
    await bench.clock.advance(1);
    await Promise.all(last);
    assert.equal(bench.clock.pending, 0);
  },
);

pure("serve() answers C-ECHO, and refuses operations it does not offer", async () => {
  await using bench = served({ store });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(1, {
    type: "C-ECHO-RQ",
    messageId: 65535,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  });
  const echo = await peer.expectMessage("C-ECHO-RSP");
  assert.deepEqual([echo.messageIdBeingRespondedTo, echo.status], [65535, 0]);
  await peer.sendMessage(1, {
    type: "C-FIND-RQ",
    messageId: 2,
    affectedSopClassUid: ECHO,
    priority: 0,
    hasDataSet: true,
  }, new Uint8Array(1000));
  assert.equal((await peer.expectMessage("C-FIND-RSP")).status, 0x0211);
  await peer.sendMessage(1, storeRequest({ messageId: 3 }), instanceBytes());
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0122);
  // C13: nothing is pending, so there is nothing to cancel.
  await peer.sendMessage(1, {
    type: "C-CANCEL-RQ",
    messageIdBeingRespondedTo: 77,
    hasDataSet: false,
  });
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
});

pure("serve().shutdown() aborts what stands and ends", async () => {
  const bench = served({ store });
  const { peer, transport } = await bench.associated();
  const half = bench.dial();
  await settle();
  const done = bench.server.shutdown();
  await peer.expect("A-ABORT");
  await half.peer.expect("closed");
  transport.close();
  half.transport.close();
  await done;
  await bench.server.finished;
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
});

pure("serve() shuts down by its signal", async () => {
  const controller = new AbortController();
  const bench = served({ store }, { signal: controller.signal });
  controller.abort();
  await bench.server.finished;
});

pure("serve() reads on after a C-CANCEL, whatever is still to be answered", async () => {
  const gate = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  await using bench = served({
    async store(request): Promise<number> {
      await request.dataSet.cancel();
      request.signal.addEventListener("abort", () => lost.resolve());
      await gate.promise;
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest({ messageId: 4 }), instanceBytes());
  await peer.sendMessage(3, {
    type: "C-CANCEL-RQ",
    messageIdBeingRespondedTo: 4,
    hasDataSet: false,
  });
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  // The A-ABORT is seen while the handler still works.
  await lost.promise;
  gate.resolve();
  transport.close();
});

/** What the tests of drain() have: a store handler that the test lets go on. */
interface Draining extends AsyncDisposable {
  readonly bench: ReturnType<typeof served>;
  readonly gate: PromiseWithResolvers<void>;
  /** The instances that were answered 0x0000. */
  readonly stored: string[];
  /** Begins to drain; tells when it is done. */
  drain(timeout?: number): { isDone: boolean };
}

function draining(handlers: Handlers = {}): Draining {
  const gate = Promise.withResolvers<void>();
  const stored: string[] = [];
  const bench = served({
    async store(request): Promise<number> {
      for await (const _chunk of request.dataSet);
      await gate.promise;
      stored.push(request.sopInstanceUid);
      return 0;
    },
    ...handlers,
  });
  return {
    bench,
    gate,
    stored,
    drain(timeout) {
      const state = { isDone: false };
      void bench.server.drain(timeout === undefined ? {} : { timeout })
        .then(() => state.isDone = true);
      return state;
    },
    async [Symbol.asyncDispose]() {
      gate.resolve();
      await bench[Symbol.asyncDispose]();
      assert.equal(bench.clock.pending, 0);
      assert.equal(bench.server.activeAssociations, 0);
    },
  };
}

const CODES = (abort: { source: number; reason: number }): number[] => [
  abort.source,
  abort.reason,
];

pure("drain() finishes what is being received, and lets the peer release", async () => {
  await using test = draining();
  const { bench, gate, stored } = test;
  const { peer, transport } = await bench.associated();
  await peer.sendTruncated(3, storeRequest(), instanceBytes(50_000));
  await settle();
  const state = test.drain();
  // However long the rest and the handler take, within the time-out, nothing is aborted.
  await bench.clock.advance(10_000);
  await peer.sendRest();
  await bench.clock.advance(10_000);
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await bench.clock.advance(999);
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  assert.equal(state.isDone, false);
  transport.close();
  await settle();
  assert.equal(state.isDone, true);
  assert.deepEqual(stored, [INSTANCE]);
});

pure("drain() aborts a peer that goes on with a further request, unanswered", async () => {
  for (const request of ["C-STORE-RQ", "C-ECHO-RQ"] as const) {
    await using test = draining();
    const { bench, gate, stored } = test;
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes());
    await settle();
    const state = test.drain();
    gate.resolve();
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    // To cancel what is over is no request.
    await peer.sendMessage(3, {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: 1,
      hasDataSet: false,
    });
    if (request === "C-STORE-RQ") {
      await peer.sendMessage(3, storeRequest({ messageId: 2 }), instanceBytes(50_000));
    } else {
      await peer.sendMessage(1, echoRequest(2));
    }
    assert.deepEqual(CODES(await peer.expect("A-ABORT")), [0, 0]);
    transport.close();
    await settle();
    assert.equal(state.isDone, true);
    assert.equal(stored.length, 1);
  }
});

pure(
  "drain() answers the first of requests that came at once, and aborts for the next",
  async () => {
    await using test = draining();
    const { bench, gate, stored } = test;
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes());
    await settle();
    const state = test.drain();
    await peer.sendMessage(3, storeRequest({ messageId: 2 }), instanceBytes());
    await bench.clock.advance(5_000);
    gate.resolve();
    const { messageIdBeingRespondedTo, status } = await peer.expectMessage("C-STORE-RSP");
    assert.deepEqual([messageIdBeingRespondedTo, status], [1, 0]);
    assert.deepEqual(CODES(await peer.expect("A-ABORT")), [0, 0]);
    transport.close();
    await settle();
    assert.equal(state.isDone, true);
    assert.equal(stored.length, 1);
  },
);

pure("drain() aborts a peer that is idle after a second, not before", async () => {
  for (const was of ["idle", "answered"] as const) {
    await using test = draining();
    const { bench, gate } = test;
    gate.resolve();
    const { peer, transport } = await bench.associated();
    if (was === "answered") {
      await peer.sendTruncated(3, storeRequest(), instanceBytes());
      await settle();
    }
    const state = test.drain();
    if (was === "answered") {
      await peer.sendRest();
      assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    }
    await bench.clock.advance(999);
    assert.equal(bench.server.activeAssociations, 1, was);
    await bench.clock.advance(1);
    assert.deepEqual(CODES(await peer.expect("A-ABORT")), [0, 0], was);
    // One that does not close either is closed.
    await bench.clock.advance(2_000);
    assert.equal(state.isDone, true, was);
    transport.close();
    const aborted = bench.events.find((event) => event.type === "association-aborted");
    assert.match(String(aborted?.type === "association-aborted" && aborted.error), /stops serving/);
  }
});

pure("drain() lets an idle peer release", async () => {
  await using test = draining();
  const { peer, transport } = await test.bench.associated();
  const state = test.drain();
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
  await settle();
  assert.equal(state.isDone, true);
});

pure("drain() rejects who asks for an association, and closes who does not", async () => {
  await using test = draining();
  const { bench } = test;
  const asking = bench.dial();
  const silent = bench.dial();
  const rejected = bench.dial();
  await rejected.peer.send({ ...storageRequest(), protocolVersion: 2 });
  await rejected.peer.expect("A-ASSOCIATE-RJ");
  const state = test.drain();
  await asking.peer.send(storageRequest());
  const { result, source, reason } = await asking.peer.expect("A-ASSOCIATE-RJ");
  assert.deepEqual([result, source, reason], [2, 3, 1]);
  await bench.clock.advance(1_000);
  await silent.peer.expect("closed");
  // Those that were rejected and stay are closed too.
  assert.equal(state.isDone, false);
  await bench.clock.advance(2_000);
  assert.equal(state.isDone, true);
});

pure("drain() rejects at once where it is not yet decided", async () => {
  const gate = Promise.withResolvers<Acceptance>();
  await using test = draining({ acceptAssociation: () => gate.promise });
  const { peer, transport } = test.bench.dial();
  await peer.send(storageRequest());
  await settle();
  const state = test.drain();
  const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
  assert.deepEqual([result, source, reason], [2, 3, 1]);
  transport.close();
  await settle();
  assert.equal(state.isDone, true);
  gate.reject(new Error("too late"));
});

pure("drain() aborts all that is left when its time is over", async () => {
  for (const [timeout, after] of [[undefined, 30_000], [5_000, 5_000]] as const) {
    await using test = draining();
    const { bench } = test;
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes());
    await settle();
    const state = test.drain(timeout);
    await bench.clock.advance(after - 1);
    assert.equal(transport.isClosed, false);
    assert.equal(bench.events.some((event) => event.type === "association-aborted"), false);
    await bench.clock.advance(1);
    await peer.expect("A-ABORT");
    transport.close();
    await settle();
    assert.equal(state.isDone, true);
    assert.deepEqual(test.stored, []);
  }
});

pure("drain() waits for ever when told so, and shutdown() cuts it short", async () => {
  await using test = draining();
  const { bench } = test;
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  await settle();
  const states = [test.drain(0), test.drain(0)];
  await bench.clock.advance(3_600_000);
  assert.equal(bench.server.activeAssociations, 1);
  const done = bench.server.shutdown();
  await peer.expect("A-ABORT");
  transport.close();
  await done;
  await settle();
  assert.deepEqual(states.map(({ isDone }) => isDone), [true, true]);
});

pure("drain() takes no time-out below zero", async () => {
  await using test = draining();
  for (const timeout of [-1, NaN]) {
    await assert.rejects(test.bench.server.drain({ timeout }), RangeError);
  }
});

function echoRequest(messageId: number): EchoRequestMessage {
  return {
    type: "C-ECHO-RQ",
    messageId,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  };
}

pure("serve() wants AE titles that can be sent", () => {
  for (const options of [{ aeTitle: "" }, { callingAeTitle: "TOO LONG A TITLE!" }]) {
    assert.throws(() => served({}, options), { name: "TypeError" });
  }
  return Promise.resolve();
});
