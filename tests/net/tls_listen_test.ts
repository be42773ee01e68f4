import assert from "node:assert/strict";
import { ConnectionError, TlsError, type TlsFault } from "../../lib/errors.ts";
import { listenTcp } from "../../lib/net/deno_transport.ts";
import { connectTls, type ConnectTlsOptions } from "../../lib/net/tls_connect.ts";
import { listenTls, type ListenTlsCredentials } from "../../lib/net/tls_listen.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { failure } from "../support/requesting.ts";
import { authorityOf, identityOf } from "../support/tls_fixtures.ts";
import { beginTls, readBytes } from "../support/tls_pair.ts";

const CA = [authorityOf()];
const WHERE = { hostname: "127.0.0.1", port: 0 };

interface ClientCase {
  readonly asked: ListenTlsCredentials["clientCertificate"];
  readonly client: ConnectTlsOptions;
  /** What the server finds; nothing when it takes the client. */
  readonly fault?: TlsFault;
  readonly subject?: string;
}

const SUBJECT = "CN=CT 1,OU=Radiology,O=Hospital\\, North,DC=example";

const CLIENTS: Readonly<Record<string, ClientCase>> = {
  "required and shown": { asked: "require", client: identityOf("client"), subject: SUBJECT },
  "required, not shown": { asked: "require", client: {}, fault: "no-certificate" },
  "required, of an unknown authority": {
    asked: "require",
    client: identityOf("stranger"),
    fault: "unknown-authority",
  },
  "required, of another authority by the same name": {
    asked: "require",
    client: identityOf("forged"),
    fault: "unknown-authority",
  },
  "required, expired": {
    asked: "require",
    client: identityOf("expired"),
    fault: "unknown-authority",
  },
  "required, not valid yet": {
    asked: "require",
    client: identityOf("future"),
    fault: "unknown-authority",
  },
  "requested and shown": { asked: "request", client: identityOf("client"), subject: SUBJECT },
  "requested, not shown": { asked: "request", client: {} },
  "requested, of an unknown authority": {
    asked: "request",
    client: identityOf("stranger"),
    fault: "unknown-authority",
  },
  "requested, expired": {
    asked: "request",
    client: identityOf("expired"),
    fault: "unknown-authority",
  },
  "not asked for": { asked: "none", client: identityOf("client") },
  "asked for by default where there is an authority": {
    asked: undefined,
    client: {},
    fault: "no-certificate",
  },
};

for (const [name, { asked, client, fault, subject }] of Object.entries(CLIENTS)) {
  Deno.test(`a certificate of the client that is ${name} is ${fault ?? "taken"}`, async () => {
    const attempt = await beginTls({
      client,
      server: { caCerts: CA, clientCertificate: asked },
    });
    const { server } = attempt;
    const reading = server.read(new Uint8Array(10));
    reading.catch(() => {});
    // A client of TLS 1.3 may have begun before it is refused.
    const transport = await attempt.client.catch(() => undefined);
    await transport?.write(Uint8Array.of(1)).catch(() => {});
    if (fault === undefined) {
      assert.equal(await reading, 1);
      assert.equal(server.peerCertificate?.subject, subject);
    } else {
      const error = await failure(reading);
      assert.ok(error instanceof TlsError, `${error}`);
      assert.equal(error.fault, fault);
      assert.match(error.message, /^Cannot take the TLS connection from /);
      assert.equal(server.peerCertificate, undefined);
      await assert.rejects(server.write(new Uint8Array(1)), ConnectionError);
    }
    transport?.close();
    server.close();
    attempt.below.client.close();
  });
}

Deno.test("a certificate whose key is for servers alone makes no client", async () => {
  const attempt = await beginTls({
    client: identityOf("server_only"),
    server: { caCerts: CA },
  });
  const error = await failure(attempt.server.read(new Uint8Array(10)));
  assert.ok(error instanceof TlsError);
  (await attempt.client.catch(() => undefined))?.close();
  attempt.below.client.close();
});

const USELESS:
  readonly (readonly [what: string, credentials: ListenTlsCredentials, message: RegExp])[] = [
    [
      "another's key",
      { ...identityOf("server"), key: identityOf("client").key },
      /does not belong/,
    ],
    [
      "clients' certificates of no authority",
      { ...identityOf("server"), clientCertificate: "require" },
      /^TypeError: Cannot ask clients for certificates: /,
    ],
    [
      "clients' certificates of an empty list of authorities",
      { ...identityOf("server"), caCerts: [] },
      /^TypeError: Cannot ask clients for certificates: /,
    ],
    ["an authority that is none", { ...identityOf("server"), caCerts: [""] }, /of the authority/],
  ];

