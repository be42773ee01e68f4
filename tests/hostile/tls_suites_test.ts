/**
 * Peers that have nothing but old versions and weak cipher suites of TLS, or a certificate that nobody has
 * signed: OpenSSL, told to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Daemon, freePort, run, runOk, startDaemon } from "../support/command.ts";
import { eventsOf, readEvents } from "../support/event_schema.ts";
import { OurServer } from "../support/our_server.ts";
import { runTool } from "../support/our_tools.ts";
import { tlsFile } from "../support/tls_fixtures.ts";
import { assertDecent } from "./besieged.ts";

const whyNoOpenssl: string | undefined = await run("openssl", ["version"]).then(
  ({ code }) => code === 0 ? undefined : "openssl does not run",
  () => "there is no openssl",
);

/** What OpenSSL may use of TLS 1.2, as it would not by itself. */
function suite(name: string): string[] {
  return ["-tls1_2", "-cipher", `${name}:@SECLEVEL=0`];
}

/** Serves TLS, and answers nothing. */
function serveTls(
  directory: string,
  port: number,
  options: readonly string[],
): Promise<Daemon> {
  const args = ["s_server", "-www", "-accept", `127.0.0.1:${port}`, ...options];
  return startDaemon("openssl", args, [port], directory);
}

/** What a peer has, as options of OpenSSL, and whether that is taken. */
const PEERS: readonly (readonly [what: string, options: readonly string[], isTaken?: true])[] = [
  ["TLS 1.0", ["-tls1", "-cipher", "ALL:@SECLEVEL=0"]],
  ["TLS 1.1", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]],
  ["RSA key exchange", suite("AES128-GCM-SHA256")],
  ["CBC with SHA-1", suite("ECDHE-RSA-AES128-SHA")],
  ["CBC with SHA-256", suite("ECDHE-RSA-AES128-SHA256")],
  ["DHE", suite("DHE-RSA-AES128-GCM-SHA256")],
  ["a NULL suite", suite("ECDHE-RSA-NULL-SHA:NULL-SHA256")],
  ["a suite without certificates", suite("ADH-AES128-GCM-SHA256")],
  ["ECDHE with GCM", suite("ECDHE-RSA-AES128-GCM-SHA256"), true],
  ["TLS 1.3", ["-tls1_3"], true],
];

const REFUSED = PEERS.filter(([, , isTaken]) => !isTaken);

/** Works in a directory with an RSA key, as nearly all of these suites need one. */
async function withRsa(
  work: (directory: string, cert: string, key: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "suites_" });
  try {
    const [cert, key] = [`${directory}/rsa.pem`, `${directory}/rsa.key`];
    await runOk("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert],
      ...["-days", "30", "-subj", "/CN=old", "-addext", "subjectAltName=IP:127.0.0.1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ]);
    await work(directory, cert, key);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function opensslTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: name + (whyNoOpenssl === undefined ? "" : ` [skipped: ${whyNoOpenssl}]`),
    ignore: whyNoOpenssl !== undefined,
    fn,
  });
}

opensslTest(
  "L4: storescp --tls refuses clients with nothing but what is old or weak",
  () =>
    withRsa(async (directory, cert, key) => {
      await using server = await OurServer.start({
        tool: "storescp",
        args: ["0", "--ignore", "--json", "--tls", "--cert", cert, "--key", key],
        directory,
      });
      for (const [what, options, isTaken] of PEERS) {
        const { code, stderr } = await run("openssl", [
          ...["s_client", "-brief", "-connect", `127.0.0.1:${server.port}`, ...options],
        ]);
        assert.equal(code, isTaken ? 0 : 1, `${what}: ${stderr}`);
        // Told why, by an alert: not merely closed upon.
        if (!isTaken) assert.match(stderr, /alert (handshake failure|protocol version)/, what);
      }
      const { code, stdout } = await server.stop();
      assert.equal(code, 0);
      assert.deepEqual(
        eventsOf(readEvents(stdout), "tls").map(({ fault }) => fault),
        REFUSED.map(() => "nothing-in-common"),
      );
    }),
);

opensslTest(
  "L4: echoscu --tls refuses servers with nothing but what is old or weak",
  () =>
    withRsa(async (directory, cert, key) => {
      const call = async ([what, options, isTaken]: (typeof PEERS)[number]): Promise<void> => {
        const port = freePort();
        const shown = ["-cert", cert, "-key", key, ...options];
        await using _server = await serveTls(directory, port, shown);
        const { code, stderr } = await runTool("echoscu", [
          ...["--tls", "--ca", cert, "-ta", "1", "127.0.0.1", `${port}`],
        ]);
        // With whom there is TLS there is no DICOM: nobody answers.
        assert.equal(code, isTaken ? 5 : 3, `${what}: ${stderr}`);
        if (isTaken) return;
        assert.match(stderr, /Cannot connect to \S+ by TLS: the two have no version of TLS or/);
        assert.match(stderr, /^E: Set the peer to TLS 1\.2 or 1\.3 with ECDHE suites/m, what);
        assertDecent(stderr);
      };
      for (let first = 0; first < PEERS.length; first += 5) {
        await Promise.all(PEERS.slice(first, first + 5).map(call));
      }
    }),
);

opensslTest(
  "L2: echoscu --tls refuses a server whose certificate has signed itself",
  () =>
    withRsa(async (directory, cert, key) => {
      const port = freePort();
      await using _server = await serveTls(directory, port, ["-cert", cert, "-key", key]);
      const { code, stderr } = await runTool("echoscu", [
        ...["--tls", "--ca", tlsFile("authority.pem"), "-ta", "1", "127.0.0.1", `${port}`],
      ]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /by an authority that is not trusted here$/m);
    }),
);
