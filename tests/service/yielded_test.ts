import assert from "node:assert/strict";
import { Yielded } from "../../lib/service/yielded.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";

/** A signal that tells how many listen to it. */
function counted(): { controller: AbortController; signal: AbortSignal; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (this: AbortSignal, ...args: unknown[]): void {
    count += 1;
    Reflect.apply(addEventListener, this, args);
  };
  signal.removeEventListener = function (this: AbortSignal, ...args: unknown[]): void {
    count -= 1;
    Reflect.apply(removeEventListener, this, args);
  };
  return { controller, signal, listeners: () => count };
}

pure("Yielded gives everything in order, asks for one at a time, and leaves nothing", async () => {
  const { signal, listeners } = counted();
  let asked = 0;
  const yielded = new Yielded(
    (async function* () {
      for (asked = 1; asked <= 3; asked++) yield asked;
    })(),
    signal,
  );
  for (const expected of [1, 2, 3, undefined, undefined]) {
    assert.equal(await yielded.next(), expected);
    if (expected !== undefined) assert.equal(asked, expected);
  }
  await yielded.close();
  await settle();
  assert.equal(listeners(), 0);
});

pure("Yielded fails as the handler does", async () => {
  const { signal } = new AbortController();
  const yielded = new Yielded(
    (async function* () {
      yield 1;
      throw new RangeError("broken");
    })(),
    signal,
  );
  await yielded.next();
  await assert.rejects(yielded.next(), RangeError);
  await yielded.close();
});

pure("Yielded leaves at once when the request is over, and the handler when it can", async () => {
  const { controller, signal, listeners } = counted();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const yielded = new Yielded(
    (async function* () {
      try {
        yield 1;
        await gate.promise;
        seen.push("went on");
        yield 2;
        seen.push("went too far");
      } finally {
        seen.push("cleaned up");
      }
    })(),
    signal,
  );
  assert.equal(await yielded.next(), 1);
  const next = yielded.next();
  controller.abort();
  assert.equal(await next, undefined);
  assert.equal(await yielded.next(), undefined);
  let isClosed = false;
  const closed = yielded.close().then(() => isClosed = true);
  await settle();
  assert.equal(isClosed, false);
  gate.resolve();
  await closed;
  assert.deepEqual(seen, ["went on", "cleaned up"]);
  assert.equal(listeners(), 0);
});

pure("Yielded drops what a handler throws after the request is over", async () => {
  for (const where of ["step", "return"]) {
    const controller = new AbortController();
    const yielded = new Yielded<number>({
      [Symbol.asyncIterator]: () => ({
        next: () =>
          where === "step"
            ? new Promise((_, reject) =>
              controller.signal.addEventListener("abort", () => reject(new RangeError("late")))
            )
            : new Promise(() => {}),
        return: () =>
          where === "return"
            ? Promise.reject(new RangeError("late"))
            : Promise.resolve({ done: true, value: undefined }),
      }),
    }, controller.signal);
    const next = yielded.next();
    controller.abort();
    assert.equal(await next, undefined);
    await yielded.close();
  }
});

pure("Yielded asks for nothing when the request is over from the start", async () => {
  let wasAsked = false;
  const yielded = new Yielded(
    (async function* () {
      wasAsked = true;
      yield 1;
    })(),
    AbortSignal.abort(),
  );
  assert.equal(await yielded.next(), undefined);
  await yielded.close();
  assert.equal(wasAsked, false);
});
