import assert from "node:assert/strict";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import type { FindResponseMessage } from "../../lib/dimse/message.ts";
import { DataSetError, NegotiationError, TimeoutError } from "../../lib/errors.ts";
import type { Association } from "../../lib/net/association.ts";
import { cFind, type FindOptions, type FindResponse } from "../../lib/service/query_scu.ts";
import { STUDY_ROOT_FIND } from "../../lib/sop_class.ts";
import { IMPLICIT } from "../support/core_pair.ts";
import { dataSet } from "../support/querying.ts";
import { failure, pure, type Requesting, requesting } from "../support/requesting.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";

const IDENTIFIER = dataSet("QueryRetrieveLevel=STUDY", "PatientName=Doe*", "StudyInstanceUID");
const MATCHES = [
  dataSet("PatientName=Doe^John", "StudyInstanceUID=1.2.3"),
  dataSet("PatientName=Doe^Jürgen", "StudyInstanceUID=1.2.4"),
];

/** A requestor whose context 1 is Study Root FIND in implicit VR. */
async function finding(): Promise<Requesting & { readonly association: Association }> {
  const bench = requesting();
  const association = await bench.associated({
    presentationContexts: [{ abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [IMPLICIT] }],
    timeouts: { dimse: 5000 },
  });
  return { ...bench, association };
}

async function collect(
  association: Association,
  options: Partial<FindOptions> = {},
): Promise<FindResponse[]> {
  const all: FindResponse[] = [];
  const wanted = { sopClassUid: STUDY_ROOT_FIND, identifier: IDENTIFIER, ...options };
  for await (const response of cFind(association, wanted)) all.push(response);
  return all;
}

async function expectFind(peer: ScriptedPeer): Promise<void> {
  await peer.expectMessage("C-FIND-RQ");
  await peer.expect("data");
}

function findResponse(change: Partial<FindResponseMessage> = {}): FindResponseMessage {
  return {
    type: "C-FIND-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xff00,
    hasDataSet: false,
    ...change,
  };
}

/** Sends a pending response with a match. */
async function sendMatch(peer: ScriptedPeer, match: DataSet, status = 0xff00): Promise<void> {
  await peer.sendMessage(
    1,
    findResponse({ status, hasDataSet: true }),
    encodeDataSet(match, IMPLICIT),
  );
}

pure("cFind() sends the request and yields the matches as they come", async () => {
  const { peer, association, end } = await finding();
  const responses = cFind(association, {
    sopClassUid: STUDY_ROOT_FIND,
    identifier: IDENTIFIER,
    priority: 2,
    messageId: 7,
  });
  const first = responses.next();
  assert.deepEqual(await peer.expectMessage("C-FIND-RQ"), {
    type: "C-FIND-RQ",
    messageId: 7,
    affectedSopClassUid: STUDY_ROOT_FIND,
    priority: 2,
    hasDataSet: true,
  });
  const { data } = await peer.expect("data");
  assert.deepEqual([...decodeDataSet(data, IMPLICIT)], [...IDENTIFIER]);
  for (const [index, match] of MATCHES.entries()) {
    const status = index === 0 ? 0xff00 : 0xff01;
    await peer.sendMessage(
      1,
      findResponse({ status, hasDataSet: true, messageIdBeingRespondedTo: 7 }),
      encodeDataSet(match, IMPLICIT),
    );
  }
  const { value: one } = await first;
  const { value: two } = await responses.next();
  assert.deepEqual([one?.number, one?.isFinal, one?.status], [1, false, 0xff00]);
  assert.deepEqual([two?.number, two?.isFinal, two?.status], [2, false, 0xff01]);
  assert.equal(one?.identifier?.getString(0x00100010), "Doe^John");
  assert.equal(two?.identifier?.getString(0x00100010), "Doe^Jürgen");
  await peer.sendMessage(1, findResponse({ status: 0, messageIdBeingRespondedTo: 7 }));
  assert.deepEqual(await responses.next(), {
    done: false,
    value: { number: 3, isFinal: true, status: 0 },
  });
  assert.deepEqual(await responses.next(), { done: true, value: undefined });
  await end(association);
});

