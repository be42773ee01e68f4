import assert from "node:assert/strict";
import { PeerQueries, type PeerQueryOutcome } from "../../cli/peer_queries.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { FindRequest } from "../../lib/handler/handler.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const ASSOCIATION = {
  id: "1",
  callingAeTitle: "WS1",
  calledAeTitle: "QRSCP",
  peerAddress: "10.0.0.5:4711",
};

function received(message: Message, id = "1"): AssociationEvent {
  const association = { ...ASSOCIATION, id };
  return { type: "message-received", association, contextId: 1, message };
}

function sent(message: Message): AssociationEvent {
  return { type: "message-sent", association: ASSOCIATION, contextId: 1, message };
}

const REQUEST = { priority: 0, hasDataSet: true } as const;

function find(messageId: number): Message {
  return { type: "C-FIND-RQ", messageId, affectedSopClassUid: STUDY_ROOT_FIND, ...REQUEST };
}

function answer(
  type: "C-FIND-RSP" | "C-GET-RSP" | "C-MOVE-RSP",
  status: number,
  more: Partial<Extract<Message, { type: "C-MOVE-RSP" }>> = {},
): Message {
  return { messageIdBeingRespondedTo: 1, hasDataSet: false, ...more, type, status };
}

/** What the handlers are given. */
function findRequest(messageId: number, ...keys: readonly string[]): FindRequest {
  const identifier = new DataSet();
  for (const key of keys) applyKeywordPath(identifier, key);
  return {
    sopClassUid: STUDY_ROOT_FIND,
    messageId,
    identifier,
    association: ASSOCIATION,
    signal: new AbortController().signal,
  };
}

/** Shows the events one second after the other. */
function observed(queries: PeerQueries, events: readonly AssociationEvent[]): PeerQueryOutcome[] {
  return events
    .map((event, index) => queries.observe(event, index * 1000))
    .filter((outcome) => outcome !== undefined);
}

pure("PeerQueries counts the matches of a C-FIND, up to its final response", () => {
  const [outcome, ...more] = observed(new PeerQueries(), [
    received(find(1)),
    sent(answer("C-FIND-RSP", 0xff00)),
    sent(answer("C-FIND-RSP", 0xff01)),
    sent(answer("C-FIND-RSP", 0x0000)),
    sent(answer("C-FIND-RSP", 0x0000)),
  ]);
  assert.deepEqual(more, []);
  assert.deepEqual(outcome, {
    query: {
      association: ASSOCIATION,
      service: "C-FIND",
      sopClassUid: STUDY_ROOT_FIND,
      level: undefined,
      destination: undefined,
    },
    status: 0,
    errorComment: undefined,
    matches: 2,
    counters: {},
    duration: 3000,
  });
});

for (
  const [request, type, destination] of [
    [
      { type: "C-MOVE-RQ", affectedSopClassUid: STUDY_ROOT_MOVE, moveDestination: "WS2" },
      "C-MOVE-RSP",
      "WS2",
    ],
    [{ type: "C-GET-RQ", affectedSopClassUid: STUDY_ROOT_GET }, "C-GET-RSP", undefined],
  ] as const
) {
  pure(`PeerQueries takes the sub-operations of a ${request.type} from the final response`, () => {
    const [outcome] = observed(new PeerQueries(), [
      received({ messageId: 1, ...REQUEST, ...request }),
      sent(answer(type, 0xff00, { remaining: 2, completed: 1, failed: 0, warning: 0 })),
      sent(answer(type, 0xb000, { completed: 2, failed: 1, warning: 0, errorComment: "So it is" })),
    ]);
    assert.ok(outcome);
    const { counters: { completed, failed }, matches, errorComment, query } = outcome;
    assert.deepEqual([completed, failed, matches], [2, 1, 0]);
    assert.equal(errorComment, "So it is");
    assert.deepEqual([query.destination, query.sopClassUid], [
      destination,
      request.affectedSopClassUid,
    ]);
  });
}

pure("PeerQueries learns the level from what the handlers are given", () => {
  const queries = new PeerQueries();
  const seen: FindRequest[] = [];
  const handlers = {
    prefix: "own",
    async *find(request: FindRequest) {
      assert.equal(this.prefix, "own");
      seen.push(request);
      yield* [];
    },
  };
  const watched = queries.watch(handlers);
  assert.deepEqual(Object.keys(watched), ["find"]);
  queries.observe(received(find(1)), 0);
  queries.observe(received(find(2)), 0);
  const request = findRequest(2, "QueryRetrieveLevel=SERIES", "PatientID=4711");
  watched.find?.(request);
  const levels = queries.underway("1", 0).map(({ query }) => query.level);
  assert.deepEqual(levels, [undefined, "SERIES"]);
  const outcome = queries.observe(
    sent(answer("C-FIND-RSP", 0xfe00, { messageIdBeingRespondedTo: 2 })),
    0,
  );
  assert.equal(outcome?.query.level, "SERIES");
  assert.equal(queries.underway("1", 0).length, 1);
});

pure("PeerQueries knows what has come of a request that is not answered to its end", () => {
  const queries = new PeerQueries();
  assert.deepEqual([queries.count, queries.underway("1", 0)], [0, []]);
  const move = { type: "C-MOVE-RQ", affectedSopClassUid: STUDY_ROOT_MOVE, moveDestination: "WS2" };
  observed(queries, [
    received({ messageId: 1, ...REQUEST, ...move, type: "C-MOVE-RQ" }),
    sent(answer("C-MOVE-RSP", 0xff00, { remaining: 5, completed: 3, failed: 1, warning: 0 })),
    received(find(2)),
    sent(answer("C-FIND-RSP", 0xff00, { messageIdBeingRespondedTo: 2 })),
  ]);
  assert.equal(queries.count, 2);
  const results = queries.underway("1", 9000);
  assert.deepEqual(
    results.map(({ query, matches, counters, duration }) => [
      ...[query.service, matches, counters.completed, counters.failed, duration],
    ]),
    [["C-MOVE", 0, 3, 1, 9000], ["C-FIND", 1, undefined, undefined, 7000]],
  );
});

pure("PeerQueries forgets an association that is gone, and leaves the others alone", () => {
  const queries = new PeerQueries();
  queries.observe(received(find(1)), 0);
  queries.observe(received(find(1), "2"), 0);
  queries.observe({ type: "connection-closed", association: ASSOCIATION }, 0);
  assert.deepEqual(queries.underway("1", 0), []);
  assert.equal(queries.underway("2", 0).length, 1);
});

pure("PeerQueries passes over what is no query, and what nobody asked", () => {
  const outcomes = observed(new PeerQueries(), [
    received({
      type: "C-ECHO-RQ",
      messageId: 1,
      affectedSopClassUid: "1.2.840.10008.1.1",
      hasDataSet: false,
    }),
    sent({ type: "C-ECHO-RSP", messageIdBeingRespondedTo: 1, status: 0, hasDataSet: false }),
    sent(answer("C-FIND-RSP", 0)),
  ]);
  assert.deepEqual(outcomes, []);
});
