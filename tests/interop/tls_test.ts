/**
 * TLS with real peers: DCMTK (OpenSSL) and pynetdicom (Python's ssl) in both directions, and our own tools
 * with each other, the Storage SCP of movescu and the destinations of C-MOVE and forward included.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connectTls } from "../../lib/net/tls_connect.ts";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { startDaemon } from "../support/command.ts";
import { eventsOf, readEvents } from "../support/event_schema.ts";
import { OurServer } from "../support/our_server.ts";
import { runTool, storedFiles } from "../support/our_tools.ts";
import { dataSetBytes, freePort, peerTest, pynetdicomPython, run } from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";
import { tlsFile } from "../support/tls_fixtures.ts";

const TLS_FILES = fileURLToPath(new URL("../../fixtures/tls", import.meta.url));
const CA = tlsFile("authority.pem");
const UID = "1.2.3.4.1";

/** The certificate and key of somebody, as our tools take them. */
function own(name: string): string[] {
  return ["--cert", tlsFile(`${name}.pem`), "--key", tlsFile(`${name}.key`)];
}

/** The same as DCMTK's tools take them. */
function dcmtk(name: string, authority = CA): string[] {
  return ["+tls", tlsFile(`${name}.key`), tlsFile(`${name}.pem`), "+cf", authority];
}

function startTls(
  tool: "storescp" | "qrscp",
  directory: string,
  args: readonly string[],
): Promise<OurServer> {
  return OurServer.start({
    tool,
    args: [...(tool === "qrscp" ? ["-p"] : []), "0", "--tls", ...own("server"), ...args],
    directory,
    reads: [TLS_FILES],
  });
}

async function writeInstance(directory: string): Promise<string> {
  const path = `${directory}/sent.dcm`;
  await Deno.writeFile(
    path,
    instanceFile({
      sopClassUid: CT_IMAGE_STORAGE,
      sopInstanceUid: UID,
      transferSyntaxUid: "1.2.840.10008.1.2.1",
    }),
  );
  return path;
}

const CALLERS: readonly (readonly [
  name: string,
  args: readonly string[],
  code: number,
  log: RegExp,
])[] = [
  ["with a certificate of the authority", dcmtk("client"), 0, /certificate is of CN=CT 1/],
  ["with TLS 1.2 alone", [...dcmtk("client"), "+py"], 0, /certificate is of CN=CT 1/],
  ["without a certificate", ["+tla", "+cf", CA], 1, /it has shown no certificate/],
  ["with a certificate of nobody known", dcmtk("stranger"), 1, /is not trusted here/],
  ["with an expired certificate", dcmtk("expired"), 1, /not valid today/],
  [
    "who does not know our authority",
    dcmtk("client", tlsFile("other_authority.pem")),
    1,
    /it refuses our certificate/,
  ],
  ["without TLS", [], 1, /it speaks DICOM without TLS; switch TLS on there/],
];

for (const [name, args, code, log] of CALLERS) {
  peerTest({
    name: `storescp --tls that wants certificates, called by DCMTK ${name}`,
    needs: ["dcmtk"],
    fn: () =>
      withDirectory(async (directory) => {
        await using server = await startTls("storescp", directory, ["-v", "--ca", CA]);
        const called = await run("echoscu", [...args, "127.0.0.1", `${server.port}`]);
        assert.equal(called.code === 0 ? 0 : 1, code, called.stderr);
        await server.until(log);
        assert.equal((await server.stop()).code, 0);
      }),
  });
}

peerTest({
  name: "storescp --tls takes from DCMTK's storescu what it sends",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const path = await writeInstance(directory);
      await using server = await startTls("storescp", directory, ["-od", "in", "--ca", CA]);
      const sent = await run("storescu", [
        ...dcmtk("client"),
        ...["-R", "127.0.0.1", `${server.port}`, path],
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      const stored = storedFiles(`${directory}/in`).get(UID);
      assert.ok(stored);
      assert.deepEqual(dataSetBytes(stored), dataSetBytes(path));
    }),
});

