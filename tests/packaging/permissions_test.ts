/**
 * Each tool works with the permissions that its documentation names, with no one of them less, and
 * with less still where the user knows what it will touch.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { leastFlags, type Tool, TOOLS } from "../../cli/tools.ts";
import { peerTest } from "../support/peers.ts";
import { type Launch, type Touches, TRIALS, withTrial } from "./tool_trial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function denoRun(tool: Tool, flags: readonly string[]): Launch {
  return {
    program: Deno.execPath(),
    args: ["run", "--no-prompt", "--no-check", ...flags, `${ROOT}cli/${tool.name}.ts`],
  };
}

/** The runtime's words, or those that the tools have for a file that they may not touch. */
const SAYS_SO = /run again with the --allow-|permission denied|Cannot access path/;

/** Flags for nothing but what is touched. */
function narrowFlags(touches: Touches): string[] {
  return Object.entries(touches).map(([permission, what]: [string, readonly string[]]) =>
    `--allow-${permission}=${what.join(",")}`
  );
}

Deno.test("every tool is tried", () => {
  assert.deepEqual(Object.keys(TRIALS).sort(), TOOLS.map(({ name }) => name).sort());
});

for (const tool of TOOLS) {
  const flags = leastFlags(tool);
  const needs = TRIALS[tool.name]?.needs ?? [];
  peerTest({
    name: `${tool.name} works with ${flags.join(" ")}`,
    needs,
    fn: () =>
      withTrial(tool.name, async (trial) => {
        await trial.assertDone(await trial.start(denoRun(tool, flags)));
      }),
  });

  peerTest({
    name: `${tool.name} works with nothing but what it touches`,
    needs,
    fn: () =>
      withTrial(tool.name, async (trial) => {
        const narrow = narrowFlags(trial.touches);
        assert.equal(narrow.length, flags.length);
        await trial.assertDone(await trial.start(denoRun(tool, narrow)));
      }),
  });

  for (const missing of flags) {
    peerTest({
      name: `${tool.name} needs ${missing}, and says so`,
      needs,
      fn: () =>
        withTrial(tool.name, async (trial) => {
          const output = await trial.start(denoRun(tool, flags.filter((flag) => flag !== missing)));
          assert.notEqual(output.code, 0, output.stderr);
          assert.match(output.stderr, SAYS_SO);
          assert.doesNotMatch(output.stderr, /^\s+at |Uncaught/m);
        }),
    });
  }
}
