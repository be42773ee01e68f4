import assert from "node:assert/strict";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import type { Handlers, StoredInstance } from "../../lib/handler/handler.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import {
  type Answer,
  CONTEXT,
  moveRequest,
  type Querying,
  querying,
  STUDY_IDENTIFIER,
} from "../support/querying.ts";
import { pure } from "../support/requesting.ts";
import {
  archiveOf,
  bytesOf,
  type Received,
  ScriptedDestination,
  stored,
  storing,
  takeInstance,
} from "../support/retrieving.ts";
import type { ServeOptions } from "../../lib/service/serve.ts";
import { type Served, served } from "../support/served.ts";

const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.70";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG = "1.2.840.10008.1.2.2";
const FAILED_UIDS = 0x00080058;

/** Moves all of an archive, and gives the final response. */
async function moveAll(query: Querying, messageId = 7): Promise<Answer> {
  await query.peer.sendMessage(
    CONTEXT.move,
    moveRequest({ messageId, priority: 1 }),
    STUDY_IDENTIFIER,
  );
  const answers = await query.responses();
  const final = answers.at(-1);
  assert.ok(final);
  return final;
}

function counts({ message }: Answer): unknown[] {
  assert.ok(message.type === "C-MOVE-RSP");
  return [message.status, message.completed, message.failed, message.warning];
}

/** The number of associations that were requested. */
function requested(bench: Served): number {
  return bench.events.filter(({ type }) => type === "association-requested").length;
}

pure("a C-MOVE calls its destination once, with the contexts it needs and who asked", async () => {
  const instances = [
    stored("1.2.1"),
    stored("1.2.2", { sopClassUid: MR, transferSyntaxUid: JPEG }),
    stored("1.2.3"),
  ];
  const destination = new ScriptedDestination();
  await using archive = served(
    archiveOf(instances, {
      resolveMoveDestination: () => ({ hostname: "store", port: 11112, aeTitle: "REAL" }),
    }),
    { connect: destination.connect, maximumLength: 4096 },
  );
  const query = await querying(archive);
  const final = moveAll(query, 513);
  const peer = await destination.next();
  const request = await peer.acceptAssociation();
  assert.deepEqual([request.callingAeTitle, request.calledAeTitle], ["ARCHIVE", "REAL"]);
  assert.deepEqual(
    request.presentationContexts.map((each) => [each.abstractSyntaxes[0], each.transferSyntaxes]),
    [[CT, [EXPLICIT]], [CT, [IMPLICIT, DEFLATED, BIG]], [MR, [JPEG]]],
  );
  assert.equal(request.userInformation.maximumLength, 4096);
  assert.deepEqual(request.userInformation.roleSelections, []);
  for (const { sopClassUid, sopInstanceUid, transferSyntaxUid } of instances) {
    const { message, contextId } = await peer.expect("message");
    assert.ok(message.type === "C-STORE-RQ");
    assert.equal(message.affectedSopClassUid, sopClassUid);
    assert.equal(message.affectedSopInstanceUid, sopInstanceUid);
    assert.equal(message.priority, 1);
    assert.equal(message.moveOriginatorAeTitle, "QUERIER");
    assert.equal(message.moveOriginatorMessageId, 513);
    assert.equal(contextId, sopClassUid === CT ? 1 : 5);
    const { data } = await peer.expect("data");
    const options = { sopClassUid, transferSyntaxUid };
    assert.deepEqual(data, Uint8Array.from(bytesOf(sopInstanceUid, options)));
    await peer.sendMessage(contextId, {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: message.messageId,
      status: 0,
      hasDataSet: false,
    });
  }
  await peer.acceptRelease();
  assert.deepEqual(counts(await final), [0, 3, 0, 0]);
  assert.equal(destination.connections, 1);
  query.transport.close();
});

pure("a C-MOVE calls its destination by the server's own AE title, where it has one", async () => {
  const cases: [options: Partial<ServeOptions>, callingAeTitle: string][] = [
    [{}, "ARCHIVE"],
    [{ aeTitle: "ARCHIVE" }, "ARCHIVE"],
    [{ callingAeTitle: "OWN" }, "OWN"],
    [{ aeTitle: "ARCHIVE", callingAeTitle: "OWN" }, "OWN"],
  ];
  for (const [options, callingAeTitle] of cases) {
    const destination = new ScriptedDestination();
    await using archive = served(
      archiveOf([stored("1.2.1")], {
        resolveMoveDestination: () => ({ hostname: "store", port: 11112 }),
      }),
      { connect: destination.connect, ...options },
    );
    const query = await querying(archive);
    const final = moveAll(query);
    const peer = await destination.next();
    assert.equal((await peer.expect("A-ASSOCIATE-RQ")).callingAeTitle, callingAeTitle);
    await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 3 });
    assert.equal((await final).message.status, 0xa702);
    query.transport.close();
  }
});

