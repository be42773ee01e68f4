import assert from "node:assert/strict";
import { PRIORITY } from "../../lib/dimse/message.ts";
import {
  ConnectionError,
  LocalProtocolError,
  NegotiationError,
  TimeoutError,
} from "../../lib/errors.ts";
import type { Status } from "../../lib/handler/handler.ts";
import type { Association } from "../../lib/net/association.ts";
import { associate, DEFAULT_MAXIMUM_LENGTH } from "../../lib/net/requestor.ts";
import { serve, type Server } from "../../lib/service/serve.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { failure, pure, requesting } from "../support/requesting.ts";
import { INSTANCE, instanceBytes } from "../support/served.ts";

const HOST = "127.0.0.1";

function net(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: { net: true }, fn });
}

function call(server: Server, signal?: AbortSignal): Promise<Association> {
  return associate({
    hostname: HOST,
    port: server.addr.port,
    callingAeTitle: "SENDER",
    calledAeTitle: "STORE",
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
    ],
    ...(signal ? { signal } : {}),
  });
}

async function store(association: Association, dataSet: Uint8Array): Promise<Status> {
  const operation = await association.invoke(
    association.contextFor(CT).id,
    {
      type: "C-STORE-RQ",
      messageId: association.nextMessageId(),
      affectedSopClassUid: CT,
      affectedSopInstanceUid: INSTANCE,
      priority: PRIORITY.medium,
      hasDataSet: true,
    },
    "C-STORE-RSP",
    dataSet,
  );
  const { message } = await operation.next();
  return message.status;
}

net(
  "`associate()` and `serve()` over TCP: C-ECHO, and a C-STORE of 3 MB byte for byte",
  async () => {
    const received: Uint8Array[] = [];
    await using server = serve({
      hostname: HOST,
      port: 0,
      handlers: {
        async store(request): Promise<Status> {
          received.push(new Uint8Array(await new Response(request.dataSet).arrayBuffer()));
          return 0;
        },
      },
    });
    await using association = await call(server);
    assert.deepEqual(association.acceptedContexts.map(({ id }) => id), [1, 3]);
    assert.match(association.localAddress, /^127\.0\.0\.1:\d+$/);
    assert.equal(association.info.peerAddress, `${HOST}:${server.addr.port}`);
    assert.equal((await cEcho(association)).status, 0);
    const instance = instanceBytes(1_500_000);
    assert.ok(instance.byteLength > 3_000_000);
    assert.equal(await store(association, instance), 0);
    assert.equal(await store(association, instance), 0);
    assert.deepEqual(received, [instance, instance]);
    await association.release();
    assert.equal(association.isEstablished, false);
  },
);

net("50 associations at once do not disturb each other", async () => {
  let count = 0;
  await using server = serve({
    hostname: HOST,
    port: 0,
    handlers: {
      async store(request): Promise<Status> {
        for await (const chunk of request.dataSet) count += chunk.byteLength;
        return 0;
      },
    },
  });
  const instance = instanceBytes(20_000);
  const statuses = await Promise.all(Array.from({ length: 50 }, async () => {
    await using association = await call(server);
    const all: Status[] = [];
    for (let i = 0; i < 3; i++) {
      all.push((await cEcho(association)).status, await store(association, instance));
    }
    return all;
  }));
  assert.deepEqual(statuses, Array.from({ length: 50 }, () => [0, 0, 0, 0, 0, 0]));
  assert.equal(count, 150 * instance.byteLength);
});

net("500 associations one after the other leave nothing", async () => {
  // What is left open, sockets and timers, is found by the sanitizers of the test.
  await using server = serve({ hostname: HOST, port: 0, handlers: {} });
  for (let i = 0; i < 500; i++) {
    const association = await call(server);
    if (i % 2 === 0) await cEcho(association);
    await (i % 3 === 0 ? association.abort() : association.release());
  }
  await server.shutdown();
  assert.equal(server.activeAssociations, 0);
});

net("`associate()` says that nobody listens", async () => {
  const server = serve({ hostname: HOST, port: 0, handlers: {} });
  await server.shutdown();
  const error = await failure(call(server));
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /^Cannot connect to 127\.0\.0\.1:\d+: /);
});

