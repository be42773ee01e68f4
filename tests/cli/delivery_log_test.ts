import assert from "node:assert/strict";
import { isOutgoing, logOutgoing, logSent } from "../../cli/delivery_log.ts";
import { ToolLog } from "../../cli/log.ts";
import { associationRequest } from "../../lib/association/negotiation.ts";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";

const ASSOCIATION = {
  id: "7",
  callingAeTitle: "QRSCP",
  calledAeTitle: "WS1",
  peerAddress: "10.0.0.5:104",
};
const NAME = "Association from QRSCP to WS1 (10.0.0.5:104)";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function written(tell: (log: ToolLog) => void): string {
  let text = "";
  tell(new ToolLog("verbose", (line) => text += line));
  return text;
}

function answer(status: number, errorComment?: string): AssociationEvent {
  return {
    type: "message-received",
    association: ASSOCIATION,
    contextId: 1,
    message: {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      affectedSopInstanceUid: "1.2.3",
      status,
      hasDataSet: false,
      ...(errorComment === undefined ? {} : { errorComment }),
    },
  };
}

const REQUEST = associationRequest({
  ...ASSOCIATION,
  presentationContexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
  maximumLength: 16384,
});

const EVENTS: readonly (readonly [event: AssociationEvent, line: string])[] = [
  [{ type: "connection-opened", association: ASSOCIATION }, ""],
  [{
    type: "association-accepted",
    association: ASSOCIATION,
    accept: {
      ...REQUEST,
      type: "A-ASSOCIATE-AC",
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: EXPLICIT },
        { id: 3, result: 3, transferSyntax: EXPLICIT },
      ],
    },
  }, `I: ${NAME} accepted, with 1 of 2 presentation contexts\n`],
  [{
    type: "association-rejected",
    association: ASSOCIATION,
    reject: { type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 3 },
  }, `W: ${NAME} rejected permanently: calling AE title not recognised\n`],
  [
    { type: "association-released", association: ASSOCIATION },
    `I: ${NAME} released\n`,
  ],
  [
    { type: "association-aborted", association: ASSOCIATION, by: "peer" },
    `W: ${NAME} aborted by the peer\n`,
  ],
  [
    {
      type: "association-aborted",
      association: ASSOCIATION,
      by: "us",
      error: new Error("So be it"),
    },
    `W: ${NAME} aborted by us: So be it\n`,
  ],
  [answer(0), "I: Sent 1.2.3 to WS1 (10.0.0.5:104)\n"],
  [
    answer(0xb007),
    "W: WS1 (10.0.0.5:104) took 1.2.3: 0xB007 (warning: data set does not match SOP class)\n",
  ],
  [
    answer(0xa700, "Disk full"),
    "W: WS1 (10.0.0.5:104) refused 1.2.3: 0xA700 (refused: out of resources): Disk full\n",
  ],
  [{ type: "connection-closed", association: ASSOCIATION }, ""],
];

for (const [event, line] of EVENTS) {
  pure(`logOutgoing() of ${event.type} writes ${line.trim() || "nothing"}`, () => {
    assert.equal(written((log) => logOutgoing(log, event)), line);
  });
}

pure("logSent() passes over what is no answer to a C-STORE", () => {
  const echo: AssociationEvent = {
    type: "message-received",
    association: ASSOCIATION,
    contextId: 1,
    message: { type: "C-ECHO-RSP", messageIdBeingRespondedTo: 1, status: 0, hasDataSet: false },
  };
  assert.equal(written((log) => logSent(log, echo, "WS1")), "");
});

pure("isOutgoing() tells connections that we opened by who calls", () => {
  const opened = { type: "connection-opened", association: ASSOCIATION } as const;
  assert.equal(isOutgoing(opened), true);
  const unknown = { ...ASSOCIATION, callingAeTitle: "", calledAeTitle: "" };
  assert.equal(isOutgoing({ ...opened, association: unknown }), false);
  assert.equal(isOutgoing({ type: "association-released", association: ASSOCIATION }), false);
});
