import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { denoIo, type Io } from "../../cli/io.ts";
import { makeListenTls, reloadTls, withTls } from "../../cli/tls_io.ts";
import type { TlsChoice } from "../../cli/tls_options.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { failure } from "../support/requesting.ts";
import { tlsFile, tlsText } from "../support/tls_fixtures.ts";

const CA = tlsFile("authority.pem");

function choice(files: Partial<TlsChoice["files"]>, isOn = true): TlsChoice {
  return {
    isOn,
    files: {
      caFiles: [CA],
      certFile: undefined,
      keyFile: undefined,
      keyPassphraseFile: undefined,
      verifyHost: undefined,
      ...files,
    },
    clientCertificate: "none",
  };
}

const SERVER = choice({ certFile: tlsFile("server.pem"), keyFile: tlsFile("server.key") });
const { signal } = new AbortController();
const WHERE = { hostname: "localhost", port: 104, signal };

function memoryIo(): Io {
  const { connect, listen } = memoryNetwork();
  return { ...denoIo, connect, listen };
}

Deno.test("withTls() and makeListenTls() connect by the files", async () => {
  const io = memoryIo();
  const listener = (await makeListenTls(io, SERVER))({ port: 104 });
  const { connectPeer, connectTls } = withTls(io, choice({}));
  assert.ok(connectPeer);
  assert.equal(connectPeer, connectTls);
  const [client, server] = await Promise.all([connectPeer(WHERE), listener.accept()]);
  await client.write(Uint8Array.of(7));
  const buffer = new Uint8Array(1);
  await server.read(buffer);
  assert.equal(buffer[0], 7);
  client.close();
  server.close();
  listener.close();
});

Deno.test("makeListenTls() and reloadTls() tell when our certificate has expired", async () => {
  const told: string[] = [];
  const warn = (sentence: string): void => void told.push(sentence);
  const io = memoryIo();
  const listen = await makeListenTls(io, SERVER, warn);
  assert.deepEqual(told, []);
  const expired = choice({ certFile: tlsFile("expired.pem"), keyFile: tlsFile("expired.key") });
  await reloadTls(listen, io, expired, warn);
  await makeListenTls(io, expired, warn);
  assert.equal(told.length, 2);
  for (const sentence of told) assert.match(sentence, /expired\.pem: it has expired/);
});

Deno.test("withTls() calls the peer without TLS unless it is on", () => {
  const { connectPeer, connectTls } = withTls(memoryIo(), choice({}, false));
  assert.equal(connectPeer, undefined);
  assert.ok(connectTls);
});

const USELESS: Readonly<Record<string, readonly [Partial<TlsChoice["files"]>, RegExp]>> = {
  "an absent file": [
    { caFiles: ["/no/such/file"] },
    /^Cannot read certificates of --ca file \/no\/such\/file: there is no such file$/,
  ],
  "a file that is no certificate": [
    { caFiles: [tlsFile("server.key")] },
    /^Cannot use the certificate of the authority: .*server\.key\)$/,
  ],
  "another's key": [
    { certFile: tlsFile("server.pem"), keyFile: tlsFile("client.key") },
    /does not belong to the certificate.*server\.pem.*client\.key/,
  ],
  "an encrypted key alone": [
    { certFile: tlsFile("client.pem"), keyFile: tlsFile("client_encrypted.key") },
    /there is no passphrase; give --key-passphrase-file/,
  ],
};

for (const [what, [files, message]] of Object.entries(USELESS)) {
  Deno.test(`${what} is a mistake of the command line`, async () => {
    const error = await failure(
      withTls(memoryIo(), choice(files)).connectPeer?.(WHERE) ?? Promise.resolve(),
    );
    assert.ok(error instanceof UsageError, `${error}`);
    assert.match(error.message, message);
  });
}

Deno.test("a passphrase comes from its file, without the end of its line", async () => {
  const passphrases = new Map([["secret-file", "secret\n"], ["wrong-file", "wrong\n"]]);
  const io = {
    ...memoryIo(),
    readFile: async (path: string) => {
      const text = passphrases.get(path);
      return text === undefined ? await Deno.readFile(path) : new TextEncoder().encode(text);
    },
  };
  const files = { certFile: tlsFile("client.pem"), keyFile: tlsFile("client_encrypted.key") };
  await makeListenTls(io, choice({ ...files, keyPassphraseFile: "secret-file" }));
  const error = await failure(
    makeListenTls(io, choice({ ...files, keyPassphraseFile: "wrong-file" })),
  );
  assert.ok(error instanceof UsageError);
  assert.match(error.message, /the passphrase does not open it/);
  assert.doesNotMatch(`${error.message}${error.stack}`, /wrong\n|secret\n/);
});

Deno.test("makeListenTls() needs a certificate", async () => {
  const error = await failure(makeListenTls(memoryIo(), choice({})));
  assert.ok(error instanceof UsageError);
  assert.match(error.message, /give --cert and --key$/);
});

Deno.test("reloadTls() takes what is in the files now, and refuses what cannot be used", async () => {
  const network = memoryNetwork();
  let name = "server";
  const io: Io = {
    ...denoIo,
    connect: network.connect,
    listen: network.listen,
    readFile: (path) =>
      path === "cert"
        ? Promise.resolve(new TextEncoder().encode(tlsText(`${name}.pem`)))
        : path === "key"
        ? Promise.resolve(new TextEncoder().encode(tlsText(`${name}.key`)))
        : Deno.readFile(path),
  };
  const tls = choice({ certFile: "cert", keyFile: "key" });
  const listen = await makeListenTls(io, tls);
  const listener = listen({ port: 104 });
  const subject = async (): Promise<string | undefined> => {
    const connecting = withTls(io, tls).connectTls?.(WHERE);
    const [client, server] = await Promise.all([connecting, listener.accept()]);
    client?.close();
    server.close();
    return client?.peerCertificate?.subject;
  };
  assert.equal(await subject(), "CN=archive,O=Hospital");
  name = "renewed";
  assert.equal(await subject(), "CN=archive,O=Hospital");
  await reloadTls(listen, io, tls);
  assert.equal(await subject(), "CN=archive renewed,O=Hospital");
  name = "absent";
  const { readFile } = io;
  const broken: Io = { ...io, readFile: (path) => path === "key" ? readFile(CA) : readFile(path) };
  name = "server";
  assert.ok(await failure(reloadTls(listen, broken, tls)) instanceof UsageError);
  assert.equal(await subject(), "CN=archive renewed,O=Hospital");
  listener.close();
});
