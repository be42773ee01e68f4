import assert from "node:assert/strict";
import { AssociationEvents } from "../../cli/association_events.ts";
import { EventOutput } from "../../cli/event_output.ts";
import { foreignProtocolError } from "../../lib/pdu/foreign_protocol.ts";
import type { Message } from "../../lib/dimse/message.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { CT, EXPLICIT, sampleRequest } from "../support/core_pair.ts";
import { FakeClock } from "../support/fake_clock.ts";

type Happening = AssociationEvent extends infer Event
  ? Event extends unknown ? Omit<Event, "association">
  : never
  : never;

interface Watched {
  readonly clock: FakeClock;
  readonly events: AssociationEvents;
  happens(happening: Happening, id?: string): void;
  /** The events since the last look. */
  take(): Record<string, unknown>[];
}

function watch(): Watched {
  const clock = new FakeClock();
  let written = "";
  const events = new AssociationEvents(
    new EventOutput((text) => void (written += text), clock),
    clock,
  );
  return {
    clock,
    events,
    happens: (happening, id = "7") => {
      const association = { id, callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:1" };
      events.observe({ ...happening, association });
    },
    take: () => {
      const lines = written.split("\n").slice(0, -1);
      written = "";
      return lines.map((line) => JSON.parse(line));
    },
  };
}

function requested(role: "requestor" | "acceptor"): Happening {
  return { type: "association-requested", role, request: sampleRequest() };
}

function accepted(): Happening {
  return {
    type: "association-accepted",
    accept: {
      ...sampleRequest(),
      type: "A-ASSOCIATE-AC",
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: EXPLICIT },
        { id: 3, result: 4, transferSyntax: "" },
      ],
    },
  };
}

function request(messageId: number, affectedSopInstanceUid: string): Message {
  return {
    type: "C-STORE-RQ",
    messageId,
    affectedSopClassUid: CT,
    affectedSopInstanceUid,
    priority: 0,
    hasDataSet: true,
  };
}

function response(messageIdBeingRespondedTo: number, status: number): Message {
  return { type: "C-STORE-RSP", messageIdBeingRespondedTo, status, hasDataSet: false };
}

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

const STATE = {
  event: "association",
  atMs: 0,
  association: "7",
  callingAeTitle: "A",
  calledAeTitle: "B",
  peer: "h:1",
  certificate: null,
  by: null,
  result: null,
  source: null,
  reason: null,
};

for (const role of ["requestor", "acceptor"] as const) {
  pure(`AssociationEvents tells the life of an association as ${role}`, () => {
    const { happens, take } = watch();
    happens({ type: "connection-opened" });
    happens(requested(role));
    happens(accepted());
    happens({ type: "association-released" });
    happens({ type: "connection-closed" });
    assert.deepEqual(take(), [
      { ...STATE, role, state: "requested" },
      { ...STATE, role, state: "accepted" },
      { ...STATE, role, state: "released" },
    ]);
  });
}

const ENDS: readonly (readonly [Happening, Record<string, unknown>])[] = [
  [
    {
      type: "association-rejected",
      reject: { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 },
    },
    { state: "rejected", result: 2, source: 3, reason: 1 },
  ],
  [
    { type: "association-aborted", by: "peer", source: 2, reason: 6 },
    { state: "aborted", by: "peer", source: 2, reason: 6 },
  ],
  [{ type: "association-aborted", by: "us" }, { state: "aborted", by: "us" }],
  [
    { type: "association-aborted", by: "transport", error: new Error("PatientName") },
    { state: "aborted", by: "transport" },
  ],
];

for (const [happening, expected] of ENDS) {
  pure(`AssociationEvents tells ${JSON.stringify(expected)}`, () => {
    const { happens, take } = watch();
    happens(requested("acceptor"));
    take();
    happens(happening);
    assert.deepEqual(take(), [{ ...STATE, role: "acceptor", ...expected }]);
  });
}

const INSTANCE = {
  event: "instance",
  direction: "received",
  association: "7",
  sopClassUid: CT,
  transferSyntaxUid: EXPLICIT,
  status: 0,
  meaning: "stored",
  bytes: null,
  path: null,
};