for (const [what, credentials, message] of USELESS) {
  Deno.test(`listenTls() refuses ${what}`, () => {
    assert.throws(() => listenTls(credentials), message);
  });
}

async function subjectOfServer(port: number): Promise<string | undefined> {
  const connect = connectTls({ caCerts: CA });
  const { signal } = new AbortController();
  const transport = await connect({ hostname: "127.0.0.1", port, signal });
  transport.close();
  return transport.peerCertificate?.subject;
}

Deno.test("reload() is for connections from then on; what cannot be used changes nothing", async () => {
  const listen = listenTls(identityOf("server"));
  const listener = listen(WHERE);
  const accepted: Transport[] = [];
  const serving = (async () => {
    while (true) {
      const transport = await listener.accept().catch(() => undefined);
      if (transport === undefined) return;
      accepted.push(transport);
      // Drives the handshake.
      transport.read(new Uint8Array(1)).catch(() => {});
    }
  })();
  assert.equal(await subjectOfServer(listener.port), "CN=archive,O=Hospital");
  listen.reload(identityOf("renewed"));
  assert.equal(await subjectOfServer(listener.port), "CN=archive renewed,O=Hospital");
  assert.throws(() => listen.reload({ ...identityOf("server"), key: "" }), TypeError);
  assert.equal(await subjectOfServer(listener.port), "CN=archive renewed,O=Hospital");
  listener.close();
  for (const transport of accepted) transport.close();
  await serving;
});

Deno.test("who connects and says nothing holds up nobody", async () => {
  const listener = listenTls(identityOf("server"))(WHERE);
  const { port } = listener;
  const silent = await Promise.all(
    Array.from({ length: 20 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  const waiting: Transport[] = [];
  for (const _ of silent) waiting.push(await listener.accept());
  const reads = waiting.map((transport) => failure(transport.read(new Uint8Array(1))));
  const answering = (async () => {
    const transport = await listener.accept();
    await transport.read(new Uint8Array(1));
    transport.close();
  })();
  const { signal } = new AbortController();
  const client = await connectTls({ caCerts: CA })({ hostname: "127.0.0.1", port, signal });
  await client.write(Uint8Array.of(1));
  await answering;
  client.close();
  for (const transport of waiting) transport.close();
  for (const error of await Promise.all(reads)) assert.ok(error instanceof ConnectionError);
  for (const connection of silent) connection.close();
  listener.close();
});

Deno.test("a client that only ends its own side still gets its answer", async () => {
  const listener = listenTls(identityOf("server"))(WHERE);
  const { port } = listener;
  const [client, server] = await Promise.all([
    Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: CA }),
    listener.accept(),
  ]);
  const reading = readBytes(server, 10);
  await client.write(Uint8Array.of(1, 2, 3));
  await client.closeWrite();
  assert.deepEqual([...await reading], [1, 2, 3]);
  assert.equal(await server.write(Uint8Array.of(4, 5)), 2);
  server.close();
  const answer = new Uint8Array(10);
  assert.equal(await client.read(answer), 2);
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
  listener.close();
});

const STRANGERS: Readonly<Record<string, RegExp>> = {
  "\x01\0\0\0\0\xcd\0\x01\0\0": /it speaks DICOM without TLS$/,
  "GET / HTTP/1.1\r\nHost: h\r\n\r\n": /it speaks HTTP, not TLS$/,
  "SSH-2.0-OpenSSH_9\r\n": /it speaks SSH, not TLS$/,
};

for (const [spoken, message] of Object.entries(STRANGERS)) {
  Deno.test(`who says ${JSON.stringify(spoken.slice(0, 10))} is known, and the connection closed`, async () => {
    const listener = listenTls({ ...identityOf("server"), listen: listenTcp })(WHERE);
    const client = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
    const server = await listener.accept();
    await client.write(Uint8Array.from(spoken, (character) => character.charCodeAt(0)));
    const error = await failure(server.read(new Uint8Array(10)));
    assert.ok(error instanceof TlsError);
    assert.equal(error.fault, "no-tls");
    assert.match(error.message, message);
    // An alert, and the end.
    const buffer = new Uint8Array(100);
    const count = await client.read(buffer).catch(() => null);
    if (count !== null) {
      assert.equal(buffer[0], 21);
      assert.equal(await client.read(buffer).catch(() => null), null);
    }
    client.close();
    server.close();
    listener.close();
  });
}
