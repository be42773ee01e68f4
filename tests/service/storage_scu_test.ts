import assert from "node:assert/strict";
import { NegotiationError, TimeoutError } from "../../lib/errors.ts";
import { type DataSetSource, sourceOf } from "../../lib/net/data_set_source.ts";
import { cStore, prepareStore, storageContext } from "../../lib/service/storage_scu.ts";
import { cEcho } from "../../lib/service/verification.ts";
import { CT, ECHO, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { failure, MOVE, pure, requesting } from "../support/requesting.ts";
import { INSTANCE } from "../support/served.ts";

const RESPONSE = {
  type: "C-STORE-RSP",
  messageIdBeingRespondedTo: 1,
  status: 0,
  hasDataSet: false,
} as const;

function instance(dataSet: DataSetSource): Parameters<typeof cStore>[1] {
  return {
    sopClassUid: CT,
    sopInstanceUid: INSTANCE,
    transferSyntaxUid: IMPLICIT,
    dataSet,
  };
}

/** Bytes that tell their place. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 256);
}

/** Gives the bytes in pieces of at most so many, some at once and some later. */
function dribble(bytes: Uint8Array, most: number): DataSetSource {
  const source = sourceOf(bytes);
  let turn = 0;
  return {
    read(into): number | Promise<number> {
      const length = source.read(into.subarray(0, most)) as number;
      return turn++ % 2 === 0 ? length : Promise.resolve(length);
    },
  };
}

pure("cStore() sends every byte of the data set, whatever its length and source", async () => {
  for (const length of [2, 3, 16_372, 16_374, 100_001, 700_000]) {
    for (const most of [1_000, 1_000_000]) {
      const { peer, associated, end } = requesting();
      const association = await associated();
      const bytes = pattern(length);
      const stored = cStore(association, {
        ...instance(dribble(bytes, most)),
        moveOriginator: { aeTitle: "MOVER", messageId: 9 },
      });
      const request = await peer.expectMessage("C-STORE-RQ");
      assert.deepEqual(request, {
        type: "C-STORE-RQ",
        messageId: 1,
        affectedSopClassUid: CT,
        affectedSopInstanceUid: INSTANCE,
        priority: 0,
        moveOriginatorAeTitle: "MOVER",
        moveOriginatorMessageId: 9,
        hasDataSet: true,
      });
      const { data } = await peer.expect("data");
      assert.deepEqual(data.subarray(0, length), bytes, `${length} in ${most}`);
      // A data set of an odd length is padded to an even one.
      assert.equal(data.byteLength, length + length % 2);
      await peer.sendMessage(3, RESPONSE);
      assert.equal((await stored).status, 0);
      await end(association);
    }
  }
});

pure(
  "prepareStore() reads ahead while another instance is on its way, and sends the same",
  async () => {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const order: string[] = [];
    const told = (name: string, bytes: Uint8Array): DataSetSource => {
      const source = sourceOf(bytes);
      return {
        read(into): number | Promise<number> {
          const length = source.read(into);
          if (length !== 0) order.push(`read ${name}`);
          return length;
        },
      };
    };
    const [first, second] = [pattern(1000), pattern(600_000)];
    const sending = prepareStore(association, {
      ...instance(told("first", first)),
      onSent: () => void order.push("sent first"),
    }).send();
    assert.equal((await peer.expectMessage("C-STORE-RQ")).messageId, 1);
    assert.deepEqual((await peer.expect("data")).data, first);
    const next = prepareStore(association, instance(told("second", second)));
    // Nothing of it is sent before its turn.
    order.push("prepared second");
    await peer.sendMessage(3, RESPONSE);
    assert.equal((await sending).status, 0);
    const sendingNext = next.send();
    assert.equal((await peer.expectMessage("C-STORE-RQ")).messageId, 2);
    assert.deepEqual((await peer.expect("data")).data, second);
    await peer.sendMessage(3, { ...RESPONSE, messageIdBeingRespondedTo: 2 });
    assert.equal((await sendingNext).status, 0);
    await assert.rejects(next.send(), {
      name: "LocalProtocolError",
      message: `Cannot send ${INSTANCE}: what was prepared is sent already`,
    });
    const ahead = order.indexOf("prepared second");
    assert.deepEqual(order.slice(0, 2), ["read first", "sent first"]);
    assert.equal(order[ahead - 1], "read second");
    assert.ok(order.slice(ahead).includes("read second"), "no more than a buffer was read ahead");
    await end(association);
  },
);

pure(
  "prepareStore() fails when nothing can be sent, and leaves the association as it is",
  async () => {
    const { peer, associated, end } = requesting();
    const association = await associated();
    const broken = instance({
      read: () => {
        throw new TypeError("broken");
      },
    });
    assert.throws(() => prepareStore(association, broken), /broken/);
    const unusable = { ...instance(sourceOf(pattern(2))), transferSyntaxUid: EXPLICIT };
    assert.throws(() => prepareStore(association, unusable), NegotiationError);
    const echo = cEcho(association);
    const { messageId } = await peer.expectMessage("C-ECHO-RQ");
    const response = {
      ...RESPONSE,
      type: "C-ECHO-RSP",
      messageIdBeingRespondedTo: messageId,
    } as const;
    await peer.sendMessage(1, response);
    assert.equal((await echo).status, 0);
    await end(association);
  },
);

pure("cStore() gives a failure status as a value", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const stored = cStore(association, instance(sourceOf(pattern(10))));
  await peer.expectMessage("C-STORE-RQ");
  await peer.expect("data");
  await peer.sendMessage(3, { ...RESPONSE, status: 0xa700, errorComment: "full" });
  const { status, errorComment } = await stored;
  assert.deepEqual([status, errorComment], [0xa700, "full"]);
  await end(association);
});

