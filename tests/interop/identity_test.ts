/**
 * The user identity of our echoscu, as DCMTK and pynetdicom take it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Daemon, startDaemon } from "../support/command.ts";
import { runTool } from "../support/our_tools.ts";
import { type CommandOutput, freePort, peerTest, pynetdicomPython } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";

const SECRET = "correct-horse";

/** Identities by their type, as arguments; FILE holds the secret. */
const IDENTITIES: readonly (readonly [type: number, args: readonly string[]])[] = [
  [1, ["--user", "anna"]],
  [2, ["--user", "anna", "--password-file", "FILE"]],
  [3, ["--kerberos-file", "FILE"]],
  [4, ["--saml-file", "FILE"]],
  [5, ["--jwt-file", "FILE"]],
];

interface Bench {
  readonly daemon: Daemon;
  echo(args: readonly string[], env?: Record<string, string>): Promise<CommandOutput>;
}

async function withServer(
  start: (port: number, directory: string) => Promise<Daemon>,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const file = `${directory}/secret`;
    await Deno.writeTextFile(file, SECRET);
    const port = freePort();
    await using daemon = await start(port, directory);
    await use({
      daemon,
      echo: async (args, env = {}) => {
        const used = args.map((arg) => arg === "FILE" ? file : arg);
        const output = await runTool("echoscu", ["127.0.0.1", `${port}`, "-d", ...used], { env });
        assert.ok(!(output.stderr + output.stdout).includes(SECRET), "the secret is not shown");
        return output;
      },
    });
  });
}

function hex(text: string): string {
  return new TextEncoder().encode(text).toHex();
}

peerTest({
  name: "echoscu's user identity of every type reaches pynetdicom, and its answer is heeded",
  needs: ["pynetdicom"],
  fn: () =>
    withServer(
      (port, directory) => {
        const program = fileURLToPath(
          new URL("../support/pynetdicom_identity.py", import.meta.url),
        );
        return startDaemon(pynetdicomPython() ?? "", [program, `${port}`], [port], directory);
      },
      async ({ daemon, echo }) => {
        const codes: number[] = [];
        for (const [, args] of IDENTITIES) {
          codes.push((await echo(args)).code, (await echo([...args, "--user-response"])).code);
        }
        // It confirms tickets and assertions, but neither names nor, as told to, tokens.
        assert.deepEqual(codes, [0, 4, 0, 4, 0, 0, 0, 0, 0, 4], daemon.log());
        assert.equal((await echo(["--user", "anna"], { DIMSE_PASSWORD: SECRET })).code, 0);
        assert.equal((await echo(["--user", "mallory"])).code, 4);
        const seen = daemon.log().split("\n").filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line));
        const told = (type: number, asked: boolean): unknown => ({
          type,
          primary: hex(type < 3 ? "anna" : SECRET),
          secondary: hex(type === 2 ? SECRET : ""),
          asked,
        });
        assert.deepEqual(seen, [
          ...IDENTITIES.flatMap(([type]) => [told(type, false), told(type, true)]),
          told(2, false),
          { type: 1, primary: hex("mallory"), secondary: "", asked: false },
        ]);
      },
    ),
});

peerTest({
  name: "echoscu's user identity of every type is read by DCMTK, which confirms none",
  needs: ["dcmtk"],
  fn: () =>
    withServer(
      (port, directory) => startDaemon("storescp", ["-d", `${port}`], [port], directory),
      async ({ daemon, echo }) => {
        for (const [, args] of IDENTITIES) assert.equal((await echo(args)).code, 0, daemon.log());
        const asking = await echo(["--user", "anna", "--user-response"]);
        assert.equal(asking.code, 4);
        assert.match(asking.stderr, /^E: Cannot use the association: .* without confirming/m);
        const requests = daemon.log().match(/BEGIN A-ASSOCIATE-RQ[^]*?END A-ASSOCIATE-RQ/g) ?? [];
        const told = requests.filter((text) => text.includes("mode")).map((request) => ({
          mode: /Authentication mode (\d)/.exec(request)?.[1],
          password: /Password: \[(.*)\]/.exec(request)?.[1],
          asked: /Positive Response requested: (\w+)/.exec(request)?.[1],
        }));
        assert.deepEqual(told, [
          ...IDENTITIES.map(([type]) => ({
            mode: `${type}`,
            password: type === 2 ? SECRET : undefined,
            asked: "No",
          })),
          { mode: "1", password: undefined, asked: "Yes" },
        ]);
      },
    ),
});
