import assert from "node:assert/strict";
import { retrieveEventOf } from "../../cli/retrieve_event.ts";

const COUNTERS = { remaining: null, completed: 2, failed: null, warning: null };

Deno.test({
  name: "`retrieveEventOf()` tells pending responses by their number, and the final one in words",
  permissions: "none",
  fn: () => {
    const response = { number: 3, counters: { completed: 2 }, failedSopInstanceUids: ["1.2"] };
    assert.deepEqual(
      retrieveEventOf("C-GET", { ...response, isFinal: false, status: 0xff00 }, 12.4),
      { event: "pending", service: "C-GET", number: 3, status: 0xff00, ...COUNTERS },
    );
    assert.deepEqual(
      retrieveEventOf("C-MOVE", { ...response, isFinal: true, status: 0xa801 }, 12.4),
      {
        event: "response",
        service: "C-MOVE",
        status: 0xa801,
        category: "failure",
        meaning: "refused: move destination unknown",
        ...COUNTERS,
        failedSopInstanceUids: ["1.2"],
        durationMs: 12,
      },
    );
  },
});
