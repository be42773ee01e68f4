import assert from "node:assert/strict";
import {
  readAcceptance,
  readAddress,
  readHandlerFacts,
  readModuleFacts,
  readPermissions,
  readStatusReply,
  readWorkerMessage,
} from "../../lib/handler/sandbox_messages.ts";

const buffer = new ArrayBuffer(8);
const error = { name: "Error", message: "no" };

/** What each reader takes as it is. */
const TAKEN: readonly (readonly [read: (value: unknown) => unknown, value: unknown])[] = [
  [readWorkerMessage, { type: "log", level: "info", text: "hello" }],
  [readWorkerMessage, { type: "crashed", text: "boom" }],
  [readWorkerMessage, { type: "answer", id: 1, answer: { type: "value", value: { any: 1 } } }],
  [
    readWorkerMessage,
    { type: "answer", id: 1, answer: { type: "error", error, isDataSetError: false } },
  ],
  [
    readWorkerMessage,
    {
      type: "answer",
      id: 1,
      answer: { type: "error", error: { ...error, status: 0xa700 }, isDataSetError: true },
    },
  ],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "pull" } }],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "cancel" } }],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "attributes" } }],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "spent" } }],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "spent", buffer } }],
  [readModuleFacts, { name: "mine", version: "1" }],
  [readModuleFacts, { name: undefined, version: undefined }],
  [readHandlerFacts, { services: ["store"], attributes: ["Modality"] }],
  [readHandlerFacts, { services: ["find"], attributes: undefined }],
  [readPermissions, {}],
  [readPermissions, { net: ["a:1"], read: ["/a"], write: [], env: ["A"], run: ["ls"] }],
  [readStatusReply, { status: 0 }],
  [readStatusReply, { status: 0xb007, errorComment: "so", offendingElements: [0x00080018] }],
  [readAcceptance, { accept: true }],
  [readAcceptance, { accept: true, userIdentityResponse: new Uint8Array([1]) }],
  [readAcceptance, { accept: false, result: 2, source: 3, reason: 1 }],
  [readAcceptance, { accept: false, result: 1, source: 1, reason: 1, because: "not on the list" }],
  [readAddress, { hostname: "a", port: 104 }],
  [readAddress, { hostname: "a", port: 104, aeTitle: "B" }],
];

for (const [read, value] of TAKEN) {
  Deno.test({
    name: `\`${read.name}()\` takes ${Deno.inspect(value, { compact: true, depth: 3 })}`,
    permissions: "none",
    fn: () => assert.deepEqual(read(value), value),
  });
}

/** What no reader takes. */
const NOTHING: readonly unknown[] = [undefined, null, 7, "store", [], [{}], new Date(0)];

const REFUSED: readonly (readonly [read: (value: unknown) => unknown, value: unknown])[] = [
  ...[readWorkerMessage, readHandlerFacts, readStatusReply, readAcceptance, readAddress]
    .flatMap((read) => [{}, ...NOTHING].map((value) => [read, value] as const)),
  [readWorkerMessage, { type: "log", level: "toString", text: "" }],
  [readWorkerMessage, { type: "log", level: "info", text: 7 }],
  [readWorkerMessage, { type: "crashed" }],
  [readWorkerMessage, { type: "question", id: 1, question: {} }],
  [readWorkerMessage, { type: "answer", id: "1", answer: { type: "value", value: 1 } }],
  [readWorkerMessage, { type: "answer", id: 1 }],
  [readWorkerMessage, { type: "answer", id: 1, answer: { type: "error", error } }],
  [
    readWorkerMessage,
    { type: "answer", id: 1, answer: { type: "error", error: {}, isDataSetError: true } },
  ],
  [
    readWorkerMessage,
    {
      type: "answer",
      id: 1,
      answer: { type: "error", error: { ...error, status: "0" }, isDataSetError: true },
    },
  ],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "more" } }],
  [readWorkerMessage, { type: "wish", id: 1, wish: { type: "spent", buffer: new Uint8Array(1) } }],
  [readModuleFacts, undefined],
  [readModuleFacts, { name: 7 }],
  [readHandlerFacts, { services: ["store", "exec"] }],
  [readHandlerFacts, { services: ["store"], attributes: [7] }],
  [readPermissions, undefined],
  [readPermissions, { sys: [] }],
  [readPermissions, { net: true }],
  [readPermissions, { read: [7] }],
  [readStatusReply, { status: "0" }],
  [readStatusReply, { status: 0, errorComment: 7 }],
  [readStatusReply, { status: 0, offendingElements: ["7"] }],
  [readAcceptance, { accept: 1 }],
  [readAcceptance, { accept: true, userIdentityResponse: "x" }],
  [readAcceptance, { accept: false, result: 3, source: 1, reason: 1 }],
  [readAcceptance, { accept: false, result: 1, source: 4, reason: 1 }],
  [readAcceptance, { accept: false, result: 1, source: 1 }],
  [readAcceptance, { accept: false, result: 1, source: 1, reason: 1, because: 1 }],
  [readAddress, { hostname: "a", port: "104" }],
  [readAddress, { hostname: "a", port: 104, aeTitle: 7 }],
];

for (const [read, value] of REFUSED) {
  Deno.test({
    name: `\`${read.name}()\` refuses ${Deno.inspect(value, { compact: true, depth: 3 })}`,
    permissions: "none",
    fn: () => assert.equal(read(value), undefined),
  });
}

Deno.test({
  name: "what a message has beside what it has to have is left out",
  permissions: "none",
  fn() {
    const value = { status: 0, toJSON: "x", extra: 1 };
    assert.deepEqual(readStatusReply(value), { status: 0 });
    assert.deepEqual(readAddress({ hostname: "a", port: 1, x: 2 }), { hostname: "a", port: 1 });
  },
});
