import assert from "node:assert/strict";
import { resolveTimeouts, type Timeouts } from "../../lib/net/timeouts.ts";
import { pure } from "../support/requesting.ts";

const DEFAULTS: Timeouts = {
  artim: 30_000,
  acse: 30_000,
  dimse: 30_000,
  network: 60_000,
  pdu: 60_000,
  release: 30_000,
  connect: 30_000,
  write: 60_000,
};

pure("`resolveTimeouts()` fills in the default of each that is not given", () => {
  assert.deepEqual(resolveTimeouts(), DEFAULTS);
  assert.deepEqual(resolveTimeouts({}), DEFAULTS);
  for (const name of Object.keys(DEFAULTS) as (keyof Timeouts)[]) {
    for (const value of [0, 1, 0.5, Infinity]) {
      assert.deepEqual(resolveTimeouts({ [name]: value }), { ...DEFAULTS, [name]: value });
    }
  }
});

pure("`resolveTimeouts()` refuses what is no time", () => {
  for (const name of Object.keys(DEFAULTS) as (keyof Timeouts)[]) {
    for (const value of [-1, NaN, -Infinity]) {
      assert.throws(
        () => resolveTimeouts({ [name]: value }),
        new RangeError(`Cannot use the time-out ${name}: it is ${value}`),
      );
    }
  }
});