net("the loss of the server fails what is under way", async () => {
  const gate = Promise.withResolvers<void>();
  const server = serve({
    hostname: HOST,
    port: 0,
    handlers: {
      store(): Promise<Status> {
        gate.resolve();
        return new Promise<Status>(() => {});
      },
    },
  });
  const association = await call(server);
  const failed = failure(store(association, instanceBytes()));
  await gate.promise;
  await server.shutdown();
  assert.match((await failed).message, /^Association aborted by the peer's application$/);
  await association.closed;
  assert.ok(association.signal.aborted);
});

net("the signal of `associate()` aborts the association later on, too", async () => {
  await using server = serve({ hostname: HOST, port: 0, handlers: {} });
  const controller = new AbortController();
  const association = await call(server, controller.signal);
  assert.equal((await cEcho(association)).status, 0);
  const reason = new RangeError("enough");
  controller.abort(reason);
  await association.closed;
  assert.equal(association.signal.reason, reason);
  assert.equal(await failure(cEcho(association)), reason);
});

pure("`associate()` refuses what cannot be encoded before it calls anybody", async () => {
  let calls = 0;
  const { associate } = requesting();
  const connect = () => {
    calls += 1;
    return Promise.reject(new ConnectionError("Cannot connect"));
  };
  const cases: Parameters<typeof associate>[0][] = [
    { callingAeTitle: "MORE THAN 16 CHARACTERS" },
    { presentationContexts: [] },
  ];
  for (const options of cases) {
    assert.ok(await failure(associate({ ...options, connect })) instanceof LocalProtocolError);
  }
  assert.ok(await failure(associate({ timeouts: { acse: -1 }, connect })) instanceof RangeError);
  const reason = new RangeError("no longer wanted");
  assert.equal(await failure(associate({ signal: AbortSignal.abort(reason), connect })), reason);
  assert.equal(calls, 0);
});

pure("`associate()` passes on why there is no connection, and leaves no timer", async () => {
  const { associate, clock, events } = requesting();
  const error = new ConnectionError("Cannot connect to peer:104: refused");
  assert.equal(await failure(associate({ connect: () => Promise.reject(error) })), error);
  assert.equal(clock.pending, 0);
  assert.deepEqual(events, []);
});

pure("`associate()` gives up connecting by its signal, and in time", async () => {
  const never = ({ signal }: { readonly signal: AbortSignal }) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  const { associate, clock } = requesting();
  const controller = new AbortController();
  const cancelled = failure(associate({ connect: never, signal: controller.signal }));
  const reason = new RangeError("no longer wanted");
  controller.abort(reason);
  assert.equal(await cancelled, reason);
  assert.equal(clock.pending, 0);
  const late = failure(associate({ connect: never, timeouts: { connect: 1500 } }));
  await clock.advance(1500);
  const error = await late;
  assert.ok(error instanceof TimeoutError && error.phase === "connect");
  assert.equal(error.message, "Cannot connect to peer:104: no answer within 1.5 s");
  assert.equal(clock.pending, 0);
});

pure("`associate()` advertises its maximum length", async () => {
  for (const maximumLength of [undefined, 0, 16384]) {
    const { associate, peer, far } = requesting();
    const failed = failure(associate(maximumLength === undefined ? {} : { maximumLength }));
    const { userInformation } = await peer.expect("A-ASSOCIATE-RQ");
    assert.equal(userInformation.maximumLength, maximumLength ?? DEFAULT_MAXIMUM_LENGTH);
    far.close();
    await failed;
  }
});

pure("`associate()` says what was refused, however the peer then behaves (U9)", async () => {
  for (const then of ["releases", "closes", "aborts", "is silent"] as const) {
    const { associate, peer, far, clock, near } = requesting();
    const failed = failure(associate({
      presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
    }));
    await peer.acceptAssociation((accept) => ({
      ...accept,
      presentationContexts: [{ id: 1, result: 4, transferSyntax: "" }],
    }));
    if (then === "releases") await peer.acceptRelease();
    else await peer.expect("A-RELEASE-RQ");
    if (then === "aborts") await peer.send({ type: "A-ABORT", source: 2, reason: 0 });
    if (then === "is silent") await clock.advance(32_000);
    else far.close();
    const error = await failed;
    assert.ok(error instanceof NegotiationError, `${then}: ${error}`);
    assert.equal(
      error.message,
      "Cannot use the association: the peer accepted no presentation context " +
        `(${CT}: transfer syntaxes not supported)`,
    );
    assert.ok(near.isClosed, then);
    assert.equal(clock.pending, 0, then);
    far.close();
  }
});

pure("a requestor does not wait for long until a peer that it aborted closes", async () => {
  for (const isEstablished of [false, true]) {
    const { associate, associated, peer, far, near, clock } = requesting();
    const ended = isEstablished
      ? (await associated()).closed
      : failure(associate()).then(() => undefined);
    if (!isEstablished) await peer.expect("A-ASSOCIATE-RQ");
    await peer.sendBytes(Uint8Array.of(0xff, 0, 0, 0, 0, 0));
    await peer.expect("A-ABORT");
    await clock.advance(1_999);
    assert.equal(near.isClosed, false, `established: ${isEstablished}`);
    await clock.advance(1);
    assert.ok(near.isClosed, `established: ${isEstablished}`);
    await ended;
    assert.equal(clock.pending, 0);
    far.close();
  }
});

pure("`Association.contextFor()` says why there is none, the roles included", async () => {
  const { associate, peer, end } = requesting();
  const pending = associate({
    roleSelections: [{ sopClassUid: CT, scu: false, scp: true }],
  });
  await peer.acceptAssociation((accept, request) => ({
    ...accept,
    presentationContexts: [
      { id: 1, result: 0, transferSyntax: IMPLICIT },
      { id: 3, result: 0, transferSyntax: IMPLICIT },
      { id: 5, result: 3, transferSyntax: IMPLICIT },
    ],
    userInformation: request.userInformation,
  }));
  const association = await pending;
  assert.equal(association.contextFor(ECHO).id, 1);
  const refusals: [abstractSyntax: string, why: string][] = [
    [CT, "it was accepted for the role of SCP only"],
    ["1.2.840.10008.5.1.4.1.2.2.2", "abstract syntax not supported"],
    ["1.2.3", "it was not proposed"],
  ];
  for (const [uid, why] of refusals) {
    assert.throws(
      () => association.contextFor(uid),
      new NegotiationError(
        `Cannot use ${uid}: the peer accepted no presentation context for it (${why})`,
      ),
    );
  }
  await end(association);
});
