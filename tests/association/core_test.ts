import assert from "node:assert/strict";
import { AssociationCore } from "../../lib/association/core.ts";
import type { CoreEvent } from "../../lib/association/event.ts";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { DEFAULT_TIMEOUTS } from "../../lib/association/timers.ts";
import { AssociationAbortedError, LocalProtocolError, TimeoutError } from "../../lib/errors.ts";
import { encodePdu } from "../../lib/pdu/encoder.ts";
import type { AssociateAcceptPdu, AssociateRequestPdu } from "../../lib/pdu/pdu.ts";
import { CorePair, ECHO, EXPLICIT, IMPLICIT, pull, sampleRequest } from "../support/core_pair.ts";
import { pure } from "../support/pure.ts";

const OPTIONS = { maximumLength: 16384, timeouts: DEFAULT_TIMEOUTS };

const ECHO_REQUEST = {
  type: "C-ECHO-RQ",
  messageId: 7,
  affectedSopClassUid: ECHO,
  hasDataSet: false,
} as const;

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined
    ? ""
    : [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** What a core sent, in hexadecimal. */
function sent(core: AssociationCore): string {
  return core.takeOutput().map(hex).join("");
}

function abortHex(source: number, reason: number): string {
  return `070000000004${"0000"}0${source}0${reason}`;
}

function types(events: readonly CoreEvent[]): string[] {
  return events.map((event) => event.type);
}

/** An acceptor with an association, context 1 Verification and 3 CT accepted. */
function establishedAcceptor(maximumLength = 16384): AssociationCore {
  const core = AssociationCore.acceptor({ ...OPTIONS, maximumLength }, 0);
  const request = sampleRequest();
  core.receive(encodePdu(request), 0);
  assert.deepEqual(types(pull(core, 0)), ["association-requested"]);
  core.accept(
    associationAccept(request, { select: (_uid, [first]) => first ?? 4, maximumLength }),
    0,
  );
  core.takeOutput();
  return core;
}

pure("AssociationCore negotiates, exchanges a C-ECHO and releases, whatever the pieces", () => {
  for (const pieceLength of [1, 7, 1000, Number.MAX_SAFE_INTEGER]) {
    const pair = new CorePair();
    pair.pieceLength = pieceLength;
    pair.establish();
    assert.ok(pair.requestor.isEstablished && pair.acceptor.isEstablished);

    pair.requestor.send(1, ECHO_REQUEST, undefined, pair.now);
    pair.drive();
    assert.deepEqual(pair.acceptorSaw.splice(0), [
      { type: "message", contextId: 1, message: ECHO_REQUEST },
    ]);

    pair.requestor.release(pair.now);
    pair.drive();
    pair.acceptor.acceptRelease(pair.now);
    pair.drive();
    assert.deepEqual(types(pair.acceptorSaw), ["release-requested", "released"]);
    assert.deepEqual(types(pair.requestorSaw), ["released"]);
    assert.ok(pair.requestor.wantsClose && pair.requestor.isOver);
    assert.equal(pair.acceptor.state, "Sta13");
    pair.acceptor.transportClosed(pair.now);
    assert.equal(pair.acceptor.state, "Sta1");
    assert.equal(pair.acceptor.nextDeadline, undefined);
  }
});

pure("AssociationCore hands out the data set of a message as it arrives", () => {
  const pair = new CorePair();
  pair.pieceLength = 5;
  pair.establish();
  const dataSet = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);
  pair.requestor.send(
    3,
    {
      type: "C-STORE-RQ",
      messageId: 1,
      affectedSopClassUid: "1.2",
      affectedSopInstanceUid: "1.2.3",
      priority: 0,
      hasDataSet: true,
    },
    dataSet,
    0,
  );
  pair.drive();
  assert.equal(pair.acceptorSaw.shift()?.type, "message");
  const pieces = pair.acceptorSaw.flatMap((event) => event.type === "data" ? [event] : []);
  assert.equal(pieces.filter((piece) => piece.isLast).length, 1);
  assert.equal(pieces.at(-1)?.isLast, true);
  assert.deepEqual(Uint8Array.from(pieces.flatMap((piece) => [...piece.data])), dataSet);
  assert.ok(pair.acceptor.isBetweenMessages);
});