pure("cFind() yields a failure as a value, with what the peer says of it", async () => {
  const cases: [response: Partial<FindResponseMessage>, expected: Partial<FindResponse>][] = [
    [{ status: 0 }, {}],
    [{ status: 0xfe00 }, {}],
    [{ status: 0xa700, errorComment: "too many" }, { errorComment: "too many" }],
    [{ status: 0xa900, offendingElements: [0x00080052] }, { offendingElements: [0x00080052] }],
    [{ status: 0xb001 }, {}],
    [{ status: 0x1234 }, {}],
  ];
  for (const [response, expected] of cases) {
    const { peer, association, end } = await finding();
    const collected = collect(association);
    await expectFind(peer);
    await peer.sendMessage(1, findResponse(response));
    const { status } = response;
    assert.deepEqual(await collected, [{ number: 1, isFinal: true, status, ...expected }]);
    await end(association);
  }
});

pure("cFind() reports a match that cannot be decoded, and goes on", async () => {
  const { peer, association, end } = await finding();
  const collected = collect(association);
  await expectFind(peer);
  const garbage = new TextEncoder().encode("no data set!");
  await peer.sendMessage(1, findResponse({ hasDataSet: true }), garbage);
  await sendMatch(peer, MATCHES[0] ?? IDENTIFIER);
  await peer.sendMessage(1, findResponse({ status: 0 }));
  const [broken, whole, final] = await collected;
  assert.ok(broken?.identifierError instanceof DataSetError);
  assert.equal(broken.identifier, undefined);
  assert.equal(whole?.identifier?.getString(0x0020000d), "1.2.3");
  assert.equal(final?.status, 0);
  await end(association);
});

pure("cFind() sends C-CANCEL by its signal, and goes on to the final response", async () => {
  for (const when of ["before", "during"] as const) {
    const { peer, association, end } = await finding();
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const collected = collect(association, { signal: controller.signal });
    await expectFind(peer);
    if (when === "during") await sendMatch(peer, IDENTIFIER);
    controller.abort();
    assert.deepEqual(await peer.expectMessage("C-CANCEL-RQ"), {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: 1,
      hasDataSet: false,
    });
    // What was on its way still comes.
    await sendMatch(peer, IDENTIFIER);
    await peer.sendMessage(1, findResponse({ status: 0xfe00 }));
    const statuses = (await collected).map(({ status }) => status);
    assert.deepEqual(statuses.slice(-2), [0xff00, 0xfe00], when);
    await end(association);
  }
});

pure("cFind() cancels when it is left early", async () => {
  const { peer, association, end } = await finding();
  const left = (async () => {
    const options = { sopClassUid: STUDY_ROOT_FIND, identifier: IDENTIFIER };
    for await (const { identifier } of cFind(association, options)) {
      return identifier?.getString(0x0020000d);
    }
  })();
  await expectFind(peer);
  await sendMatch(peer, MATCHES[1] ?? IDENTIFIER);
  assert.equal(await left, "1.2.4");
  assert.equal((await peer.expectMessage("C-CANCEL-RQ")).messageIdBeingRespondedTo, 1);
  await end(association);
});

pure("cFind() fails without a context, and when no response comes in time", async () => {
  const { peer, clock, association, end } = await finding();
  const refused = await failure(collect(association, { sopClassUid: "1.2.3" }));
  assert.ok(refused instanceof NegotiationError);
  const late = failure(collect(association));
  await expectFind(peer);
  await clock.advance(5000);
  await peer.expect("A-ABORT");
  const error = await late;
  assert.ok(error instanceof TimeoutError && error.phase === "dimse");
  await end(association);
});
