import assert from "node:assert/strict";
import { type AssociationEvent, harmless } from "../../lib/net/observer.ts";
import { pure } from "../support/requesting.ts";

const EVENT: AssociationEvent = {
  type: "connection-opened",
  association: { id: "1", callingAeTitle: "", calledAeTitle: "", peerAddress: "peer:104" },
};

pure("`harmless()` tells the observer the event", () => {
  const seen: AssociationEvent[] = [];
  harmless((event) => void seen.push(event))(EVENT);
  assert.deepEqual(seen, [EVENT]);
});

pure("`harmless()` drops what the observer throws or rejects with", async () => {
  harmless(() => {
    throw new TypeError("the log is full");
  })(EVENT);
  harmless(() => Promise.reject(new TypeError("the log is full")))(EVENT);
  // An unhandled rejection would fail the test here.
  await new Promise<void>((resolve) => queueMicrotask(resolve));
});

pure("`harmless()` without an observer does nothing", () => {
  assert.equal(harmless(undefined)(EVENT), undefined);
});
