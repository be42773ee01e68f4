import assert from "node:assert/strict";
import { WorkerRoom } from "../../cli/worker_room.ts";
import { pure } from "../support/requesting.ts";

const [A, B, C] = ["10.0.0.5:1", "10.0.0.6:1", "10.0.0.6:2"] as const;

pure("WorkerRoom counts the associations of all workers", () => {
  const room = new WorkerRoom({ maximumAssociations: 2 });
  assert.equal(room.take(0, A), undefined);
  assert.equal(room.take(1, B), undefined);
  assert.equal(room.take(0, C), "2 stand, the most there may be");
  room.give(1, B);
  // What was not taken is not given back.
  room.give(1, B);
  room.give(0, C);
  assert.equal(room.take(0, C), undefined);
  assert.equal(room.take(1, B), "2 stand, the most there may be");
});

pure("WorkerRoom counts those of an address, whatever the worker", () => {
  const room = new WorkerRoom({ maximumAssociations: 9, maximumAssociationsPerAddress: 1 });
  assert.equal(room.take(0, B), undefined);
  assert.match(room.take(1, C) ?? "", /^1 of 10\.0\.0\.6 stand/);
  assert.equal(room.take(1, A), undefined);
});

pure("WorkerRoom takes back the places of a worker that has ended", () => {
  const room = new WorkerRoom({ maximumAssociations: 3 });
  for (const [worker, peer] of [[0, A], [0, B], [1, C]] as const) room.take(worker, peer);
  room.leave(0);
  assert.equal(room.take(1, A), undefined);
  assert.equal(room.take(1, B), undefined);
  assert.equal(room.take(1, "10.0.0.9:1"), "3 stand, the most there may be");
  room.leave(2);
});
