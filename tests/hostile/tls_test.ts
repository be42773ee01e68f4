/**
 * TLS with who does not speak it, who is not to be trusted, and with certificates that change or are of no
 * use; the server is a storescp that runs as a process.
 *
 * @module
 */

import assert from "node:assert/strict";
import { TlsError, type TlsFault } from "../../lib/errors.ts";
import { connectTls } from "../../lib/net/tls_connect.ts";
import { CT, IMPLICIT } from "../support/core_pair.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { OurServer } from "../support/our_server.ts";
import { runTool } from "../support/our_tools.ts";
import { failure } from "../support/requesting.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { authorityOf, type IdentityName, identityOf, tlsFile } from "../support/tls_fixtures.ts";
import { assertDecent, Besieged } from "./besieged.ts";
import { ASSOCIATED, stored } from "./exchange.ts";
import { FOREIGN } from "./foreign_bytes.ts";
import { abort } from "./raw_bytes.ts";
import { assertServes, besiegedByTls, install, OWN, Wire } from "./tls_bench.ts";
import { TlsRecorder } from "./tls_recorder.ts";
import { wireText } from "./wire_text.ts";

/** Nobody else got as far as to ask for an association. */
function assertOnlyWitness(events: readonly JsonEvent[]): void {
  const states = eventsOf(events, "association").map(({ state }) => state);
  assert.deepEqual(states, ["requested", "accepted", "released"]);
}

const ignore = Deno.build.os !== "linux";

/** What goes to a port in plain TCP, and all that comes back, until the peer closes. */
async function exchange(port: number, input: Uint8Array): Promise<Uint8Array> {
  using wire = await Wire.to(port);
  await wire.write(input);
  return await wire.closed();
}

/** The end of the handshake: a fatal alert, decode_error. */
const ALERT = "15030300020232";

Deno.test({
  name: "L1: plain DICOM to the port that is for TLS gets an alert, and nothing is done",
  ignore,
  async fn() {
    await using besieged = await besiegedByTls(["--json"]);
    const inputs = [ASSOCIATED + stored(), ASSOCIATED.slice(0, 20), abort(0, 0)];
    for (const input of inputs) {
      await besieged.beside(`L1 ${input.slice(0, 20)}`, async () => {
        const output = await exchange(besieged.server.port, Uint8Array.fromHex(input));
        assert.equal(output.toHex(), ALERT);
        return 0;
      });
    }
    const { code, stdout } = await besieged.stop();
    assert.equal(code, 0);
    const events = readEvents(stdout);
    for (const { fault, message } of eventsOf(events, "tls")) {
      assert.equal(fault, "no-tls");
      assert.match(String(message), /: it speaks DICOM without TLS$/);
    }
    assert.equal(eventsOf(events, "tls").length, inputs.length);
    assertOnlyWitness(events);
  },
});

Deno.test({
  name: "L1: TLS to the port that is without gets an A-ABORT, and the event says what it was",
  ignore,
  async fn() {
    await using besieged = await Besieged.start("storescp", ["--json", "-ta", "1"]);
    const { port } = besieged.server;
    await besieged.beside("L1 a ClientHello", async () => {
      using wire = await Wire.to(port);
      // The client tells that what came is no TLS.
      await assert.rejects(wire.secure(), { name: "TlsError", fault: "no-tls" });
      return 0;
    });
    const hellos = FOREIGN.filter(({ name }) => name.startsWith("a ClientHello"));
    await besieged.beside("L1 ClientHellos of clients that do not close", async () => {
      await Promise.all(hellos.map(async ({ name, bytes }) => {
        assert.equal(wireText(await exchange(port, bytes)), "ABT(0,0)", name);
      }));
      return 0;
    });
    const { stdout } = await besieged.stop();
    const protocols = eventsOf(readEvents(stdout), "foreign").map(({ protocol }) => protocol);
    assert.deepEqual(protocols, ["TLS", ...hellos.map(() => "TLS")]);
  },
});

/** Whom storescu --tls is not to send to, by what it shows. */
const SERVERS: readonly (readonly [name: IdentityName | undefined, says: RegExp])[] = [
  ["expired", /its certificate has expired/],
  ["future", /its certificate is not valid yet/],
  ["elsewhere", /its certificate is for another host/],
  ["stranger", /by an authority that is not trusted here/],
  ["forged", /by an authority that is not trusted here/],
  [undefined, /it speaks DICOM without TLS/],
];

