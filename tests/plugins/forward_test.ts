import assert from "node:assert/strict";
import { ConnectionError } from "../../lib/errors.ts";
import type { HandlerContext, StatusReply, StorageContext } from "../../lib/handler/handler.ts";
import forward, { forwardHandler, name, permissions, version } from "../../plugins/forward.ts";
import { REPLAY_LIMIT } from "../../plugins/forward_data_set.ts";
import { handlerConformance } from "../../plugins/conformance.ts";
import { openDataSet, someBytes, storeRequest } from "../conformance/store_request.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";
import { INSTANCE, instanceBytes, served } from "../support/served.ts";
import { storeRequest as storeCommand } from "../support/served.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { answer, type Arriving, Forwarding, type Select } from "./forwarding.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.50";

handlerConformance({
  name: "forward",
  create(context) {
    const kept = new Map<string, Uint8Array[]>();
    const handlers = forwardHandler({ to: "PACS@destination:104" }, {
      ...context,
      // A destination that keeps what it is sent, but for what is large.
      associate: ({ contexts, signal = new AbortController().signal }) =>
        Promise.resolve({
          contexts,
          signal,
          async store({ sopInstanceUid, dataSet }): Promise<StatusReply> {
            const parts: Uint8Array<ArrayBuffer>[] = [];
            let length = 0;
            for await (const part of dataSet) {
              length += part.byteLength;
              if (length < 10_000_000) parts.push(part);
            }
            const bytes = await new Blob(parts).bytes();
            const others = kept.get(sopInstanceUid) ?? [];
            const isThere = others.some((other) => Buffer.from(other).equals(bytes));
            if (!isThere) kept.set(sopInstanceUid, [...others, bytes]);
            return { status: 0x0000 };
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    });
    return { handlers, stored: (sopInstanceUid) => kept.get(sopInstanceUid) ?? [] };
  },
});

/** A sender, associated. */
type Sender = Awaited<ReturnType<ReturnType<typeof served>["associated"]>>;

const NO_ASSOCIATION = { status: 0xa700, errorComment: "No association with destination PACS" };
const LOST = { status: 0xa700, errorComment: "Lost destination PACS before its reply" };
const CANNOT = "error: Cannot forward 1.2.3 to PACS@destination:104: ";

/** What goes wrong at the destination, what the sender is told, and what the log says. */
const FAULTS: readonly {
  readonly what: string;
  readonly script: (forwarding: Forwarding) => Promise<unknown>;
  readonly reply: StatusReply;
  readonly logged: RegExp;
}[] = [
  {
    what: "rejects the association for good",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.next();
      await peer.expect("A-ASSOCIATE-RQ");
      await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
      far.close();
    },
    reply: NO_ASSOCIATION,
    logged: /called AE title not recognised/,
  },
  {
    what: "rejects the association for now",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.next();
      await peer.expect("A-ASSOCIATE-RQ");
      await peer.send({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
      far.close();
    },
    reply: NO_ASSOCIATION,
    logged: /local limit exceeded/,
  },
  {
    what: "aborts instead of accepting",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.next();
      await peer.expect("A-ASSOCIATE-RQ");
      await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
      far.close();
    },
    reply: NO_ASSOCIATION,
    logged: /abort/i,
  },
  {
    what: "does not answer the association request",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.next();
      await peer.expect("A-ASSOCIATE-RQ");
      await forwarding.clock.advance(30_000);
      far.close();
    },
    reply: NO_ASSOCIATION,
    logged: /30 s/,
  },
  {
    what: "aborts before the command",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.accepted();
      await peer.send({ type: "A-ABORT", source: 2, reason: 1 });
      far.close();
    },
    reply: LOST,
    logged: /abort/i,
  },
  {
    what: "aborts after the command",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.accepted();
      await peer.expectMessage("C-STORE-RQ");
      await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
      far.close();
    },
    reply: LOST,
    logged: /abort/i,
  },
  {
    what: "closes the connection in the middle of the data set",
    script: async (forwarding) => {
      const { far } = await forwarding.accepted();
      await far.read(new Uint8Array(10_000));
      await far.read(new Uint8Array(10_000));
      far.reset();
    },
    reply: LOST,
    logged: /connection/i,
  },
  {
    what: "aborts after the data set",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.accepted();
      await peer.expectMessage("C-STORE-RQ");
      await peer.expect("data");
      await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
      far.close();
    },
    reply: LOST,
    logged: /abort/i,
  },
  {
    what: "does not answer the instance",
    script: async (forwarding) => {
      const { peer, far } = await forwarding.accepted();
      await peer.expectMessage("C-STORE-RQ");
      await peer.expect("data");
      await forwarding.clock.advance(30_000);
      far.close();
    },
    reply: LOST,
    logged: /30 s/,
  },
  {
    what: "has no context for the SOP class",
    script: async (forwarding) => await (await forwarding.accepted(() => 3)).peer.acceptRelease(),
    reply: { status: 0x0122, errorComment: "Destination does not take the SOP class" },
    logged: /the peer accepted no presentation context/,
  },
  {
    what: "has no context for the transfer syntax",
    script: async (forwarding) => await (await forwarding.accepted(() => 4)).peer.acceptRelease(),
    reply: { status: 0xc000, errorComment: "Destination does not take the transfer syntax" },
    logged: /the peer accepted no presentation context/,
  },
];

