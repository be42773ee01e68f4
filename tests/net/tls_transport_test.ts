import assert from "node:assert/strict";
import { ConnectionError, TlsError } from "../../lib/errors.ts";
import { memoryPair } from "../support/memory_transport.ts";
import { failure } from "../support/requesting.ts";
import { settle } from "../support/fake_clock.ts";
import { authorityOf, identityOf } from "../support/tls_fixtures.ts";
import { beginTls, readBytes, tlsPair, writeBytes } from "../support/tls_pair.ts";

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

const WAYS: readonly (readonly [length: number, readSize: number, capacity: number])[] = [
  [1, 1, 64 * 1024],
  [20_000, 1, 1024 * 1024],
  [1000, 7, 64 * 1024],
  [100_000, 100_000, 64 * 1024],
  [100_000, 1000, 100],
  [3_000_000, 256 * 1024, 1024 * 1024],
];

for (const [length, size, capacity] of WAYS) {
  Deno.test(`${length} bytes pass by reads of ${size}, with ${capacity} under way, both ways`, async () => {
    const { client, server, close } = await tlsPair({ capacity });
    const sent = pattern(length);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      const [received] = await Promise.all([readBytes(to, size, length), writeBytes(from, sent)]);
      assert.ok(
        received.every((byte, index) => byte === sent[index]) && received.length === length,
      );
    }
    close();
  });
}

Deno.test("both sides may write first, more than is under way", async () => {
  const { client, server, close } = await tlsPair({ capacity: 1000 });
  const sent = pattern(100_000);
  const [ofServer, ofClient] = await Promise.all([
    readBytes(client, 256 * 1024, sent.length),
    readBytes(server, 256 * 1024, sent.length),
    writeBytes(client, sent),
    writeBytes(server, sent),
  ]);
  assert.deepEqual(ofServer, sent);
  assert.deepEqual(ofClient, sent);
  close();
});

Deno.test("what nobody reads is not taken from the connection below", async () => {
  const { client, server, below, close } = await tlsPair({ capacity: 1000 });
  const first = readBytes(server, 10, 10);
  let isWritten = false;
  const writing = client.write(pattern(5_000_000)).then(() => isWritten = true, () => {});
  await first;
  await settle();
  assert.equal(isWritten, false);
  const { unread } = below.client;
  await settle();
  assert.ok(unread > 0);
  assert.equal(below.client.unread, unread);
  close();
  await writing;
});

Deno.test("closing ends the peer's reading in good order, after what was written", async () => {
  const { client, server, close } = await tlsPair();
  await client.write(pattern(1000));
  client.close();
  client.close();
  assert.deepEqual(await readBytes(server, 100), pattern(1000));
  assert.equal(await server.read(new Uint8Array(10)), null);
  close();
});

Deno.test("closing ends what is pending, and everything after it, with an error", async () => {
  const { client, close } = await tlsPair();
  const reading = failure(client.read(new Uint8Array(10)));
  client.close();
  const expected = { name: "ConnectionError" };
  assert.ok(await reading instanceof ConnectionError);
  await assert.rejects(client.read(new Uint8Array(10)), expected);
  await assert.rejects(client.write(new Uint8Array(10)), expected);
  close();
});

Deno.test("closing ends a write that the peer does not take, at once", async () => {
  const { client, below, close } = await tlsPair({ capacity: 1000 });
  const writing = failure(client.write(pattern(1_000_000)));
  await settle();
  client.close();
  assert.ok(await writing instanceof ConnectionError);
  assert.equal(below.client.isClosed, true);
  close();
});

Deno.test("a peer that goes without close_notify has ended the connection, once it has spoken", async () => {
  const { client, server, below, close } = await tlsPair();
  await client.write(pattern(10));
  below.client.closeWrite();
  assert.deepEqual(await readBytes(server, 100), pattern(10));
  close();
});

Deno.test("a reset is an error", async () => {
  const { client, server, below, close } = await tlsPair();
  await client.write(pattern(10));
  await readBytes(server, 10, 10);
  below.client.reset();
  assert.ok(await failure(server.read(new Uint8Array(10))) instanceof ConnectionError);
  close();
});

Deno.test("bytes that were changed on the way are an error, and are not handed on", async () => {
  const { client, server, below, close } = await tlsPair();
  await client.write(pattern(10));
  await readBytes(server, 10, 10);
  await below.client.write(Uint8Array.of(23, 3, 3, 0, 20, ...pattern(20)));
  const error = await failure(server.read(new Uint8Array(10)));
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /^Lost the TLS connection: /);
  close();
});

Deno.test("the addresses are those of the connection below", async () => {
  const { client, server, below, close } = await tlsPair();
  for (const [end, inner] of [[client, below.client], [server, below.server]] as const) {
    assert.equal(end.peerAddress, inner.peerAddress);
    assert.equal(end.localAddress, inner.localAddress);
  }
  close();
});

Deno.test("each side knows the other's certificate, as far as it was shown", async () => {
  const { client, server, close } = await tlsPair({
    client: identityOf("client"),
    server: { caCerts: [authorityOf()] },
  });
  await client.write(pattern(1));
  await readBytes(server, 1, 1);
  assert.equal(client.peerCertificate?.subject, "CN=archive,O=Hospital");
  assert.equal(
    server.peerCertificate?.subject,
    "CN=CT 1,OU=Radiology,O=Hospital\\, North,DC=example",
  );
  close();
  const anonymous = await tlsPair();
  await anonymous.client.write(pattern(1));
  await readBytes(anonymous.server, 1, 1);
  assert.equal(anonymous.server.peerCertificate, undefined);
  anonymous.close();
});

Deno.test("a server's end can be closed in the middle of the handshake", async () => {
  const { client, server } = await beginTls();
  const reading = failure(server.read(new Uint8Array(10)));
  server.close();
  assert.ok(await reading instanceof ConnectionError);
  const error = await failure(client);
  assert.ok(error instanceof TlsError);
  assert.equal(error.fault, "closed");
});

Deno.test("a client that goes in the middle of the handshake has closed the connection", async () => {
  const { server, below } = await beginTls();
  below.client.closeWrite();
  const error = await failure(server.read(new Uint8Array(10)));
  // The handshake may have got through by then.
  if (error !== undefined) assert.ok(error instanceof ConnectionError);
  server.close();
  below.client.close();
});

Deno.test("a write before the end of the handshake waits for it, and fails with it", async () => {
  const [near, far] = memoryPair();
  const { listenTls } = await import("../../lib/net/tls_listen.ts");
  const listener = listenTls({
    ...identityOf("server"),
    listen: () => ({ hostname: "h", port: 1, accept: () => Promise.resolve(far), close() {} }),
  })({ port: 1 });
  const server = await listener.accept();
  const writing = failure(server.write(pattern(1)));
  await near.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const error = await writing;
  assert.ok(error instanceof TlsError);
  assert.equal(error.fault, "no-tls");
  assert.match(error.message, /it speaks HTTP, not TLS$/);
  near.close();
});