Deno.test("L2: storescu --tls sends nothing to who is not to be trusted, in no way", async () => {
  const directory = await Deno.makeTempDir({ prefix: "untrusted_" });
  try {
    const path = `${directory}/a.dcm`;
    await Deno.writeFile(
      path,
      instanceFile({ sopClassUid: CT, sopInstanceUid: "1.2.3", transferSyntaxUid: IMPLICIT }),
    );
    await Promise.all(SERVERS.map(async ([name, says]) => {
      await using server = new TlsRecorder(name);
      const { code, stdout, stderr } = await runTool("storescu", [
        ...["--tls", "--ca", tlsFile("authority.pem"), "--json", "-v"],
        ...["127.0.0.1", `${server.port}`, path],
      ]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, says);
      assertDecent(stderr);
      assert.equal(summaryOf(readEvents(stdout)).sent, 0);
      assert.ok(server.wires.length > 0);
      for (const wire of server.wires) {
        // A ClientHello.
        assert.deepEqual([wire[0], wire[1], wire[5]], [0x16, 0x03, 0x01], name);
      }
      assert.deepEqual(server.plain, [], name);
    }));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Clients that are refused, and why. */
const CLIENTS: readonly (readonly [name: IdentityName | undefined, fault: TlsFault])[] = [
  [undefined, "no-certificate"],
  ["stranger", "unknown-authority"],
  ["forged", "unknown-authority"],
  ["expired", "unknown-authority"],
  ["future", "unknown-authority"],
];

Deno.test({
  name: "L3: who shows no certificate that is trusted gets nowhere, however early it sends",
  ignore,
  async fn() {
    const witness = connectTls({ caCerts: [authorityOf()], ...identityOf("client") });
    await using besieged = await besiegedByTls(["--json", "--ca", "authority.pem"], witness);
    const { port } = besieged.server;
    for (const [name, fault] of CLIENTS) {
      await besieged.beside(`L3 ${fault} ${name}`, async () => {
        using wire = await Wire.to(port);
        // By TLS 1.3 a client may send before the server has looked at its certificate.
        const client = await wire.secure(name === undefined ? {} : identityOf(name));
        await client.write(Uint8Array.fromHex(ASSOCIATED + stored())).catch(() => {});
        const error = await failure(client.read(new Uint8Array(100)));
        assert.ok(error instanceof TlsError, `${error}`);
        client.close();
        return 0;
      });
    }
    const { code, stdout } = await besieged.stop();
    assert.equal(code, 0);
    const events = readEvents(stdout);
    assert.deepEqual(
      eventsOf(events, "tls").map(({ fault }) => fault),
      CLIENTS.map(([, fault]) => fault),
    );
    assertOnlyWitness(events);
  },
});

Deno.test({
  name: "L7: certificates are replaced under a server that runs: whole ones alone, and at SIGHUP",
  ignore,
  async fn() {
    await using besieged = await besiegedByTls();
    const { server, area } = besieged;
    const before = "CN=archive,O=Hospital";
    const assertShows = async (subject: string): Promise<void> => {
      assert.equal(await assertServes(server.port), subject);
      const output = await exchange(server.port, Uint8Array.fromHex(ASSOCIATED));
      assert.equal(output.toHex(), ALERT);
    };
    await besieged.beside("L7", async () => {
      await assertShows(before);
      await Deno.copyFile(tlsFile("renewed.pem"), `${area}/own.pem`);
      await assertShows(before);
      // The key is still that of the other.
      server.signal("SIGHUP");
      await server.until(/certificates stay as they were: .* does not belong to the certificate/);
      await assertShows(before);
      await Deno.remove(`${area}/own.key`);
      server.signal("SIGHUP");
      await server.until(/certificates stay as they were: Cannot read private key file own\.key/);
      await assertShows(before);
      await install(area, "renewed");
      server.signal("SIGHUP");
      await server.until(/The certificates were read again/);
      await assertShows("CN=archive renewed,O=Hospital");
      return 0;
    });
    await besieged.stop();
  },
});

/** Files of a server that cannot begin: what is done to them, its further options, and what it says. */
const UNUSABLE: readonly (readonly [
  what: string,
  spoil: (area: string) => Promise<void>,
  says: RegExp,
  args?: readonly string[],
])[] = [
  ["no key", (area) => Deno.remove(`${area}/own.key`), /Cannot read private key file own\.key: /],
  [
    "a directory for the key",
    async (area) => {
      await Deno.remove(`${area}/own.key`);
      await Deno.mkdir(`${area}/own.key`);
    },
    /Cannot read private key file own\.key: /,
  ],
  [
    "a key that it may not read",
    () => Promise.resolve(),
    /Cannot read private key file .*server\.key: /,
    ["--tls", "--cert", "own.pem", "--key", tlsFile("server.key")],
  ],
  [
    "an empty key",
    (area) => Deno.writeTextFile(`${area}/own.key`, ""),
    /Cannot use the private key/,
  ],
  [
    "the key of another",
    (area) => Deno.copyFile(tlsFile("client.key"), `${area}/own.key`),
    /does not belong to the certificate/,
  ],
  [
    "a key without its passphrase",
    (area) => Deno.copyFile(tlsFile("client_encrypted.key"), `${area}/own.key`),
    /it is encrypted, and there is no passphrase/,
  ],
  ["no certificate", (area) => Deno.remove(`${area}/own.pem`), /Cannot read certificate file own/],
  [
    "no authority of those who call",
    (area) => Deno.remove(`${area}/authority.pem`),
    /Cannot read certificates of --ca file authority\.pem/,
  ],
  [
    "an authority that is none",
    (area) => Deno.writeTextFile(`${area}/authority.pem`, "authority"),
    /Cannot use the certificate of the authority/,
  ],
];

for (const [what, spoil, says, args = OWN] of UNUSABLE) {
  Deno.test(`L7: storescp --tls with ${what} does not begin, and nothing without TLS`, async () => {
    const area = await Deno.makeTempDir({ prefix: "unusable_" });
    try {
      await install(area);
      await spoil(area);
      await using server = OurServer.spawn({
        tool: "storescp",
        args: ["0", "-v", "--json", "--ignore", ...args, "--ca", "authority.pem"],
        directory: area,
      });
      const { code, stdout, stderr } = await server.end();
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /Listening/);
      assertDecent(stderr);
      assert.deepEqual(eventsOf(readEvents(stdout), "listening"), []);
    } finally {
      await Deno.remove(area, { recursive: true });
    }
  });
}
