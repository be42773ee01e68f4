import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import { planQueues } from "../../cli/send_queue.ts";
import {
  describePlan,
  logStoreRequest,
  logStoreResponse,
  syntaxName,
} from "../../cli/store_log.ts";
import type { StoreResponseMessage } from "../../lib/dimse/message.ts";
import { CT, JPEG, MR } from "./sending.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

function told(tell: (log: ToolLog) => void): string[] {
  let written = "";
  tell(new ToolLog("info", (text) => void (written += text)));
  return written.split("\n").slice(0, -1);
}

const ASSOCIATION = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:104" };

for (const [sopClass, suffix] of [[CT, ", (CT)"], [MR, ", (MR)"], ["1.2.3", ""]] as const) {
  pure(`logStoreRequest() tells a request for ${sopClass}`, () => {
    const message = {
      type: "C-STORE-RQ",
      messageId: 7,
      affectedSopClassUid: sopClass,
      affectedSopInstanceUid: "1.2",
      priority: 2,
      hasDataSet: true,
    } as const;
    const event = { message, contextId: 1, association: ASSOCIATION };
    assert.deepEqual(told((log) => logStoreRequest(log, { ...event, type: "message-sent" })), [
      `I: Sending Store Request: MsgID 7${suffix}`,
    ]);
    assert.deepEqual(
      told((log) => logStoreRequest(log, { ...event, type: "message-received" })),
      [],
    );
  });
}

const RESPONSES: readonly (readonly [status: number, lines: readonly string[]])[] = [
  [0x0000, ["I: Received Store Response (Status: 0x0000 - Success)"]],
  [0xb007, [
    "I: Received Store Response (Status: 0xB007 - Warning)",
    "W: The peer says: warning: data set does not match SOP class (0xB007)",
    "W: Error Comment: because\\x1b",
  ]],
  [0xa701, [
    "I: Received Store Response (Status: 0xA701 - Failure)",
    "E: Store failed: a.dcm",
    "E: The peer says: refused: out of resources (0xA701)",
    "E: Error Comment: because\\x1b",
  ]],
  [0x1234, [
    "I: Received Store Response (Status: 0x1234 - Unknown)",
    "E: Store failed: a.dcm",
    "E: The peer says: unknown status (0x1234)",
    "E: Error Comment: because\\x1b",
  ]],
];

for (const [status, lines] of RESPONSES) {
  pure(`logStoreResponse() tells status ${status.toString(16)}`, () => {
    const response: StoreResponseMessage = {
      type: "C-STORE-RSP",
      messageIdBeingRespondedTo: 1,
      status,
      errorComment: "because\x1b",
      hasDataSet: false,
    };
    assert.deepEqual(told((log) => logStoreResponse(log, "a.dcm", response)), lines);
  });
}

pure("describePlan() tells what would be proposed and sent", () => {
  const head = {
    path: "a.dcm",
    size: 1500,
    dataSetOffset: 300,
    sopClassUid: CT,
    sopInstanceUid: "1.2",
    transferSyntaxUid: JPEG,
    writtenAs: JPEG,
    warnings: [],
  };
  const other = { ...head, path: "b.dcm", sopClassUid: "1.2.3", transferSyntaxUid: "1.2.4" };
  const queues = planQueues([head, other], { contexts: "fitting", only: undefined }, 2);
  const jpeg = syntaxName(JPEG);
  assert.match(jpeg, /^JPEG Lossless/);
  assert.deepEqual(describePlan(queues), [
    "Association 1: 2 presentation contexts, 4 instances",
    "  1: 1.2.3: 1.2.4",
    `  3: CT Image Storage: ${jpeg}`,
    `  a.dcm: CT Image Storage, ${jpeg}, 1.5 kB`,
    "  b.dcm: 1.2.3, 1.2.4, 1.5 kB",
  ]);
});
