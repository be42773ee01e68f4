import assert from "node:assert/strict";
import { acceptorLog, requestorLog } from "../../cli/association_log.ts";
import { type LogLevel, ToolLog } from "../../cli/log.ts";
import { foreignProtocolError } from "../../lib/pdu/foreign_protocol.ts";
import {
  AssociationAbortedError,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
} from "../../lib/errors.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import type { AssociateAcceptPdu } from "../../lib/pdu/pdu.ts";
import { sampleRequest } from "../support/core_pair.ts";

type Happening = AssociationEvent extends infer Event
  ? Event extends unknown ? Omit<Event, "association">
  : never
  : never;
type MakeLog = typeof requestorLog;

const association = { id: "7", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:1" };

function lines(make: MakeLog, level: LogLevel, ...happenings: Happening[]): string[] {
  let written = "";
  const observe = make(new ToolLog(level, (text) => void (written += text)));
  for (const happening of happenings) observe({ ...happening, association });
  return written.split("\n").slice(0, -1);
}

function accept(...results: number[]): Happening {
  const pdu: AssociateAcceptPdu = {
    ...sampleRequest(),
    type: "A-ASSOCIATE-AC",
    presentationContexts: results.map((result, index) => ({
      id: 2 * index + 1,
      result,
      transferSyntax: result === 0 ? "1.2.840.10008.1.2" : "",
    })),
  };
  return { type: "association-accepted", accept: pdu };
}

function reject(result: number, source: number, reason: number): Happening {
  return {
    type: "association-rejected",
    reject: { type: "A-ASSOCIATE-RJ", result, source, reason },
  };
}

function timeout(phase: TimeoutPhase): Happening {
  return { type: "association-aborted", by: "us", error: new TimeoutError("late", phase) };
}

const REQUESTOR: readonly (readonly [name: string, Happening, readonly string[]])[] = [
  ["acceptance", accept(0, 3), ["I: Association Accepted"]],
  ["acceptance of nothing", accept(3, 4), ["E: No accepted presentation contexts"]],
  ["rejection 1/1/7", reject(1, 1, 7), [
    "E: Association Rejected",
    "E: Result: Rejected Permanent, Source: Service User",
    "E: Reason: Called AE title not recognised",
  ]],
  ["rejection 2/3/2", reject(2, 3, 2), [
    "E: Association Rejected",
    "E: Result: Rejected Transient, Source: Service Provider (Presentation)",
    "E: Reason: Local limit exceeded",
  ]],
  ["rejection with codes that are not defined", reject(9, 8, 7), [
    "E: Association Rejected",
    "E: Result: 9, Source: 8",
    "E: Reason: Reserved (7)",
  ]],
  ["abort by the peer's user", { type: "association-aborted", by: "peer", source: 0, reason: 0 }, [
    "E: Association Aborted",
  ]],
  ["abort by the peer's provider", {
    type: "association-aborted",
    by: "peer",
    source: 2,
    reason: 1,
  }, [
    "E: Association Aborted (A-P-ABORT)",
  ]],
  ["our abort", { type: "association-aborted", by: "us" }, ["I: Aborting Association"]],
  ["time-out of ACSE", timeout("acse"), [
    "E: ACSE timeout reached while waiting for response to association request",
    "I: Aborting Association",
  ]],
  ["time-out of DIMSE", timeout("dimse"), [
    "E: DIMSE timeout reached while waiting for message response",
    "I: Aborting Association",
  ]],
  ["time-out of the network", timeout("network"), [
    "E: Network timeout reached",
    "I: Aborting Association",
  ]],
  ["time-out of a write", timeout("write"), ["I: Aborting Association"]],
  ["C-CANCEL", {
    type: "message-sent",
    contextId: 1,
    message: { type: "C-CANCEL-RQ", messageIdBeingRespondedTo: 1, hasDataSet: false },
  }, ["I: Sending C-CANCEL request"]],
  ["release", { type: "association-released" }, []],
];

Deno.test({
  name:
    "requestorLog() tells a loss of the connection in the seed's words, and what one in place of " +
    "the answer may mean",
  permissions: "none",
  fn: () => {
    const lost: Happening = { type: "association-aborted", by: "transport" };
    const requested: Happening = {
      type: "association-requested",
      role: "requestor",
      request: sampleRequest(),
    };
    const unanswered = "E: The peer closed the connection instead of answering the association " +
      "request: where it expects TLS, give --tls; else its log may say why";
    const refused = new TlsError("it wants a certificate of us", "certificate-wanted");
    const cases: [happenings: Happening[], line: string | undefined][] = [
      [[requested, lost], unanswered],
      // The tool says in the end what it was.
      [[requested, { ...lost, error: refused }], undefined],
      [[requested, accept(0), lost], "E: Connection closed while waiting for DIMSE message"],
      // Tried again.
      [[requested, accept(0), requested, lost], unanswered],
    ];
    for (const [happenings, line] of cases) {
      assert.equal(lines(requestorLog, "info", ...happenings).at(-1), line);
    }
  },
});

for (const [name, happening, expected] of REQUESTOR) {
  Deno.test({
    name: `requestorLog() tells of ${name} in the seed's words`,
    permissions: "none",
    fn: () => assert.deepEqual(lines(requestorLog, "info", happening), expected),
  });
}

Deno.test({
  name: "requestorLog() shows the presentation contexts with -v",
  permissions: "none",
  fn: () => {
    const requested: Happening = {
      type: "association-requested",
      role: "requestor",
      request: {
        ...sampleRequest(),
        presentationContexts: [
          { id: 1, abstractSyntaxes: ["1.2.3"], transferSyntaxes: ["1.2.840.10008.1.2"] },
          { id: 3, abstractSyntaxes: ["1.2.4"], transferSyntaxes: ["1.2.840.10008.1.2"] },
          { id: 5, abstractSyntaxes: ["1.2.5"], transferSyntaxes: ["1.2.840.10008.1.2"] },
        ],
      },
    };
    assert.deepEqual(lines(requestorLog, "verbose", requested, accept(0, 3)), [
      "I: Association Accepted",
      "I: Presentation context 1: 1.2.3 accepted with 1.2.840.10008.1.2",
      "I: Presentation context 3: 1.2.4 rejected (result 3)",
      "I: Presentation context 5: 1.2.5 rejected (result missing)",
    ]);
  },
});

const ACCEPTOR: readonly (readonly [name: string, Happening, readonly string[]])[] = [
  ["acceptance", accept(0), ["I: Accepting Association"]],
  ["rejection", reject(2, 3, 2), [
    "I: Rejecting Association",
    "W: Association rejected: rejected transiently by the service provider (presentation), " +
    "local limit exceeded (h:1)",
  ]],
  ["release", { type: "association-released" }, ["I: Association Released"]],
  ["abort by the peer", { type: "association-aborted", by: "peer" }, ["I: Association Aborted"]],
  ["our abort", {
    type: "association-aborted",
    by: "us",
    error: new AssociationAbortedError("enough"),
  }, ["I: Aborting Association"]],
  ["a failed store", {
    type: "message-sent",
    contextId: 1,
    message: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0xa700,
      errorComment: "disk\nfull",
      affectedSopInstanceUid: "1.2\x1b[2J",
      hasDataSet: false,
    },
  }, ["W: Store Response: 0xA700 (refused: out of resources, disk\\x0afull) 1.2\\x1b[2J"]],
  ["a good store", {
    type: "message-sent",
    contextId: 1,
    message: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0,
      hasDataSet: false,
    },
  }, []],
  ["a handler's failure", { type: "handler-failed", error: new TypeError("oops") }, [
    "E: Cannot store an instance: oops",
  ]],
];

