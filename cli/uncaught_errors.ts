/**
 * Errors that a handler of the user's throws where nobody catches them: in a promise that it does not
 * await, or in a timer.
 *
 * @module
 */

import type { ToolLog } from "./log.ts";

/**
 * Lets such errors be told instead of ending the program, with all its associations.
 *
 * @param names Of the handlers that run in this program with it.
 * @param log Where to.
 * @returns Disposing of it gives such errors their usual effect again.
 *
 * @example
 * ```ts
 * import { tellUncaughtErrors } from "./uncaught_errors.ts";
 * import { ToolLog } from "./log.ts";
 * import assert from "node:assert/strict";
 *
 * const told = Promise.withResolvers<string>();
 * {
 *   using _telling = tellUncaughtErrors(["mine"], new ToolLog("info", told.resolve));
 *   void Promise.reject(new TypeError("no luck"));
 *   assert.match(await told.promise, /^E: Nobody caught an error, perhaps of handler mine: no luck/);
 * }
 * ```
 */
export function tellUncaughtErrors(names: readonly string[], log: ToolLog): Disposable {
  const whose = names.join(" or ");
  const tell = (event: Event, error: unknown): void => {
    event.preventDefault();
    const message = error instanceof Error ? error.message : String(error);
    log.error(`Nobody caught an error, perhaps of handler ${whose}: ${message}`);
    log.stack(error);
  };
  const onRejection = (event: PromiseRejectionEvent): void => tell(event, event.reason);
  const onError = (event: ErrorEvent): void => tell(event, event.error);
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}
