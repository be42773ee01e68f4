/**
 * What codecs say of broken data sets.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DataSetError } from "../../lib/errors.ts";

/** What a codec throws, which must be a {@linkcode DataSetError}; `undefined` if it throws nothing. */
export function errorOf(action: () => unknown): DataSetError | undefined {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof DataSetError, String(error));
    return error;
  }
  return undefined;
}
