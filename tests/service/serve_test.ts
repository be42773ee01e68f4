import assert from "node:assert/strict";
import { associationRequest } from "../../lib/association/negotiation.ts";
import { HALF_OPEN_LIMIT } from "../../lib/net/acceptor.ts";
import type { Acceptance, AssociationRequest, StoreRequest } from "../../lib/handler/handler.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { instanceBytes, served, storageRequest, storeRequest } from "../support/served.ts";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

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
    { accept: false, result: 1, source: 1, reason: 3 },
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
  await using bench = served({ store }, { maximumAssociations: 2 });
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
    const silent = Array.from({ length: HALF_OPEN_LIMIT }, () => bench.dial());
    await settle();
    const refused = bench.dial();
    await refused.peer.expect("closed");
    await bench.clock.advance(30_000);
    for (const { peer, transport } of silent) {
      await peer.expect("closed");
      transport.close();
    }
    refused.transport.close();
    const good = await bench.associated();
    good.transport.close();
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
