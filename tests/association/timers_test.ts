import assert from "node:assert/strict";
import { DEFAULT_TIMEOUTS, type TimerName, Timers } from "../../lib/association/timers.ts";
import { TimeoutError } from "../../lib/errors.ts";
import { pure } from "../support/requesting.ts";

const NAMES = Object.keys(DEFAULT_TIMEOUTS) as TimerName[];

pure("`Timers` runs from start to deadline, and anew when started again", () => {
  for (const name of NAMES) {
    const timers = new Timers({ ...DEFAULT_TIMEOUTS, [name]: 1000 });
    assert.equal(timers.next, undefined);
    assert.equal(timers.runs(name), false);
    timers.start(name, 50);
    assert.ok(timers.runs(name));
    assert.equal(timers.next, 1050);
    timers.start(name, 100);
    assert.equal(timers.next, 1100);
    assert.deepEqual(timers.expired(1099), []);
    assert.deepEqual(timers.expired(1100), [name]);
    assert.equal(timers.runs(name), false);
    assert.deepEqual(timers.expired(9999), []);
  }
});

pure("`Timers.next` is the nearest, and `expired()` takes out all that have passed", () => {
  const timers = new Timers({ ...DEFAULT_TIMEOUTS, artim: 300, acse: 100, pdu: 200 });
  for (const name of ["artim", "acse", "pdu"] as const) timers.start(name, 0);
  assert.equal(timers.next, 100);
  assert.deepEqual(timers.expired(200).sort(), ["acse", "pdu"]);
  assert.equal(timers.next, 300);
  timers.stop("artim");
  timers.stop("acse");
  assert.equal(timers.next, undefined);
});

pure("`Timers.expired()` tells those that have passed in the order of their table", () => {
  const timers = new Timers({ artim: 1, acse: 1, dimse: 1, network: 1, pdu: 1, release: 1 });
  for (const name of NAMES.toReversed()) timers.start(name, 0);
  assert.deepEqual(timers.expired(1), NAMES);
});

pure("`Timers.stopAll()` stops everything", () => {
  const timers = new Timers(DEFAULT_TIMEOUTS);
  for (const name of NAMES) timers.start(name, 0);
  timers.stopAll();
  assert.equal(timers.next, undefined);
  assert.deepEqual(timers.expired(Number.MAX_SAFE_INTEGER), []);
});

pure("`Timers.stopAllBut()` lets one go on, if it runs", () => {
  for (const name of NAMES) {
    const timers = new Timers(DEFAULT_TIMEOUTS);
    for (const each of NAMES) timers.start(each, 0);
    timers.stopAllBut(name);
    assert.deepEqual(NAMES.filter((each) => timers.runs(each)), [name]);
    timers.stop(name);
    timers.stopAllBut(name);
    assert.equal(timers.next, undefined);
  }
});

pure("`Timers` never starts a time-out of 0", () => {
  const timers = new Timers({ ...DEFAULT_TIMEOUTS, network: 0 });
  timers.start("network", 0);
  assert.equal(timers.runs("network"), false);
  assert.equal(timers.next, undefined);
});

pure("`Timers.error()` says what was waited for, and how long", () => {
  const expected: Record<TimerName, string> = {
    artim: "Gave up after 30 s: waited for the peer's association request or the closing of the" +
      " connection",
    acse: "Gave up after 30 s: waited for the answer to the association request",
    dimse: "Gave up after 1.5 s: waited for the next response",
    network: "Gave up after 60 s: waited for any sign of life of the peer",
    pdu: "Gave up after 60 s: waited for the rest of a PDU or a message",
    release: "Gave up after 30 s: waited for the answer to the release request",
  };
  const timers = new Timers({ ...DEFAULT_TIMEOUTS, dimse: 1500 });
  for (const name of NAMES) {
    const error = timers.error(name);
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.phase, name);
    assert.equal(error.message, expected[name]);
  }
});
