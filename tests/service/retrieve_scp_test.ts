import assert from "node:assert/strict";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type { Handlers, RetrieveRequest, StoredInstance } from "../../lib/handler/handler.ts";
import type { Connect } from "../../lib/net/transport.ts";
import type { ServeOptions } from "../../lib/service/serve.ts";
import { STUDY_ROOT_GET, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import { EXPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import {
  type Answer,
  cancel,
  CONTEXT,
  getRequest,
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
import { handlerErrors, type Served, served } from "../support/served.ts";

const FAILED_UIDS = 0x00080058;
const UIDS = ["1.2.1", "1.2.2", "1.2.3"];
const INSTANCES = UIDS.map((uid) => stored(uid));

/** An archive whose destination is a storage SCP in memory. */
function moving(
  handlers: Handlers,
  store: Handlers,
  options: Partial<ServeOptions> = {},
): { archive: Served; store: Served } & AsyncDisposable {
  const network = memoryNetwork();
  const destination = served(store, { listen: network.listen });
  const archive = served(handlers, { connect: network.connect, ...options });
  return {
    ...{ archive, store: destination },
    async [Symbol.asyncDispose]() {
      await archive[Symbol.asyncDispose]();
      await destination[Symbol.asyncDispose]();
    },
  };
}

async function move(query: Querying, moveDestination = "STORE"): Promise<void> {
  await query.peer.sendMessage(
    CONTEXT.move,
    moveRequest({ messageId: 7, moveDestination }),
    STUDY_IDENTIFIER,
  );
}

async function get(query: Querying): Promise<void> {
  await query.peer.sendMessage(CONTEXT.get, getRequest({ messageId: 7 }), STUDY_IDENTIFIER);
}

/** Status and counters: remaining, completed, failed, warning. */
function told({ message }: Answer): unknown[] {
  assert.ok(message.type !== "C-FIND-RSP");
  assert.equal(message.messageIdBeingRespondedTo, 7);
  return [
    message.status,
    message.remaining,
    message.completed,
    message.failed,
    message.warning,
  ];
}

function last(answers: readonly Answer[]): Answer {
  const answer = answers.at(-1);
  assert.ok(answer);
  return answer;
}

/** The requestor of a C-GET: answers what comes, until the final response. */
async function getAll(query: Querying, statuses: readonly number[] = []): Promise<{
  answers: Answer[];
  received: string[];
}> {
  const answers: Answer[] = [];
  const received: string[] = [];
  for (;;) {
    const seen = await query.peer.expect("message");
    const { message, contextId } = seen;
    if (message.type === "C-STORE-RQ") {
      await query.peer.expect("data");
      await query.peer.sendMessage(contextId, {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: message.messageId,
        status: statuses[received.length] ?? 0,
        hasDataSet: false,
      });
      received.push(message.affectedSopInstanceUid);
      continue;
    }
    assert.ok(message.type === "C-GET-RSP", message.type);
    const answer: Answer = { message };
    if (message.hasDataSet) {
      const { data } = await query.peer.expect("data");
      answers.push({ ...answer, identifier: decodeDataSet(data, EXPLICIT) });
    } else answers.push(answer);
    if (message.status !== 0xff00) return { answers, received };
  }
}

const OUTCOMES: [
  name: string,
  statuses: number[],
  final: unknown[],
  failed: string[],
][] = [
  ["all stored", [0, 0, 0], [0x0000, undefined, 3, 0, 0], []],
  ["one coerced", [0, 0xb000, 0], [0xb000, undefined, 2, 0, 1], []],
  ["all coerced", [0xb000, 0xb006, 0xb007], [0xb000, undefined, 0, 0, 3], []],
  ["one refused", [0, 0xa700, 0], [0xb000, undefined, 2, 1, 0], ["1.2.2"]],
  ["two not understood", [0xc000, 0, 0xc123], [0xb000, undefined, 1, 2, 0], ["1.2.1", "1.2.3"]],
  ["one of each", [0, 0x0107, 0x0122], [0xb000, undefined, 1, 1, 1], ["1.2.3"]],
  ["none stored but one coerced", [0xa700, 0xb000, 0xa700], [0xb000, undefined, 0, 2, 1], [
    "1.2.1",
    "1.2.3",
  ]],
  ["all refused", [0xa700, 0x0117, 0xa900], [0xa702, undefined, 0, 3, 0], UIDS],
  ["a status that cannot be", [0x1234, 0, 0], [0xb000, undefined, 2, 1, 0], ["1.2.1"]],
];

function pendingOf(statuses: readonly number[]): unknown[][] {
  const done = [0, 0, 0];
  return statuses.map((status, index) => {
    done[status === 0 ? 0 : (status >= 0xb000 && status <= 0xbfff) || status === 0x0107 ? 2 : 1]! +=
      1;
    return [0xff00, statuses.length - index - 1, ...done];
  });
}

pure("C-MOVE ends as its sub-operations did, and tells after each how many are left", async () => {
  for (const [name, statuses, final, failed] of OUTCOMES) {
    const destination = new ScriptedDestination();
    await using archive = served(archiveOf(INSTANCES), { connect: destination.connect });
    const query = await querying(archive);
    await move(query);
    const peer = await destination.accepted();
    for (const status of statuses) await takeInstance(peer, status);
    await peer.acceptRelease();
    const answers = await query.responses();
    assert.deepEqual(answers.map(told), [...pendingOf(statuses), final], name);
    const { identifier, message } = last(answers);
    assert.equal(message.hasDataSet, failed.length > 0, name);
    assert.deepEqual(identifier?.getStrings(FAILED_UIDS) ?? [], failed, name);
    query.transport.close();
  }
});

pure("C-GET ends as its sub-operations did, and tells after each how many are left", async () => {
  for (const [name, statuses, final, failed] of OUTCOMES) {
    await using archive = served(archiveOf(INSTANCES));
    const query = await querying(archive);
    await get(query);
    const { answers, received } = await getAll(query, statuses);
    assert.deepEqual(received, UIDS);
    assert.deepEqual(answers.map(told), [...pendingOf(statuses), final], name);
    const { identifier, message } = last(answers);
    assert.equal(message.hasDataSet, failed.length > 0, name);
    assert.deepEqual(identifier?.getStrings(FAILED_UIDS) ?? [], failed, name);
    query.transport.close();
  }
});

pure("a retrieve that never begins is answered by what the handlers make of it", async () => {
  const full = Object.assign(new Error("index is locked"), { status: 0xa701 });
  const bug = new TypeError("bug");
  const throwing = (error: unknown) => () => {
    throw error;
  };
  const cases: [
    name: string,
    change: Handlers,
    destination: string,
    move: number,
    get: number,
    comment: RegExp | undefined,
    report?: unknown,
  ][] = [
    ["nothing matches", archiveOf([]), "STORE", 0x0000, 0x0000, undefined],
    ["an unknown destination", {}, "OTHER", 0xa801, -1, /^Move destination is not known: OTHER$/],
    ["no destination", {}, "", 0xa801, -1, /^No move destination is named$/],
    ["a status of locate()", { locate: throwing(full) }, "STORE", 0xa701, 0xa701, /^index is/],
    [
      "a status of locate() after some",
      {
        async *locate() {
          yield* INSTANCES;
          throw full;
        },
      },
      "STORE",
      0xa701,
      0xa701,
      /^index is/,
    ],
    [
      "a status before a destination is named",
      { resolveMoveDestination: throwing({ status: 0x0124, message: "not you" }) },
      "STORE",
      0x0124,
      -1,
      /^not you$/,
    ],
    ["a fault of locate()", { locate: throwing(bug) }, "STORE", 0xc000, 0xc000, /^Unable/, bug],
    [
      "a fault of resolveMoveDestination()",
      { resolveMoveDestination: throwing(bug) },
      "STORE",
      0xc000,
      -1,
      /^Unable/,
      bug,
    ],
  ];
  const connect: Connect = () => assert.fail("there is nothing to send");
  for (const [name, change, destination, moved, got, comment, report] of cases) {
    for (const [send, expected] of [[move, moved], [get, got]] as const) {
      if (expected === -1) continue;
      await using archive = served(archiveOf(INSTANCES, change), { connect });
      const query = await querying(archive);
      await send(query, destination);
      const { message } = await query.response();
      assert.ok(message.type !== "C-FIND-RSP");
      assert.equal(message.status, expected, name);
      assert.equal(message.remaining, undefined);
      assert.equal(message.completed, expected === 0 ? 0 : undefined, name);
      if (comment === undefined) assert.equal(message.errorComment, undefined, name);
      else assert.match(message.errorComment ?? "", comment, name);
      assert.deepEqual(handlerErrors(archive), report === undefined ? [] : [report], name);
      query.transport.close();
    }
  }
});

pure("locate() is told what the request is", async () => {
  const seen: RetrieveRequest[] = [];
  const handlers = archiveOf([], {
    queryOptions: { relational: true, combineDateTime: true },
    async *locate(request): AsyncGenerator<StoredInstance> {
      seen.push(request);
      yield* [];
    },
  });
  await using archive = served(handlers);
  const query = await querying(archive, {
    extendedNegotiations: [{ sopClassUid: STUDY_ROOT_MOVE, information: Uint8Array.of(1) }],
  });
  await move(query);
  await query.responses();
  await get(query);
  await query.responses();
  const [moved, got] = seen;
  assert.ok(moved && got);
  assert.deepEqual([moved.sopClassUid, got.sopClassUid], [STUDY_ROOT_MOVE, STUDY_ROOT_GET]);
  assert.deepEqual([moved.moveDestination, got.moveDestination], ["STORE", undefined]);
  assert.deepEqual([moved.relational, got.relational], [true, false]);
  assert.equal(moved.identifier.getString(0x0020000d), "1.2.3");
  assert.equal(moved.association.callingAeTitle, "QUERIER");
  query.transport.close();
});

pure("a destination that cannot be reached fails all, and says why", async () => {
  const rejecting = new ScriptedDestination();
  const rejection = (async () => {
    const peer = await rejecting.next();
    await peer.expect("A-ASSOCIATE-RQ");
    await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
    await peer.expect("closed");
    peer.transport.close();
  })();
  const cases: [name: string, connect: Connect, comment: RegExp][] = [
    [
      "no connection",
      () => Promise.reject(new ConnectionError("Cannot connect to store:104: refused")),
      /^Cannot connect to store:104: refused$/,
    ],
    ["a rejection", rejecting.connect, /^Association rejected/],
  ];
  for (const [name, connect, comment] of cases) {
    let opened = 0;
    const instances = UIDS.map((uid) =>
      stored(uid, {
        open() {
          opened += 1;
          return new Blob([]).stream();
        },
      })
    );
    await using archive = served(archiveOf(instances), { connect });
    const query = await querying(archive);
    await move(query);
    const answers = await query.responses();
    assert.deepEqual(told(last(answers)), [0xa702, undefined, 0, 3, 0], name);
    assert.match(last(answers).message.errorComment ?? "", comment, name);
    assert.deepEqual(last(answers).identifier?.getStrings(FAILED_UIDS), UIDS);
    assert.equal(opened, 0);
    assert.deepEqual(
      archive.events.flatMap((event) =>
        event.type === "sub-operation-failed" ? [event.sopInstanceUid] : []
      ),
      UIDS,
    );
    assert.deepEqual(handlerErrors(archive), []);
    query.transport.close();
  }
  await rejection;
});

pure("C-CANCEL ends a retrieve at whatever moment, and counts what is left", async () => {
  const cases: [
    name: string,
    prepare: (gate: Promise<void>, reached: () => void) => Handlers,
    final: unknown[],
  ][] = [
    [
      "while the destination is looked up",
      (gate, reached) => ({
        async resolveMoveDestination() {
          reached();
          await gate;
          return { hostname: "store", port: 104 };
        },
      }),
      [0xfe00, undefined, 0, 0, 0],
    ],
    [
      "while instances are located",
      (gate, reached) => ({
        async *locate() {
          yield stored("1.2.1");
          reached();
          await gate;
          yield stored("1.2.2");
        },
      }),
      [0xfe00, undefined, 0, 0, 0],
    ],
  ];
  for (const [name, prepare, final] of cases) {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const connect: Connect = () => assert.fail("it was cancelled before");
    const change = prepare(gate.promise, () => reached.resolve());
    await using archive = served(archiveOf(INSTANCES, change), { connect });
    const query = await querying(archive);
    await move(query);
    await reached.promise;
    await cancel(query, CONTEXT.move, 7);
    assert.deepEqual(told(await query.response()), final, name);
    gate.resolve();
    await settle();
    query.transport.close();
  }
});

pure("C-CANCEL while a destination is called gives it up", async () => {
  const signals: AbortSignal[] = [];
  const connect: Connect = ({ signal }) =>
    new Promise((_, reject) => {
      if (signal === undefined) return;
      signals.push(signal);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  await using archive = served(archiveOf(INSTANCES), { connect });
  const query = await querying(archive);
  await move(query);
  await settle();
  await cancel(query, CONTEXT.move, 7);
  assert.deepEqual(told(await query.response()), [0xfe00, 3, 0, 0, 0]);
  assert.equal(signals[0]?.aborted, true);
  query.transport.close();
  await settle();
  assert.equal(archive.clock.pending, 0);
});

pure("C-CANCEL between sub-operations lets the one under way end, and releases", async () => {
  const destination = new ScriptedDestination();
  await using archive = served(archiveOf(INSTANCES), { connect: destination.connect });
  const query = await querying(archive);
  await move(query);
  const peer = await destination.accepted();
  await takeInstance(peer, 0xa700);
  assert.deepEqual(told(await query.response()), [0xff00, 2, 0, 1, 0]);
  const second = await peer.expectMessage("C-STORE-RQ");
  await cancel(query, CONTEXT.move, 7);
  await settle();
  await peer.expect("data");
  await peer.sendMessage(1, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: second.messageId,
    status: 0,
    hasDataSet: false,
  });
  await peer.acceptRelease();
  assert.deepEqual(told(await query.response()), [0xff00, 1, 1, 1, 0]);
  const final = await query.response();
  assert.deepEqual(told(final), [0xfe00, 1, 1, 1, 0]);
  assert.deepEqual(final.identifier?.getStrings(FAILED_UIDS), ["1.2.1"]);
  assert.equal(destination.connections, 1);
  query.transport.close();
  await settle();
  assert.equal(archive.clock.pending, 0);
});

pure("C-CANCEL comes through during a C-GET", async () => {
  await using archive = served(archiveOf(INSTANCES));
  const query = await querying(archive);
  await get(query);
  const request = await query.peer.expectMessage("C-STORE-RQ");
  await query.peer.expect("data");
  await cancel(query, CONTEXT.get, 7);
  await query.peer.sendMessage(CONTEXT.explicitCt, {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: request.messageId,
    status: 0,
    hasDataSet: false,
  });
  const { answers, received } = await getAll(query);
  assert.deepEqual(answers.map(told), [[0xff00, 2, 1, 0, 0], [0xfe00, 2, 1, 0, 0]]);
  assert.deepEqual(received, []);
  query.transport.close();
});

pure("other requests during a C-GET do not stop it", async () => {
  const received: Received[] = [];
  const handlers = archiveOf(INSTANCES, storing(received));
  await using archive = served(handlers);
  const roleSelections = [{ sopClassUid: INSTANCES[0]?.sopClassUid ?? "", scu: true, scp: true }];
  const query = await querying(archive, { roleSelections });
  await get(query);
  for (const messageId of [20, 21, 22]) {
    await query.peer.sendMessage(CONTEXT.echo, {
      type: "C-ECHO-RQ",
      messageId,
      affectedSopClassUid: "1.2.840.10008.1.1",
      hasDataSet: false,
    });
  }
  await query.peer.sendMessage(CONTEXT.explicitCt, {
    type: "C-STORE-RQ",
    messageId: 23,
    affectedSopClassUid: INSTANCES[0]?.sopClassUid ?? "",
    affectedSopInstanceUid: "1.2.9",
    priority: 0,
    hasDataSet: true,
  }, bytesOf("1.2.9"));
  const others: number[] = [];
  const instances: string[] = [];
  const finals: unknown[][] = [];
  while (others.length < 4 || finals.length < 1) {
    const { message, contextId } = await query.peer.expect("message");
    if (message.type === "C-STORE-RQ") {
      await query.peer.expect("data");
      instances.push(message.affectedSopInstanceUid);
      await query.peer.sendMessage(contextId, {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: message.messageId,
        status: 0,
        hasDataSet: false,
      });
    } else if (message.type === "C-GET-RSP") {
      if (message.status !== 0xff00) finals.push(told({ message }));
    } else if ("status" in message) {
      assert.equal(message.status, 0);
      others.push(message.messageIdBeingRespondedTo);
    }
  }
  assert.deepEqual(others, [20, 21, 22, 23]);
  assert.deepEqual(instances, UIDS);
  assert.deepEqual(finals, [[0, undefined, 3, 0, 0]]);
  assert.deepEqual(received.map(({ request }) => request.sopInstanceUid), ["1.2.9"]);
  query.transport.close();
});

pure("the sub-operations of a C-MOVE do not wait for a requestor that is slow", async () => {
  const instances = Array.from({ length: 60 }, (_, index) => stored(`1.2.${index + 1}`));
  const received: Received[] = [];
  const network = memoryNetwork();
  await using _store = served(storing(received), { listen: network.listen });
  await using archive = served(archiveOf(instances), { connect: network.connect }, 300);
  const query = await querying(archive);
  await move(query);
  for (let turn = 0; turn < 200 && received.length < instances.length; turn++) await settle();
  assert.equal(received.length, instances.length);
  const answers = await query.responses();
  assert.ok(answers.length < 10, `${answers.length} responses`);
  const [beforeLast, final] = answers.slice(-2).map(told);
  assert.deepEqual(beforeLast, [0xff00, 0, 60, 0, 0]);
  assert.deepEqual(final, [0, undefined, 60, 0, 0]);
  query.transport.close();
});

pure("the loss of the requestor stops the sub-operations", async () => {
  const destination = new ScriptedDestination();
  await using archive = served(archiveOf(INSTANCES), { connect: destination.connect });
  const query = await querying(archive);
  await move(query);
  const peer = await destination.accepted();
  await takeInstance(peer);
  await peer.expectMessage("C-STORE-RQ");
  await query.peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  query.transport.close();
  await peer.expect("data");
  await peer.expect("A-ABORT");
  peer.transport.close();
  await settle();
  assert.equal(destination.connections, 1);
  assert.equal(archive.server.activeAssociations, 0);
  assert.equal(archive.clock.pending, 0);
});

pure("a requestor of C-GET that closes its sending side cannot answer, and is left", async () => {
  for (const waits of ["for the first instance", "for nothing"] as const) {
    await using archive = served(archiveOf(INSTANCES));
    const query = await querying(archive);
    await get(query);
    if (waits === "for the first instance") {
      await query.peer.expectMessage("C-STORE-RQ");
      await settle();
    }
    query.transport.closeWrite();
    await settle();
    assert.equal(archive.server.activeAssociations, 0, waits);
    assert.equal(archive.clock.pending, 0, waits);
    query.transport.close();
  }
});

pure("the server's shutdown ends its own associations, and waits for that", async () => {
  const destination = new ScriptedDestination();
  await using archive = served(archiveOf(INSTANCES), { connect: destination.connect });
  const query = await querying(archive);
  await move(query);
  const peer = await destination.accepted();
  await peer.expectMessage("C-STORE-RQ");
  let isDown = false;
  const down = archive.server.shutdown().then(() => isDown = true);
  await query.peer.expect("A-ABORT");
  query.transport.close();
  await settle();
  assert.equal(isDown, false);
  await peer.expect("data");
  await peer.expect("A-ABORT");
  peer.transport.close();
  await down;
  assert.equal(archive.clock.pending, 0);
});

pure("a data set that cannot be opened fails its sub-operation alone", async () => {
  const gone = new Error("the file is gone");
  const instances = [
    stored("1.2.1"),
    stored("1.2.2", { open: () => Promise.reject(gone) }),
    stored("1.2.3"),
  ];
  const received: Received[] = [];
  await using bench = moving(archiveOf(instances), storing(received));
  const query = await querying(bench.archive);
  await move(query);
  const answers = await query.responses();
  assert.deepEqual(told(last(answers)), [0xb000, undefined, 2, 1, 0]);
  assert.deepEqual(last(answers).identifier?.getStrings(FAILED_UIDS), ["1.2.2"]);
  assert.deepEqual(handlerErrors(bench.archive), [gone]);
  await get(query);
  const got = await getAll(query);
  assert.deepEqual(got.received, ["1.2.1", "1.2.3"]);
  assert.deepEqual(told(last(got.answers)), [0xb000, undefined, 2, 1, 0]);
  query.transport.close();
});

pure("locate() is left when it fails or is cancelled, and asked for no more", async () => {
  let isEnded = false;
  await using archive = served(archiveOf([], {
    async *locate({ signal }) {
      try {
        yield stored("1.2.1");
        await new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true })
        );
      } finally {
        isEnded = true;
      }
    },
  }));
  const query = await querying(archive);
  await get(query);
  await settle();
  await cancel(query, CONTEXT.get, 7);
  assert.deepEqual(told(await query.response()), [0xfe00, undefined, 0, 0, 0]);
  await settle();
  assert.ok(isEnded);
  assert.deepEqual(handlerErrors(archive), []);
  query.transport.close();
});
