import assert from "node:assert/strict";
import { sendInstance } from "../../lib/service/instance_sender.ts";
import { routeAmong } from "../../lib/service/storage_route.ts";
import { PieceBuffer } from "../../lib/service/stream_source.ts";
import { CT, EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { failure, pure, requesting } from "../support/requesting.ts";
import { bytesOf, takeInstance } from "../support/retrieving.ts";

/** One instance, as a stream that may fail after some of its bytes. */
function instance(
  transferSyntaxUid: string,
  bytes: Uint8Array<ArrayBuffer>,
  error?: Error,
): Parameters<typeof sendInstance>[2] {
  return {
    ...{ sopClassUid: CT, sopInstanceUid: "1.2.3", transferSyntaxUid },
    dataSet: new ReadableStream({
      type: "bytes",
      start(controller) {
        controller.enqueue(bytes.slice());
        if (error === undefined) controller.close();
      },
      pull(controller) {
        controller.error(error);
      },
    }),
  };
}

pure(
  "`sendInstance()` sends an instance with what goes with it, converted by its route",
  async () => {
    for (const from of [IMPLICIT, EXPLICIT]) {
      const { peer, associated, end } = requesting();
      const association = await associated();
      const route = routeAmong(association.acceptedContexts, CT, from);
      const sent = sendInstance(
        association,
        route,
        instance(from, bytesOf("1.2.3", { transferSyntaxUid: from })),
        {
          buffer: new PieceBuffer(),
          priority: 2,
          moveOriginator: { aeTitle: "MOVER", messageId: 9 },
          onDataSetFailure: () => assert.fail("it has not failed"),
        },
      );
      const request = await peer.expectMessage("C-STORE-RQ");
      assert.equal(request.priority, 2);
      assert.equal(request.moveOriginatorAeTitle, "MOVER");
      assert.equal(request.moveOriginatorMessageId, 9);
      const { data } = await peer.expect("data");
      assert.deepEqual(data, Uint8Array.from(bytesOf("1.2.3", { transferSyntaxUid: IMPLICIT })));
      await peer.sendMessage(3, {
        type: "C-STORE-RSP",
        messageIdBeingRespondedTo: request.messageId,
        status: 0xb000,
        hasDataSet: false,
      });
      assert.equal((await sent).status, 0xb000);
      await end(association);
    }
  },
);

pure("`sendInstance()` tells whether the data set failed, or the association", async () => {
  const broken = new RangeError("unreadable");
  const cases: [name: string, length: number, error: Error | undefined, told: number][] = [
    ["a stream that fails at once", 0, broken, 1],
    ["a stream that fails later", 400_000, broken, 1],
    ["an association that is lost", 400_000, undefined, 0],
  ];
  for (const [name, length, error, told] of cases) {
    const { peer, far, associated, end } = requesting(1000);
    const association = await associated();
    const route = routeAmong(association.acceptedContexts, CT, IMPLICIT);
    let count = 0;
    const bytes = length === 0 ? new Uint8Array(1) : bytesOf("1.2.3", { pixels: length });
    const sent = failure(
      sendInstance(association, route, instance(IMPLICIT, bytes, error), {
        buffer: new PieceBuffer(),
        onDataSetFailure: () => count += 1,
      }),
    );
    if (length > 0) await peer.expectMessage("C-STORE-RQ");
    if (error === undefined) far.close();
    else {
      const drained = (async () => {
        while ((await peer.receive()).type !== "closed");
      })();
      assert.equal(await sent, error, name);
      // What has begun cannot be ended but by an abort.
      assert.equal(association.isEstablished, length === 0, name);
      far.close();
      await drained;
    }
    await sent;
    assert.equal(count, told, name);
    await end(association);
  }
});

pure("`sendInstance()` takes one instance after the other by one buffer", async () => {
  const { peer, associated, end } = requesting();
  const association = await associated();
  const route = routeAmong(association.acceptedContexts, CT, IMPLICIT);
  const buffer = new PieceBuffer();
  for (let index = 0; index < 3; index++) {
    const bytes = bytesOf("1.2.3", { transferSyntaxUid: IMPLICIT });
    const sent = sendInstance(association, route, instance(IMPLICIT, bytes), { buffer });
    await takeInstance(peer);
    assert.equal((await sent).status, 0);
  }
  await end(association);
});
