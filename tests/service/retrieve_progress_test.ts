import assert from "node:assert/strict";
import {
  PROGRESS_BURST,
  PROGRESS_INTERVAL,
  RetrieveProgress,
} from "../../lib/service/retrieve_progress.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

pure("RetrieveProgress tells everything to who reads", async () => {
  const told: unknown[] = [];
  const progress = new RetrieveProgress((counters) => {
    told.push(counters.remaining);
    return Promise.resolve();
  }, new FakeClock());
  for (const remaining of [3, 2, 1, 0]) {
    progress.tell({ remaining });
    await settle();
  }
  await progress.finish();
  assert.deepEqual(told, [3, 2, 1, 0]);
});

pure("RetrieveProgress tells who does not read the newest, when it reads again", async () => {
  const told: unknown[] = [];
  let read = (): void => {};
  const progress = new RetrieveProgress((counters) => {
    told.push(counters.remaining);
    return new Promise((resolve) => read = resolve);
  }, new FakeClock());
  for (const remaining of [9, 8, 7, 6]) progress.tell({ remaining });
  await settle();
  assert.deepEqual(told, [9]);
  read();
  await settle();
  assert.deepEqual(told, [9, 6]);
  for (const remaining of [5, 4]) progress.tell({ remaining });
  const finished = progress.finish();
  read();
  await settle();
  assert.deepEqual(told, [9, 6, 4]);
  read();
  await finished;
});

pure("RetrieveProgress tells no more in a second than anybody reads, but the last", async () => {
  const clock = new FakeClock();
  const told: (number | undefined)[] = [];
  const progress = new RetrieveProgress((counters) => {
    told.push(counters.remaining);
    return Promise.resolve();
  }, clock);
  let remaining = 10_000;
  const tell = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      progress.tell({ remaining: --remaining });
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  await tell(1000);
  assert.equal(told.length, PROGRESS_BURST);
  await clock.advance(5 * PROGRESS_INTERVAL);
  await tell(1000);
  assert.equal(told.length, PROGRESS_BURST + 5);
  await progress.finish();
  assert.equal(told.at(-1), 8000);
  assert.equal(told.length, PROGRESS_BURST + 6);
  await progress.finish();
  assert.equal(told.length, PROGRESS_BURST + 6);
});

pure("RetrieveProgress goes on when the association is lost", async () => {
  let count = 0;
  const progress = new RetrieveProgress(() => {
    count += 1;
    return Promise.reject(new RangeError("lost"));
  }, new FakeClock());
  progress.tell({ remaining: 1 });
  await settle();
  progress.tell({ remaining: 0 });
  await progress.finish();
  assert.equal(count, 2);
});
