/**
 * The storage handler that keeps nothing: for measuring a network, and for trying out a retrieve.
 *
 * @module
 */

import type { HandlerFactory, Handlers, Status } from "../lib/handler/handler.ts";

/**
 * Reads each data set to its end, drops it, and answers Success.
 *
 * It reads, where cancelling would do, so that the answer is the one that storing would have given:
 * a data set that turns out to be broken on its way is not a success.
 *
 * @returns Handlers for C-STORE.
 *
 * @example
 * ```ts
 * import ignore from "@dicom/dimse/plugins/ignore";
 * import assert from "node:assert/strict";
 *
 * const log = { debug() {}, info() {}, warn() {}, error() {} };
 * const { signal } = new AbortController();
 * const associate = () => Promise.reject(new Error("This host has no network"));
 * const handlers = await ignore({ options: {}, log, signal, associate });
 * assert.deepEqual(Object.keys(handlers), ["store"]);
 * ```
 */
const ignore: HandlerFactory = (): Handlers => ({
  async store(request): Promise<Status> {
    await request.dataSet.pipeTo(new WritableStream(), { signal: request.signal });
    return 0x0000;
  },
});

export default ignore;

/** What the handler calls itself. */
export const name = "ignore";

/** Its version: a new one comes with each change of what it does. */
export const version = "1.0.0";