pure("what a destination does not take as it is, it gets converted, or not at all", async () => {
  const instances = [
    stored("1.2.1", { transferSyntaxUid: EXPLICIT }),
    stored("1.2.2", { transferSyntaxUid: IMPLICIT }),
    stored("1.2.3", { transferSyntaxUid: BIG }),
    stored("1.2.4", { transferSyntaxUid: DEFLATED }),
    stored("1.2.5", { transferSyntaxUid: JPEG }),
    stored("1.2.6", { sopClassUid: MR }),
  ];
  for (const transferSyntax of [EXPLICIT, IMPLICIT, BIG]) {
    const network = memoryNetwork();
    const received: Received[] = [];
    await using _store = served(storing(received), {
      listen: network.listen,
      storage: { sopClasses: [CT], transferSyntaxes: [transferSyntax] },
    });
    await using archive = served(archiveOf(instances), { connect: network.connect });
    const query = await querying(archive);
    const final = await moveAll(query);
    assert.deepEqual(counts(final), [0xb000, 4, 2, 0]);
    assert.deepEqual(final.identifier?.getStrings(FAILED_UIDS), ["1.2.5", "1.2.6"]);
    for (const { request, bytes } of received) {
      const own = bytesOf(request.sopInstanceUid, { transferSyntaxUid: EXPLICIT });
      assert.deepEqual(bytes, encodeDataSet(decodeDataSet(own, EXPLICIT), transferSyntax));
      assert.equal(request.transferSyntaxUid, transferSyntax);
    }
    assert.deepEqual(
      archive.events.flatMap((event) =>
        event.type === "sub-operation-failed" ? [event.sopInstanceUid] : []
      ),
      ["1.2.5", "1.2.6"],
    );
    query.transport.close();
  }
});

pure("a destination that accepts no context fails what it does not take", async () => {
  const network = memoryNetwork();
  await using store = served({ store: () => 0 }, {
    listen: network.listen,
    storage: { sopClasses: [MR] },
  });
  await using archive = served(archiveOf([stored("1.2.1"), stored("1.2.2")]), {
    connect: network.connect,
  });
  const query = await querying(archive);
  const final = await moveAll(query);
  assert.deepEqual(counts(final), [0xa702, 0, 2, 0]);
  assert.match(final.message.errorComment ?? "", /accepted no presentation/);
  assert.equal(requested(store), 1);
  query.transport.close();
});

pure("more contexts than an association has room for take several associations", async () => {
  const instances: StoredInstance[] = [];
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 200; index++) {
      const sopClassUid = `1.3.6.1.4.1.5962.${index}`;
      instances.push(stored(`1.2.${round}.${index}`, { sopClassUid, transferSyntaxUid: JPEG }));
    }
  }
  const network = memoryNetwork();
  const received: Received[] = [];
  await using store = served(storing(received), { listen: network.listen });
  await using archive = served(archiveOf(instances), { connect: network.connect });
  const query = await querying(archive);
  assert.deepEqual(counts(await moveAll(query)), [0, 400, 0, 0]);
  assert.equal(requested(store), 2);
  assert.equal(new Set(received.map(({ request }) => request.sopInstanceUid)).size, 400);
  const ids = received.map(({ request }) => request.association.id);
  assert.equal(new Set(ids.slice(0, 256)).size, 1);
  query.transport.close();
});

