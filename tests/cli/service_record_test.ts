import assert from "node:assert/strict";
import type { PeerQueryOutcome, QueryService } from "../../cli/peer_queries.ts";
import { describePeers, ServiceRecord } from "../../cli/service_record.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";

const ASSOCIATION = {
  id: "1",
  callingAeTitle: "CT1",
  calledAeTitle: "STORE",
  peerAddress: "10.0.0.5:4711",
};

function message(type: "message-sent" | "message-received", content: Message): AssociationEvent {
  return { type, association: ASSOCIATION, contextId: 1, message: content };
}

function begins(messageId: number): AssociationEvent {
  return message("message-received", {
    type: "C-STORE-RQ",
    messageId,
    affectedSopClassUid: "1.2",
    affectedSopInstanceUid: `1.2.${messageId}`,
    priority: 0,
    hasDataSet: true,
  });
}

function ends(messageId: number, status = 0): AssociationEvent {
  return message("message-sent", {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: messageId,
    status,
    hasDataSet: false,
  });
}

const ECHO = message("message-sent", {
  type: "C-ECHO-RSP",
  messageIdBeingRespondedTo: 1,
  status: 0,
  hasDataSet: false,
});

const CASES: readonly (readonly [events: readonly AssociationEvent[], sentence: string])[] = [
  [[], "nothing came in 2.5 s"],
  [[ECHO], "1 echo in 2.5 s"],
  [[ECHO, ECHO], "2 echoes in 2.5 s"],
  [[begins(1), ends(1)], "1 instance, 1.5 MB in 2.5 s"],
  [[begins(1), ends(1), begins(2), ends(2, 0xb007)], "2 instances, 1.5 MB in 2.5 s"],
  [[begins(1), ends(1, 0xa700)], "0 instances, 1.5 MB in 2.5 s, 1 failed"],
  [[begins(1), ends(1), begins(2)], "1 instance, 1.5 MB in 2.5 s, 1 failed"],
  [[ECHO, begins(1), ends(1)], "1 instance, 1.5 MB, 1 echo in 2.5 s"],
];

for (const [events, sentence] of CASES) {
  Deno.test({
    name: `ServiceRecord says "${sentence}"`,
    permissions: "none",
    fn: () => {
      const record = new ServiceRecord({ received: 1_500_000 }, 1_000);
      for (const event of events) record.observe(event);
      assert.equal(record.describe(3_500), sentence);
    },
  });
}

function outcome(
  service: QueryService,
  counters: PeerQueryOutcome["counters"] = {},
): PeerQueryOutcome {
  const query = {
    association: ASSOCIATION,
    service,
    sopClassUid: "1.2",
    level: "STUDY",
    destination: undefined,
  };
  return { query, status: 0, errorComment: undefined, matches: 1, counters, duration: 5 };
}

const SERVED: readonly (readonly [outcomes: readonly PeerQueryOutcome[], sentence: string])[] = [
  [[outcome("C-FIND")], "1 query in 2.5 s"],
  [[outcome("C-FIND"), outcome("C-FIND")], "2 queries in 2.5 s"],
  [[outcome("C-GET", { completed: 3, warning: 1, failed: 0 })], "4 instances sent in 2.5 s"],
  [
    [outcome("C-FIND"), outcome("C-MOVE", { completed: 1, failed: 2 })],
    "1 query, 1 instance sent in 2.5 s, 2 failed",
  ],
  [[outcome("C-MOVE", { failed: 2 })], "0 instances sent in 2.5 s, 2 failed"],
];

for (const [outcomes, sentence] of SERVED) {
  Deno.test({
    name: `ServiceRecord says "${sentence}"`,
    permissions: "none",
    fn: () => {
      const record = new ServiceRecord({ received: 1_500_000 }, 1_000);
      for (const each of outcomes) record.answered(each);
      assert.equal(record.describe(3_500), sentence);
    },
  });
}

Deno.test({
  name: "ServiceRecord takes what a C-GET sends for nothing that came",
  permissions: "none",
  fn: () => {
    const record = new ServiceRecord({ received: 1_000 }, 0);
    const mirrored = [begins(1), ends(1, 0xa700)].map((event): AssociationEvent => {
      if (event.type === "message-received") return { ...event, type: "message-sent" };
      return event.type === "message-sent" ? { ...event, type: "message-received" } : event;
    });
    for (const event of mirrored) record.observe(event);
    assert.deepEqual(record.underway, []);
    assert.equal(record.describe(0), "nothing came in 0.0 s");
  },
});

Deno.test({
  name: "ServiceRecord knows what is under way, and whether the association was accepted",
  permissions: "none",
  fn: () => {
    const record = new ServiceRecord({ received: 0 }, 0);
    assert.equal(record.isAccepted, false);
    for (const event of [begins(1), begins(2), ends(1)]) record.observe(event);
    assert.deepEqual(record.underway, ["1.2.2"]);
    assert.equal(describePeers(ASSOCIATION), "CT1 (10.0.0.5:4711) to STORE");
  },
});

Deno.test({
  name: "ServiceRecord knows a reason that it has heard just before",
  permissions: "none",
  fn: () => {
    const record = new ServiceRecord({ received: 0 }, 0);
    const reasons = ["refused", "refused", "lost", "refused"];
    const isNew = reasons.map((reason) => record.isNewReason(new Error(reason)));
    assert.deepEqual(isNew, [true, false, true, true]);
  },
});