pure("AssociationEvents tells each instance when it is answered, with its file", async () => {
  const { clock, events, happens, take } = watch();
  happens(requested("acceptor"));
  happens(accepted());
  take();
  happens({ type: "message-received", contextId: 1, message: request(1, "1.1") });
  await clock.advance(10);
  happens({ type: "message-received", contextId: 1, message: request(2, "1.2") });
  await clock.advance(10);
  assert.deepEqual(take(), []);
  events.holds("1.2", { path: "in/CT.1.2", bytes: 99 });
  happens({ type: "message-sent", contextId: 1, message: response(2, 0x0000) });
  happens({ type: "message-sent", contextId: 1, message: response(1, 0xa700) });
  assert.deepEqual(take(), [
    {
      ...INSTANCE,
      atMs: 20,
      sopInstanceUid: "1.2",
      bytes: 99,
      path: "in/CT.1.2",
      durationMs: 10,
    },
    {
      ...INSTANCE,
      atMs: 20,
      sopInstanceUid: "1.1",
      status: 0xa700,
      meaning: "refused: out of resources",
      durationMs: 20,
    },
  ]);
});

pure("AssociationEvents tells the instances that we send", () => {
  const { events, happens, take } = watch();
  happens(requested("requestor"));
  happens(accepted());
  take();
  events.sends("1.1", { path: "a.dcm", bytes: 5 });
  happens({ type: "message-sent", contextId: 1, message: request(1, "1.1") });
  happens({ type: "message-received", contextId: 1, message: response(1, 0xb000) });
  assert.deepEqual(take(), [{
    ...INSTANCE,
    atMs: 0,
    direction: "sent",
    sopInstanceUid: "1.1",
    status: 0xb000,
    meaning: "warning: coercion of data elements",
    bytes: 5,
    path: "a.dcm",
    durationMs: 0,
  }]);
});

pure("AssociationEvents keeps associations apart, and forgets those that are over", () => {
  const { happens, take } = watch();
  for (const id of ["7", "8"]) {
    happens(requested("acceptor"), id);
    happens(accepted(), id);
    happens({ type: "message-received", contextId: 1, message: request(1, `1.${id}`) }, id);
  }
  take();
  happens({ type: "connection-closed" }, "7");
  happens({ type: "message-sent", contextId: 1, message: response(1, 0) }, "7");
  happens({ type: "message-sent", contextId: 1, message: response(9, 0) }, "8");
  assert.deepEqual(take(), []);
  happens({ type: "message-sent", contextId: 1, message: response(1, 0) }, "8");
  assert.deepEqual(take().map(({ sopInstanceUid }) => sopInstanceUid), ["1.8"]);
});

pure("AssociationEvents tells of each of two instances of one UID where it is", () => {
  const { events, happens, take } = watch();
  for (const id of ["7", "8"]) {
    happens(requested("acceptor"), id);
    happens(accepted(), id);
    happens({ type: "message-received", contextId: 1, message: request(1, "1.1") }, id);
  }
  take();
  events.holds("1.1", { path: "CT.1.1", bytes: 5 });
  events.holds("1.1", { path: "CT.1.1-1", bytes: 6 });
  for (const id of ["7", "8"]) {
    happens({ type: "message-sent", contextId: 1, message: response(1, 0) }, id);
  }
  assert.deepEqual(take().map(({ path }) => path), ["CT.1.1", "CT.1.1-1"]);
});

pure("AssociationEvents forgets the files of instances that nobody waits for any more", () => {
  const { events, happens, take } = watch();
  for (const isLate of [false, true]) {
    happens(requested("acceptor"));
    happens(accepted());
    happens({ type: "message-received", contextId: 1, message: request(1, "1.1") });
    if (!isLate) events.holds("1.1", { path: "lost", bytes: 5 });
    happens({ type: "connection-closed" });
    if (isLate) events.holds("1.1", { path: "lost", bytes: 5 });
    happens(requested("acceptor"), "8");
    happens(accepted(), "8");
    take();
    happens({ type: "message-received", contextId: 1, message: request(1, "1.1") }, "8");
    happens({ type: "message-sent", contextId: 1, message: response(1, 0xa700) }, "8");
    assert.deepEqual(take().map(({ path }) => path), [null]);
  }
});

Deno.test({
  name: "AssociationEvents tells of a peer that speaks another protocol, in either role",
  permissions: "none",
  fn: () => {
    for (const role of ["acceptor", "requestor"] as const) {
      const { happens, take } = watch();
      if (role === "requestor") happens(requested(role));
      take();
      happens({ type: "association-aborted", by: "us", error: foreignProtocolError("HTTP") });
      const [foreign, aborted] = take();
      assert.deepEqual(foreign, {
        ...{ event: "foreign", atMs: 0, role, association: "7", peer: "h:1", protocol: "HTTP" },
      });
      assert.deepEqual([aborted?.event, aborted?.state, aborted?.role], [
        ...["association", "aborted", role],
      ]);
    }
  },
});
