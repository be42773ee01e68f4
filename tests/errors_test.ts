import assert from "node:assert/strict";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  DataSetError,
  DicomNetError,
  HandlerError,
  LocalProtocolError,
  NegotiationError,
  ProtocolError,
  RemoteProtocolError,
  TimeoutError,
} from "../lib/errors.ts";

const CAUSE = new TypeError("cause");
const OPTIONS = { cause: CAUSE };

const ERRORS: readonly (readonly [string, DicomNetError])[] = [
  ["DicomNetError", new DicomNetError("what", OPTIONS)],
  ["LocalProtocolError", new LocalProtocolError("what", OPTIONS)],
  ["RemoteProtocolError", new RemoteProtocolError("what", { source: 2, reason: 6 }, OPTIONS)],
  [
    "AssociationRejectedError",
    new AssociationRejectedError("what", { result: 1, source: 2, reason: 3 }, OPTIONS),
  ],
  ["AssociationAbortedError", new AssociationAbortedError("what", OPTIONS)],
  ["ConnectionError", new ConnectionError("what", OPTIONS)],
  ["TimeoutError", new TimeoutError("what", "acse", OPTIONS)],
  ["NegotiationError", new NegotiationError("what", OPTIONS)],
  ["DataSetError", new DataSetError("what", { tag: 0x00100020, offset: 8, ...OPTIONS })],
  ["HandlerError", new HandlerError("what", "./store.ts", OPTIONS)],
];

Deno.test("every error is a DicomNetError with its name, its message and its cause", () => {
  for (const [name, error] of ERRORS) {
    assert.ok(error instanceof DicomNetError, name);
    assert.equal(error.name, name);
    assert.equal(error.message, "what");
    assert.equal(error.cause, CAUSE);
    assert.equal(`${error}`, `${name}: what`);
  }
});

Deno.test("only the violations of the protocol are ProtocolErrors", () => {
  const names = ERRORS.filter(([, error]) => error instanceof ProtocolError).map(([name]) => name);
  assert.deepEqual(names, ["LocalProtocolError", "RemoteProtocolError"]);
});

Deno.test("errors carry what is known of the fault", () => {
  const remote = new RemoteProtocolError("what", { source: 2, reason: 6 });
  assert.deepEqual(remote.abort, { source: 2, reason: 6 });
  assert.equal(remote.cause, undefined);
  const rejected = new AssociationRejectedError("what", { result: 1, source: 2, reason: 3 });
  assert.deepEqual([rejected.result, rejected.source, rejected.reason], [1, 2, 3]);
  assert.equal(new TimeoutError("what", "release").phase, "release");
  assert.equal(new HandlerError("what", "jsr:@a/b").url, "jsr:@a/b");
  const located = new DataSetError("what", { tag: 0x00100020, offset: 8 });
  assert.deepEqual([located.tag, located.offset], [0x00100020, 8]);
  const nowhere = new DataSetError("what");
  assert.deepEqual([nowhere.tag, nowhere.offset, nowhere.cause], [undefined, undefined, undefined]);
});
