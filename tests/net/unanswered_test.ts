import assert from "node:assert/strict";
import { UnansweredRequests } from "../../lib/net/unanswered.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

function unanswered(count: number): UnansweredRequests {
  const requests = new UnansweredRequests();
  for (let i = 0; i < count; i++) requests.add();
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
      requests.remove();
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
