import assert from "node:assert/strict";
import type { LogLevel } from "../../cli/log.ts";
import { ToolLog } from "../../cli/log.ts";
import { HandlerLog, logService } from "../../cli/service_log.ts";
import { ServiceRecord } from "../../cli/service_record.ts";
import { associationAccept } from "../../lib/association/negotiation.ts";
import { RemoteProtocolError, TimeoutError } from "../../lib/errors.ts";
import { foreignProtocolError } from "../../lib/pdu/foreign_protocol.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { CT } from "../support/core_pair.ts";
import { storageRequest } from "../support/served.ts";

const ASSOCIATION = {
  id: "1",
  callingAeTitle: "CT1",
  calledAeTitle: "STORE",
  peerAddress: "10.0.0.5:4711",
};

type Bare = AssociationEvent extends infer Event
  ? Event extends unknown ? Omit<Event, "association"> : never
  : never;

function written(level: LogLevel, event: Bare, before: readonly Bare[] = []): string[] {
  const lines: string[] = [];
  const record = new ServiceRecord({ received: 2_000 }, 0);
  for (const each of [...before, event]) record.observe({ ...each, association: ASSOCIATION });
  const log = new ToolLog(level, (line) => void lines.push(line));
  logService(log, { ...event, association: ASSOCIATION }, record, 1_500);
  return lines;
}

function accepted(select: () => string | 4): Bare {
  const accept = associationAccept(storageRequest(), { select, maximumLength: 0 });
  return { type: "association-accepted", accept };
}

function stored(status: number, errorComment?: string): Bare {
  return {
    type: "message-sent",
    contextId: 1,
    message: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: "1.2.3",
      status,
      hasDataSet: false,
      ...(errorComment === undefined ? {} : { errorComment }),
    },
  };
}

function begun(affectedSopInstanceUid: string): Bare {
  return {
    type: "message-received",
    contextId: 1,
    message: {
      type: "C-STORE-RQ",
      messageId: 1,
      affectedSopClassUid: CT,
      affectedSopInstanceUid,
      priority: 0,
      hasDataSet: true,
    },
  };
}

const BEGUN = begun("1.2.3");
const FROM = "CT1 (10.0.0.5:4711) to STORE";
const USABLE = accepted(() => "1.2.840.10008.1.2");
const PROTOCOL = new RemoteProtocolError("Cannot decode PDU: type 99H is not known", {
  source: 2,
  reason: 1,
});

