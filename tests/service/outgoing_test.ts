import assert from "node:assert/strict";
import type { AssociationEvent } from "../../lib/net/observer.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { connectBy, OutgoingConnections } from "../../lib/service/outgoing.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "c:1" };

pure("OutgoingConnections waits for all that are open, and passes on what happens", async () => {
  const seen: string[] = [];
  const outgoing = new OutgoingConnections((event) => void seen.push(event.type));
  await outgoing.closed();
  const tell = (type: AssociationEvent["type"] & `connection-${string}`): void =>
    outgoing.observer({ type, association });
  for (const count of [1, 2]) {
    for (let index = 0; index < count; index++) tell("connection-opened");
    let isClosed = false;
    const closed = outgoing.closed().then(() => isClosed = true);
    for (let index = 0; index < count; index++) {
      await settle();
      assert.equal(isClosed, false);
      tell("connection-closed");
    }
    await closed;
  }
  assert.equal(seen.length, 6);
});

pure("OutgoingConnections counts without an observer too", async () => {
  const outgoing = new OutgoingConnections();
  outgoing.observer({ type: "connection-opened", association });
  let isClosed = false;
  const closed = outgoing.closed().then(() => isClosed = true);
  await settle();
  assert.equal(isClosed, false);
  outgoing.observer({ type: "connection-closed", association });
  await closed;
});

pure("connectBy() calls by TLS who wants that, and nobody else", () => {
  const connect = () => Promise.reject(new Error("plain"));
  const connectTls = () => Promise.reject(new Error("by TLS"));
  assert.deepEqual(connectBy({ connect, connectTls }, undefined), { connect });
  assert.deepEqual(connectBy({ connect, connectTls }, true), { connect: connectTls });
  assert.deepEqual(connectBy({ connectTls }, false), {});
  assert.throws(() => connectBy({ connect }, true), ConnectionError);
});
