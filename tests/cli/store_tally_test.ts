import assert from "node:assert/strict";
import { StoreTally } from "../../cli/store_tally.ts";

type Step = (tally: StoreTally) => void;

const sent: Step = (tally) => tally.sent(1_500_000, false);
const warned: Step = (tally) => tally.sent(1000, true);
const unread: Step = (tally) => tally.failed("read");
const noContext: Step = (tally) => tally.failed("context", "1.1");
const refused: Step = (tally) => tally.failed("refused", "1.2");
const lost: Step = (tally) => tally.failed("lost", "1.3");
const rejected: Step = (tally) => tally.associationFailed(4);
const timeout: Step = (tally) => tally.associationFailed(5);
const before: Step = (tally) => tally.sentBefore(3);
const again: Step = (tally) => tally.tryAgain();
const unsent: Step = (tally) => tally.unsent(3);
const skipped: Step = (tally) => tally.skipped();

const CASES: readonly (readonly [steps: Step[], code: number, summary: string])[] = [
  [[sent], 0, "Sent 1 instance (1.5 MB) in 2.0 s; 0 failed"],
  [[sent, sent, skipped], 0, "Sent 2 instances (3.0 MB) in 2.0 s; 0 failed, 1 not DICOM, skipped"],
  [[sent, warned], 6, "Sent 2 instances (1.5 MB) in 2.0 s; 1 with a warning, 0 failed"],
  [[sent, unread], 6, "Sent 1 instance (1.5 MB) in 2.0 s; 1 failed"],
  [[sent, timeout, unsent], 6, "Sent 1 instance (1.5 MB) in 2.0 s; 0 failed, 3 not tried"],
  [[unread, noContext, refused, timeout], 7, "Sent 0 instances in 2.0 s; 3 failed"],
  [[lost, timeout, rejected], 5, "Sent 0 instances in 2.0 s; 1 failed"],
  [[rejected, unsent], 4, "Sent 0 instances in 2.0 s; 0 failed, 3 not tried"],
  [[noContext, unread], 4, "Sent 0 instances in 2.0 s; 2 failed"],
  [[unread], 2, "Sent 0 instances in 2.0 s; 1 failed"],
  [[skipped], 2, "Sent 0 instances in 2.0 s; 0 failed, 1 not DICOM, skipped"],
  [[], 2, "Sent 0 instances in 2.0 s; 0 failed"],
  [[before], 0, "Sent 0 instances in 2.0 s; 3 sent before, 0 failed"],
  [[before, sent], 0, "Sent 1 instance (1.5 MB) in 2.0 s; 3 sent before, 0 failed"],
  [[before, unread], 6, "Sent 0 instances in 2.0 s; 3 sent before, 1 failed"],
  [[before, timeout, unsent], 5, "Sent 0 instances in 2.0 s; 3 sent before, 0 failed, 3 not tried"],
  [[timeout, again, rejected, unsent], 4, "Sent 0 instances in 2.0 s; 0 failed, 3 not tried"],
];

for (const [steps, code, summary] of CASES) {
  Deno.test({
    name: `\`StoreTally.exitCode()\` is ${code} for: ${summary}`,
    permissions: "none",
    fn: () => {
      const tally = new StoreTally();
      for (const step of steps) step(tally);
      assert.equal(tally.exitCode(false), code);
      assert.equal(tally.summary(2000), summary);
    },
  });
}

const CANCELLED: readonly (readonly [what: string, steps: Step[], code: number])[] = [
  ["before anything was sent", [], 130],
  ["with some not tried", [sent, unsent], 130],
  ["when all had been sent", [sent], 0],
];

for (const [what, steps, code] of CANCELLED) {
  Deno.test({
    name: `\`StoreTally.exitCode()\` is ${code} when it was cancelled ${what}`,
    permissions: "none",
    fn: () => {
      const tally = new StoreTally();
      for (const step of steps) step(tally);
      assert.equal(tally.exitCode(true), code);
    },
  });
}

Deno.test({
  name: "`StoreTally` counts, and names what failed once",
  permissions: "none",
  fn: () => {
    const tally = new StoreTally();
    for (const step of [sent, warned, refused, refused, noContext, unread, unsent]) step(tally);
    assert.deepEqual(
      [tally.sentCount, tally.failedCount, tally.unsentCount, tally.bytes],
      [2, 4, 3, 1_501_000],
    );
    assert.deepEqual(tally.failedSopInstanceUids, ["1.2", "1.1"]);
  },
});
