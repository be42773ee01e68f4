import assert from "node:assert/strict";
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

pure("`storeOutcome()` says what a handler returned that is no reply", async () => {
  const cases: readonly (readonly [returned: string, why: RegExp])[] = [
    ["[]", /: undefined is no final status$/],
    ["null", /: null is no final status$/],
    ["true", /: true is no final status$/],
    ['"ok"', /: "ok" is no final status$/],
    ["{}", /: undefined is no final status$/],
    ['{"status":"0"}', /: "0" is no final status$/],
  ];
  for (const [returned, why] of cases) {
    const { reply, error } = await storeOutcome(() => JSON.parse(returned));
    assert.deepEqual(reply, { status: 0x0110 }, returned);
    assert.match(String(error), why);
  }
  const { error } = await storeOutcome(() => JSON.parse("[]")[0]);
  assert.match(String(error), /: undefined is no final status$/);
});

pure("`storeOutcome()` sends no comment and no elements that are none", async () => {
  for (const text of ['"errorComment":5', '"errorComment":{}', '"offendingElements":"x"']) {
    const outcome = await storeOutcome(() => JSON.parse(`{"status":42753,${text}}`));
    assert.deepEqual(outcome, { reply: { status: 0xa701 } }, text);
  }
});
