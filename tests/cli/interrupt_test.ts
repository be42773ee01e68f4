import assert from "node:assert/strict";
import { Interrupt, InterruptedError, type Termination } from "../../cli/interrupt.ts";
import type { StopSignal } from "../../cli/io.ts";

function interrupt(termination?: Termination): {
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
    }, termination),
    send: (signal) => listener?.(signal),
    listens: () => listener !== undefined,
  };
}

const CASES: readonly (readonly [
  signals: readonly StopSignal[],
  cancelled: boolean,
  aborted: boolean,
  termination?: Termination,
])[] = [
  [[], false, false],
  [["SIGINT"], true, false],
  [["SIGINT", "SIGINT"], true, true],
  [["SIGINT", "SIGINT", "SIGINT"], true, true],
  [["SIGTERM"], true, true],
  [["SIGINT", "SIGTERM"], true, true],
  [["SIGTERM"], true, false, "cancel"],
  [["SIGINT"], true, false, "cancel"],
  [["SIGTERM", "SIGTERM"], true, true, "cancel"],
  [["SIGINT", "SIGTERM"], true, true, "cancel"],
];

for (const [signals, cancelled, aborted, termination] of CASES) {
  Deno.test({
    name:
      `Interrupt cancels: ${cancelled}, aborts: ${aborted}, after [${signals}] (${termination})`,
    permissions: "none",
    fn: () => {
      const bench = interrupt(termination);
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
