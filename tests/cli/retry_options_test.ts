import assert from "node:assert/strict";
import { retryOptions, retryPolicyOf } from "../../cli/retry_options.ts";
import { pure } from "../support/requesting.ts";

const CASES: readonly [args: string[], retries: number, delay: number][] = [
  [[], 0, 1000],
  [["--retry", "3"], 3, 1000],
  [["--retry", "3", "--retry-delay", "0.25"], 3, 250],
  [["--retry=3", "--retry=5", "--retry-delay=0"], 5, 0],
];

for (const [args, retries, delay] of CASES) {
  pure(`retryOptions() reads ${args.join(" ") || "nothing"}`, () => {
    const parsed = retryOptions().parse(args);
    assert.ok(parsed.success);
    assert.deepEqual(retryPolicyOf(parsed.value), { retries, delay });
  });
}

for (const args of [["--retry", "-1"], ["--retry", "often"], ["--retry-delay", "soon"]]) {
  pure(`retryOptions() refuses ${args.join(" ")}`, () => {
    assert.equal(retryOptions().parse(args).success, false);
  });
}
