import assert from "node:assert/strict";
import type { AbortedEvent } from "../../lib/association/event.ts";
import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  TimeoutError,
} from "../../lib/errors.ts";
import {
  abortedError,
  closedError,
  drainedError,
  reasonOf,
  rejectedError,
  releasedError,
} from "../../lib/net/end.ts";
import { pure } from "../support/requesting.ts";

pure("`abortedError()` is our own reason, the peer's words, or the loss of the connection", () => {
  const reason = new TimeoutError("Gave up", "dimse");
  assert.equal(abortedError({ type: "aborted", by: "us", error: reason }), reason);
  const cases: [Omit<AbortedEvent, "type">, new (message: string) => Error, string][] = [
    [{ by: "us" }, AssociationAbortedError, "Association aborted"],
    [{ by: "transport" }, ConnectionError, "Lost the connection: the peer closed it"],
    [
      { by: "peer", source: 0, reason: 9 },
      AssociationAbortedError,
      "Association aborted by the peer's application",
    ],
    [
      { by: "peer", source: 2, reason: 1 },
      AssociationAbortedError,
      "Association aborted by the peer's network layer: unrecognised PDU",
    ],
    [{ by: "peer" }, AssociationAbortedError, "Association aborted by the peer's application"],
  ];
  for (const [event, type, message] of cases) {
    const error = abortedError({ type: "aborted", ...event });
    assert.ok(error instanceof type, message);
    assert.equal(error.message, message);
  }
});

pure("`closedError()` is a ConnectionError", () => {
  assert.ok(closedError() instanceof ConnectionError);
});

pure(
  "`releasedError()` and `drainedError()` say which side has ended the association, and how",
  () => {
    for (
      const [error, message] of [[releasedError(), /released/], [
        drainedError(),
        /this side/,
      ]] as const
    ) {
      assert.ok(error instanceof AssociationAbortedError);
      assert.match(error.message, message);
    }
  },
);

pure("`rejectedError()` has the three codes", () => {
  const error = rejectedError({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
  assert.ok(error instanceof AssociationRejectedError);
  assert.deepEqual([error.result, error.source, error.reason], [2, 3, 2]);
  assert.equal(
    error.message,
    "Association rejected: rejected transiently by the service provider (presentation), " +
      "local limit exceeded",
  );
});

pure("`reasonOf()` is the error of the signal, whatever it was aborted with", () => {
  const error = new RangeError("enough");
  assert.equal(reasonOf(AbortSignal.abort(error)), error);
  const word = reasonOf(AbortSignal.abort("Ctrl-C"));
  assert.ok(word instanceof AssociationAbortedError);
  assert.equal(word.message, "Ctrl-C");
  assert.equal(reasonOf(AbortSignal.abort()).name, "AbortError");
});
