import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import type { Awaitable, Status, StatusReply } from "../../lib/handler/handler.ts";
import { storeOutcome, thrownStatus } from "../../lib/service/store_outcome.ts";
import { pure } from "../support/requesting.ts";

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

pure("`storeOutcome()` is the reply, returned or thrown, or says what was wrong", async () => {
  const full = Object.assign(new Error("no room"), { status: 0xa700 });
  const bug = new TypeError("bug");
  const cases: [
    name: string,
    take: () => Awaitable<Status | StatusReply>,
    reply: StatusReply,
    error?: unknown,
  ][] = [
    ["a status", () => 0xb000, { status: 0xb000 }],
    ["a promised one", () => Promise.resolve(0), { status: 0 }],
    ["a reply", () => ({ status: 0xa701, errorComment: "full" }), {
      status: 0xa701,
      errorComment: "full",
    }],
    ["a thrown status", throwing(full), { status: 0xa700, errorComment: "no room" }],
    ["a thrown object", throwing({ status: 0xc001 }), { status: 0xc001, errorComment: "" }],
    ["a rejection", () => Promise.reject(full), { status: 0xa700, errorComment: "no room" }],
    ["any other throw", throwing(bug), { status: 0x0110 }, bug],
    ["a thrown word", throwing("word"), { status: 0x0110 }, "word"],
    ["nothing thrown", throwing(undefined), { status: 0x0110 }, undefined],
  ];
  for (const [name, take, reply, error] of cases) {
    const outcome = await storeOutcome(take);
    assert.deepEqual(outcome.reply, reply, name);
    assert.equal("error" in outcome, reply.status === 0x0110, name);
    assert.equal(outcome.error, error, name);
  }
});

pure("`storeOutcome()` takes no status that cannot be the answer", async () => {
  for (const status of [0x1234, 0xff00, 0xff01, 0x10000, NaN]) {
    const { reply, error } = await storeOutcome(() => status);
    assert.equal(reply.status, 0x0110);
    assert.match(String(error), /is no final status$/);
    assert.equal(thrownStatus({ status }), undefined);
  }
});

/** What a handler in plain JavaScript may return. */
const MISSHAPEN: readonly (readonly [text: string, why: RegExp])[] = [
  ["null", /null is neither a status nor an object with one$/],
  ["true", /true is neither a status nor an object with one$/],
  ['"ok"', /"ok" is neither a status nor an object with one$/],
  ["{}", /its status is no number$/],
  ['{"status":"0"}', /its status is no number$/],
  ['{"status":42753,"errorComment":5}', /its errorComment is no text$/],
  ['{"status":0,"errorComment":{}}', /its errorComment is no text$/],
  [
    '{"status":42753,"offendingElements":"00080018"}',
    /its offendingElements are no list of numbers$/,
  ],
  [
    '{"status":42753,"offendingElements":["00080018"]}',
    /its offendingElements are no list of numbers$/,
  ],
];

pure("`storeOutcome()` says what is wrong with the shape of a reply", async () => {
  for (const [text, why] of MISSHAPEN) {
    const { reply, error } = await storeOutcome(() => JSON.parse(text));
    assert.deepEqual(reply, { status: 0x0110 }, text);
    assert(error instanceof HandlerError, text);
    assert.match(error.message, /^Cannot answer with what the handler returned: /);
    assert.match(error.message, why);
  }
  const { error } = await storeOutcome(() => JSON.parse("[]")[0]);
  assert.match(String(error), /: undefined is neither a status nor an object with one$/);
});