const SERVERS: readonly (readonly [
  name: string,
  server: readonly string[],
  client: readonly string[],
  code: number,
  log: RegExp,
])[] = [
  ["that wants no certificate", [...dcmtk("server"), "-ic"], ["--ca", CA], 0, /Success/],
  ["by TLS 1.2 alone", [...dcmtk("server"), "-ic", "+py"], ["--ca", CA], 0, /Success/],
  ["that wants a certificate", dcmtk("server"), ["--ca", CA, ...own("client")], 0, /Success/],
  [
    "that wants a certificate, and is shown none",
    dcmtk("server"),
    ["--ca", CA],
    3,
    /it wants a certificate of us\n.*Give --cert and --key/,
  ],
  [
    "that does not know our authority",
    dcmtk("server"),
    ["--ca", CA, ...own("stranger")],
    3,
    /it refuses our certificate/,
  ],
  [
    "of another authority",
    [...dcmtk("stranger"), "-ic"],
    ["--ca", CA],
    3,
    /an authority that is not trusted here\n.*--ca/,
  ],
  ["that has expired", [...dcmtk("expired"), "-ic"], ["--ca", CA], 3, /certificate has expired/],
  ["of another host", [...dcmtk("elsewhere"), "-ic"], ["--ca", CA], 3, /for another host/],
  [
    "of another host, which is not looked at",
    [...dcmtk("elsewhere"), "-ic"],
    ["--ca", CA, "--no-tls-verify-host"],
    0,
    /Success/,
  ],
  // Its A-ABORT may be lost with the reset that follows.
  [
    "without TLS",
    [],
    ["--ca", CA],
    3,
    /it speaks DICOM without TLS\n.*without --tls|does it speak TLS there/,
  ],
];

for (const [name, server, client, code, log] of SERVERS) {
  peerTest({
    name: `echoscu --tls to DCMTK's storescp ${name} ends with ${code}`,
    needs: ["dcmtk"],
    fn: () =>
      withDirectory(async (directory) => {
        const port = freePort();
        await using _peer = await startDaemon(
          "storescp",
          [...server, "--ignore", `${port}`],
          [port],
          directory,
        );
        const { code: ended, stderr } = await runTool("echoscu", [
          ...["-v", "--tls", ...client, "127.0.0.1", `${port}`],
        ]);
        assert.equal(ended, code, stderr);
        assert.match(stderr, log);
      }),
  });
}

peerTest({
  name: "storescu --tls sends to DCMTK's storescp what it has",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const path = await writeInstance(directory);
      const port = freePort();
      await Deno.mkdir(`${directory}/in`);
      await using _peer = await startDaemon(
        "storescp",
        [...dcmtk("server"), "-B", "-od", `${directory}/in`, `${port}`],
        [port],
        directory,
      );
      const sent = await runTool("storescu", [
        ...["--tls", "--ca", CA, ...own("client"), "127.0.0.1", `${port}`, path],
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      const stored = storedFiles(`${directory}/in`).get(UID);
      assert.ok(stored);
      assert.deepEqual(dataSetBytes(stored), dataSetBytes(path));
    }),
});

