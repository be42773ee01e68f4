import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import { tellUncaughtErrors } from "../../cli/uncaught_errors.ts";

/** Fulfilled with the first line that is told. */
function telling(names: readonly string[]): Disposable & { readonly line: Promise<string> } {
  const { promise: line, resolve } = Promise.withResolvers<string>();
  const telling = tellUncaughtErrors(names, new ToolLog("info", resolve));
  return Object.assign(telling, { line });
}

const THROWN: readonly (readonly [string, unknown, string])[] = [
  ["an error", new RangeError("too much"), "too much"],
  ["no error", 17, "17"],
  ["control characters", new Error("a\u001b[2J"), "a\\x1b[2J"],
];

for (const [what, thrown, message] of THROWN) {
  Deno.test(`tellUncaughtErrors() tells of a rejection with ${what} that nobody awaits`, async () => {
    using told = telling(["a", "b"]);
    void Promise.reject(thrown);
    const expected = `E: Nobody caught an error, perhaps of handler a or b: ${message}\n`;
    assert.equal(await told.line, expected);
  });
}

Deno.test("tellUncaughtErrors() tells of what a callback throws", async () => {
  using told = telling(["mine"]);
  queueMicrotask(() => {
    throw new Error("late");
  });
  assert.match(await told.line, /perhaps of handler mine: late/);
});