for (const [name, happening, expected] of ACCEPTOR) {
  Deno.test({
    name: `acceptorLog() tells of ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(lines(acceptorLog, "info", happening), expected),
  });
}

Deno.test({
  name: "requestorLog() shows everything but secrets with -d",
  permissions: "none",
  fn: () => {
    const secret = new TextEncoder().encode("secret");
    const request = sampleRequest();
    const written = lines(requestorLog, "debug", {
      type: "association-requested",
      role: "requestor",
      request: {
        ...request,
        userInformation: {
          ...request.userInformation,
          userIdentity: {
            type: 2,
            positiveResponseRequested: false,
            primaryField: secret,
            secondaryField: secret,
          },
        },
      },
    }).join("\n");
    assert.match(written, /^D: \[7 h:1\] association-requested \{"role":"requestor"/);
    assert.match(written, /"userIdentity":"\(not shown\)"/);
    assert.doesNotMatch(written, /secret|115/);
  },
});

Deno.test({
  name: "acceptorLog() says what a peer speaks that speaks no DICOM",
  permissions: "none",
  fn: () => {
    const happening: Happening = {
      type: "association-aborted",
      by: "us",
      error: foreignProtocolError("HL7"),
    };
    assert.deepEqual(lines(acceptorLog, "warning", happening), [
      "W: Connection from h:1 is no DICOM: the peer speaks HL7; give it the port of the HL7 interface",
    ]);
  },
});