/** A qrscp with one instance, by TLS. */
async function withArchive(
  args: readonly string[],
  work: (server: OurServer, directory: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/archive`);
    await writeInstance(`${directory}/archive`);
    await using server = await startTls("qrscp", directory, [
      ...["--ca", CA, ...args, "archive"],
    ]);
    await work(server, directory);
  });
}

const KEYS = [
  ...["-k", "QueryRetrieveLevel=IMAGE", "-k", "StudyInstanceUID=1.2.3"],
  ...["-k", "SeriesInstanceUID=1.2.3.4", "-k", `SOPInstanceUID=${UID}`],
];
const CLIENT = ["--tls", "--ca", CA, ...own("client")];

peerTest({
  name: "DCMTK's findscu queries qrscp --tls",
  needs: ["dcmtk"],
  fn: () =>
    withArchive([], async ({ port }) => {
      const found = await run("findscu", [
        ...[...dcmtk("client"), "-v", "-S", "-k", "QueryRetrieveLevel=STUDY"],
        ...["-k", "StudyInstanceUID", "127.0.0.1", `${port}`],
      ]);
      assert.equal(found.code, 0, found.stderr);
      assert.match(found.stderr + found.stdout, /Find Response|# Dicom-Data-Set/);
    }),
});

Deno.test("findscu and getscu by TLS get from qrscp by TLS what it has", () =>
  withArchive([], async ({ port }, directory) => {
    const found = await runTool("findscu", [
      ...[...CLIENT, "127.0.0.1", `${port}`, "-S", "-k", "QueryRetrieveLevel=STUDY"],
      ...["-k", "StudyInstanceUID", "--json"],
    ]);
    assert.equal(found.code, 0, found.stderr);
    assert.match(found.stdout, /"0020000D"/);
    const got = await runTool("getscu", [
      ...[...CLIENT, "127.0.0.1", `${port}`, "-od", `${directory}/got`, ...KEYS],
    ]);
    assert.equal(got.code, 0, got.stderr);
    const stored = storedFiles(`${directory}/got`).get(UID);
    assert.ok(stored);
    assert.deepEqual(dataSetBytes(stored), dataSetBytes(`${directory}/archive/sent.dcm`));
  }));

for (
  const [name, store, destination] of [
    ["by TLS too", [], "tls:"],
    ["without TLS", ["--no-store-tls"], ""],
  ] as const
) {
  Deno.test(`movescu by TLS receives ${name} what qrscp by TLS sends`, async () => {
    const port = freePort();
    await withArchive(
      ["--destination", `MOVESCU=${destination}127.0.0.1:${port}`],
      async (server, directory) => {
        const moved = await runTool("movescu", [
          ...["--tls", "--ca", CA, ...own("renewed"), ...store],
          ...["127.0.0.1", `${server.port}`, "-aem", "MOVESCU", "--store"],
          ...["--store-port", `${port}`, "-od", `${directory}/moved`, ...KEYS],
        ]);
        assert.equal(moved.code, 0, moved.stderr + server.stderr);
        assert.ok(storedFiles(`${directory}/moved`).get(UID));
      },
    );
  });
}

Deno.test("forward by TLS passes on to a storescp by TLS what comes without", () =>
  withDirectory(async (directory) => {
    const path = await writeInstance(directory);
    await using end = await startTls("storescp", directory, ["-od", "end", "--ca", CA]);
    await using gateway = await OurServer.start({
      tool: "storescp",
      args: [
        ...["0", "--handler", "forward"],
        ...["--handler-option", `to=END@tls:127.0.0.1:${end.port}`, "--ca", CA, ...own("client")],
      ],
      directory,
      reads: [TLS_FILES],
    });
    const sent = await runTool("storescu", ["127.0.0.1", `${gateway.port}`, path]);
    assert.equal(sent.code, 0, sent.stderr + gateway.stderr);
    assert.ok(storedFiles(`${directory}/end`).get(UID));
  }));

Deno.test("who shows a certificate that is not on the list is rejected, and the events tell whose", () =>
  withDirectory(async (directory) => {
    await using server = await startTls("storescp", directory, [
      ...["--json", "--ca", CA, "--allow-certificate", "DNS:ct1.hospital"],
    ]);
    const call = (name: string) =>
      runTool("echoscu", ["--tls", "--ca", CA, ...own(name), "127.0.0.1", `${server.port}`]);
    assert.equal((await call("client")).code, 0);
    assert.equal((await call("renewed")).code, 4);
    assert.equal((await runTool("echoscu", ["127.0.0.1", `${server.port}`])).code, 4);
    const { code, stdout } = await server.stop();
    assert.equal(code, 0);
    const events = readEvents(stdout);
    const states = eventsOf(events, "association").map(({ state, certificate }) =>
      `${state} ${certificate}`
    );
    const subject = "CN=CT 1,OU=Radiology,O=Hospital\\, North,DC=example";
    assert.deepEqual(states.slice(0, 3), [
      ...[`requested ${subject}`, `accepted ${subject}`, `released ${subject}`],
    ]);
    assert.ok(states.includes("rejected CN=archive renewed,O=Hospital"));
    assert.deepEqual(eventsOf(events, "tls").map(({ fault }) => fault), ["no-tls"]);
  }));

Deno.test("SIGHUP has storescp read its certificates again; what cannot be used is told, and changes nothing", () =>
  withDirectory(async (directory) => {
    const install = async (name: string): Promise<void> => {
      await Deno.copyFile(tlsFile(`${name}.pem`), `${directory}/own.pem`);
      await Deno.copyFile(tlsFile(`${name}.key`), `${directory}/own.key`);
    };
    await install("server");
    await using server = await OurServer.start({
      tool: "storescp",
      args: ["0", "--tls", "--cert", "own.pem", "--key", "own.key"],
      directory,
    });
    const verify = async (): Promise<string> => {
      const transport = await connectTls({ caCerts: [await Deno.readTextFile(CA)] })({
        ...{ hostname: "127.0.0.1", port: server.port },
        signal: new AbortController().signal,
      });
      transport.close();
      return transport.peerCertificate?.subject ?? "";
    };
    assert.match(
      server.stderr,
      /^I: Listening as STORESCP on port \d+ of [^ ]+( addresses)?, by TLS$/m,
    );
    assert.equal(await verify(), "CN=archive,O=Hospital");
    await install("renewed");
    server.signal("SIGHUP");
    await server.until(/The certificates were read again/);
    assert.equal(await verify(), "CN=archive renewed,O=Hospital");
    await install("expired");
    server.signal("SIGHUP");
    await server.until(/W: Peers will refuse the certificate own\.pem: it has expired/);
    await install("renewed");
    server.signal("SIGHUP");
    await server.until(/(The certificates were read again[^]*){3}/);
    await Deno.writeTextFile(`${directory}/own.key`, "damaged");
    server.signal("SIGHUP");
    await server.until(/The certificates stay as they were: Cannot use the private key/);
    assert.equal(await verify(), "CN=archive renewed,O=Hospital");
    assert.equal((await server.stop()).code, 0);
  }));

function pynetdicom(role: "call" | "serve", port: number): string[] {
  const script = fileURLToPath(new URL("../support/pynetdicom_tls.py", import.meta.url));
  const name = role === "call" ? "client" : "server";
  return [script, role, `${port}`, CA, tlsFile(`${name}.pem`), tlsFile(`${name}.key`)];
}

peerTest({
  name: "pynetdicom calls storescp --tls, each with its certificate",
  needs: ["pynetdicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using server = await startTls("storescp", directory, ["--ca", CA]);
      const called = await run(pynetdicomPython() ?? "", pynetdicom("call", server.port));
      assert.equal(called.code, 0, called.stderr);
    }),
});

peerTest({
  name: "echoscu --tls calls pynetdicom, each with its certificate",
  needs: ["pynetdicom"],
  fn: () =>
    withDirectory(async (directory) => {
      const port = freePort();
      await using _peer = await startDaemon(
        pynetdicomPython() ?? "",
        pynetdicom("serve", port),
        [port],
        directory,
      );
      const called = await runTool("echoscu", [...CLIENT, "127.0.0.1", `${port}`]);
      assert.equal(called.code, 0, called.stderr);
    }),
});

for (const tool of ["echoscu", "storescp"] as const) {
  Deno.test(`${tool} -d with an encrypted key tells neither the passphrase nor the key`, () =>
    withDirectory(async (directory) => {
      const passphrase = `${directory}/passphrase`;
      await Deno.writeTextFile(passphrase, "secret\n");
      const port = freePort();
      const output = await runTool(tool, [
        ...["-d", "--tls", "--ca", CA, "--cert", tlsFile("client.pem")],
        ...["--key", tlsFile("client_encrypted.key"), "--key-passphrase-file", passphrase],
        // Neither can go on: nobody listens, and there is no such address here.
        ...(tool === "echoscu" ? ["127.0.0.1", `${port}`] : ["-ba", "192.0.2.1", `${port}`]),
      ]);
      assert.notEqual(output.code, 0);
      const told = output.stdout + output.stderr;
      assert.doesNotMatch(told, /secret|PRIVATE KEY/);
      const key = await Deno.readTextFile(tlsFile("client.key"));
      assert.ok(!told.includes(key.split("\n")[1] ?? ""));
    }));
}
