/**
 * The tools as processes, before a hostile server on TCP: exit code, one sentence, and an end in time.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listenTcp } from "../../lib/net/deno_transport.ts";
import { runTool } from "../support/our_tools.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { Answers } from "./answers.ts";
import { assertDecent } from "./besieged.ts";
import { RELEASED } from "./raw_bytes.ts";
import {
  GETSCU,
  type HostileServer,
  type Scu,
  ScuArea,
  SCUS,
  sendHex,
  STORESCU,
} from "./scu_bench.ts";
import {
  INSTEAD_OF_ACCEPTANCE,
  INSTEAD_OF_RESPONSE,
  SILENCES,
  STRANGE_ACCEPTANCES,
} from "./scu_cases.ts";
import { SERVICE_CASES } from "./scu_service_cases.ts";

/** In seconds: what a tool waits for an answer. */
const TIMEOUT = "1";

/** Of all tables, what each tool meets as a process. */
const CHOSEN = new Set([
  "U18 HTTP",
  "U9 nothing accepted",
  "D18 a command without end",
  "U12 silence in place of the response",
]);

/** And what getscu meets besides. */
const CHOSEN_FOR_GETSCU = new Set([
  "U1 all hostile names at once",
  "U14 the end of the connection in the middle of an instance",
  "U12 silence in the middle of an instance",
]);

/** Lets a tool call a server, which plays once and rejects who calls again. */
async function meetProcess(scu: Scu, server: HostileServer, area: ScuArea): Promise<void> {
  const label = `${scu.tool}: ${server.name}`;
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener, scu, server);
  const { code, stdout, stderr } = await runTool(scu.tool, [
    ...["127.0.0.1", String(listener.port), "-tn", TIMEOUT],
    ...area.args(scu, server.args?.filter((arg) => arg !== "-td" && arg !== "30")),
    ...["-ta", TIMEOUT, "-td", TIMEOUT],
  ], { timeout: 20_000 });
  listener.close();
  const told = `${label}\n${stderr}${stdout}`;
  assert.equal((await serving)[0], server.output, told);
  assert.equal(code, server.code, told);
  assert.match(stderr.replace("after 1 s", "after 30 s"), server.says, told);
  assertDecent(stderr);
  const files = await area.takeFiles();
  assert.equal(files.length, server.files ?? 0, `${label} left ${files}`);
}

/** Plays until the listener is closed; tells what each who called sent at last. */
async function serve(
  listener: ReturnType<typeof listenTcp>,
  scu: Scu,
  server: HostileServer,
): Promise<string[]> {
  const texts: string[] = [];
  while (true) {
    const transport = await listener.accept().catch(() => undefined);
    if (transport === undefined) return texts;
    const peer = new ScriptedPeer(transport);
    if (texts.length > 0 && scu !== STORESCU) {
      transport.close();
      continue;
    }
    await server.play(peer, scu);
    const answers = new Answers(transport);
    const lasts = ["RELRQ", server.output].filter((last) => last !== "");
    await answers.until(() => lasts.includes(answers.text));
    if (answers.text === "RELRQ") {
      await sendHex(peer, RELEASED);
      await answers.ended;
    }
    transport.close();
    texts.push(answers.text);
  }
}

for (const scu of SCUS) {
  Deno.test(`${scu.tool} as a process ends in time before a hostile server`, async () => {
    await using area = await ScuArea.make();
    const common = [
      ...[...INSTEAD_OF_ACCEPTANCE, ...STRANGE_ACCEPTANCES, ...INSTEAD_OF_RESPONSE, ...SILENCES],
    ].filter(({ name }) => CHOSEN.has(name));
    assert.equal(common.length, CHOSEN.size);
    const own = SERVICE_CASES.filter(([whom, { name }]) =>
      whom === scu && whom === GETSCU && CHOSEN_FOR_GETSCU.has(name)
    ).map(([, server]) => server);
    for (const server of [...common, ...own]) await meetProcess(scu, server, area);
  });
}
