/**
 * The fuzz task itself, for a few seconds.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type CommandOutput, run } from "../support/command.ts";

const TASK = fileURLToPath(new URL("./fuzz.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

function fuzz(...args: string[]): Promise<CommandOutput> {
  return run(Deno.execPath(), ["run", "--quiet", "--config", CONFIG, "-A", TASK, ...args]);
}

/** One of each sort: the decoders have their own test. */
const TARGETS = ["pdu-decoder", "scu", "server", "storescp"];

Deno.test("deno task fuzz gives every target input, and ends in time", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await fuzz(
      ...["--minutes", "0.05", "--seed", "1", "--no-real", "--findings", directory],
      ...["--target", `^(${TARGETS.join("|")})$`],
    );
    assert.equal(code, 0, stdout + stderr);
    for (const name of TARGETS) {
      assert.match(stdout, new RegExp(`^${name} +[1-9]\\d* +\\d+ +\\d+ +0$`, "m"));
    }
    assert.match(stdout, /^\d+ executions in \d+ s with the seed 1; at most \d+ MB of memory$/m);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("deno task fuzz lists its targets", async () => {
  const { code, stdout } = await fuzz("--list");
  assert.equal(code, 0);
  for (const name of TARGETS) assert.match(stdout, new RegExp(`^${name}$`, "m"));
});

Deno.test("deno task fuzz refuses options that are none", async () => {
  const { code, stdout } = await fuzz("--minutes", "none");
  assert.equal(code, 2);
  assert.equal(stdout, "Cannot use --minutes none: it is a number above 0\n");
});
