import assert from "node:assert/strict";
import { Linger } from "../../cli/linger.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

interface Watched {
  readonly clock: FakeClock;
  readonly linger: Linger;
  result: boolean | undefined;
  done: boolean;
}

function watch(idle: number, signal?: AbortSignal, done = false): Watched {
  const clock = new FakeClock();
  const watched = { clock, done, result: undefined as boolean | undefined };
  const isDone = (): boolean => watched.done;
  const linger = new Linger({ clock, idle, isDone, ...(signal ? { signal } : {}) });
  void linger.finished.then((result) => watched.result = result);
  return Object.assign(watched, { linger });
}

pure("Linger ends at once when all is done", async () => {
  const watched = watch(1000, undefined, true);
  await settle();
  assert.equal(watched.result, true);
  assert.equal(watched.clock.pending, 0);
});

pure("Linger does not wait when idle is 0", async () => {
  const watched = watch(0);
  await settle();
  assert.equal(watched.result, false);
});

pure("Linger ends when nothing happened for the idle time", async () => {
  const watched = watch(1000);
  await watched.clock.advance(999);
  assert.equal(watched.result, undefined);
  await watched.clock.advance(1);
  assert.equal(watched.result, false);
});

pure("Linger waits anew at each sign of life", async () => {
  const watched = watch(1000);
  for (let times = 0; times < 5; times++) {
    await watched.clock.advance(999);
    watched.linger.activity();
  }
  assert.equal(watched.result, undefined);
  assert.equal(watched.clock.pending, 1);
  await watched.clock.advance(1000);
  assert.equal(watched.result, false);
});

pure("Linger ends at the sign of life by which all is done", async () => {
  const watched = watch(1000);
  watched.done = true;
  watched.linger.activity();
  await settle();
  assert.equal(watched.result, true);
  assert.equal(watched.clock.pending, 0);
  watched.linger.activity();
  assert.equal(watched.clock.pending, 0);
});

pure("Linger ends when its signal is aborted, before or during the wait", async () => {
  const controller = new AbortController();
  const watched = watch(1000, controller.signal);
  await settle();
  assert.equal(watched.result, undefined);
  controller.abort();
  await settle();
  assert.equal(watched.result, false);
  assert.equal(watched.clock.pending, 0);
  const late = watch(1000, controller.signal);
  await settle();
  assert.equal(late.result, false);
  assert.equal(late.clock.pending, 0);
});
