import assert from "node:assert/strict";
import { ConnectionBytes } from "../../cli/connection_bytes.ts";
import type { Transport } from "../../lib/net/transport.ts";

class Source implements Transport {
  readonly localAddress = "here:104";
  readonly peerAddress: string;
  readonly #reads: (number | null)[];
  isClosed = false;

  constructor(peerAddress: string, reads: (number | null)[]) {
    this.peerAddress = peerAddress;
    this.#reads = reads;
  }

  read(): Promise<number | null> {
    return Promise.resolve(this.#reads.shift() ?? null);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.byteLength);
  }

  close(): void {
    this.isClosed = true;
  }
}

Deno.test({
  name: "ConnectionBytes counts each connection by itself, and all together",
  permissions: "none",
  fn: async () => {
    const sources = [
      new Source("a:1", [100, 50, null]),
      new Source("b:1", [7]),
      new Source("a:1", [1]),
    ];
    const [first] = sources;
    let isClosed = false;
    const bytes = new ConnectionBytes();
    const listener = bytes.countListen(({ port }) => ({
      hostname: "::",
      port,
      accept: () => {
        const next = sources.shift();
        return next ? Promise.resolve(next) : Promise.reject(new Error("closed"));
      },
      close: () => void (isClosed = true),
    }))({ port: 104 });
    assert.deepEqual([listener.hostname, listener.port], ["::", 104]);
    const buffer = new Uint8Array(256);
    const a = await listener.accept();
    const b = await listener.accept();
    assert.deepEqual([a.peerAddress, a.localAddress], ["a:1", "here:104"]);
    const [ofA, ofB] = [bytes.of("a:1"), bytes.of("b:1")];
    assert.deepEqual([await a.read(buffer), await a.read(buffer), await a.read(buffer)], [
      100,
      50,
      null,
    ]);
    assert.equal(await a.write(buffer), 256);
    assert.equal(await b.read(buffer), 7);
    assert.deepEqual([ofA.received, ofB.received, bytes.received], [150, 7, 157]);
    // The port is used again: the old connection does not count any more, nor does its end matter.
    const again = await listener.accept();
    assert.equal(bytes.of("a:1").received, 0);
    a.close();
    assert.equal(first?.isClosed, true);
    await again.read(buffer);
    assert.deepEqual([ofA.received, bytes.of("a:1").received], [150, 1]);
    again.close();
    assert.equal(bytes.of("a:1").received, 0);
    listener.close();
    assert.ok(isClosed);
  },
});
