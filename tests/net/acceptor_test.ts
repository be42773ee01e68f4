import assert from "node:assert/strict";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { type AcceptOptions, Acceptor, HALF_OPEN_LIMIT } from "../../lib/net/acceptor.ts";
import type { Decision } from "../../lib/net/request_handler.ts";
import { resolveTimeouts } from "../../lib/net/timeouts.ts";
import type { Transport, TransportListener } from "../../lib/net/transport.ts";
import type { AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { sampleRequest } from "../support/core_pair.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { memoryPair, type MemoryTransport } from "../support/memory_transport.ts";
import { pure } from "../support/requesting.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";

/** A listener whose accept() does what the test says. */
class ScriptedListener implements TransportListener {
  readonly hostname = "memory";
  readonly port = 104;
  readonly #results: (Transport | Error)[] = [];
  #waiting: PromiseWithResolvers<Transport> | undefined;
  accepts = 0;

  give(result: Transport | Error): void {
    this.#results.push(result);
    this.#serve();
  }

  accept(): Promise<Transport> {
    this.accepts += 1;
    this.#waiting = Promise.withResolvers();
    const { promise } = this.#waiting;
    this.#serve();
    return promise;
  }

  close(): void {
    this.#waiting?.reject(new ConnectionError("Cannot accept: closed"));
  }

  #serve(): void {
    const waiting = this.#waiting;
    const result = waiting && this.#results.shift();
    if (waiting === undefined || result === undefined) return;
    this.#waiting = undefined;
    if (result instanceof Error) waiting.reject(result);
    else waiting.resolve(result);
  }
}

function accepted(request: AssociateRequestPdu): Decision {
  return {
    accept: associationAccept(request, {
      select: (_uid, [first]) => first ?? 4,
      maximumLength: 16384,
    }),
    onRequest: () => undefined,
  };
}

interface Bench {
  readonly listener: ScriptedListener;
  readonly clock: FakeClock;
  readonly acceptor: Acceptor;
  dial(host?: string): { peer: ScriptedPeer; transport: MemoryTransport };
}

function bench(options: Partial<AcceptOptions> = {}): Bench {
  const listener = new ScriptedListener();
  const clock = new FakeClock();
  const timeouts = resolveTimeouts();
  const acceptor = new Acceptor(listener, {
    maximumLength: 16384,
    timeouts,
    writeTimeout: timeouts.write,
    clock,
    maximumAssociations: 2,
    decide: (request) => Promise.resolve(accepted(request)),
    ...options,
  });
  return {
    listener,
    clock,
    acceptor,
    dial(host) {
      const [near, far] = memoryPair(undefined, host);
      listener.give(far);
      return { peer: new ScriptedPeer(near), transport: near };
    },
  };
}

pure("`Acceptor` goes on when accept() fails (T14)", async () => {
  const { listener, clock, acceptor, dial } = bench();
  for (let i = 0; i < 5; i++) {
    listener.give(new ConnectionError("Too many open files"));
    await settle();
    // It does not spin.
    assert.equal(listener.accepts, i + 1);
    await clock.advance(100);
  }
  const { peer, transport } = dial();
  await peer.send(sampleRequest());
  await peer.expect("A-ASSOCIATE-AC");
  assert.equal(acceptor.activeAssociations, 1);
  transport.close();
  await acceptor.shutdown();
  assert.equal(clock.pending, 0);
});

pure("`Acceptor` aborts an association on which the decision fails", async () => {
  const { acceptor, clock, dial } = bench({
    decide: () => Promise.reject(new TypeError("bug")),
  });
  for (let i = 0; i < 5; i++) {
    const { peer, transport } = dial();
    await peer.send(sampleRequest());
    const { source, reason } = await peer.expect("A-ABORT");
    assert.deepEqual([source, reason], [0, 0]);
    await peer.expect("closed");
    transport.close();
  }
  await settle();
  assert.equal(acceptor.activeAssociations, 0);
  await acceptor.shutdown();
  assert.equal(clock.pending, 0);
});

pure("`Acceptor` aborts when the decision does not come in time, and ignores it then", async () => {
  for (const late of ["accept", "reject"] as const) {
    const gate = Promise.withResolvers<Decision>();
    const { acceptor, clock, dial } = bench({ decide: () => gate.promise });
    const { peer, transport } = dial();
    await peer.send(sampleRequest());
    await settle();
    assert.equal(acceptor.activeAssociations, 1);
    await clock.advance(30_000);
    await peer.expect("A-ABORT");
    await clock.advance(2000);
    await peer.expect("closed");
    transport.close();
    await settle();
    gate.resolve(
      late === "accept"
        ? accepted(sampleRequest())
        : { reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 1 } },
    );
    await settle();
    assert.equal(acceptor.activeAssociations, 0);
    await acceptor.shutdown();
    assert.equal(clock.pending, 0);
  }
});

pure("`Acceptor.shutdown()` does not wait for a decision", async () => {
  const { acceptor, clock, dial } = bench({ decide: () => new Promise<Decision>(() => {}) });
  const { peer, transport } = dial();
  await peer.send(sampleRequest());
  await settle();
  const done = acceptor.shutdown();
  await peer.expect("A-ABORT");
  transport.close();
  await done;
  assert.equal(clock.pending, 0);
});

