import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { generalOptions, logLevelOf } from "../../cli/general_options.ts";
import type { LogLevel } from "../../cli/log.ts";

const LEVELS: readonly (readonly [args: string, level: LogLevel])[] = [
  ["", "info"],
  ["-q", "quiet"],
  ["--quiet", "quiet"],
  ["-v", "verbose"],
  ["--verbose", "verbose"],
  ["-d", "debug"],
  ["--debug", "debug"],
  ["-d -d", "debug"],
  ["-ll critical", "critical"],
  ["-ll error", "error"],
  ["-ll warn", "warning"],
  ["-ll warning", "warning"],
  ["--log-level info", "info"],
  ["-ll debug", "debug"],
  ["-v -ll error", "error"],
  ["-d -ll info", "info"],
  ["-q -ll debug", "quiet"],
];

for (const [args, level] of LEVELS) {
  Deno.test({
    name: `logLevelOf() is ${level} for "${args}"`,
    permissions: "none",
    fn: () => {
      const result = generalOptions().parse(args === "" ? [] : args.split(" "));
      assert.ok(result.success);
      assert.equal(logLevelOf(result.value, "info", "verbose"), level);
    },
  });
}

for (const args of [["-q", "-v"], ["-q", "-d"], ["-v", "-d"], ["-q", "-v", "-d"]]) {
  Deno.test({
    name: `logLevelOf() refuses ${args.join(" ")}`,
    permissions: "none",
    fn: () => {
      const result = generalOptions().parse(args);
      assert.ok(result.success);
      const { value } = result;
      assert.throws(() => logLevelOf(value, "info", "verbose"), UsageError);
    },
  });
}
