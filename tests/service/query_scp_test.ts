import assert from "node:assert/strict";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import type { FindRequest, Handlers } from "../../lib/handler/handler.ts";
import { associate } from "../../lib/net/requestor.ts";
import { cFind } from "../../lib/service/query_scu.ts";
import { serve } from "../../lib/service/serve.ts";
import { MODALITY_WORKLIST_FIND, STUDY_ROOT_FIND } from "../../lib/sop_class.ts";
import { EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import {
  cancel,
  CONTEXT,
  dataSet,
  findRequest,
  type Querying,
  querying,
  STUDY_IDENTIFIER,
} from "../support/querying.ts";
import { pure } from "../support/requesting.ts";
import { handlerErrors, served } from "../support/served.ts";

const UID = 0x0020000d;

function match(uid: string): DataSet {
  return dataSet("QueryRetrieveLevel=STUDY", `StudyInstanceUID=${uid}`);
}

async function* matches(count: number): AsyncGenerator<DataSet> {
  for (let index = 1; index <= count; index++) yield match(`1.2.${index}`);
}

function find(query: Querying, identifier: Uint8Array = STUDY_IDENTIFIER): Promise<void> {
  return query.peer.sendMessage(CONTEXT.find, findRequest(), identifier);
}

/** The association goes on as before. */
async function goesOn(query: Querying): Promise<void> {
  await query.peer.sendMessage(CONTEXT.echo, {
    type: "C-ECHO-RQ",
    messageId: 1,
    affectedSopClassUid: "1.2.840.10008.1.1",
    hasDataSet: false,
  });
  assert.equal((await query.peer.expectMessage("C-ECHO-RSP")).status, 0);
  query.transport.close();
}

pure("a C-FIND reaches the handler with all that is known of it", async () => {
  const seen: FindRequest[] = [];
  const handlers: Handlers = {
    queryOptions: { relational: true, foldPersonNames: true },
    find(request) {
      seen.push(request);
      return matches(0);
    },
  };
  await using bench = served(handlers);
  const query = await querying(bench, {
    extendedNegotiations: [{
      sopClassUid: STUDY_ROOT_FIND,
      information: Uint8Array.of(1, 1, 0),
    }],
  });
  assert.deepEqual(
    query.accept.userInformation.extendedNegotiations.map(({ information }) => [...information]),
    [[1, 0, 0]],
  );
  await query.peer.sendMessage(CONTEXT.find, findRequest({ messageId: 513 }), STUDY_IDENTIFIER);
  const [final] = await query.responses();
  assert.equal(final?.message.status, 0);
  assert.equal(final?.message.messageIdBeingRespondedTo, 513);
  assert.equal(final?.message.affectedSopClassUid, STUDY_ROOT_FIND);
  const [request] = seen;
  assert.ok(request);
  assert.equal(request.sopClassUid, STUDY_ROOT_FIND);
  assert.equal(request.messageId, 513);
  assert.equal(request.identifier.getString(UID), "1.2.3");
  assert.equal(request.association.callingAeTitle, "QUERIER");
  assert.equal(request.association.calledAeTitle, "ARCHIVE");
  assert.equal(request.signal.aborted, false);
  const { relational, combineDateTime, foldPersonNames } = request;
  assert.deepEqual([relational, combineDateTime, foldPersonNames], [true, false, false]);
  await goesOn(query);
});

pure("a C-FIND is answered with each match, and then with success", async () => {
  for (const count of [0, 1, 2, 50]) {
    await using bench = served({ find: () => matches(count) });
    const query = await querying(bench);
    await find(query);
    const answers = await query.responses();
    assert.equal(answers.length, count + 1);
    for (const [index, { message, identifier }] of answers.entries()) {
      const isFinal = index === count;
      assert.equal(message.type, "C-FIND-RSP");
      assert.equal(message.status, isFinal ? 0x0000 : 0xff00);
      assert.equal(message.hasDataSet, !isFinal);
      assert.equal(identifier?.getString(UID), isFinal ? undefined : `1.2.${index + 1}`);
    }
    await goesOn(query);
  }
});

pure("cFind() against serve(), in every transfer syntax and for the worklist", async () => {
  const cases: [sopClassUid: string, transferSyntax: string][] = [
    [STUDY_ROOT_FIND, IMPLICIT],
    [STUDY_ROOT_FIND, EXPLICIT],
    [STUDY_ROOT_FIND, "1.2.840.10008.1.2.1.99"],
    [STUDY_ROOT_FIND, "1.2.840.10008.1.2.2"],
    [MODALITY_WORKLIST_FIND, EXPLICIT],
  ];
  for (const [sopClassUid, transferSyntax] of cases) {
    const network = memoryNetwork();
    const clock = new FakeClock();
    const listen = { port: 104, listen: network.listen, clock };
    await using _server = serve({
      ...listen,
      handlers: {
        worklist: true,
        async *find({ identifier }) {
          yield dataSet(`PatientName=${identifier.getString(0x00100010)}^JOHN`);
        },
      },
    });
    await using association = await associate({
      ...{ hostname: "server", port: 104, connect: network.connect, clock },
      ...{ callingAeTitle: "A", calledAeTitle: "B" },
      presentationContexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntax] }],
    });
    const identifier = dataSet("PatientName=DOE");
    const responses = await Array.fromAsync(cFind(association, { sopClassUid, identifier }));
    assert.deepEqual(
      responses.map(({ status, identifier }) => [status, identifier?.getString(0x00100010)]),
      [[0xff00, "DOE^JOHN"], [0, undefined]],
    );
  }
});