pure("AssociationCore lets the requestor answer first in a release collision", () => {
  const pair = new CorePair();
  pair.establish();
  pair.requestor.release(0);
  pair.acceptor.release(0);
  const [fromRequestor] = pair.requestor.takeOutput();
  const [fromAcceptor] = pair.acceptor.takeOutput();
  pair.requestor.receive(fromAcceptor!, 0);
  assert.deepEqual(types(pull(pair.requestor, 0)), ["release-requested"]);
  assert.equal(pair.requestor.state, "Sta11");
  pair.acceptor.receive(fromRequestor!, 0);
  assert.deepEqual(types(pull(pair.acceptor, 0)), ["release-requested"]);
  assert.equal(pair.acceptor.state, "Sta10");
  pair.drive();
  assert.deepEqual(types(pair.requestorSaw), ["released"]);
  assert.deepEqual(types(pair.acceptorSaw), ["released"]);
  assert.ok(pair.requestor.wantsClose);
  assert.equal(pair.acceptor.state, "Sta13");
});

pure("AssociationCore sends what is due before it answers a release request (AR-7)", () => {
  const pair = new CorePair();
  pair.establish();
  pair.acceptor.acceptRelease(0);
  assert.deepEqual(pair.acceptor.takeOutput(), []);
  pair.requestor.send(1, ECHO_REQUEST, undefined, 0);
  pair.requestor.release(0);
  pair.drive();
  assert.deepEqual(types(pair.acceptorSaw.splice(0)), ["message", "release-requested"]);
  assert.equal(pair.acceptor.state, "Sta8");
  assert.equal(pair.acceptor.isEstablished, false);
  assert.ok(pair.acceptor.canSend);
  assert.deepEqual(pair.requestorSaw, []);
  // The peer has said its last word, so no silence of it is held against it.
  assert.equal(pair.acceptor.nextDeadline, undefined);
  const response = {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: 7,
    status: 0,
    hasDataSet: false,
  } as const;
  pair.acceptor.send(1, response, undefined, 0);
  pair.acceptor.acceptRelease(0);
  pair.acceptor.acceptRelease(0);
  assert.ok(!pair.acceptor.canSend);
  pair.drive();
  assert.deepEqual(types(pair.requestorSaw), ["message", "released"]);
  assert.deepEqual(types(pair.acceptorSaw), ["released"]);
});

pure("AssociationCore delivers P-DATA that crosses its release request", () => {
  const pair = new CorePair();
  pair.establish();
  pair.acceptor.send(
    1,
    { type: "C-ECHO-RSP", messageIdBeingRespondedTo: 7, status: 0, hasDataSet: false },
    undefined,
    0,
  );
  pair.requestor.release(0);
  const [response] = pair.acceptor.takeOutput();
  pair.requestor.receive(response!, 0);
  assert.deepEqual(types(pull(pair.requestor, 0)), ["message"]);
  assert.equal(pair.requestor.state, "Sta7");
});

pure("AssociationCore.abort() sends A-ABORT once and tells why", () => {
  const core = establishedAcceptor();
  const reason = new TypeError("enough");
  core.abort(5, reason);
  core.abort(6);
  assert.equal(sent(core), abortHex(0, 0));
  assert.deepEqual(core.nextLocalEvent(), {
    type: "aborted",
    by: "us",
    source: 0,
    reason: 0,
    error: reason,
  });
  assert.equal(core.nextEvent(6), undefined);
  assert.ok(core.isEnding);
});

pure("AssociationCore.abort() closes a connection that is no association yet", () => {
  const core = AssociationCore.acceptor(OPTIONS, 0);
  core.abort(1);
  assert.ok(core.wantsClose);
  assert.equal(sent(core), "");
});