for (const { what, script, reply, logged } of FAULTS) {
  pure(`forwardHandler() answers ${hex(reply.status)} when the destination ${what}`, async () => {
    await using forwarding = new Forwarding();
    const dataSet = openDataSet({ bytes: someBytes(500_000) }).stream;
    const stored = forwarding.store({ dataSet });
    await script(forwarding);
    assert.deepEqual(await stored, reply);
    assert.equal(forwarding.lines.length, 1, forwarding.lines.join("\n"));
    assert.ok(forwarding.lines[0]?.startsWith(CANNOT), forwarding.lines[0]);
    assert.match(forwarding.lines[0] ?? "", logged);
    assert.equal(dataSet.locked, false);
    assert.equal(forwarding.connections, 1);
  });
}

pure(
  "forwardHandler() answers 0xA700 when there is no connection, and tries each instance",
  async () => {
    await using forwarding = new Forwarding();
    forwarding.refusal = new ConnectionError(
      "Cannot connect to destination:104: connection refused",
    );
    for (let i = 1; i <= 2; i++) {
      assert.deepEqual(await forwarding.store(), NO_ASSOCIATION);
      assert.equal(forwarding.connections, i);
    }
    assert.deepEqual([...new Set(forwarding.lines)], [
      `${CANNOT}No association with destination PACS: ` +
      "Cannot connect to destination:104: connection refused",
    ]);
  },
);

