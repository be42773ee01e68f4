import assert from "node:assert/strict";
import { Interrupt, InterruptedError } from "../../cli/interrupt.ts";
import type { StopSignal } from "../../cli/io.ts";

function interrupt(): {
  send: (signal: StopSignal) => void;
  interrupt: Interrupt;
  listens: () => boolean;
} {
  let listener: ((signal: StopSignal) => void) | undefined;
  return {
    interrupt: new Interrupt({
      onSignal: (added) => {
        listener = added;
        return () => void (listener = undefined);
      },
    }),
    send: (signal) => listener?.(signal),
    listens: () => listener !== undefined,
  };
}

const CASES: readonly (readonly [
  signals: readonly StopSignal[],
  cancelled: boolean,
  aborted: boolean,
])[] = [
  [[], false, false],
  [["SIGINT"], true, false],
  [["SIGINT", "SIGINT"], true, true],
  [["SIGINT", "SIGINT", "SIGINT"], true, true],
  [["SIGTERM"], true, true],
  [["SIGINT", "SIGTERM"], true, true],
];

for (const [signals, cancelled, aborted] of CASES) {
  Deno.test({
    name: `Interrupt cancels: ${cancelled}, aborts: ${aborted}, after [${signals}]`,
    permissions: "none",
    fn: () => {
      const bench = interrupt();
      for (const signal of signals) bench.send(signal);
      const { cancel, abort } = bench.interrupt;
      assert.deepEqual([cancel.aborted, abort.aborted], [cancelled, aborted]);
      if (cancelled) assert.ok(cancel.reason instanceof InterruptedError);
    },
  });
}

Deno.test({
  name: "Interrupt listens until it is disposed of",
  permissions: "none",
  fn: () => {
    const bench = interrupt();
    assert.equal(bench.listens(), true);
    bench.interrupt[Symbol.dispose]();
    assert.equal(bench.listens(), false);
  },
});
