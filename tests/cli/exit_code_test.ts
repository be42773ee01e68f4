import assert from "node:assert/strict";
import { EXIT_CODE, EXIT_CODE_HELP } from "../../cli/exit_code.ts";

Deno.test({
  name: "EXIT_CODE_HELP has a line for every exit code, in order",
  permissions: "none",
  fn: () => {
    const codes = EXIT_CODE_HELP.map((line) => Number(/^ +(\d+) +\w/.exec(line)?.[1]));
    assert.deepEqual(codes, Object.values(EXIT_CODE));
    assert.deepEqual(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
  },
});
