import assert from "node:assert/strict";
import type { OutgoingInstance } from "../../../lib/handler/handler.ts";
import { someBytes, SOP_CLASS, TRANSFER_SYNTAX } from "../../../plugins/conformance/data_set.ts";
import { MemoryDestination } from "../../../plugins/conformance/destination.ts";
import { type DataSetSource, openDataSet } from "../../../plugins/conformance/store_request.ts";
import { failure, pure } from "../../support/requesting.ts";

const contexts = [{ sopClassUid: SOP_CLASS, transferSyntaxUid: TRANSFER_SYNTAX }];
const peer = { hostname: "x", port: 104, calledAeTitle: "A", callingAeTitle: "B", contexts };
const bytes = someBytes(100_000);

function instance(source: DataSetSource, sopInstanceUid = "1.2.3"): OutgoingInstance {
  const { stream: dataSet } = openDataSet(source);
  return { sopClassUid: SOP_CLASS, transferSyntaxUid: TRANSFER_SYNTAX, sopInstanceUid, dataSet };
}

pure("`MemoryDestination` keeps the last instance of each UID", async () => {
  const destination = new MemoryDestination();
  const association = await destination.associate(peer);
  assert.deepEqual(association.contexts, contexts);
  assert.equal(destination.openAssociations, 1);
  for (const [uid, seed] of [["1.2.3", 1], ["1.2.4", 2], ["1.2.3", 3]] as const) {
    const { status } = await association.store(instance({ bytes: someBytes(5000, seed) }, uid));
    assert.equal(status, 0x0000);
  }
  assert.deepEqual(destination.stored("1.2.3"), [someBytes(5000, 3)]);
  assert.deepEqual(destination.stored("1.2.4"), [someBytes(5000, 2)]);
  assert.deepEqual(destination.stored("1.2.5"), []);
  await association[Symbol.asyncDispose]();
  await association[Symbol.asyncDispose]();
  assert.equal(destination.openAssociations, 0);
  assert.ok(association.signal.aborted);
  await assert.rejects(association.store(instance({ bytes })), /association is released/);
});

pure("`MemoryDestination` keeps no more than the beginning of a large instance", async () => {
  const destination = new MemoryDestination();
  const association = await destination.associate(peer);
  await association.store(instance({ length: 20_000_000 }));
  const [kept] = destination.stored("1.2.3");
  assert.ok(kept!.byteLength <= 8 * 1024 * 1024);
});

pure("`MemoryDestination` refuses with a status, and keeps nothing", async () => {
  const destination = new MemoryDestination();
  destination.mood = { does: "refuse", status: 0xa700 };
  const association = await destination.associate(peer);
  const reply = await association.store(instance({ bytes }));
  assert.deepEqual(reply, { status: 0xa700, errorComment: "No more room" });
  assert.deepEqual(destination.stored("1.2.3"), []);
  assert.equal(association.signal.aborted, false);
});

pure("`MemoryDestination` cannot be reached when it hides", async () => {
  const destination = new MemoryDestination();
  destination.mood = { does: "hide" };
  await assert.rejects(destination.associate(peer), /^Error: Cannot connect/);
  assert.equal(destination.openAssociations, 0);
});

for (const after of [0, 10_000, 100_000, 1_000_000]) {
  pure(
    `\`MemoryDestination\` loses the association when it breaks off after ${after} bytes`,
    async () => {
      const destination = new MemoryDestination();
      destination.mood = { does: "break off", after };
      const association = await destination.associate(peer);
      await assert.rejects(association.store(instance({ bytes })), /aborted by the peer/);
      assert.ok(association.signal.aborted);
      assert.equal(destination.openAssociations, 0);
      assert.deepEqual(destination.stored("1.2.3"), []);
    },
  );
}

for (const [length, isLost] of [[0, false], [1, true]] as const) {
  pure(`\`MemoryDestination\` lets a data set fail after ${length} bytes`, async () => {
    const destination = new MemoryDestination();
    const association = await destination.associate(peer);
    const end = new Error("Data set is broken");
    const error = await failure(association.store(instance({ bytes: someBytes(length), end })));
    assert.equal(error, end);
    assert.equal(association.signal.aborted, isLost);
    assert.deepEqual(destination.stored("1.2.3"), []);
  });
}

pure("`MemoryDestination` ends with the signal of the options", async () => {
  const destination = new MemoryDestination();
  const user = new AbortController();
  const association = await destination.associate({ ...peer, signal: user.signal });
  const storing = failure(association.store(instance({ bytes, end: "stall" })));
  user.abort(new Error("Enough"));
  assert.match((await storing).message, /aborted by its requestor/);
  assert.equal(destination.openAssociations, 0);
  await assert.rejects(destination.associate({ ...peer, signal: user.signal }), /^Error: Enough$/);
});