pure("AssociationCore answers what is broken or out of place with the right A-ABORT", () => {
  const request = encodePdu(sampleRequest());
  const pdv = (context: string, control: string, fragment: string) => {
    const length = (fragment.length / 2 + 2).toString(16).padStart(8, "0");
    const pdu = (fragment.length / 2 + 6).toString(16).padStart(8, "0");
    return `0400${pdu}${length}${context}${control}${fragment}`;
  };
  const cases: [
    name: string,
    state: "Sta2" | "Sta6",
    input: string,
    source: number,
    reason: number,
  ][] = [
    ["P1 unknown type", "Sta2", "0800000000040000", 0, 0],
    ["P1 unknown type", "Sta6", "0900000000040000", 2, 1],
    ["P2 HTTP", "Sta2", "474554202f20485454502f312e31", 0, 0],
    ["P2 TLS ClientHello", "Sta2", "16030100c8010000c40303", 0, 0],
    ["P3 length over 1 MiB", "Sta2", "010000100001", 0, 0],
    ["P3 length FFFFFFFF", "Sta2", "0100ffffffff", 0, 0],
    ["P6 RQ of length 0", "Sta2", "010000000000", 0, 0],
    ["P7 release of length 0", "Sta6", "050000000000", 2, 6],
    ["P9 P-DATA of length 0", "Sta6", "040000000000", 2, 6],
    ["P10 P-DATA over our maximum", "Sta6", "040000004001", 2, 6],
    ["P11 P-DATA before the association", "Sta2", "0400ffffffff", 0, 0],
    ["S2 second request", "Sta6", hex(request), 2, 2],
    ["S3 A-ASSOCIATE-RJ", "Sta6", "03000000000400010107", 2, 2],
    ["S4 A-RELEASE-RP", "Sta6", "06000000000400000000", 2, 2],
    ["S5 A-RELEASE-RQ", "Sta2", "05000000000400000000", 0, 0],
    ["S5 A-ASSOCIATE-RJ", "Sta2", "03000000000400010107", 0, 0],
    ["D1 PDV of length 1", "Sta6", "0400000000060000000101030000", 2, 6],
    ["D6 even context", "Sta6", pdv("02", "03", "0000"), 2, 6],
    ["D7 context not accepted", "Sta6", pdv("63", "03", "0000"), 2, 5],
    ["D10 data before a command", "Sta6", pdv("01", "02", "0000"), 2, 5],
    ["C1 garbage for a command", "Sta6", pdv("01", "03", "ffffffff"), 0, 0],
  ];
  for (const [name, state, input, source, reason] of cases) {
    const label = `${name} in ${state}`;
    const core = state === "Sta2" ? AssociationCore.acceptor(OPTIONS, 0) : establishedAcceptor();
    assert.equal(core.state, state, label);
    core.receive(fromHex(input), 1);
    const [event, ...more] = pull(core, 1);
    assert.deepEqual(more, [], label);
    assert.ok(event?.type === "aborted" && event.by === "us", label);
    assert.deepEqual([event.source, event.reason], [source, reason], label);
    assert.ok(event.error instanceof Error, label);
    assert.equal(sent(core), abortHex(source, reason), label);
    assert.equal(core.state, "Sta13", label);
    // P15, S13: whatever follows is neither parsed nor answered.
    core.receive(fromHex("0900000000040000"), 2);
    core.receive(request, 2);
    assert.deepEqual(pull(core, 2), [], label);
    assert.equal(sent(core), "", label);
  }
});

pure("AssociationCore answers a request after its rejection with at most one A-ABORT", () => {
  const core = AssociationCore.acceptor(OPTIONS, 0);
  core.receive(encodePdu(sampleRequest()), 0);
  pull(core, 0);
  core.reject({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 }, 0);
  assert.equal(sent(core), "03000000000400010107");
  for (let i = 0; i < 3; i++) {
    core.receive(encodePdu(sampleRequest()), 0);
    assert.deepEqual(pull(core, 0), []);
  }
  assert.equal(sent(core), abortHex(2, 2));
});

pure("AssociationCore rejects a protocol version without bit 0 by itself", () => {
  for (const [version, isRejected] of [[0, true], [2, true], [0xfffe, true], [3, false]] as const) {
    const core = AssociationCore.acceptor(OPTIONS, 0);
    core.receive(encodePdu({ ...sampleRequest(), protocolVersion: version }), 0);
    const [event] = pull(core, 0);
    assert.equal(event?.type, isRejected ? "association-rejected" : "association-requested");
    assert.equal(sent(core), isRejected ? "03000000000400010202" : "");
  }
});

pure("AssociationCore never answers an A-ABORT", () => {
  for (const source of [0, 1, 2, 9]) {
    const core = establishedAcceptor();
    core.receive(fromHex(`07000000000400000${source}03`), 0);
    assert.deepEqual(pull(core, 0), [{ type: "aborted", by: "peer", source, reason: 3 }]);
    assert.equal(sent(core), "");
    assert.ok(core.wantsClose && core.isOver);
    // P14: what follows in the same segment is ignored.
    core.receive(fromHex("05000000000400000000"), 0);
    assert.deepEqual(pull(core, 0), []);
  }
});

pure("AssociationCore reports the loss of the transport in every state", () => {
  const inSta2 = AssociationCore.acceptor(OPTIONS, 0);
  inSta2.transportClosed(1);
  assert.deepEqual(pull(inSta2, 1), [{ type: "closed" }]);
  const inSta6 = establishedAcceptor();
  inSta6.receive(fromHex("0400000001"), 1);
  assert.deepEqual(pull(inSta6, 1), []);
  inSta6.transportClosed(1);
  assert.deepEqual(pull(inSta6, 1), [{ type: "aborted", by: "transport" }]);
  assert.equal(inSta6.nextDeadline, undefined);
});

