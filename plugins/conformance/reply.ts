/**
 * What a handler may answer to a C-STORE request.
 *
 * @module
 */

import assert from "node:assert/strict";

/**
 * The status that a host would send for what a handler returned or threw.
 *
 * @param outcome What it returned, or else what it threw.
 * @returns The status; `undefined` when it threw something without one, which is answered 0x0110.
 * @throws {AssertionError} When it could not be sent.
 *
 * @example
 * ```ts
 * import { statusOf } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(statusOf({ value: 0x0000 }), 0x0000);
 * assert.equal(statusOf({ error: { status: 0xa700 } }), 0xa700);
 * assert.throws(() => statusOf({ value: 0xff00 }), /0xff00 is no status of C-STORE/);
 * ```
 */
export function statusOf(outcome: Outcome): number | undefined {
  if ("error" in outcome) {
    const { error } = outcome;
    const thrown = typeof error === "object" && error !== null && "status" in error
      ? error.status
      : undefined;
    return typeof thrown === "number" ? legal(thrown) : undefined;
  }
  const { value } = outcome;
  if (typeof value === "number") return legal(value);
  assert(
    typeof value === "object" && value !== null && "status" in value &&
      typeof value.status === "number",
    `The handler returned no status: ${String(value)}`,
  );
  if ("errorComment" in value && value.errorComment !== undefined) {
    assert.equal(typeof value.errorComment, "string", "The error comment is no text");
  }
  if ("offendingElements" in value && value.offendingElements !== undefined) {
    assert(Array.isArray(value.offendingElements), "The offending elements are no list");
  }
  return legal(value.status);
}

/** What a handler returned, or threw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Whether a status says that the instance is kept: Success, or a warning (PS3.4 table B.2-1).
 *
 * @param status The status, or nothing when the handler failed without one.
 * @returns Whether it does.
 *
 * @example
 * ```ts
 * import { isKept } from "./reply.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([0x0000, 0xb000, 0xa700, undefined].map(isKept), [true, true, false, false]);
 * ```
 */
export function isKept(status: number | undefined): boolean {
  return status === 0x0000 || (status !== undefined && status >= 0xb000 && status <= 0xbfff);
}

function legal(status: number): number {
  const known = STATUSES.has(status) ||
    STATUS_RANGES.some(([first, last]) => status >= first && status <= last);
  assert(known, `0x${status.toString(16)} is no status of C-STORE`);
  return status;
}

/** PS3.4 table B.2-1: Refused, Error, Warning. */
const STATUS_RANGES = [
  [0xa700, 0xa7ff],
  [0xa900, 0xa9ff],
  [0xb000, 0xbfff],
  [0xc000, 0xcfff],
] as const;

/** Success, and what PS3.7 section 9.1.1.1.9 allows for C-STORE. */
const STATUSES = new Set([0x0000, 0x0110, 0x0111, 0x0117, 0x0122, 0x0124, 0x0210, 0x0211, 0x0212]);
