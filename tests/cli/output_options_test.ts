import assert from "node:assert/strict";
import { outputOptions } from "../../cli/output_options.ts";

const CASES: readonly (readonly [args: readonly string[], json: boolean, noProgress: boolean])[] = [
  [[], false, false],
  [["--json"], true, false],
  [["--no-progress", "--no-progress"], false, true],
  [["--json", "--no-progress"], true, true],
];

for (const [args, json, noProgress] of CASES) {
  Deno.test({
    name: `outputOptions() reads "${args.join(" ")}"`,
    permissions: "none",
    fn: () => {
      const result = outputOptions().parse(args);
      assert.ok(result.success);
      assert.deepEqual(result.value, { json, noProgress });
    },
  });
}
