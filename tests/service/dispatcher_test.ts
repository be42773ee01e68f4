import assert from "node:assert/strict";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import { COMMAND_TAG, decodeCommandSet } from "../../lib/dimse/command_set.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { Status, StatusReply, StoreRequest } from "../../lib/handler/handler.ts";
import type { Observer } from "../../lib/net/observer.ts";
import { CT, ECHO } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { instanceBytes, type Served, served, storeRequest } from "../support/served.ts";

const store = async (request: StoreRequest): Promise<Status> => {
  await request.dataSet.cancel();
  return 0;
};

function echoRequest(messageId: number): Message {
  return { type: "C-ECHO-RQ", messageId, affectedSopClassUid: ECHO, hasDataSet: false };
}

/** Lets even long chains of small steps come to rest. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await settle();
}

async function echo(peer: ScriptedPeer, messageId: number): Promise<void> {
  await peer.sendMessage(1, echoRequest(messageId));
  const response = await peer.expectMessage("C-ECHO-RSP");
  assert.deepEqual([response.messageIdBeingRespondedTo, response.status], [messageId, 0]);
}

pure("each operation goes to its service, and what is not offered is refused", async () => {
  const query = { affectedSopClassUid: CT, priority: 0, hasDataSet: true } as const;
  const data = new Uint8Array(40_000);
  const cases: [
    name: string,
    contextId: number,
    message: Message,
    data: boolean,
    status: number,
  ][] = [
    ["C-ECHO", 1, echoRequest(1), false, 0x0000],
    ["C-ECHO on a storage context", 3, echoRequest(2), false, 0x0211],
    ["C2 C-FIND", 3, { type: "C-FIND-RQ", messageId: 3, ...query }, true, 0x0211],
    ["C2 C-GET", 5, { type: "C-GET-RQ", messageId: 4, ...query }, true, 0x0211],
    [
      "C2 C-MOVE",
      3,
      { type: "C-MOVE-RQ", messageId: 5, moveDestination: "X", ...query },
      true,
      0x0211,
    ],
    ["C10 C-STORE for Verification", 1, storeRequest({ messageId: 8 }), true, 0x0122],
    ["C11 C-FIND for Verification", 1, { type: "C-FIND-RQ", messageId: 9, ...query }, true, 0x0211],
  ];
  await using bench = served({ store });
  const { peer, transport } = await bench.associated();
  for (const [name, contextId, message, hasData, status] of cases) {
    await peer.sendMessage(contextId, message, hasData ? data : undefined);
    const response = await peer.expect("message");
    assert.ok("status" in response.message, name);
    assert.equal(response.message.status, status, name);
    assert.equal(
      response.message.messageIdBeingRespondedTo,
      "messageId" in message && message.messageId,
      name,
    );
  }
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
});

pure("an operation of another service is answered in its own kind (C2)", async () => {
  for (const [commandField, hasDataSet] of [[0x0130, true], [0x0140, false]] as const) {
    await using bench = served({ store });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(
      3,
      { type: "unsupported", commandField, messageId: 6, hasDataSet },
      hasDataSet ? new Uint8Array(40_000) : undefined,
    );
    const bytes = new Uint8Array(1000);
    const length = await transport.read(bytes) ?? 0;
    const command = decodeCommandSet(bytes.subarray(12, length));
    assert.equal(command.us(COMMAND_TAG.commandField), commandField + 0x8000);
    assert.equal(command.us(COMMAND_TAG.messageIdBeingRespondedTo), 6);
    assert.equal(command.us(COMMAND_TAG.status), 0x0211);
    await echo(peer, 7);
    transport.close();
  }
});

pure("without a store handler no C-STORE is served, whatever was negotiated", async () => {
  await using bench = served({});
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(1, storeRequest(), new Uint8Array(10));
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0122);
  transport.close();
});

pure("an operation with the message ID of one under way is refused (C19)", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = served({
    async store(request): Promise<Status> {
      await request.dataSet.cancel();
      await gate.promise;
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest({ messageId: 9 }), instanceBytes());
  await peer.sendMessage(1, echoRequest(9));
  await peer.sendMessage(1, echoRequest(10));
  await settle();
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0000);
  assert.equal((await peer.expectMessage("C-ECHO-RSP")).status, 0x0210);
  assert.equal((await peer.expectMessage("C-ECHO-RSP")).status, 0x0000);
  // Once it is answered its ID is free.
  await echo(peer, 9);
  transport.close();
});

pure("a thousand C-CANCEL for nothing are ignored (C13)", async () => {
  await using bench = served({ store });
  const { peer, transport } = await bench.associated();
  for (let i = 0; i < 1000; i++) {
    await peer.sendMessage(1, {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: i,
      hasDataSet: false,
    });
  }
  await echo(peer, 0);
  transport.close();
});

pure("what a handler answers amiss is a processing failure, and never silence", async () => {
  const bare: unknown = Object.assign(Object.create(null), { status: 0xa700 });
  const cases: [name: string, answer: () => unknown, status: number, isReported: boolean][] = [
    ["nothing", () => undefined, 0x0110, true],
    ["a promise of nothing", () => Promise.resolve(), 0x0110, true],
    ["null", () => null, 0x0110, true],
    // A comment that is none is left out: the status counts.
    ["a comment that is no text", () => ({ status: 0xa700, errorComment: 5 }), 0xa700, false],
    ["elements that are none", () => ({ status: 0xa700, offendingElements: [1n] }), 0x0110, true],
    [
      "a throw of something bare",
      () => {
        throw bare;
      },
      0xa700,
      false,
    ],
    [
      "a throw of nothing",
      () => {
        throw undefined;
      },
      0x0110,
      true,
    ],
  ];
  for (const [name, answer, status, isReported] of cases) {
    await using bench = served({ store: () => answer() as StatusReply });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes(100_000));
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, status, name);
    const reports = bench.events.filter((event) => event.type === "handler-failed");
    assert.equal(reports.length, isReported ? 1 : 0, name);
    await echo(peer, 2);
    transport.close();
  }
});

pure("the handler's store() keeps its `this`", async () => {
  class Counter {
    count = 0;
    async store(request: StoreRequest): Promise<Status> {
      await request.dataSet.cancel();
      this.count += 1;
      return 0;
    }
  }
  const counter = new Counter();
  await using bench = served(counter);
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  assert.equal(counter.count, 1);
  transport.close();
});

pure("a flood of requests waits at the peer's, not in our memory", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = served(
    {
      async store(request): Promise<Status> {
        await request.dataSet.cancel();
        await gate.promise;
        return 0;
      },
    },
    {},
    1000,
  );
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest({ messageId: 0 }), instanceBytes());
  const sending = (async () => {
    for (let messageId = 1; messageId <= 1000; messageId++) {
      await peer.sendMessage(1, echoRequest(messageId));
    }
  })();
  await rest();
  const received = bench.events.filter((event) => event.type === "message-received").length;
  assert.ok(received >= 2 && received <= 10, `${received} were taken in`);
  // Nobody is timed out for waiting.
  await bench.clock.advance(3_600_000);
  gate.resolve();
  await peer.expectMessage("C-STORE-RSP");
  for (let messageId = 1; messageId <= 1000; messageId++) {
    const response = await peer.expectMessage("C-ECHO-RSP");
    assert.equal(response.messageIdBeingRespondedTo, messageId);
  }
  await sending;
  await peer.send({ type: "A-RELEASE-RQ" });
  await peer.expect("A-RELEASE-RP");
  transport.close();
});

pure(
  "a flood of requests from a peer that takes no answers ends with the write time-out",
  async () => {
    await using bench = served({ store }, { timeouts: { write: 5000 } }, 1000);
    const { peer, transport } = await bench.associated();
    const sending = (async () => {
      for (let messageId = 1; messageId <= 1000; messageId++) {
        await peer.sendMessage(1, echoRequest(messageId));
      }
    })().catch(() => {});
    await rest();
    await bench.clock.advance(5000);
    await sending;
    transport.close();
    await rest();
    assert.equal(bench.server.activeAssociations, 0);
    assert.equal(bench.clock.pending, 0);
  },
);

pure("a flood of requests can be shut down", async () => {
  await using bench = served({ store: () => new Promise<Status>(() => {}) }, {}, 1000);
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest({ messageId: 0 }), instanceBytes());
  const sending = (async () => {
    for (let messageId = 1; messageId <= 1000; messageId++) {
      await peer.sendMessage(1, echoRequest(messageId));
    }
  })().catch(() => {});
  await rest();
  const done = bench.server.shutdown();
  await peer.expect("A-ABORT");
  transport.close();
  await done;
  await sending;
  assert.equal(bench.clock.pending, 0);
});

pure("a handler that never answers does not outlive the association", async () => {
  const aborted = Promise.withResolvers<void>();
  await using bench = served({
    store(request): Promise<Status> {
      request.signal.addEventListener("abort", () => aborted.resolve(), { once: true });
      return new Promise<Status>(() => {});
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes(100));
  await settle();
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  transport.close();
  await settle();
  // It never read a byte, so the association stands until the peer's bytes are seen: shut down.
  await bench.server.shutdown();
  await aborted.promise;
  assert.equal(bench.server.activeAssociations, 0);
});

pure("a release while answers are owed is answered after them (S11)", async () => {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  await using bench = served({
    async store(request): Promise<Status> {
      signals.push(request.signal);
      await request.dataSet.cancel();
      await gate.promise;
      assert.equal(request.signal.aborted, false);
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  await peer.send({ type: "A-RELEASE-RQ" });
  await settle();
  assert.equal(signals[0]?.aborted, false);
  // However long the handler takes: the peer has said all, and only waits.
  await bench.clock.advance(3_600_000);
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await peer.expect("A-RELEASE-RP");
  await settle();
  assert.equal(signals[0]?.aborted, true);
  transport.close();
  await settle();
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  const types = bench.events.map((event) => event.type);
  assert.ok(types.includes("association-released"));
  assert.ok(!types.includes("association-aborted"));
  assert.ok(!types.includes("handler-failed"));
});

pure("a peer that asks for the release and does not wait ends the association", async () => {
  const ways: [string, (bench: Awaited<ReturnType<Served["associated"]>>) => unknown][] = [
    ["closes", ({ transport }) => transport.close()],
    ["resets", ({ transport }) => transport.reset()],
    ["aborts", ({ peer }) => peer.send({ type: "A-ABORT", source: 0, reason: 0 })],
    ["sends data", ({ peer }) => echoWithoutAnswer(peer)],
  ];
  for (const [name, leave] of ways) {
    const gate = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<void>();
    await using bench = served({
      async store(request): Promise<Status> {
        await request.dataSet.cancel();
        request.signal.addEventListener("abort", () => lost.resolve());
        await gate.promise;
        return 0;
      },
    });
    const dialled = await bench.associated();
    await dialled.peer.sendMessage(3, storeRequest(), instanceBytes());
    await dialled.peer.send({ type: "A-RELEASE-RQ" });
    await settle();
    await leave(dialled);
    // One that closes may have closed its sending side only, and is written to all the same.
    await bench.clock.advance(name === "closes" ? 30_000 : 0);
    await lost.promise;
    gate.resolve();
    dialled.transport.close();
    await bench.clock.advance(2_000);
    assert.equal(bench.server.activeAssociations, 0, name);
    assert.equal(bench.clock.pending, 0, name);
  }
});

pure("a peer that asks for the release and closes its sending side is answered", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = served({
    async store(request): Promise<Status> {
      await request.dataSet.cancel();
      await gate.promise;
      return 0;
    },
  });
  const { peer, transport } = await bench.associated();
  await peer.sendMessage(3, storeRequest(), instanceBytes());
  await peer.send({ type: "A-RELEASE-RQ" });
  transport.closeWrite();
  await settle();
  gate.resolve();
  assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
  await peer.expect("A-RELEASE-RP");
  await peer.expect("closed");
  transport.close();
});

/** Data that comes after the peer's release request is a violation (AA-8 in Sta8). */
async function echoWithoutAnswer(peer: ScriptedPeer): Promise<void> {
  await peer.sendMessage(1, echoRequest(9));
  await peer.expect("A-ABORT");
}

pure("an observer that throws or rejects does no harm", async () => {
  const observers: [string, Observer][] = [
    ["throws", () => {
      throw new TypeError("the log is full");
    }],
    ["rejects", () => Promise.reject(new TypeError("the log is full"))],
  ];
  for (const [name, observer] of observers) {
    await using bench = served({
      store() {
        throw new TypeError("bug");
      },
      acceptAssociation(request) {
        if (request.callingAeTitle === "SENDER") return { accept: true };
        throw new TypeError("bug");
      },
    }, { observer });
    const { peer, transport } = await bench.associated();
    await peer.sendMessage(3, storeRequest(), instanceBytes());
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0110, name);
    await echo(peer, 2);
    transport.close();
    // Garbage, and a time-out.
    const broken = bench.dial();
    await broken.peer.sendBytes(encodePdu({ type: "A-RELEASE-RP" }));
    await broken.peer.expect("A-ABORT");
    broken.transport.close();
    const silent = bench.dial();
    await settle();
    await bench.clock.advance(30_000);
    await silent.peer.expect("closed");
    silent.transport.close();
    await settle();
    assert.equal(bench.server.activeAssociations, 0);
    assert.equal(bench.clock.pending, 0);
  }
});
