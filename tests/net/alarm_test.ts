import assert from "node:assert/strict";
import { Alarm } from "../../lib/net/alarm.ts";
import { systemClock } from "../../lib/net/clock.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

interface Bench {
  readonly clock: FakeClock;
  readonly alarm: Alarm;
  readonly rings: number[];
  deadlines: (number | undefined)[];
}

function bench(...deadlines: (number | undefined)[]): Bench {
  const clock = new FakeClock();
  const rings: number[] = [];
  const bench: Bench = {
    clock,
    rings,
    deadlines,
    alarm: new Alarm(clock, () => bench.deadlines, (now) => {
      rings.push(now);
      bench.deadlines = bench.deadlines.map((deadline) =>
        deadline !== undefined && deadline <= now ? undefined : deadline
      );
    }),
  };
  return bench;
}

pure("`Alarm` rings at each deadline, the nearest first", async () => {
  const { alarm, clock, rings } = bench(300, undefined, 100);
  alarm.set();
  assert.equal(clock.next, 100);
  await clock.advance(1000);
  assert.deepEqual(rings, [100, 300]);
  assert.equal(clock.pending, 0);
});

pure("`Alarm` has one timer, however often it is set", async () => {
  const made = bench(100);
  for (let i = 0; i < 10; i++) made.alarm.set();
  assert.equal(made.clock.pending, 1);
  made.deadlines = [50];
  made.alarm.set();
  assert.equal(made.clock.pending, 1);
  await made.clock.advance(200);
  assert.deepEqual(made.rings, [50]);
});

pure("`Alarm` does not ring for a deadline that has moved or gone", async () => {
  const made = bench(100);
  made.alarm.set();
  made.deadlines = [500];
  made.alarm.set();
  await made.clock.advance(400);
  assert.deepEqual(made.rings, []);
  await made.clock.advance(100);
  assert.deepEqual(made.rings, [500]);
  made.deadlines = [600];
  made.alarm.set();
  made.deadlines = [undefined];
  await made.clock.advance(1000);
  assert.deepEqual(made.rings, [500]);
  assert.equal(made.clock.pending, 0);
});

pure("`Alarm.off()` is for ever", async () => {
  const { alarm, clock, rings } = bench(100);
  alarm.set();
  alarm.off();
  alarm.set();
  assert.equal(clock.pending, 0);
  await clock.advance(1000);
  assert.deepEqual(rings, []);
});

pure("`Alarm` without a deadline sets no timer", () => {
  const { alarm, clock } = bench(undefined, undefined);
  alarm.set();
  assert.equal(clock.pending, 0);
});

pure("`systemClock` goes forward, and takes back what it scheduled", async () => {
  const before = systemClock.now();
  await new Promise<void>((resolve) => void systemClock.schedule(-5, resolve));
  assert.ok(systemClock.now() >= before);
  // Longer than setTimeout takes: it must not fire at once.
  let hasFired = false;
  const cancel = systemClock.schedule(2 ** 40, () => hasFired = true);
  await new Promise<void>((resolve) => void systemClock.schedule(2, resolve));
  cancel();
  assert.equal(hasFired, false);
});
