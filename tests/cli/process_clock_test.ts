import assert from "node:assert/strict";
import { processClock } from "../../cli/process_clock.ts";

Deno.test({
  name: "processClock calls in the order of the times, and not what was taken back",
  permissions: "none",
  fn: async () => {
    const calls: string[] = [];
    const since = processClock.now();
    const cancel = processClock.schedule(1, () => calls.push("taken back"));
    await new Promise<void>((resolve) => {
      processClock.schedule(10, () => {
        calls.push("later");
        resolve();
      });
      processClock.schedule(Number.MAX_SAFE_INTEGER, () => calls.push("in an eternity"));
      processClock.schedule(-1, () => calls.push("at once"));
      cancel();
    });
    assert.deepEqual(calls, ["at once", "later"]);
    assert.ok(processClock.now() > since);
  },
});
