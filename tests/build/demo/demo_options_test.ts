import assert from "node:assert/strict";
import { demoCommandLine } from "../../../build/demo/demo_options.ts";
import { readCommandLine } from "../../../cli/command_line.ts";
import type { Io } from "../../../cli/io.ts";

async function read(...args: readonly string[]) {
  let stderr = "";
  let stdout = "";
  const io: Io = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    columns: 80,
    clock: { now: () => 0, schedule: () => () => {} },
    onSignal: () => () => {},
    readFile: () => Promise.reject(new Error("nothing is read")),
  };
  return { ...await readCommandLine(demoCommandLine(), args, io), stdout, stderr };
}

const CASES = [
  [[], { serve: false, keep: undefined }],
  [["--serve"], { serve: true, keep: undefined }],
  [["--keep", "there"], { serve: false, keep: "there" }],
] as const;

for (const [args, expected] of CASES) {
  Deno.test(
    `the demo takes ${args.join(" ") || "no arguments"}`,
    { permissions: "none" },
    async () => {
      assert.deepEqual(await read(...args), { options: expected, stdout: "", stderr: "" });
    },
  );
}

Deno.test(
  "the demo refuses what it does not know, and helps",
  { permissions: "none" },
  async () => {
    const refused = await read("--server");
    assert.ok("exitCode" in refused && refused.exitCode === 2);
    assert.match(refused.stderr, /^demo: error: .*--serve/);
    const helped = await read("--help");
    assert.ok("exitCode" in helped && helped.exitCode === 0);
    assert.match(helped.stdout, /^Usage: demo \[options\]/);
  },
);
