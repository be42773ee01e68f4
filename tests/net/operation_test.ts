import assert from "node:assert/strict";
import type { ResponseMessage } from "../../lib/dimse/message.ts";
import { LocalProtocolError, RemoteProtocolError } from "../../lib/errors.ts";
import { isFinal, Operation, Operations } from "../../lib/net/operation.ts";
import { failure, pure } from "../support/requesting.ts";

function response(status: number, remaining = 0): ResponseMessage {
  return {
    type: "C-MOVE-RSP",
    messageIdBeingRespondedTo: 1,
    status,
    remaining,
    hasDataSet: false,
  };
}

function operation(messageId = 1): Operation {
  return new Operation(3, messageId, "C-MOVE-RSP");
}

pure("`isFinal()` is any status but a pending one of an operation that has them", () => {
  const types = ["C-ECHO-RSP", "C-STORE-RSP", "C-FIND-RSP", "C-GET-RSP", "C-MOVE-RSP"] as const;
  for (const type of types) {
    const hasPending = type !== "C-ECHO-RSP" && type !== "C-STORE-RSP";
    for (const status of [0x0000, 0x0110, 0x0fff, 0x1234, 0xa700, 0xb000, 0xfe00, 0xffff]) {
      assert.ok(isFinal({ type, messageIdBeingRespondedTo: 1, status, hasDataSet: false }));
    }
    for (const status of [0xff00, 0xff01]) {
      const message = { type, messageIdBeingRespondedTo: 1, status, hasDataSet: false };
      assert.equal(isFinal(message), !hasPending, type);
    }
  }
});

pure("`Operation` hands out the responses in order, now or later", async () => {
  const op = operation();
  assert.equal(op.push({ message: response(0xff00, 2) }), undefined);
  assert.equal(op.push({ message: response(0xff00, 1) }), undefined);
  assert.deepEqual(await op.next(), { message: response(0xff00, 2) });
  assert.deepEqual(await op.next(), { message: response(0xff00, 1) });
  const later = op.next();
  const identifier = Uint8Array.of(1);
  op.push({ message: response(0), identifier });
  assert.deepEqual(await later, { message: response(0), identifier });
});

pure("`Operation.push()` waits at 64 responses, but never with the final one", async () => {
  const op = operation();
  for (let i = 0; i < 63; i++) assert.equal(op.push({ message: response(0xff00) }), undefined);
  const wait = op.push({ message: response(0xff00) });
  assert.ok(wait instanceof Promise);
  await op.next();
  await wait;
  assert.ok(op.push({ message: response(0xff00) }) instanceof Promise);
  assert.equal(op.push({ message: response(0) }), undefined);
});

pure("`Operation.fail()` fails what waits, after what is there", async () => {
  const error = new TypeError("lost");
  const waiting = operation();
  const failed = failure(waiting.next());
  waiting.fail(error);
  waiting.fail(new TypeError("later"));
  assert.equal(await failed, error);

  const full = operation();
  for (let i = 0; i < 63; i++) full.push({ message: response(0xff00) });
  const wait = full.push({ message: response(0xff00) });
  full.fail(error);
  await wait;
  for (let i = 0; i < 64; i++) assert.equal((await full.next()).message.status, 0xff00);
  assert.equal(await failure(full.next()), error);
});

pure("`Operation.abandon()` lets all pass by", async () => {
  const op = operation();
  for (let i = 0; i < 63; i++) op.push({ message: response(0xff00) });
  const wait = op.push({ message: response(0xff00) });
  op.abandon();
  await wait;
  for (let i = 0; i < 1000; i++) assert.equal(op.push({ message: response(0xff00) }), undefined);
});

pure("`Operations.nextMessageId()` fails when all are in use, and not for ever", () => {
  const operations = new Operations();
  for (let id = 1; id <= 65535; id++) operations.open(operation(operations.nextMessageId()));
  assert.throws(() => operations.nextMessageId(), { name: "LocalProtocolError" });
  operations.close(operation(4711));
  assert.equal(operations.nextMessageId(), 4711);
});

pure("`Operations.nextMessageId()` goes from 1 to 65535 and over again, past those in use", () => {
  const operations = new Operations();
  operations.open(operation(2));
  assert.equal(operations.nextMessageId(), 1);
  assert.equal(operations.nextMessageId(), 3);
  for (let id = 4; id <= 65535; id++) assert.equal(operations.nextMessageId(), id);
  assert.equal(operations.nextMessageId(), 1);
});

pure("`Operations.open()` refuses a message ID in use, and takes it again afterwards", () => {
  const operations = new Operations();
  const first = operation(7);
  operations.open(first);
  assert.throws(() => operations.open(operation(7)), LocalProtocolError);
  assert.equal(operations.size, 1);
  operations.close(first);
  assert.equal(operations.size, 0);
  const second = operation(7);
  operations.open(second);
  operations.withdraw(second);
  assert.equal(operations.size, 0);
});

pure("`Operations.awaiting()` finds the operation, or says what is wrong", () => {
  const operations = new Operations();
  const open = operation(1);
  const done = operation(2);
  operations.open(open);
  operations.open(done);
  operations.close(done);
  const echo: ResponseMessage = {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0,
    hasDataSet: false,
  };
  assert.equal(operations.awaiting(3, response(0)), open);
  // C12: late is no violation.
  assert.equal(
    operations.awaiting(3, { ...response(0), messageIdBeingRespondedTo: 2 }),
    undefined,
  );
  const violations: [name: string, contextId: number, response: ResponseMessage][] = [
    ["U6 another message", 3, { ...response(0), messageIdBeingRespondedTo: 3 }],
    ["U6 another operation", 3, echo],
    ["another context", 5, response(0)],
  ];
  for (const [name, contextId, message] of violations) {
    assert.throws(
      () => operations.awaiting(contextId, message),
      (error) =>
        error instanceof RemoteProtocolError && error.abort.source === 0 &&
        error.abort.reason === 0,
      name,
    );
  }
});

pure("`Operations.failAll()` fails all, once", async () => {
  const operations = new Operations();
  const all = [operation(1), operation(2)];
  for (const each of all) operations.open(each);
  const error = new TypeError("lost");
  operations.failAll(error);
  assert.equal(operations.size, 0);
  for (const each of all) assert.equal(await failure(each.next()), error);
});
