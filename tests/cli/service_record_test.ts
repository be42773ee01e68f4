import assert from "node:assert/strict";
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