pure("AssociationCore refuses a release in the middle of a message", () => {
  const core = establishedAcceptor();
  // The first fragment of a command, then A-RELEASE-RQ.
  core.receive(fromHex("040000000008 00000004 0101 0000" + "050000000004 00000000"), 0);
  const [event] = pull(core, 0);
  assert.ok(event?.type === "aborted" && event.by === "us");
  assert.match(event.error?.message ?? "", /in the middle of a message/);
  assert.equal(sent(core), abortHex(0, 0));
});

pure("AssociationCore bounds every silence of the peer", () => {
  const timeouts = {
    artim: 30_000,
    acse: 31_000,
    dimse: 32_000,
    network: 33_000,
    pdu: 34_000,
    release: 35_000,
  };
  const options = { maximumLength: 16384, timeouts };
  const request = encodePdu(sampleRequest());
  const established = (): AssociationCore => {
    const core = AssociationCore.acceptor(options, 0);
    core.receive(request, 0);
    const [event] = pull(core, 0);
    assert.ok(event?.type === "association-requested");
    core.accept(
      associationAccept(event.request, { select: (_uid, [first]) => first ?? 4, maximumLength: 0 }),
      0,
    );
    core.takeOutput();
    pull(core, 0);
    return core;
  };
  const cases: [name: string, core: () => AssociationCore, deadline: number, phase: string][] = [
    ["T1 nothing is sent", () => AssociationCore.acceptor(options, 0), 30_000, "artim"],
    [
      "T3 half a request",
      () => {
        const core = AssociationCore.acceptor(options, 0);
        core.receive(request.slice(0, 20), 29_999);
        pull(core, 29_999);
        return core;
      },
      30_000,
      "artim",
    ],
    [
      "no answer to our request",
      () => {
        const core = AssociationCore.requestor(sampleRequest(), options);
        core.transportConnected(0);
        core.takeOutput();
        return core;
      },
      31_000,
      "acse",
    ],
    [
      "no decision on the peer's request",
      () => {
        const core = AssociationCore.acceptor(options, 0);
        core.receive(request, 0);
        pull(core, 0);
        return core;
      },
      31_000,
      "acse",
    ],
    [
      "no response",
      () => {
        const core = established();
        core.operationStarted();
        core.expectResponse(0);
        return core;
      },
      32_000,
      "dimse",
    ],
    ["T15 idle", established, 33_000, "network"],
    [
      "T5 a PDU that stops, during an operation",
      () => {
        const core = established();
        core.operationStarted();
        core.receive(fromHex("040000003e80"), 100);
        pull(core, 100);
        return core;
      },
      34_100,
      "pdu",
    ],
    [
      "a data set that stops between PDUs, during an operation",
      () => {
        const core = established();
        core.operationStarted();
        core.receive(fromHex("040000000008 00000004 0101 0000"), 200);
        pull(core, 200);
        return core;
      },
      33_200,
      "network",
    ],
    [
      "T17 no answer to our release request",
      () => {
        const core = established();
        core.release(0);
        core.takeOutput();
        return core;
      },
      35_000,
      "release",
    ],
  ];
  for (const [name, make, deadline, phase] of cases) {
    const core = make();
    assert.equal(core.nextDeadline, deadline, name);
    core.handleDeadline(deadline - 1);
    assert.equal(core.nextLocalEvent(), undefined, name);
    core.handleDeadline(deadline);
    const event = core.nextLocalEvent();
    assert.ok(event?.type === (phase === "artim" ? "closed" : "aborted"), name);
    assert.ok(event.error instanceof TimeoutError && event.error.phase === phase, name);
    if (phase === "artim") {
      assert.ok(core.wantsClose, name);
    } else {
      assert.equal(sent(core), abortHex(0, 0), name);
      // T18: and then ARTIM bounds what is left.
      core.handleDeadline(deadline + 30_000);
      assert.ok(core.wantsClose, name);
    }
  }
});

pure("AssociationCore gives a PDU that makes progress more time", () => {
  const core = establishedAcceptor(0);
  core.receive(fromHex("040000100000 000ffffa 0301"), 0);
  pull(core, 0);
  assert.equal(core.nextDeadline, 60_000);
  core.receive(new Uint8Array(1000), 50_000);
  pull(core, 50_000);
  assert.equal(core.nextDeadline, 60_000);
});

pure("AssociationCore.paused() does not blame the peer for the consumer's silence", () => {
  const core = establishedAcceptor();
  pull(core, 0);
  assert.equal(core.nextDeadline, 60_000);
  core.paused();
  assert.equal(core.nextDeadline, undefined);
  pull(core, 100_000);
  assert.equal(core.nextDeadline, 160_000);
});

