import assert from "node:assert/strict";
import { EventOutput } from "../../cli/event_output.ts";
import { InterruptedError } from "../../cli/interrupt.ts";
import { ToolLog } from "../../cli/log.ts";
import { Retry, type RetryPolicy } from "../../cli/retry.ts";
import { ConnectionError, NegotiationError } from "../../lib/errors.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { failure, pure } from "../support/requesting.ts";

function surroundings() {
  const clock = new FakeClock();
  const user = new AbortController();
  const told = { log: "", events: "" };
  const log = new ToolLog("info", (text) => void (told.log += text));
  const events = new EventOutput((text) => void (told.events += text), clock);
  const make = (policy: RetryPolicy): Retry =>
    new Retry(policy, {
      io: { clock },
      output: { log, events },
      interrupt: { cancel: user.signal },
    });
  return { clock, user, told, make };
}

/** Fails so many times, then succeeds; counts the tries. */
function failing(times: number, error: Error = new ConnectionError("Cannot connect")) {
  const counted = { tries: 0, attempt: (): Promise<string> => Promise.resolve("") };
  counted.attempt = () => {
    counted.tries += 1;
    return counted.tries <= times ? Promise.reject(error) : Promise.resolve("done");
  };
  return counted;
}

pure("Retry.run() does what succeeds once, and says nothing", async () => {
  const { told, make, clock } = surroundings();
  const { attempt } = failing(0);
  assert.equal(await make({ retries: 3, delay: 1000 }).run(attempt), "done");
  assert.deepEqual(told, { log: "", events: "" });
  assert.equal(clock.pending, 0);
});

pure("Retry.run() pauses twice as long each time, up to a minute", async () => {
  const { told, make, clock } = surroundings();
  const counted = failing(9);
  const run = make({ retries: 9, delay: 500 }).run(counted.attempt);
  const pauses: number[] = [];
  for (let retry = 1; retry <= 9; retry++) {
    await settle();
    const pause = (clock.next ?? 0) - clock.now();
    pauses.push(pause);
    await clock.advance(pause - 1);
    assert.equal(counted.tries, retry, "not before its time");
    await clock.advance(1);
  }
  assert.equal(await run, "done");
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assert.deepEqual(told.log.split("\n").slice(0, 2), [
    "W: Trying again in 0.5 s (1 of 9): Cannot connect",
    "W: Trying again in 1 s (2 of 9): Cannot connect",
  ]);
  assert.deepEqual(JSON.parse(told.events.split("\n")[1] ?? ""), {
    event: "retry",
    atMs: 500,
    retry: 2,
    retries: 9,
    cause: "connection",
    delayMs: 1000,
  });
});

pure("Retry.run() keeps a pause that is longer than a minute as it is", async () => {
  const { make, clock } = surroundings();
  const run = make({ retries: 2, delay: 90_000 }).run(failing(2).attempt);
  await clock.advance(180_000);
  assert.equal(await run, "done");
  assert.equal(clock.now(), 180_000);
});

const ENDS: readonly { name: string; retries: number; error: Error; tries: number }[] = [
  { name: "without tries", retries: 0, error: new ConnectionError("Refused"), tries: 1 },
  { name: "when they are used up", retries: 2, error: new ConnectionError("Refused"), tries: 3 },
  { name: "of what does not pass", retries: 2, error: new NegotiationError("None"), tries: 1 },
];

for (const { name, retries, error, tries } of ENDS) {
  pure(`Retry.run() throws the error ${name}`, async () => {
    const { make, clock } = surroundings();
    const counted = failing(9, error);
    const run = failure(make({ retries, delay: 1000 }).run(counted.attempt));
    await clock.advance(10_000);
    assert.equal(await run, error);
    assert.equal(counted.tries, tries);
  });
}

pure(
  "Retry.run() tries again what is judged to be worth it, and gives the last result",
  async () => {
    const { told, make, clock } = surroundings();
    let tries = 0;
    const retry = make({ retries: 2, delay: 1000 });
    const run = retry.run(
      () => Promise.resolve(++tries),
      (result) => ({ cause: "incomplete", sentence: `${3 - result} did not come` }),
    );
    await clock.advance(3000);
    assert.equal(await run, 3);
    assert.equal(retry.count, 2);
    assert.ok(retry.isUsedUp);
    assert.deepEqual(told.log.split("\n"), [
      "W: Trying again in 1 s (1 of 2): 2 did not come",
      "W: Trying again in 2 s (2 of 2): 1 did not come",
      "",
    ]);
  },
);

pure("Retry.run() ends at once when the user stops it in a pause", async () => {
  const { user, make, clock } = surroundings();
  const counted = failing(9);
  const run = failure(make({ retries: 9, delay: 1000 }).run(counted.attempt));
  await settle();
  assert.equal(clock.pending, 1);
  user.abort(new InterruptedError());
  assert.ok(await run instanceof InterruptedError);
  assert.deepEqual([counted.tries, clock.pending], [1, 0]);
});

pure("Retry.run() does not try again what failed because the user stopped it", async () => {
  const { user, make } = surroundings();
  const error = new ConnectionError("Refused");
  const run = make({ retries: 9, delay: 1000 }).run(() => {
    user.abort(new InterruptedError());
    return Promise.reject(error);
  });
  assert.equal(await failure(run), error);
});
