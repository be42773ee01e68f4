import assert from "node:assert/strict";
import { administratorHint, Reception } from "../../cli/reception.ts";
import { TlsError } from "../../lib/errors.ts";
import { foreignProtocolError } from "../../lib/pdu/foreign_protocol.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { sampleRequest } from "../support/core_pair.ts";

type Happening = AssociationEvent extends infer Event
  ? Event extends unknown ? Omit<Event, "association">
  : never
  : never;

const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:1" };
const request = sampleRequest();
const OPENED: Happening = { type: "connection-opened" };
const REQUESTED: Happening = { type: "association-requested", role: "acceptor", request };
const REJECTED: Happening = {
  type: "association-rejected",
  reject: { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 },
};

function accepted(result: number): Happening {
  return {
    type: "association-accepted",
    accept: {
      ...request,
      type: "A-ASSOCIATE-AC",
      presentationContexts: [{ id: 1, result, transferSyntax: "1.2.840.10008.1.2" }],
    },
  };
}

const STORE: Happening = {
  type: "message-received",
  contextId: 1,
  message: {
    type: "C-STORE-RQ",
    messageId: 1,
    affectedSopClassUid: "1.2",
    affectedSopInstanceUid: "1.2.3",
    priority: 0,
    hasDataSet: true,
  },
};

function answered(status: number): Happening {
  return {
    type: "message-sent",
    contextId: 1,
    message: { type: "C-STORE-RSP", messageIdBeingRespondedTo: 1, status, hasDataSet: false },
  };
}

const CASES: readonly (readonly [
  happenings: readonly Happening[],
  description: RegExp,
  isReached: boolean,
])[] = [
  [[], /^No connection came to port 104: .*firewall is in between$/, false],
  [
    [OPENED, OPENED],
    /^2 connections came to port 104, but no association was requested: the log of the archive may say why$/,
    false,
  ],
  [
    [OPENED, { type: "connection-closed", error: new TlsError("Cannot take it: why", "no-tls") }],
    /^1 connection came to port 104, but no association was requested: Cannot take it: why$/,
    true,
  ],
  [
    [
      OPENED,
      { type: "association-aborted", by: "us", error: foreignProtocolError("TLS") },
      OPENED,
    ],
    /^2 connections came to port 104, but no association was requested: the peer speaks TLS; give --tls/,
    true,
  ],
  [
    [OPENED, REQUESTED, REJECTED],
    /^An association was requested on port 104, and rejected: .*local limit exceeded$/,
    false,
  ],
  [[OPENED, REQUESTED], /rejected: the archive gave up before the answer$/, false],
  [[OPENED, REQUESTED, accepted(3)], /proposed no storage SOP class that could be accepted$/, true],
  [[OPENED, REQUESTED, accepted(0)], /but the archive sent no instance by it: /, true],
  [
    [OPENED, REQUESTED, accepted(0), STORE],
    /^1 instance came to port 104, but not to the end$/,
    true,
  ],
  [
    [OPENED, REQUESTED, accepted(0), STORE, answered(0xa700)],
    /^1 instance came to port 104, and was not stored: 0xA700 \(refused: out of resources\)$/,
    true,
  ],
];

for (const [happenings, description, isReached] of CASES) {
  Deno.test({
    name: `Reception tells the stage after ${happenings.length} events: ${description.source}`,
    permissions: "none",
    fn: () => {
      const reception = new Reception();
      for (const happening of happenings) reception.observe({ ...happening, association });
      assert.match(reception.describe(104), description);
      assert.equal(reception.isReached, isReached);
    },
  });
}

Deno.test({
  name: "administratorHint() names AE title, host and port, even when the host is not known",
  permissions: "none",
  fn: () => {
    assert.equal(
      administratorHint({ aeTitle: "HERE", hostname: undefined, port: 104 }),
      "The archive must know AE title HERE at host (the address of this computer), port 104: " +
        "ask its administrator to enter that",
    );
  },
});
