/**
 * The ways by which a host lets a handler have a data set.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { StoreRequest } from "../../lib/handler/handler.ts";

/** Whether a host offers to pass the pieces of a data set, or has no more than its stream. */
export type Way = "passDataSet" | "stream alone";

/**
 * A request that tells when somebody looks whether it has `passDataSet`. Until then a handler cannot
 * do anything else than it does where there is a stream alone.
 *
 * @param request The request.
 * @param onLook Called whenever somebody does.
 * @returns The same request, watched.
 *
 * @example
 * ```ts
 * import { openDataSet, storeRequest } from "./store_request.ts";
 * import { watched } from "./way.ts";
 * import assert from "node:assert/strict";
 *
 * let looks = 0;
 * const request = watched(storeRequest({ dataSet: openDataSet({}).stream }), () => looks++);
 * const { sopInstanceUid: _uid, dataSet: _dataSet } = request;
 * assert.equal(looks, 0);
 * await request.passDataSet?.(() => {});
 * assert.ok(looks > 0);
 * ```
 */
export function watched(request: StoreRequest, onLook: () => void): StoreRequest {
  const look = (key: PropertyKey): void => {
    if (key === "passDataSet") onLook();
  };
  return new Proxy(request, {
    get(target, key, receiver) {
      look(key);
      return Reflect.get(target, key, receiver);
    },
    has(target, key) {
      look(key);
      return Reflect.has(target, key);
    },
    getOwnPropertyDescriptor(target, key) {
      look(key);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    // Whoever lists what there is, looks at all of it.
    ownKeys(target) {
      onLook();
      return Reflect.ownKeys(target);
    },
  });
}

/**
 * What a handler did wrong, with the way by which it had the data set.
 *
 * @param way The way.
 * @param error What the check of a rule threw.
 * @returns The error to throw: whatever is no broken rule stays as it is.
 */
export function wrongBy(way: Way, error: unknown): unknown {
  if (!(error instanceof assert.AssertionError)) return error;
  const { actual, expected, operator } = error;
  const message = `${PREFIXES[way]}: ${error.message}`;
  return new assert.AssertionError({ message, actual, expected, operator });
}

const PREFIXES: Readonly<Record<Way, string>> = {
  passDataSet: "Where the host offers passDataSet()",
  "stream alone": "Where the host has a stream alone, and no passDataSet()",
};
