import assert from "node:assert/strict";
import { ConnectionError } from "../../lib/errors.ts";
import { connectTcp, listenTcp } from "../../lib/net/deno_transport.ts";
import type { Transport, TransportListener } from "../../lib/net/transport.ts";
import { failure } from "../support/requesting.ts";

const HOST = "127.0.0.1";

function net(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: { net: true }, fn });
}

function connect(port: number, signal?: AbortSignal): Promise<Transport> {
  return connectTcp({ hostname: HOST, port, signal: signal ?? new AbortController().signal });
}

async function pair(
  listener: TransportListener,
): Promise<{ near: Transport; far: Transport; close(): void }> {
  const [near, far] = await Promise.all([connect(listener.port), listener.accept()]);
  return {
    near,
    far,
    close() {
      near.close();
      far.close();
      listener.close();
    },
  };
}

async function readAll(transport: Transport): Promise<number[]> {
  const all: number[] = [];
  const buffer = new Uint8Array(1000);
  for (
    let count = await transport.read(buffer);
    count !== null;
    count = await transport.read(buffer)
  ) {
    assert.ok(count > 0);
    for (const byte of buffer.subarray(0, count)) all.push(byte);
  }
  return all;
}

net(
  "`connectTcp()` and `listenTcp()` carry bytes both ways, and say where from and to",
  async () => {
    const listener = listenTcp({ hostname: HOST, port: 0 });
    assert.equal(listener.hostname, HOST);
    assert.ok(listener.port > 0);
    const { near, far, close } = await pair(listener);
    assert.equal(near.peerAddress, `${HOST}:${listener.port}`);
    assert.equal(far.localAddress, `${HOST}:${listener.port}`);
    assert.match(near.localAddress, /^127\.0\.0\.1:\d+$/);
    assert.equal(far.peerAddress, near.localAddress);
    assert.equal(await near.write(Uint8Array.of(1, 2, 3)), 3);
    assert.equal(await far.write(Uint8Array.of(4)), 1);
    const buffer = new Uint8Array(10);
    assert.equal(await near.read(buffer), 1);
    assert.equal(buffer[0], 4);
    near.close();
    assert.deepEqual(await readAll(far), [1, 2, 3]);
    close();
  },
);

net("`listenTcp()` on all addresses shows an IPv4 peer as IPv4", async () => {
  const { near, far, close } = await pair(listenTcp({ port: 0 }));
  assert.match(far.peerAddress, /^127\.0\.0\.1:\d+$/);
  assert.equal(far.peerAddress, near.localAddress);
  close();
});

net("an IPv6 address is shown in brackets", async () => {
  let listener: TransportListener;
  try {
    listener = listenTcp({ hostname: "::1", port: 0 });
  } catch (error) {
    // A machine without IPv6.
    assert.ok(error instanceof ConnectionError);
    return;
  }
  const { port } = listener;
  const [near, far] = await Promise.all([
    connectTcp({ hostname: "::1", port, signal: new AbortController().signal }),
    listener.accept(),
  ]);
  assert.equal(near.peerAddress, `[::1]:${port}`);
  near.close();
  far.close();
  listener.close();
});

net("`connectTcp()` says that it was refused", async () => {
  const listener = listenTcp({ hostname: HOST, port: 0 });
  listener.close();
  const error = await failure(connect(listener.port));
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, new RegExp(`^Cannot connect to ${HOST}:${listener.port}: .+refused`));
  assert.ok(error.cause instanceof Deno.errors.ConnectionRefused);
});

net("`connectTcp()` says that there is no such host", async () => {
  const error = await failure(connectTcp({
    hostname: "no-such-host.invalid",
    port: 104,
    signal: new AbortController().signal,
  }));
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /^Cannot connect to no-such-host\.invalid:104: /);
});

net("`connectTcp()` gives up by its signal, with its reason", async () => {
  const reason = new RangeError("no longer wanted");
  assert.equal(await failure(connect(104, AbortSignal.abort(reason))), reason);
  // An address that never answers: TEST-NET-1 (RFC 5737); some machines have no route and fail.
  const controller = new AbortController();
  const pending = failure(connectTcp({
    hostname: "192.0.2.1",
    port: 104,
    signal: controller.signal,
  }));
  controller.abort(reason);
  assert.equal(await pending, reason);
});

net("`listenTcp()` says that the port is in use", async () => {
  const listener = listenTcp({ hostname: HOST, port: 0 });
  assert.throws(
    () => listenTcp({ hostname: HOST, port: listener.port }),
    (error) =>
      error instanceof ConnectionError &&
      error.message === `Cannot listen on port ${listener.port} of ${HOST}: it is in use`,
  );
  listener.close();
  const all = listenTcp({ port: 0 });
  assert.throws(
    () => listenTcp({ port: all.port }),
    (error) =>
      error instanceof ConnectionError &&
      error.message === `Cannot listen on port ${all.port} of all addresses: it is in use`,
  );
  all.close();
  await Promise.resolve();
});

Deno.test({
  name: "`listenTcp()` shares a port with those who share it too, and with no others",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    for (const where of [{ hostname: HOST }, {}]) {
      const first = listenTcp({ ...where, port: 0, reusePort: true });
      const second = listenTcp({ ...where, port: first.port, reusePort: true });
      assert.equal(second.port, first.port);
      assert.throws(() => listenTcp({ ...where, port: first.port }), ConnectionError);
      first.close();
      second.close();
    }
  },
});

net("`listenTcp()` says that an address is not of this machine", async () => {
  const error = await failure(
    Promise.resolve().then(() => listenTcp({ hostname: "192.0.2.1", port: 0 })),
  );
  assert.ok(error instanceof ConnectionError);
  assert.match(error.message, /^Cannot listen on port 0 of 192\.0\.2\.1: /);
});

net("closing twice is once, and ends what is pending with an error", async () => {
  const listener = listenTcp({ hostname: HOST, port: 0 });
  const { near, far, close } = await pair(listener);
  const reading = failure(near.read(new Uint8Array(10)));
  near.close();
  near.close();
  assert.ok(await reading instanceof ConnectionError);
  const written = await failure(near.write(new Uint8Array(10)));
  assert.ok(written instanceof ConnectionError);
  assert.match(written.message, /^Cannot write to the peer: /);
  assert.equal(await far.read(new Uint8Array(10)), null);
  const accepting = failure(listener.accept());
  listener.close();
  listener.close();
  assert.ok(await accepting instanceof Error);
  close();
});

net("a reset is an error of the library, reading and writing", async () => {
  const { near, far, close } = await pair(listenTcp({ hostname: HOST, port: 0 }));
  await far.write(new Uint8Array(1000));
  // Closed with unread input, the socket is reset.
  await near.write(Uint8Array.of(1));
  await near.read(new Uint8Array(1));
  near.close();
  const failed = await failure((async () => {
    await readAll(far);
    while (true) await far.write(new Uint8Array(100_000));
  })());
  assert.ok(failed instanceof ConnectionError, `${failed}`);
  close();
});

Deno.test({
  name: "without permission the errors say so",
  permissions: "none",
  fn: async () => {
    const connecting = await failure(connect(104));
    assert.ok(connecting instanceof ConnectionError);
    assert.match(connecting.message, /^Cannot connect to 127\.0\.0\.1:104: /);
    assert.throws(
      () => listenTcp({ hostname: HOST, port: 0 }),
      (error) =>
        error instanceof ConnectionError &&
        error.message.startsWith("Cannot listen on port 0 of 127.0.0.1: "),
    );
  },
});
