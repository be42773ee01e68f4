import assert from "node:assert/strict";
import type { PeerCertificate } from "../../lib/handler/handler.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { wrapListen, wrapTransport } from "../../lib/net/wrapped_transport.ts";

Deno.test({
  name: "`wrapTransport()` changes what it is told, and is the connection otherwise",
  permissions: "none",
  fn: async () => {
    const done: string[] = [];
    const shown: PeerCertificate[] = [];
    const transport: Transport = {
      peerAddress: "10.0.0.1:1",
      localAddress: "10.0.0.2:104",
      get peerCertificate() {
        return shown[0];
      },
      read: (buffer) => Promise.resolve(buffer.byteLength),
      write: (bytes) => Promise.resolve(bytes.byteLength),
      close: () => void done.push("close"),
    };
    const wrapped = wrapTransport(transport, {
      write: async (bytes) => {
        done.push("write");
        return await transport.write(bytes);
      },
    });
    assert.equal(wrapped.peerAddress, "10.0.0.1:1");
    assert.equal(wrapped.localAddress, "10.0.0.2:104");
    assert.equal(wrapped.peerCertificate, undefined);
    shown.push({ subject: "CN=CT1", issuer: "CN=CA", alternativeNames: [], fingerprint: "00" });
    assert.equal(wrapped.peerCertificate, shown[0]);
    assert.equal(await wrapped.read(new Uint8Array(3)), 3);
    assert.equal(await wrapped.write(new Uint8Array(4)), 4);
    wrapped.close();
    assert.deepEqual(done, ["write", "close"]);
  },
});

Deno.test({
  name: "`wrapListen()` listens where it is told, and wraps each connection",
  permissions: "none",
  fn: async () => {
    const done: string[] = [];
    const transport: Transport = {
      ...{ peerAddress: "10.0.0.1:1", localAddress: "10.0.0.2:104" },
      read: () => Promise.resolve(null),
      write: (bytes) => Promise.resolve(bytes.byteLength),
      close: () => {},
    };
    const listener = wrapListen(
      ({ port }) => ({
        ...{ hostname: "10.0.0.2", port },
        accept: () => Promise.resolve(transport),
        close: () => void done.push("closed"),
      }),
      (given) => wrapTransport(given, { read: () => Promise.resolve(7) }),
    )({ port: 104 });
    assert.deepEqual([listener.hostname, listener.port], ["10.0.0.2", 104]);
    assert.equal(await (await listener.accept()).read(new Uint8Array(9)), 7);
    listener.close();
    assert.deepEqual(done, ["closed"]);
  },
});