const CASES: readonly (readonly [
  level: "info" | "verbose",
  event: Bare,
  before: readonly Bare[],
  line: string,
])[] = [
  ["verbose", { type: "connection-opened" }, [], "I: Connection from 10.0.0.5:4711\n"],
  [
    "verbose",
    { type: "association-requested", role: "acceptor", request: storageRequest() },
    [],
    `I: Association from ${FROM} requested\n`,
  ],
  [
    "verbose",
    USABLE,
    [],
    `I: Association from ${FROM} accepted, with 2 of 3 presentation contexts\n`,
  ],
  [
    "info",
    accepted(() => 4),
    [],
    `W: Association from ${FROM} accepted, with 0 of 3 presentation contexts\n`,
  ],
  [
    "info",
    {
      type: "association-rejected",
      reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 3 },
    },
    [],
    `W: Association from ${FROM} rejected permanently: calling AE title not recognised\n`,
  ],
  [
    "info",
    {
      type: "association-rejected",
      reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 1 },
      because: "not on the list",
    },
    [],
    `W: Association from ${FROM} rejected permanently: not on the list\n`,
  ],
  [
    "info",
    {
      type: "association-rejected",
      reject: { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 },
      because: "2 stand",
    },
    [],
    `W: Association from ${FROM} rejected transiently: local limit exceeded; 2 stand\n`,
  ],
  [
    "info",
    { type: "association-released" },
    [USABLE, BEGUN, stored(0)],
    `I: Association from ${FROM} released: 1 instance, 2.0 kB in 1.5 s\n`,
  ],
  [
    "info",
    { type: "association-aborted", by: "peer" },
    [USABLE, BEGUN],
    `W: Association from ${FROM} aborted by the peer: 0 instances, 2.0 kB in 1.5 s, 1 failed\n`,
  ],
  [
    "info",
    { type: "association-aborted", by: "transport" },
    [USABLE],
    `W: Association from ${FROM} lost: nothing came in 1.5 s\n`,
  ],
  [
    "info",
    { type: "association-aborted", by: "us", error: new TimeoutError("It took long", "network") },
    [USABLE],
    `W: Association from ${FROM} aborted by us: nothing came in 1.5 s; It took long\n`,
  ],
  [
    "info",
    { type: "association-aborted", by: "us", error: PROTOCOL },
    [],
    "W: Connection from 10.0.0.5:4711 aborted by us without an association; " +
    "Cannot decode PDU: type 99H is not known\n",
  ],
  [
    "info",
    { type: "association-aborted", by: "us", error: foreignProtocolError("TLS") },
    [],
    "W: Connection from 10.0.0.5:4711 is no DICOM: the peer speaks TLS; give --tls here, or switch " +
    "TLS off there\n",
  ],
  [
    "verbose",
    { type: "association-aborted", by: "transport" },
    [],
    "I: Connection from 10.0.0.5:4711 lost without an association\n",
  ],
  ["verbose", stored(0), [], `I: Received 1.2.3 (CT Image Storage) from ${FROM}\n`],
  [
    "info",
    stored(0xb007, "broken"),
    [],
    `W: Received 1.2.3 (CT Image Storage) from ${FROM} with a warning: ` +
    "0xB007 (warning: data set does not match SOP class): broken\n",
  ],
  [
    "info",
    stored(0xa700),
    [],
    `E: Refused 1.2.3 (CT Image Storage) from ${FROM}: 0xA700 (refused: out of resources)\n`,
  ],
  // What was sent as UIDs is none, and not repeated in the response.
  [
    "info",
    {
      type: "message-sent",
      contextId: 1,
      message: {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: 1,
        status: 0x0117,
        hasDataSet: false,
      },
    },
    [],
    `E: Refused an instance without a usable UID from ${FROM}: 0x0117 (invalid SOP instance)\n`,
  ],
  [
    "info",
    {
      type: "message-sent",
      contextId: 1,
      message: {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: 1,
        affectedSopInstanceUid: "1.2.3",
        status: 0x0122,
        hasDataSet: false,
      },
    },
    [],
    `E: Refused 1.2.3 from ${FROM}: 0x0122 (refused: SOP class not supported)\n`,
  ],
  [
    "info",
    { type: "handler-failed", error: new Error("the directory is down") },
    [],
    `E: Cannot serve ${FROM}: the directory is down\n`,
  ],
  ["info", { type: "connection-closed" }, [BEGUN], `W: 1.2.3 from ${FROM} broke off\n`],
  [
    "info",
    { type: "connection-closed" },
    [begun("1".repeat(60_000))],
    `W: an instance without a usable UID from ${FROM} broke off\n`,
  ],
];

for (const [level, event, before, line] of CASES) {
  Deno.test({
    name: `logService() at level ${level} writes ${line.trim()}`,
    permissions: "none",
    fn: () => {
      assert.deepEqual(written(level, event, before), [line]);
      const quieter = level === "info" ? "error" : "info";
      const isKept = quieter === "error" && line.startsWith("E: ");
      assert.deepEqual(written(quieter, event, before), isKept ? [line] : []);
    },
  });
}

Deno.test({
  name: "logService() says nothing of what is in order, and everything with -d",
  permissions: "none",
  fn: () => {
    assert.deepEqual(written("verbose", BEGUN), []);
    assert.deepEqual(written("verbose", { type: "connection-closed" }), []);
    assert.match(
      written("debug", BEGUN)[0] ?? "",
      /^D: \[1 10\.0\.0\.5:4711\] message-received \{/,
    );
  },
});

Deno.test({
  name: "HandlerLog keeps what is in order for -v",
  permissions: "none",
  fn: () => {
    for (
      const [level, expected] of [["info", ["W: w\n"]], ["verbose", ["I: i\n", "W: w\n"]]] as const
    ) {
      const lines: string[] = [];
      const log = new HandlerLog(level, (line) => void lines.push(line));
      log.info("i");
      log.warn("w");
      assert.deepEqual(lines, expected);
    }
  },
});
