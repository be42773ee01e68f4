import assert from "node:assert/strict";
import type {
  Message,
  RequestMessage,
  UnsupportedRequestMessage,
} from "../../lib/dimse/message.ts";
import { responseTo, type RetrieveResponseContent } from "../../lib/dimse/response.ts";

const REQUEST = {
  messageId: 7,
  affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  hasDataSet: true,
} as const;
const RESPONSE = {
  messageIdBeingRespondedTo: 7,
  affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
  hasDataSet: false,
} as const;

const CASES: readonly [
  request: RequestMessage | UnsupportedRequestMessage,
  content: RetrieveResponseContent,
  response: Message,
  why: string,
][] = [
  [
    { type: "C-ECHO-RQ", ...REQUEST },
    { status: 0x0000 },
    { type: "C-ECHO-RSP", ...RESPONSE, status: 0x0000 },
    "a C-ECHO-RQ",
  ],
  [
    { type: "C-STORE-RQ", ...REQUEST, priority: 1, affectedSopInstanceUid: "1.2.3" },
    { status: 0xa700, errorComment: "disk full", offendingElements: [0x00080018] },
    {
      type: "C-STORE-RSP",
      ...RESPONSE,
      status: 0xa700,
      errorComment: "disk full",
      offendingElements: [0x00080018],
      affectedSopInstanceUid: "1.2.3",
    },
    "a C-STORE-RQ with all that explains a failure",
  ],
  [
    { type: "C-STORE-RQ", ...REQUEST, priority: 0, affectedSopInstanceUid: "" },
    { status: 0x0117 },
    { type: "C-STORE-RSP", ...RESPONSE, status: 0x0117 },
    "a C-STORE-RQ without instance UID (C6)",
  ],
  [
    { type: "C-STORE-RQ", ...REQUEST, priority: 0, affectedSopInstanceUid: "1".repeat(65) },
    { status: 0x0117 },
    { type: "C-STORE-RSP", ...RESPONSE, status: 0x0117 },
    "a C-STORE-RQ whose instance UID is too long to be sent back (F4)",
  ],
  [
    { type: "C-ECHO-RQ", ...REQUEST, affectedSopClassUid: "1".repeat(300) },
    { status: 0x0122 },
    { type: "C-ECHO-RSP", messageIdBeingRespondedTo: 7, status: 0x0122, hasDataSet: false },
    "a C-ECHO-RQ whose class UID is too long to be sent back (C18)",
  ],
  [
    { type: "C-ECHO-RQ", ...REQUEST, affectedSopClassUid: "1".repeat(64) },
    { status: 0x0122 },
    { type: "C-ECHO-RSP", ...RESPONSE, affectedSopClassUid: "1".repeat(64), status: 0x0122 },
    "a C-ECHO-RQ whose class UID is as long as can be",
  ],
  [
    { type: "C-FIND-RQ", ...REQUEST, priority: 0 },
    { status: 0xff00, hasDataSet: true },
    { type: "C-FIND-RSP", ...RESPONSE, status: 0xff00, hasDataSet: true },
    "a C-FIND-RQ with an identifier",
  ],
  [
    { type: "C-GET-RQ", ...REQUEST, priority: 0 },
    { status: 0xff00, remaining: 3, completed: 2, failed: 1, warning: 0 },
    {
      type: "C-GET-RSP",
      ...RESPONSE,
      status: 0xff00,
      remaining: 3,
      completed: 2,
      failed: 1,
      warning: 0,
    },
    "a C-GET-RQ with counters",
  ],
  [
    { type: "C-MOVE-RQ", ...REQUEST, priority: 0, moveDestination: "PACS" },
    { status: 0xa801, errorComment: "unknown" },
    { type: "C-MOVE-RSP", ...RESPONSE, status: 0xa801, errorComment: "unknown" },
    "a C-MOVE-RQ without counters",
  ],
  [
    { type: "C-ECHO-RQ", ...REQUEST },
    { status: 0x0000, completed: 1 },
    { type: "C-ECHO-RSP", ...RESPONSE, status: 0x0000 },
    "a C-ECHO-RQ, which has no counters",
  ],
  [
    { type: "unsupported", ...REQUEST, commandField: 0x0130 },
    { status: 0x0211 },
    { type: "unsupported-response", ...RESPONSE, commandField: 0x8130, status: 0x0211 },
    "an N-ACTION-RQ (C2)",
  ],
  [
    { type: "unsupported", commandField: 0x0130, messageId: 7, hasDataSet: false },
    { status: 0x0211 },
    {
      type: "unsupported-response",
      messageIdBeingRespondedTo: 7,
      commandField: 0x8130,
      status: 0x0211,
      hasDataSet: false,
    },
    "an N-ACTION-RQ without class (C2)",
  ],
];

for (const [request, content, response, why] of CASES) {
  Deno.test({
    name: `responseTo() answers ${why}`,
    permissions: "none",
    fn: () => assert.deepEqual(responseTo(request, content), response),
  });
}
