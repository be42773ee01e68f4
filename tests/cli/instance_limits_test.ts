import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { dataSetLimitsOf, instanceLimitOptions } from "../../cli/instance_limits.ts";
import type { DataSetLimits } from "../../lib/service/dispatcher.ts";
import { pure } from "../support/requesting.ts";

const CASES: readonly (readonly [line: string, limits: DataSetLimits])[] = [
  ["", {}],
  ["--max-instance-size 0", { maximumSize: 0 }],
  ["--max-instance-size 4GiB", { maximumSize: 4 * 1024 ** 3 }],
  ["--max-inflated-size 1GB", { inflateBudget: 1e9 }],
  ["--max-instance-size 10 --max-inflated-size 20", { maximumSize: 10, inflateBudget: 20 }],
];

for (const [line, limits] of CASES) {
  pure(`instanceLimitOptions() reads "${line}"`, () => {
    const result = instanceLimitOptions().parse(line.split(" ").filter((word) => word !== ""));
    assert.ok(result.success);
    assert.deepEqual(dataSetLimitsOf(result.value), limits);
  });
}

for (const option of ["--max-instance-size", "--max-inflated-size"]) {
  pure(`instanceLimitOptions() refuses ${option} without a size`, () => {
    const result = instanceLimitOptions().parse([option, "large"]);
    assert.ok(!result.success);
    assert.match(
      formatMessage(result.error, { quotes: false }),
      /Cannot use "large" as a size: give bytes, or a size such as 500M or 4GiB/,
    );
  });
}