pure("what a C-FIND ends with is what the handler makes of it", async () => {
  const bug = new TypeError("bug");
  const noLevel = Object.assign(new Error("no level"), {
    status: 0xa900,
    offendingElements: [0x00080052],
  });
  const cases: [
    name: string,
    find: NonNullable<Handlers["find"]>,
    pending: number,
    status: number,
    comment: string | undefined,
    report?: unknown,
  ][] = [
    [
      "a status, before the first match",
      () => {
        throw noLevel;
      },
      0,
      0xa900,
      "no level",
    ],
    [
      "a status, after two matches",
      async function* () {
        yield* matches(2);
        throw noLevel;
      },
      2,
      0xa900,
      "no level",
    ],
    [
      "anything else",
      async function* () {
        yield* matches(1);
        throw bug;
      },
      1,
      0xc000,
      "Unable to process",
      bug,
    ],
    [
      "anything else, before the iteration",
      () => {
        throw bug;
      },
      0,
      0xc000,
      "Unable to process",
      bug,
    ],
  ];
  for (const [name, handler, pending, status, comment, report] of cases) {
    await using bench = served({ find: handler });
    const query = await querying(bench);
    await find(query);
    const answers = await query.responses();
    const { message } = answers.at(-1) ?? {};
    assert.equal(answers.length, pending + 1, name);
    assert.equal(message?.status, status, name);
    assert.equal(message?.errorComment, comment, name);
    assert.deepEqual(message?.offendingElements, status === 0xa900 ? [0x00080052] : undefined);
    assert.deepEqual(handlerErrors(bench), report === undefined ? [] : [report], name);
    await goesOn(query);
  }
});

pure("a match that cannot be encoded ends the query, and the handler's iteration", async () => {
  let isEnded = false;
  const wrong = dataSet("StudyInstanceUID=1.2");
  wrong.set({ tag: 0x00020010, vr: "UI", value: Uint8Array.of(0x31, 0) });
  await using bench = served({
    async *find() {
      try {
        yield wrong;
        yield match("1.2.3");
      } finally {
        isEnded = true;
      }
    },
  });
  const query = await querying(bench);
  await find(query);
  assert.equal((await query.response()).message.status, 0xc000);
  assert.equal(handlerErrors(bench).length, 1);
  await settle();
  assert.ok(isEnded);
  await goesOn(query);
});

