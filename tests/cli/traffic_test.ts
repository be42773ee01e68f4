import assert from "node:assert/strict";
import { Traffic } from "../../cli/traffic.ts";
import { memoryNetwork } from "../support/memory_transport.ts";

Deno.test({
  name: "Traffic counts both directions of connections that are opened and accepted",
  permissions: "none",
  fn: async () => {
    const network = memoryNetwork();
    const opened = new Traffic();
    const accepted = new Traffic();
    const listener = accepted.countListen(network.listen)({ port: 104 });
    assert.equal(listener.port, 104);
    const { signal } = new AbortController();
    const connect = opened.countConnect(network.connect);
    const client = await connect({ hostname: "h", port: 104, signal });
    const server = await listener.accept();
    const buffer = new Uint8Array(16);
    let sent = 0;
    while (sent < 5) sent += await client.write(new Uint8Array(5).subarray(sent));
    let received = 0;
    while (received < 5) received += await server.read(buffer) ?? 0;
    assert.deepEqual([opened.sent, opened.received], [5, 0]);
    assert.deepEqual([accepted.sent, accepted.received], [0, 5]);
    client.close();
    assert.equal(await server.read(buffer), null);
    assert.deepEqual([accepted.sent, accepted.received], [0, 5]);
    server.close();
    listener.close();
  },
});

Deno.test({
  name: "Traffic counts TCP by default",
  permissions: { net: ["127.0.0.1"] },
  fn: async () => {
    const traffic = new Traffic();
    const listener = traffic.countListen()({ hostname: "127.0.0.1", port: 0 });
    const { signal } = new AbortController();
    const { hostname, port } = listener;
    const client = await traffic.countConnect()({ hostname, port, signal });
    const server = await listener.accept();
    await client.write(new Uint8Array(3));
    await server.read(new Uint8Array(16));
    assert.deepEqual([traffic.sent, traffic.received], [3, 3]);
    assert.equal(client.localAddress, server.peerAddress);
    client.close();
    server.close();
    listener.close();
  },
});
