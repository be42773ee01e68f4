import assert from "node:assert/strict";
import { isKept, type Outcome, statusOf } from "../../../plugins/conformance/reply.ts";
import { pure } from "../../support/requesting.ts";

const LEGAL: readonly (readonly [outcome: Outcome, status: number | undefined])[] = [
  [{ value: 0x0000 }, 0x0000],
  [{ value: { status: 0xb007 } }, 0xb007],
  [{ value: { status: 0xa700, errorComment: "full", offendingElements: [0x00080018] } }, 0xa700],
  [{ value: { status: 0xc123, errorComment: undefined, offendingElements: undefined } }, 0xc123],
  [{ error: { status: 0xa9ff } }, 0xa9ff],
  [{ error: Object.assign(new Error("No"), { status: 0x0124 }) }, 0x0124],
  [{ error: new Error("No") }, undefined],
  [{ error: "No" }, undefined],
  [{ error: undefined }, undefined],
  [{ error: null }, undefined],
  [{ error: { status: "0xA700" } }, undefined],
];

pure("`statusOf()` takes what a handler may return or throw", () => {
  for (const [outcome, status] of LEGAL) {
    assert.equal(statusOf(outcome), status, Deno.inspect(outcome));
  }
});

const ILLEGAL: readonly (readonly [outcome: Outcome, message: RegExp])[] = [
  [{ value: undefined }, /returned no status: undefined/],
  [{ value: "0" }, /returned no status: 0/],
  [{ value: {} }, /returned no status/],
  [{ value: { status: "0" } }, /returned no status/],
  [{ value: NaN }, /0xNaN is no status/],
  [{ value: 0xff00 }, /0xff00 is no status/],
  [{ value: 0xa800 }, /0xa800 is no status/],
  [{ value: { status: 0, errorComment: 5 } }, /error comment is no text/],
  [{ value: { status: 0, offendingElements: 5 } }, /offending elements are no list/],
  [{ error: { status: 0x12345 } }, /0x12345 is no status/],
];

pure("`statusOf()` objects to what no handler may return or throw", () => {
  for (const [outcome, message] of ILLEGAL) {
    assert.throws(() => statusOf(outcome), { name: "AssertionError", message });
  }
});

pure("`isKept()` knows success and warnings", () => {
  const kept = [0x0000, 0xb000, 0xb007, 0xbfff];
  const refused = [undefined, 0x0110, 0xa700, 0xafff, 0xc000];
  assert.deepEqual(kept.map(isKept), kept.map(() => true));
  assert.deepEqual(refused.map(isKept), refused.map(() => false));
});