pure("cStore() keeps other messages back until the data set is sent", async () => {
  const { peer, associated, end } = requesting(1000);
  const association = await associated();
  const stored = cStore(association, instance(dribble(pattern(300_000), 5_000)));
  const echo = cEcho(association);
  await peer.expectMessage("C-STORE-RQ");
  assert.equal((await peer.expect("data")).data.byteLength, 300_000);
  const { messageId } = await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(3, RESPONSE);
  await peer.sendMessage(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    status: 0,
    hasDataSet: false,
  });
  assert.deepEqual([(await stored).status, (await echo).status], [0, 0]);
  await end(association);
});

pure("cStore() reads no further ahead than one buffer", async () => {
  const { peer, associated, end } = requesting(1000);
  const association = await associated();
  let given = 0;
  const endless: DataSetSource = {
    read(into): number {
      given += into.byteLength;
      return given > 3_000_000 ? 0 : into.byteLength;
    },
  };
  const stored = cStore(association, instance(endless));
  await settle();
  assert.ok(given > 0 && given <= 256 * 1024, `${given} bytes were read`);
  await peer.expectMessage("C-STORE-RQ");
  await peer.expect("data");
  await peer.sendMessage(3, RESPONSE);
  await stored;
  await end(association);
});

pure(
  "cStore() does nothing when its source fails at once, and aborts when it fails later",
  async () => {
    const broken = new TypeError("the disk is gone");
    const failing = (after: number): DataSetSource => {
      let given = 0;
      return {
        read(into): number {
          given += into.byteLength;
          if (given > after) throw broken;
          return into.byteLength;
        },
      };
    };
    const early = requesting();
    const association = await early.associated();
    assert.equal(await failure(cStore(association, instance(failing(0)))), broken);
    const echo = cEcho(association);
    await early.peer.expectMessage("C-ECHO-RQ");
    await early.peer.sendMessage(1, {
      type: "C-ECHO-RSP",
      messageIdBeingRespondedTo: 2,
      status: 0,
      hasDataSet: false,
    });
    assert.equal((await echo).status, 0);
    await early.end(association);

    const late = requesting();
    const lost = await late.associated();
    const failed = failure(cStore(lost, instance(failing(500_000))));
    await late.peer.expectMessage("C-STORE-RQ");
    await late.peer.expect("A-ABORT");
    assert.equal(await failed, broken);
    await late.end(lost);
  },
);

pure("cStore() fails when the peer aborts in the middle of the data set", async () => {
  const { peer, far, associated } = requesting(1000);
  const association = await associated();
  const failed = failure(cStore(association, instance(sourceOf(pattern(2_000_000)))));
  await peer.expectMessage("C-STORE-RQ");
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  far.close();
  assert.match((await failed).message, /aborted|over|closed/i);
  await association.closed;
});

pure("cStore() waits for the response from when the last byte is sent", async () => {
  const { peer, clock, associated, end } = requesting();
  const association = await associated({ timeouts: { dimse: 5000 } });
  const failed = failure(cStore(association, instance(sourceOf(pattern(10)))));
  await peer.expectMessage("C-STORE-RQ");
  await clock.advance(4_999);
  assert.ok(association.isEstablished);
  await clock.advance(1);
  assert.ok(await failed instanceof TimeoutError);
  await end(association);
});

pure("storageContext() says what the peer accepted instead", async () => {
  const { associated, end } = requesting();
  const association = await associated({
    presentationContexts: [
      { abstractSyntax: ECHO, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [IMPLICIT] },
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT] },
      { abstractSyntax: MOVE, transferSyntaxes: [IMPLICIT] },
    ],
  });
  assert.equal(storageContext(association, CT, EXPLICIT).id, 5);
  assert.equal(storageContext(association, CT, IMPLICIT).id, 3);
  const cases: [sopClass: string, syntax: string, message: string][] = [
    [
      CT,
      "1.2.840.10008.1.2.4.90",
      "Cannot send CT Image Storage in JPEG 2000 Image Compression (Lossless Only): " +
      "the peer accepted only Implicit VR Little Endian, Explicit VR Little Endian",
    ],
    [
      "1.2.3",
      "1.2.3.4",
      "Cannot send 1.2.3 in 1.2.3.4: the peer accepted no presentation context for it",
    ],
  ];
  for (const [sopClass, syntax, message] of cases) {
    assert.throws(
      () => storageContext(association, sopClass, syntax),
      (error) => error instanceof NegotiationError && error.message === message,
    );
  }
  await end(association);
});