pure("`Acceptor.shutdown()` ends rejected connections too, whose peers do not close", async () => {
  const rejections: [string, Partial<AcceptOptions>][] = [
    ["by the limit", { maximumAssociations: 0 }],
    ["by the decision", {
      decide: () =>
        Promise.resolve({ reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 } }),
    }],
  ];
  for (const [name, options] of rejections) {
    const { acceptor, clock, dial } = bench(options);
    const { peer, transport } = dial();
    await peer.send(sampleRequest());
    await peer.expect("A-ASSOCIATE-RJ");
    assert.equal(acceptor.activeAssociations, 0);
    let isDone = false;
    const done = acceptor.shutdown().then(() => isDone = true);
    await clock.advance(2000);
    assert.ok(isDone, name);
    await peer.expect("closed");
    await done;
    transport.close();
    assert.equal(clock.pending, 0);
  }
});

pure("`Acceptor` counts rejected connections that stay with those that never ask", async () => {
  const { acceptor, clock, dial } = bench({ maximumAssociations: 0 });
  const rejected = [];
  for (let i = 0; i < HALF_OPEN_LIMIT; i++) {
    const { peer } = dial();
    await peer.send(sampleRequest());
    await peer.expect("A-ASSOCIATE-RJ");
    rejected.push(peer);
  }
  const next = dial();
  await next.peer.send(sampleRequest());
  await next.peer.expect("A-ASSOCIATE-RJ");
  // The oldest has made room for it.
  await rejected[0]?.expect("closed");
  let isClosed = false;
  void rejected[1]?.expect("closed").then(() => isClosed = true);
  await settle();
  assert.equal(isClosed, false);
  // ARTIM ends them.
  await clock.advance(30_000);
  assert.equal(isClosed, true);
  await acceptor.shutdown();
  assert.equal(clock.pending, 0);
});

pure("`Acceptor` makes room at the cost of the address that has the most", async () => {
  const { acceptor, clock, dial } = bench();
  const patient = dial("10.0.0.6");
  const flood = Array.from({ length: HALF_OPEN_LIMIT + 10 }, () => dial("10.0.0.5"));
  await settle();
  for (const { peer } of flood.slice(0, 11)) await peer.expect("closed");
  // It came before them, and is still waited for.
  await patient.peer.send(sampleRequest());
  await patient.peer.expect("A-ASSOCIATE-AC");
  await flood[11]?.peer.send(sampleRequest());
  await flood[11]?.peer.expect("A-ASSOCIATE-AC");
  const done = acceptor.shutdown();
  await clock.advance(2000);
  await done;
  assert.equal(clock.pending, 0);
});

pure("`Acceptor` rejects one association too many of an address, and says why", async () => {
  const limits = { maximumAssociations: 3, maximumAssociationsPerAddress: 2 };
  const because: unknown[] = [];
  const { acceptor, clock, dial } = bench({
    ...limits,
    observer: (event) =>
      void (event.type === "association-rejected" && because.push(event.because)),
  });
  const associate = async (host: string, answer: "AC" | "RJ"): Promise<MemoryTransport> => {
    const { peer, transport } = dial(host);
    await peer.send(sampleRequest());
    if (answer === "AC") {
      await peer.expect("A-ASSOCIATE-AC");
    } else {
      const { result, source, reason } = await peer.expect("A-ASSOCIATE-RJ");
      assert.deepEqual([result, source, reason], [2, 3, 2]);
    }
    return transport;
  };
  const first = await associate("10.0.0.5", "AC");
  await associate("10.0.0.5", "AC");
  await associate("10.0.0.5", "RJ");
  await associate("10.0.0.6", "AC");
  await associate("10.0.0.7", "RJ");
  // One that has ended gives its place back, to its address and to all.
  first.close();
  await settle();
  assert.equal(acceptor.activeAssociations, 2);
  await associate("10.0.0.5", "AC");
  await associate("10.0.0.6", "RJ");
  assert.deepEqual(because, [
    "2 of 10.0.0.5 stand, the most from one address",
    "3 stand, the most there may be",
    "3 stand, the most there may be",
  ]);
  const done = acceptor.shutdown();
  await clock.advance(2000);
  await done;
  assert.equal(clock.pending, 0);
});

pure("`Acceptor` has room again when an association ends, however it does", async () => {
  const ends: [string, (peer: ScriptedPeer, transport: MemoryTransport) => Promise<void>][] = [
    ["released", async (peer, transport) => {
      await peer.send({ type: "A-RELEASE-RQ" });
      await peer.expect("A-RELEASE-RP");
      transport.close();
    }],
    ["aborted", (peer) => peer.send({ type: "A-ABORT", source: 0, reason: 0 })],
    ["closed", (_peer, transport) => Promise.resolve(transport.close())],
    ["reset", (_peer, transport) => Promise.resolve(transport.reset())],
    ["broken", async (peer, transport) => {
      await peer.send(sampleRequest());
      await peer.expect("A-ABORT");
      transport.close();
    }],
  ];
  const { acceptor, clock, dial } = bench();
  for (const [name, end] of ends) {
    const pair = [dial(), dial()];
    for (const { peer } of pair) {
      await peer.send(sampleRequest());
      await peer.expect("A-ASSOCIATE-AC");
    }
    assert.equal(acceptor.activeAssociations, 2, name);
    for (const { peer, transport } of pair) await end(peer, transport);
    await settle();
    assert.equal(acceptor.activeAssociations, 0, name);
    for (const { transport } of pair) transport.close();
  }
  await acceptor.shutdown();
  assert.equal(clock.pending, 0);
});

pure("`Acceptor.shutdown()` may be called twice, and closes what comes meanwhile", async () => {
  const { acceptor, listener } = bench();
  const [near, far] = memoryPair();
  const first = acceptor.shutdown();
  listener.give(far);
  await Promise.all([first, acceptor.shutdown(), acceptor.finished]);
  near.close();
  assert.equal(acceptor.activeAssociations, 0);
});