pure("AssociationCore.send() fails without sending when there is no association", () => {
  const core = AssociationCore.acceptor(OPTIONS, 0);
  assert.throws(() => core.send(1, ECHO_REQUEST, undefined, 0), AssociationAbortedError);
  assert.throws(() => core.release(0), AssociationAbortedError);
  assert.throws(() => core.sendFramed(new Uint8Array(12), 0), AssociationAbortedError);
  assert.equal(sent(core), "");
  const established = establishedAcceptor();
  assert.throws(
    () => established.send(1, ECHO_REQUEST, new Uint8Array(2), 0),
    LocalProtocolError,
  );
});

/** What a requestor sees of an answer made of its own request. */
function answered(change: (accept: AssociateAcceptPdu) => AssociateAcceptPdu): {
  core: AssociationCore;
  event: CoreEvent | undefined;
} {
  const request: AssociateRequestPdu = sampleRequest();
  const core = AssociationCore.requestor(request, OPTIONS);
  core.transportConnected(0);
  core.takeOutput();
  const accept = associationAccept(request, {
    select: (_uid, [first]) => first ?? 4,
    maximumLength: 16384,
  });
  core.receive(encodePdu(change(accept)), 0);
  return { core, event: pull(core, 0)[0] };
}

pure("AssociationCore as requestor takes only answers to what it proposed (U8)", () => {
  const { event } = answered((accept) => ({
    ...accept,
    presentationContexts: [
      { id: 1, result: 0, transferSyntax: EXPLICIT },
      { id: 3, result: 0, transferSyntax: IMPLICIT },
      { id: 3, result: 0, transferSyntax: EXPLICIT },
      { id: 5, result: 0, transferSyntax: IMPLICIT },
    ].slice(0, 2),
  }));
  assert.ok(event?.type === "association-accepted");
  assert.deepEqual(event.accepted.map((context) => [context.id, context.transferSyntax]), [
    [3, IMPLICIT],
  ]);
  assert.deepEqual(event.rejected.map((context) => [context.id, context.result]), [[1, 0]]);
});

pure("AssociationCore as requestor aborts a peer that takes no fragment (U10)", () => {
  for (let maximumLength = 1; maximumLength < 8; maximumLength++) {
    const { core, event } = answered((accept) => ({
      ...accept,
      userInformation: { ...accept.userInformation, maximumLength },
    }));
    assert.ok(event?.type === "aborted" && event.by === "us");
    assert.equal(sent(core), abortHex(0, 0));
  }
});

pure("AssociationCore as requestor reports a rejection with any codes (U11)", () => {
  for (const codes of ["010107", "020302", "ff00ee"]) {
    const core = AssociationCore.requestor(sampleRequest(), OPTIONS);
    core.transportConnected(0);
    core.takeOutput();
    core.receive(fromHex(`03000000000400${codes}`), 0);
    const [event] = pull(core, 0);
    assert.ok(event?.type === "association-rejected");
    const { result, source, reason } = event.reject;
    assert.equal(hex(Uint8Array.of(result, source, reason)), codes);
    assert.ok(core.wantsClose && core.isOver);
    assert.equal(core.nextDeadline, undefined);
  }
});

pure("AssociationCore takes no notice of what comes after the end", () => {
  const after = [
    "07000000000400000000", // A-ABORT
    "05000000000400000000", // A-RELEASE-RQ
    "06000000000400000000", // A-RELEASE-RP
    "03000000000400010107", // A-ASSOCIATE-RJ
    "0400000000060000000201030000", // P-DATA-TF
    "ffffffffffff",
  ];
  for (const rest of after) {
    const rejected = AssociationCore.requestor(sampleRequest(), OPTIONS);
    rejected.transportConnected(0);
    rejected.takeOutput();
    rejected.receive(fromHex(`03000000000400010107${rest}`), 0);
    assert.deepEqual(types(pull(rejected, 0)), ["association-rejected"], rest);
    assert.equal(sent(rejected), "", rest);

    const pair = new CorePair();
    pair.establish();
    pair.requestor.release(0);
    pair.requestor.takeOutput();
    pair.requestor.receive(fromHex(`06000000000400000000${rest}`), 0);
    assert.deepEqual(types(pull(pair.requestor, 0)), ["released"], rest);
    pair.requestor.receive(fromHex(rest), 0);
    assert.deepEqual(pull(pair.requestor, 0), [], rest);
    assert.equal(sent(pair.requestor), "", rest);
    assert.ok(pair.requestor.isOver && pair.requestor.wantsClose, rest);
    assert.equal(pair.requestor.nextDeadline, undefined, rest);
  }
});