pure("a destination that is lost is called once more, and what is left goes there", async () => {
  const instances = ["1.2.1", "1.2.2", "1.2.3", "1.2.4"].map((uid) => stored(uid));
  const cases: [
    name: string,
    connections: ((destination: ScriptedDestination) => Promise<void>)[],
    counts: unknown[],
    failed: string[],
  ][] = [
    [
      "aborted in the middle, then stays",
      [
        async (destination) => {
          const peer = await destination.accepted();
          await takeInstance(peer);
          await peer.expectMessage("C-STORE-RQ");
          await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
          peer.transport.close();
        },
        async (destination) => {
          const peer = await destination.accepted();
          assert.equal(await takeInstance(peer), "1.2.3");
          assert.equal(await takeInstance(peer), "1.2.4");
          await peer.acceptRelease();
        },
      ],
      [0xb000, 3, 1, 0],
      ["1.2.2"],
    ],
    [
      "lost twice",
      [
        async (destination) => {
          const peer = await destination.accepted();
          await takeInstance(peer);
          peer.transport.close();
        },
        async (destination) => {
          const peer = await destination.accepted();
          await peer.expectMessage("C-STORE-RQ");
          peer.transport.close();
        },
      ],
      [0xb000, 1, 3, 0],
      ["1.2.2", "1.2.3", "1.2.4"],
    ],
    [
      "lost, and gone",
      [
        async (destination) => {
          const peer = await destination.accepted();
          await peer.expectMessage("C-STORE-RQ");
          peer.transport.close();
        },
        async (destination) => {
          const peer = await destination.next();
          peer.transport.close();
        },
      ],
      [0xa702, 0, 4, 0],
      ["1.2.1", "1.2.2", "1.2.3", "1.2.4"],
    ],
  ];
  for (const [name, connections, expected, failed] of cases) {
    const destination = new ScriptedDestination();
    await using archive = served(archiveOf(instances), { connect: destination.connect });
    const query = await querying(archive);
    const final = moveAll(query);
    for (const play of connections) await play(destination);
    const answer = await final;
    assert.deepEqual(counts(answer), expected, name);
    assert.deepEqual(answer.identifier?.getStrings(FAILED_UIDS), failed, name);
    assert.equal(destination.connections, 2, name);
    query.transport.close();
    await settle();
    assert.equal(archive.clock.pending, 0, name);
  }
});

pure("a destination that answers no more is given up by the DIMSE time-out", async () => {
  const destination = new ScriptedDestination();
  await using archive = served(archiveOf([stored("1.2.1")]), {
    connect: destination.connect,
    timeouts: { dimse: 5000 },
  });
  const query = await querying(archive);
  const final = moveAll(query);
  const peer = await destination.accepted();
  await peer.expectMessage("C-STORE-RQ");
  await peer.expect("data");
  await archive.clock.advance(5000);
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.deepEqual(counts(await final), [0xa702, 0, 1, 0]);
  query.transport.close();
});

pure("data sets that fail on their way cost their associations, and nothing else", async () => {
  const unreadable = new RangeError("unreadable");
  const broken = (uid: string): StoredInstance =>
    stored(uid, {
      open: () =>
        new ReadableStream({
          type: "bytes",
          start: (controller) => controller.enqueue(new Uint8Array(300_000)),
          pull: (controller) => controller.error(unreadable),
        }),
    });
  const instances = [broken("1.2.1"), stored("1.2.2"), broken("1.2.3"), broken("1.2.4")];
  const received: Received[] = [];
  const network = memoryNetwork();
  const handlers: Handlers = {
    async store(request) {
      try {
        return await storing(received).store?.(request) ?? 0;
      } catch {
        return 0xa700;
      }
    },
  };
  await using store = served(handlers, { listen: network.listen });
  await using archive = served(archiveOf([...instances, stored("1.2.5")]), {
    connect: network.connect,
  });
  const query = await querying(archive);
  const final = await moveAll(query);
  assert.deepEqual(counts(final), [0xb000, 2, 3, 0]);
  assert.deepEqual(final.identifier?.getStrings(FAILED_UIDS), ["1.2.1", "1.2.3", "1.2.4"]);
  assert.deepEqual(received.map(({ request }) => request.sopInstanceUid), ["1.2.2", "1.2.5"]);
  assert.equal(requested(store), 4);
  assert.deepEqual(
    archive.events.flatMap((event) => event.type === "handler-failed" ? [event.error] : []),
    [unreadable, unreadable, unreadable],
  );
  query.transport.close();
});

pure("three thousand retrieves leave nothing behind", async () => {
  const network = memoryNetwork();
  const received: Received[] = [];
  await using store = served(storing(received), { listen: network.listen });
  await using archive = served(archiveOf([stored("1.2.1", { pixels: 1 })]), {
    connect: network.connect,
    observer: () => {},
  });
  const query = await querying(archive);
  for (let round = 0; round < 3000; round++) {
    assert.equal((await moveAll(query)).message.status, 0);
    received.length = 0;
    store.events.length = 0;
  }
  await settle();
  assert.equal(store.server.activeAssociations, 0);
  assert.equal(store.clock.pending, 0);
  // Those of the one association that stands.
  assert.ok(archive.clock.pending <= 1, `${archive.clock.pending} timers`);
  query.transport.close();
  await settle();
  assert.equal(archive.clock.pending, 0);
});