function hex(status: number): string {
  return `0x${status.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** The destination's status, and the one that is passed back where it is another. */
const STATUSES: readonly (readonly [far: number, back: number, level: string])[] = [
  [0x0000, 0x0000, "info"],
  [0xb000, 0xb000, "warn"],
  [0xb006, 0xb006, "warn"],
  [0xb007, 0xb007, "warn"],
  [0x0116, 0x0116, "warn"],
  [0x0107, 0x0107, "warn"],
  [0xa700, 0xa700, "error"],
  [0xa7ff, 0xa7ff, "error"],
  [0xa900, 0xa900, "error"],
  [0xc000, 0xc000, "error"],
  [0xc123, 0xc123, "error"],
  [0x0110, 0x0110, "error"],
  [0x0117, 0x0117, "error"],
  [0x0122, 0x0122, "error"],
  [0x0124, 0x0124, "error"],
  [0x0211, 0x0211, "error"],
  [0xfe00, 0x0110, "error"],
  [0xff00, 0x0110, "error"],
  [0x1234, 0x0110, "error"],
];

pure("forwardHandler() passes back what the destination answers", async () => {
  await using forwarding = new Forwarding();
  let destination: Arriving | undefined;
  for (const [far, back, level] of STATUSES) {
    forwarding.lines.length = 0;
    const stored = forwarding.store();
    destination ??= await forwarding.accepted();
    await answer(destination, {
      status: far,
      errorComment: "why",
      offendingElements: [0x00100010],
    });
    const reply = back === far
      ? { status: far, errorComment: "why", offendingElements: [0x00100010] }
      : { status: back, errorComment: `Destination answered status ${hex(far)}` };
    assert.deepEqual(await stored, reply, hex(far));
    assert.equal(forwarding.lines.length, 1);
    assert.ok(forwarding.lines[0]?.startsWith(`${level}: `), forwarding.lines[0]);
    assert.match(forwarding.lines[0] ?? "", /1\.2\.3 to PACS@destination:104/);
    if (back !== 0) assert.ok(forwarding.lines[0]?.includes(hex(back)), forwarding.lines[0]);
  }
  assert.equal(forwarding.connections, 1, "A status does not end the association");
  destination?.far.close();
});

pure("forwardHandler() calls as the sender does, unless it is told otherwise", async () => {
  for (
    const [callingAeTitle, expected] of [[undefined, "MODALITY"], ["ROUTER", "ROUTER"]] as const
  ) {
    await using forwarding = new Forwarding(callingAeTitle === undefined ? {} : { callingAeTitle });
    const stored = forwarding.store({ callingAeTitle: "MODALITY" });
    const { peer, far } = await forwarding.next();
    const request = await peer.expect("A-ASSOCIATE-RQ");
    assert.deepEqual([request.callingAeTitle, request.calledAeTitle], [expected, "PACS"]);
    far.close();
    assert.deepEqual(await stored, NO_ASSOCIATION);
  }
});

const SET: readonly StorageContext[] = [
  { sopClassUid: CT, transferSyntaxUid: JPEG },
  { sopClassUid: CT, transferSyntaxUid: EXPLICIT },
  { sopClassUid: MR, transferSyntaxUid: EXPLICIT },
];

function requestOf(
  context: StorageContext | undefined,
  contexts: readonly StorageContext[],
  uid = "1.2.3",
) {
  const dataSet = openDataSet({ bytes: someBytes(100) }).stream;
  return { ...storeRequest({ dataSet, sopInstanceUid: uid, ...context }), contexts };
}

pure(
  "forwardHandler() serves all that an association brings by one, and what comes later",
  async () => {
    await using forwarding = new Forwarding();
    let destination: Arriving | undefined;
    // The same contexts, in another order, are of another association of the sender.
    for (const contexts of [SET, SET.toReversed()]) {
      for (const context of SET) {
        const stored = forwarding.handle(requestOf(context, contexts));
        destination ??= await forwarding.accepted();
        assert.deepEqual(await answer(destination), someBytes(100));
        assert.equal((await stored).status, 0x0000);
      }
    }
    assert.equal(forwarding.connections, 1);
    // Others need another association, and so does another who calls.
    for (
      const request of [
        requestOf(SET[0], SET.slice(0, 2)),
        {
          ...requestOf(SET[0], SET),
          association: { ...requestOf(SET[0], SET).association, callingAeTitle: "B" },
        },
      ]
    ) {
      const stored = forwarding.handle(request);
      const other = await forwarding.accepted();
      await answer(other);
      assert.equal((await stored).status, 0x0000);
      other.far.close();
    }
    assert.equal(forwarding.connections, 3);
    destination?.far.close();
  },
);

pure(
  "forwardHandler() uses two associations for two instances at once, and both again",
  async () => {
    await using forwarding = new Forwarding();
    const destinations: Arriving[] = [];
    for (let round = 0; round < 2; round++) {
      const stored = [forwarding.store(), forwarding.store()];
      while (destinations.length < 2) destinations.push(await forwarding.accepted());
      for (const destination of destinations) await answer(destination);
      assert.deepEqual((await Promise.all(stored)).map(({ status }) => status), [0, 0]);
    }
    assert.equal(forwarding.connections, 2);
    for (const { far } of destinations) far.close();
  },
);

pure("forwardHandler() lets instances wait where no more associations are allowed", async () => {
  await using forwarding = new Forwarding({ maximumAssociations: 1 });
  const stored = [forwarding.store(), forwarding.store(), forwarding.store()];
  const destination = await forwarding.accepted();
  for (let i = 0; i < 3; i++) await answer(destination);
  assert.deepEqual((await Promise.all(stored)).map(({ status }) => status), [0, 0, 0]);
  assert.equal(forwarding.connections, 1);
  destination.far.close();
});

pure("forwardHandler() answers 0xA700 when no association is free in time", async () => {
  await using forwarding = new Forwarding({ maximumAssociations: 1, timeout: 5_000 });
  const { far, reply } = await busy(forwarding);
  const waiting = forwarding.store();
  await forwarding.clock.advance(5_000);
  assert.deepEqual(await waiting, NO_ASSOCIATION);
  assert.match(forwarding.lines[0] ?? "", /none was free or accepted within 5 s$/);
  far.close();
  assert.deepEqual(await reply, LOST);
});

pure(
  "forwardHandler() gives up an association that does not come in time, or for a sender that is lost",
  async () => {
    const lost = new ConnectionError("Lost the connection");
    for (const isSenderLost of [true, false]) {
      await using forwarding = new Forwarding({ timeout: 5_000 });
      const sender = new AbortController();
      const pending = forwarding.store({ signal: sender.signal });
      const outcome = isSenderLost ? failure(pending) : pending;
      const { peer, far } = await forwarding.next();
      await peer.expect("A-ASSOCIATE-RQ");
      if (isSenderLost) sender.abort(lost);
      else await forwarding.clock.advance(5_000);
      await peer.expect("A-ABORT");
      far.close();
      assert.deepEqual(await outcome, isSenderLost ? lost : NO_ASSOCIATION);
    }
  },
);

pure("forwardHandler() keeps an association that has nothing to do for a while", async () => {
  await using forwarding = new Forwarding({ idleTime: 5_000 });
  const first = await warm(forwarding);
  await forwarding.clock.advance(4_999);
  const stored = forwarding.store();
  await answer(first);
  await stored;
  await forwarding.clock.advance(4_999);
  const released = first.peer.acceptRelease();
  await forwarding.clock.advance(1);
  await released;
  const second = await warm(forwarding);
  assert.equal(forwarding.connections, 2);
  second.far.close();
});

/** A destination that has an instance and does not answer. */
async function busy(
  forwarding: Forwarding,
): Promise<Arriving & { readonly reply: Promise<StatusReply> }> {
  const reply = forwarding.store();
  const arriving = await forwarding.accepted();
  await arriving.peer.expectMessage("C-STORE-RQ");
  await arriving.peer.expect("data");
  return { ...arriving, reply };
}

pure("forwardHandler() gives up when the host shuts down", async () => {
  await using forwarding = new Forwarding({ maximumAssociations: 1 });
  const { peer, far, reply } = await busy(forwarding);
  const waiting = forwarding.store();
  await settle();
  forwarding.shutDown();
  await peer.expect("A-ABORT");
  far.close();
  assert.deepEqual(await reply, LOST);
  assert.deepEqual(await waiting, NO_ASSOCIATION);
  assert.deepEqual(await forwarding.store(), NO_ASSOCIATION);
  assert.equal(forwarding.connections, 1);
});

pure("forwardHandler() releases what it keeps when it is disposed of", async () => {
  const forwarding = new Forwarding();
  const stored = forwarding.store();
  const destination = await forwarding.accepted();
  await answer(destination);
  await stored;
  const disposed = forwarding[Symbol.asyncDispose]();
  await destination.peer.acceptRelease();
  await disposed;
  assert.equal(forwarding.clock.pending, 0);
});

/** Forwards one instance, so that its association is kept. */
async function warm(forwarding: Forwarding): Promise<Arriving> {
  const stored = forwarding.store();
  const destination = await forwarding.accepted();
  await answer(destination);
  assert.equal((await stored).status, 0x0000);
  return destination;
}

/** How the association dies that is used again, in how large an instance, and whether it is tried again. */
const DEATHS: readonly (readonly [
  what: string,
  length: number,
  die: (destination: Arriving, forwarding: Forwarding) => Promise<unknown>,
  isRetried: boolean,
])[] = [
  ["is reset at the command", 100, async ({ peer, far }) => {
    await peer.expectMessage("C-STORE-RQ");
    far.reset();
  }, true],
  ["is aborted in the middle", REPLAY_LIMIT - 1, async ({ peer, far }) => {
    await peer.expectMessage("C-STORE-RQ");
    await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
    far.close();
  }, true],
  ["is aborted after the data set", 1000, async ({ peer, far }) => {
    await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
    far.close();
  }, true],
  ["keeps silent", 1000, async ({ peer, far }, { clock }) => {
    await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await clock.advance(30_000);
    far.close();
  }, true],
  ["is aborted after too much", REPLAY_LIMIT + 1, async ({ peer, far }) => {
    await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
    far.close();
  }, false],
];

for (const [what, length, die, isRetried] of DEATHS) {
  const outcome = isRetried ? "tries once more" : "does not try again";
  pure(`forwardHandler() ${outcome} when an association that it uses again ${what}`, async () => {
    await using forwarding = new Forwarding();
    const dead = await warm(forwarding);
    forwarding.lines.length = 0;
    const bytes = someBytes(length + length % 2);
    const { stream } = openDataSet({ bytes, portions: [16_372, 5] });
    const stored = forwarding.store({ dataSet: stream });
    await die(dead, forwarding);
    if (!isRetried) {
      assert.deepEqual(await stored, LOST);
      assert.equal(forwarding.connections, 1);
      return;
    }
    const fresh = await forwarding.accepted();
    assert.deepEqual(await answer(fresh), bytes);
    assert.deepEqual(await stored, { status: 0x0000 });
    assert.match(
      forwarding.lines[0] ?? "",
      /^info: Requesting a new association with PACS@destination:104: Lost/,
    );
    assert.equal(forwarding.connections, 2);
    assert.equal(stream.locked, false);
    fresh.far.close();
  });
}

pure("forwardHandler() does not try a third time", async () => {
  await using forwarding = new Forwarding();
  const dead = await warm(forwarding);
  const stored = forwarding.store();
  dead.far.reset();
  const fresh = await forwarding.accepted();
  await fresh.peer.expectMessage("C-STORE-RQ");
  fresh.far.reset();
  assert.deepEqual(await stored, LOST);
  assert.equal(forwarding.connections, 2);
});

pure("forwardHandler() does not use an association again that ended meanwhile", async () => {
  await using forwarding = new Forwarding();
  const dead = await warm(forwarding);
  dead.far.close();
  await settle();
  const again = await warm(forwarding);
  assert.equal(forwarding.connections, 2);
  again.far.close();
});

pure(
  "forwardHandler() fails as the data set does, and lets the destination keep nothing",
  async () => {
    const broken = new TypeError("Data set is broken");
    for (const length of [0, 1000, 500_000]) {
      await using forwarding = new Forwarding();
      const { far, peer } = await warm(forwarding);
      const { stream } = openDataSet({ length, end: broken });
      const failed = failure(forwarding.store({ dataSet: stream }));
      if (length > 300_000) {
        await peer.expectMessage("C-STORE-RQ");
        await peer.expect("A-ABORT");
      }
      assert.equal(await failed, broken);
      assert.equal(forwarding.connections, 1, "It is not tried again");
      far.close();
    }
  },
);

pure(
  "forwardHandler() converts where the destination takes only that, also where many are proposed",
  async () => {
    const facts = { sopClassUid: CT, sopInstanceUid: "1.2.3" };
    const bytes = instanceDataSet({ ...facts, transferSyntaxUid: EXPLICIT });
    const implicit = instanceDataSet({ ...facts, transferSyntaxUid: IMPLICIT });
    const onlyImplicit: Select = (_uid, syntaxes) => syntaxes.includes(IMPLICIT) ? IMPLICIT : 4;
    const many = Array.from({ length: 100 }, (_, i): StorageContext => ({
      sopClassUid: `1.2.${i}`,
      transferSyntaxUid: EXPLICIT,
    }));
    for (const [others, convert] of [[[], true], [many, true], [many, false]] as const) {
      await using forwarding = new Forwarding({ convert });
      const destinations: Arriving[] = [];
      for (let i = 0; i < 2; i++) {
        const context = { sopClassUid: CT, transferSyntaxUid: EXPLICIT };
        const request = requestOf(context, [context, ...others]);
        const stored = forwarding.handle({ ...request, dataSet: openDataSet({ bytes }).stream });
        if (others.length > 0 && (i === 0 || !convert)) {
          await (await forwarding.accepted(onlyImplicit)).peer.acceptRelease();
        }
        if (convert) {
          if (i === 0) destinations.push(await forwarding.accepted(onlyImplicit));
          const [destination] = destinations;
          assert.ok(destination);
          assert.deepEqual(await answer(destination), implicit);
        }
        assert.equal((await stored).status, convert ? 0x0000 : 0xc000);
      }
      for (const { far } of destinations) far.close();
    }
  },
);

pure(
  "forwardHandler() asks for one SOP class alone only once where that is of no use",
  async () => {
    await using forwarding = new Forwarding();
    const takesMr: Select = (uid, [first]) => uid === MR ? first ?? 4 : 4;
    const first = forwarding.handle(requestOf(SET[0], SET));
    const all = await forwarding.accepted(takesMr);
    await (await forwarding.accepted(takesMr)).peer.acceptRelease();
    assert.equal((await first).status, 0xc000);
    assert.equal((await forwarding.handle(requestOf(SET[0], SET))).status, 0xc000);
    assert.equal(forwarding.connections, 2);
    all.far.close();
  },
);

pure("forwardHandler() answers Success upstream only after the destination did", async () => {
  await using forwarding = new Forwarding();
  await using upstream = served(forwarding.handlers);
  const { peer } = await upstream.associated();
  const bytes = instanceBytes(200_000);
  const sent = peer.sendMessage(3, storeCommand(), bytes);
  const destination = await forwarding.accepted();
  const { affectedSopInstanceUid } = await destination.peer.expectMessage("C-STORE-RQ");
  assert.equal(affectedSopInstanceUid, INSTANCE);
  assert.deepEqual((await destination.peer.expect("data")).data, bytes);
  await sent;
  await settle();
  const response = peer.expectMessage("C-STORE-RSP");
  let isAnswered = false;
  void response.then(() => isAnswered = true);
  await settle();
  assert.equal(isAnswered, false);
  await destination.peer.sendMessage(1, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xb000,
    errorComment: "Changed",
    hasDataSet: false,
  });
  const { status, errorComment } = await response;
  assert.deepEqual([status, errorComment], [0xb000, "Changed"]);
  destination.far.close();
});

pure(
  "forwardHandler() lets the destination keep nothing when the sender is lost, or sends what is broken",
  async () => {
    const whole = instanceBytes(200_000);
    const faults: readonly (readonly [string, (peer: Sender) => Promise<void>])[] = [
      ["lost", async ({ peer, transport }) => {
        await peer.sendTruncated(3, storeCommand(), whole);
        await settle();
        transport.close();
      }],
      ["reset", async ({ peer, transport }) => {
        await peer.sendTruncated(3, storeCommand(), whole);
        await settle();
        transport.reset();
      }],
      ["broken", async ({ peer }) => {
        await peer.sendMessage(3, storeCommand(), whole.subarray(0, -100));
        const { status } = await peer.expectMessage("C-STORE-RSP");
        assert.equal(status, 0xc000);
      }],
    ];
    for (const [what, fail] of faults) {
      await using forwarding = new Forwarding();
      await using upstream = served(forwarding.handlers);
      const sender = await upstream.associated();
      const failed = fail(sender);
      const { peer, far } = await forwarding.accepted();
      await peer.expectMessage("C-STORE-RQ");
      await peer.expect("A-ABORT");
      far.close();
      await failed;
      assert.ok(forwarding.lines.every((line) => !line.startsWith("info: Forwarded")), what);
    }
  },
);

pure("forward takes the options of the command line, and says what it needs", async () => {
  assert.equal(name, "forward");
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const options: HandlerContext["options"] = { to: ["PACS@[::1]:104"], "calling-aet": ["ROUTER"] };
  assert.deepEqual(permissions(options), { net: ["[::1]:104"] });
  assert.deepEqual(permissions({ to: ["A@host:11112"] }), { net: ["host:11112"] });
  assert.throws(() => permissions({}), TypeError);
  const asked: unknown[] = [];
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const { signal } = new AbortController();
  const handlers = await forward({
    options,
    log,
    signal,
    associate: ({ signal: _signal, ...rest }) => {
      asked.push(rest);
      return Promise.reject(new Error("No network"));
    },
  });
  const dataSet = openDataSet({ length: 1 }).stream;
  assert.deepEqual(await handlers.store?.(storeRequest({ dataSet })), NO_ASSOCIATION);
  assert.deepEqual(asked, [{
    hostname: "::1",
    port: 104,
    calledAeTitle: "PACS",
    callingAeTitle: "ROUTER",
    contexts: [{ sopClassUid: CT, transferSyntaxUid: EXPLICIT }],
    convert: true,
  }]);
  await assert.rejects(
    async () => await forward({ options: {}, log, signal, associate: () => Promise.reject() }),
    {
      message: "Cannot forward: the handler option to=AET@host:port is missing",
    },
  );
});
