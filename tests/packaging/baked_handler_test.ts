/**
 * The program that an executable with a handler holds, run without being compiled.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { entrySource, PROGRAMS } from "../../build/program.ts";
import { permissionFlags } from "../../cli/tools.ts";
import type { CommandOutput } from "../support/command.ts";
import { peerTest } from "../support/peers.ts";
import { withTrial } from "./tool_trial.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

const HANDLER = `
import type { HandlerFactory } from "@dicom/dimse/handler";

const factory: HandlerFactory = ({ log }) => ({
  store(request) {
    log.info("taken: " + request.sopInstanceUid);
    return 0x0000;
  },
});
export default factory;
`;

/** Sends an instance to the storescp of a program that has the handler inside. */
async function takenBy(
  name: string,
  args: readonly string[],
  hasHandler = true,
): Promise<CommandOutput> {
  const program = PROGRAMS.find((each) => each.name === name);
  assert.ok(program);
  const directory = await Deno.makeTempDir({ prefix: "dimse_baked_" });
  try {
    await Deno.writeTextFile(`${directory}/mine.ts`, HANDLER);
    const names = { specifier: "./mine.ts", module: "./mine.ts" };
    const entry = `${directory}/entry.ts`;
    await Deno.writeTextFile(entry, entrySource(program, `file://${ROOT}`, names));
    let output: CommandOutput = { code: -1, stdout: "", stderr: "" };
    await withTrial("storescp", async (trial) => {
      output = await trial.start({
        program: Deno.execPath(),
        args: [
          ...["run", "--no-prompt", "--no-check", "--no-lock", "--config", `${ROOT}/deno.json`],
          ...[...permissionFlags(program.needs), entry, ...args],
        ],
        hasHandler,
      });
    });
    return output;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const [name, args] of [["storescp", []], ["dimse", ["storescp"]]] as const) {
  peerTest({
    name: `the handler that is compiled into ${name} takes what comes`,
    needs: ["dcmtk"],
    fn: async () => {
      const { code, stderr } = await takenBy(name, args);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Instances go to handler /);
      assert.match(stderr, /taken: 1\.2\.3\.4\.5/);
    },
  });
}

peerTest({
  name: "another handler may be named all the same",
  needs: ["dcmtk"],
  fn: async () => {
    const { code, stderr } = await takenBy("storescp", ["--handler", "store"], false);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Storing DICOM file: CT\.1\.2\.3\.4\.5/);
    assert.doesNotMatch(stderr, /taken: /);
  },
});
