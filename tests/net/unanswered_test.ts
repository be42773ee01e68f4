import assert from "node:assert/strict";
import { LONG_OPERATIONS, UnansweredRequests } from "../../lib/net/unanswered.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

function unanswered(count: number): UnansweredRequests {
  const requests = new UnansweredRequests();
  for (let i = 0; i < count; i++) requests.add("C-STORE-RQ");
  return requests;
}

pure("`UnansweredRequests.downTo()` waits for no more than is needed", async () => {
  for (const limit of [0, 1, 2]) {
    const requests = unanswered(3);
    let goesOn = false;
    void requests.downTo(limit)?.then(() => goesOn = true);
    while (requests.count > limit) {
      await settle();
      assert.equal(goesOn, false);
      requests.remove("C-STORE-RQ");
    }
    await settle();
    assert.equal(goesOn, true);
    assert.equal(requests.downTo(limit), undefined);
  }
});

pure("`UnansweredRequests.giveUp()` lets go on whatever is unanswered", async () => {
  const requests = unanswered(2);
  requests.giveUp();
  const waiting = requests.downTo(0);
  assert.ok(waiting);
  requests.giveUp();
  await waiting;
  assert.equal(requests.count, 2);
});

pure("`UnansweredRequests.downTo()` waits for no query or retrieve, up to a number", () => {
  for (const type of ["C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ"] as const) {
    const requests = new UnansweredRequests();
    for (let i = 0; i < LONG_OPERATIONS; i++) requests.add(type);
    assert.equal(requests.downTo(0), undefined);
    requests.add("C-ECHO-RQ");
    assert.ok(requests.downTo(0));
    requests.giveUp();
    requests.remove("C-ECHO-RQ");
    requests.add(type);
    assert.ok(requests.downTo(0));
    requests.giveUp();
  }
});
