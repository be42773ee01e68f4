/**
 * A network that is cut while instances go over it, and says nothing of it: no end, no reset, silence.
 *
 * @module
 */

import assert from "node:assert/strict";
import { EXIT_CODE } from "../../cli/exit_code.ts";
import { Random } from "../fuzz/random.ts";
import { NetworkLink, whyNoNetworkLink } from "../support/network_link.ts";
import { type PooledInstance, STUDY_UID, writePool } from "./instances.ts";
import { assertComplete, assertNothingLost, journalled } from "./kill_round.ts";
import { ToolProcess } from "./tool_process.ts";
import { acknowledged } from "./tool_run.ts";

const INSTANCES = 40;
const STORE_PORT = 11113;
const PORT = 11112;
const TIMEOUTS = ["-ta", "1", "-td", "1", "-tn", "1"];
const KEYS = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${STUDY_UID}`];

/** Who is near, who is far, and where instances go. */
interface Scene {
  readonly name: string;
  readonly server: (directory: string, near: string) => readonly [tool: string, args: string[]];
  readonly client: (directory: string, far: string) => readonly [tool: string, args: string[]];
  /** How it ends where nobody mends the network: by a time-out, or partly done. */
  readonly code: number;
}

const ARCHIVE: Scene["server"] = (directory, near) => [
  "qrscp",
  ["-p", `${PORT}`, `${directory}/out`, "--no-store", "--destination", `ME=${near}:${STORE_PORT}`],
];

const SCENES: readonly Scene[] = [
  {
    name: "storescu sends to storescp",
    server: (directory) => ["storescp", [`${PORT}`, "-od", `${directory}/in`]],
    client: (directory, far) => ["storescu", [far, `${PORT}`, `${directory}/out`]],
    code: EXIT_CODE.partial,
  },
  {
    name: "getscu retrieves from qrscp",
    server: ARCHIVE,
    client: (
      directory,
      far,
    ) => ["getscu", [far, `${PORT}`, ...KEYS, "-od", `${directory}/in`, "--verify"]],
    code: EXIT_CODE.timeout,
  },
  {
    name: "movescu retrieves from qrscp",
    server: ARCHIVE,
    client: (directory, far) => [
      "movescu",
      [
        ...[far, `${PORT}`, ...KEYS, "-od", `${directory}/in`, "--verify", "--linger", "1"],
        ...["--store", "--store-aet", "ME", "--store-port", `${STORE_PORT}`],
      ],
    ],
    code: EXIT_CODE.timeout,
  },
];

async function scene(
  { server, client }: Scene,
  isMended: boolean,
  use: (
    outcome: { code: number; stderr: string; server: ToolProcess; confirmed: string[] },
    directory: string,
    pool: readonly PooledInstance[],
  ) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "network_cut_" });
  try {
    const pool = await writePool(`${directory}/out`, INSTANCES, new Random(1), 1, 10_000_000);
    await using link = await NetworkLink.make();
    const [serverTool, serverArgs] = server(directory, link.near.address);
    const [clientTool, clientArgs] = client(directory, link.far.address);
    await using serving = new ToolProcess(
      serverTool,
      [...serverArgs, "-q", ...TIMEOUTS],
      () => {},
      link.far.within,
    );
    await serving.port;
    const confirmed: string[] = [];
    let cutting = Promise.resolve();
    const args = [...clientArgs, "-aec", "QRSCP", ...TIMEOUTS, "--resume", `${directory}/journal`];
    await using calling = new ToolProcess(
      clientTool,
      [...args, ...(isMended ? ["--retry", "50", "--retry-delay", "0.1"] : [])],
      (event) => {
        const uid = acknowledged(event);
        if (uid !== undefined) confirmed.push(uid);
        // The first to notice is who mends it.
        if (uid !== undefined && confirmed.length === 4) cutting = link.cut();
        if (event.event === "retry") cutting = cutting.then(() => link.mend());
      },
      link.near.within,
    );
    const code = await calling.end();
    await cutting;
    await use({ code, stderr: calling.stderr, server: serving, confirmed }, directory, pool);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const each of SCENES) {
  const skipped = whyNoNetworkLink === undefined ? "" : ` [skipped: ${whyNoNetworkLink}]`;
  Deno.test({
    name: `The network is cut while ${each.name}: it ends with exit code ${each.code}${skipped}`,
    ignore: whyNoNetworkLink !== undefined,
    fn: () =>
      scene(each, false, async ({ code, stderr, server, confirmed }, directory, pool) => {
        assert.equal(code, each.code, stderr);
        assert.ok(confirmed.length >= 4 && confirmed.length < INSTANCES, `${confirmed.length}`);
        await server.stop();
        const known = [...confirmed, ...journalled(`${directory}/journal`)];
        assert.equal(assertNothingLost(`${directory}/in`, pool, known), 0, "parts are left");
      }),
  });

  Deno.test({
    name:
      `The network is cut while ${each.name}, and mended: nothing is lost, or comes twice${skipped}`,
    ignore: whyNoNetworkLink !== undefined,
    fn: () =>
      scene(each, true, async ({ code, stderr, server, confirmed }, directory, pool) => {
        assert.equal(code, 0, stderr);
        await server.stop();
        assertComplete(`${directory}/in`, pool);
        assert.equal(new Set(confirmed).size, confirmed.length, "acknowledged twice");
        const journal = journalled(`${directory}/journal`).sort();
        assert.deepEqual(journal, pool.map(({ uid }) => uid).sort());
      }),
  });
}
