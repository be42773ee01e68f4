import assert from "node:assert/strict";
import type { PduPassage } from "../../lib/net/pdu_tap.ts";
import { tapped } from "../../lib/net/pdu_tap.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { associate } from "../../lib/net/requestor.ts";
import { serve } from "../../lib/service/serve.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { ECHO, IMPLICIT } from "../support/core_pair.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { pure } from "../support/requesting.ts";

const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "c:1" };

/** A transport whose reads and writes take a few bytes each. */
function transport(bytes: Uint8Array, pieceLength: number): Transport {
  let rest = bytes;
  return {
    peerAddress: "peer:1",
    localAddress: "us:2",
    read(buffer) {
      if (rest.length === 0) return Promise.resolve(null);
      const piece = rest.subarray(0, pieceLength);
      buffer.set(piece);
      rest = rest.subarray(piece.length);
      return Promise.resolve(piece.length);
    },
    write: (written) => Promise.resolve(Math.min(pieceLength, written.length)),
    close() {},
  };
}

pure("`tapped()` tells each PDU in both directions, in whatever pieces it comes", async () => {
  const pdus = [
    [1, 0, 0, 0, 0, 3, 9, 9, 9],
    [4, 0, 0, 0, 1, 0, ...new Array(256).fill(1)],
    [5, 0, 0, 0, 0, 0],
    [7, 0, 0, 0, 0, 4, 0, 0, 0, 0],
  ];
  const bytes = Uint8Array.from(pdus.flat());
  const expected = [["A-ASSOCIATE-RQ", 3], ["P-DATA-TF", 256], ["A-RELEASE-RQ", 0], ["A-ABORT", 4]];
  for (const pieceLength of [1, 2, 5, 6, 7, 100, 1000]) {
    const told: PduPassage[] = [];
    const tap = tapped(transport(bytes, pieceLength), (pdu) => told.push(pdu), () => association);
    assert.deepEqual([tap.peerAddress, tap.localAddress], ["peer:1", "us:2"]);
    while (await tap.read(new Uint8Array(1000)) !== null);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await tap.write(rest));
    for (const direction of ["received", "sent"]) {
      assert.deepEqual(
        told.filter((pdu) => pdu.direction === direction).map(({ type, length }) => [type, length]),
        expected,
      );
    }
    assert.equal(told[0]?.association, association);
  }
});

pure("`tapped()` tells what is no PDU once, and goes on as if nothing were", async () => {
  const told: PduPassage[] = [];
  const bytes = new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n");
  const tap = tapped(transport(bytes, 100), (pdu) => {
    told.push(pdu);
    throw new TypeError("the log is full");
  }, () => association);
  const into = new Uint8Array(100);
  assert.equal(await tap.read(into), bytes.length);
  assert.deepEqual(into.subarray(0, bytes.length), bytes);
  assert.deepEqual(told.map(({ type }) => type), [undefined]);
});

pure("`tapped()` leaves a connection alone that nobody listens to", () => {
  const plain = transport(new Uint8Array(0), 1);
  assert.equal(tapped(plain, undefined, () => association), plain);
});

pure("associate() and serve() tell the PDUs of an association from both its ends", async () => {
  const network = memoryNetwork();
  const clock = new FakeClock();
  const told: PduPassage[] = [];
  await using _server = serve({
    ...{ port: 104, clock, listen: network.listen, handlers: {} },
    pduObserver: (pdu) => told.push(pdu),
  });
  const ours: PduPassage[] = [];
  const association = await associate({
    ...{ hostname: "server", port: 104, connect: network.connect, clock },
    ...{ callingAeTitle: "LEFT", calledAeTitle: "RIGHT" },
    presentationContexts: [{ abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] }],
    pduObserver: (pdu) => ours.push(pdu),
  });
  await cEcho(association);
  await association.release();
  const types = [
    ...["A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "P-DATA-TF", "P-DATA-TF"],
    ...["A-RELEASE-RQ", "A-RELEASE-RP"],
  ];
  const directions = ["sent", "received", "sent", "received", "sent", "received"];
  assert.deepEqual(ours.map(({ type }) => type), types);
  assert.deepEqual(ours.map(({ direction }) => direction), directions);
  assert.deepEqual(told.map(({ type }) => type), types);
  assert.deepEqual(told.map(({ direction }) => direction), [
    ...["received", "sent", "received", "sent", "received", "sent"],
  ]);
  assert.equal(told.at(-1)?.association.callingAeTitle, "LEFT");
});