pure("C-CANCEL ends a query at whatever moment, and nothing follows", async () => {
  const moments = ["before the first match", "while a match is awaited", "by its signal"] as const;
  for (const moment of moments) {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    let isEnded = false;
    await using bench = served({
      async *find({ signal }) {
        try {
          if (moment !== "before the first match") yield match("1.2.3");
          reached.resolve();
          if (moment === "by its signal") {
            await new Promise((_, reject) =>
              signal.addEventListener("abort", () => reject(signal.reason), { once: true })
            );
          }
          await gate.promise;
          yield match("1.2.4");
        } finally {
          isEnded = true;
        }
      },
    });
    const query = await querying(bench);
    await find(query);
    if (moment !== "before the first match") {
      assert.equal((await query.response()).message.status, 0xff00);
    }
    await reached.promise;
    await cancel(query, CONTEXT.find);
    // The answer does not wait for the handler.
    assert.equal((await query.response()).message.status, 0xfe00, moment);
    gate.resolve();
    await settle();
    assert.ok(isEnded, moment);
    assert.deepEqual(handlerErrors(bench), [], moment);
    await goesOn(query);
  }
});

pure("a C-CANCEL for another message, or after the last response, changes nothing", async () => {
  const gate = Promise.withResolvers<void>();
  await using bench = served({
    async *find() {
      await gate.promise;
      yield* matches(1);
    },
  });
  const query = await querying(bench);
  await find(query);
  await cancel(query, CONTEXT.find, 2);
  await settle();
  gate.resolve();
  assert.deepEqual((await query.responses()).map(({ message }) => message.status), [0xff00, 0]);
  await cancel(query, CONTEXT.find, 1);
  await goesOn(query);
});

pure("the loss of the association ends the handler's iteration", async () => {
  const lost = Promise.withResolvers<unknown>();
  let isEnded = false;
  await using bench = served({
    async *find({ signal }) {
      signal.addEventListener("abort", () => lost.resolve(signal.reason), { once: true });
      try {
        yield match("1.2.3");
        await lost.promise;
        yield match("1.2.4");
      } finally {
        isEnded = true;
      }
    },
  });
  const query = await querying(bench);
  await find(query);
  await query.response();
  await query.peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  query.transport.close();
  assert.match(String(await lost.promise), /abort/);
  await settle();
  assert.ok(isEnded);
  assert.equal(bench.server.activeAssociations, 0);
  assert.equal(bench.clock.pending, 0);
  assert.deepEqual(handlerErrors(bench), []);
});

pure("a peer that reads slowly slows the handler", async () => {
  let yielded = 0;
  await using bench = served(
    {
      async *find() {
        for (; yielded < 1000; yielded++) yield match(`1.2.${yielded}`);
      },
    },
    {},
    1000,
  );
  const query = await querying(bench);
  await find(query);
  for (let turn = 0; turn < 20; turn++) await settle();
  assert.ok(yielded < 20, `${yielded} matches were made for a peer that reads none`);
  assert.equal((await query.responses()).length, 1001);
  await goesOn(query);
});

pure("a class can be the handlers: find() keeps its `this`", async () => {
  class Index {
    readonly #uids = ["1.2.8", "1.2.9"];
    async *find(): AsyncGenerator<DataSet> {
      for (const uid of this.#uids) yield match(uid);
    }
  }
  await using bench = served(new Index());
  const query = await querying(bench);
  await find(query);
  assert.equal((await query.responses()).length, 3);
  await goesOn(query);
});

pure("a large identifier is taken, and one without end is not", async () => {
  await using bench = served({ find: () => matches(0) });
  const query = await querying(bench);
  const uids = Array.from({ length: 4000 }, (_, index) => `1.2.${index}`).join("\\");
  await find(query, encodeDataSet(dataSet(`SOPInstanceUID=${uids}`), EXPLICIT));
  assert.equal((await query.response()).message.status, 0);
  const flood = find(query, new Uint8Array(17 * 1024 * 1024)).catch(() => {});
  await query.peer.expect("A-ABORT");
  query.transport.close();
  await flood;
});
