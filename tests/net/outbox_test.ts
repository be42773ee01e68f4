import assert from "node:assert/strict";
import { ConnectionError } from "../../lib/errors.ts";
import { Outbox } from "../../lib/net/outbox.ts";
import type { Transport } from "../../lib/net/transport.ts";
import { pure } from "../support/requesting.ts";

/** A transport that takes a few bytes at a time, when it is allowed to. */
class SlowTransport implements Transport {
  readonly peerAddress = "peer:104";
  readonly localAddress = "local:104";
  readonly written: number[] = [];
  readonly #most: number;
  gate: Promise<void> = Promise.resolve();
  isBroken = false;
  writes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  read(): Promise<number | null> {
    return Promise.resolve(null);
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes += 1;
    await this.gate;
    if (this.isBroken) throw new ConnectionError("Cannot write: broken pipe");
    const taken = bytes.subarray(0, this.#most);
    this.written.push(...taken);
    return taken.byteLength;
  }

  close(): void {}
}

interface Bench {
  readonly transport: SlowTransport;
  readonly outbox: Outbox;
  readonly told: string[];
  output: Uint8Array[];
}

function bench(most: number): Bench {
  const transport = new SlowTransport(most);
  const told: string[] = [];
  const made: Bench = {
    transport,
    told,
    output: [],
    outbox: new Outbox(transport, {
      take: () => made.output.splice(0),
      onWriting: () => told.push("writing"),
      onBroken: () => told.push("broken"),
    }),
  };
  return made;
}

pure("`Outbox.flush()` writes all in order, whatever the transport takes at once", async () => {
  const made = bench(3);
  made.output = [Uint8Array.of(1, 2, 3, 4), new Uint8Array(0), Uint8Array.of(5)];
  await made.outbox.flush();
  assert.deepEqual(made.transport.written, [1, 2, 3, 4, 5]);
  assert.equal(made.outbox.isWriting, false);
});

pure("`Outbox.flush()` during a write also waits for what was added", async () => {
  const made = bench(100);
  const gate = Promise.withResolvers<void>();
  made.transport.gate = gate.promise;
  made.output.push(Uint8Array.of(1));
  const first = made.outbox.flush();
  assert.ok(made.outbox.isWriting);
  made.output.push(Uint8Array.of(2));
  const second = made.outbox.flush();
  assert.equal(made.transport.writes, 1);
  gate.resolve();
  await second;
  assert.deepEqual(made.transport.written, [1, 2]);
  await first;
  assert.equal(made.outbox.isWriting, false);
});

pure("`Outbox` never fails: it tells once, and drops the rest", async () => {
  const made = bench(100);
  made.transport.isBroken = true;
  made.output = [Uint8Array.of(1), Uint8Array.of(2)];
  await made.outbox.flush();
  made.output = [Uint8Array.of(3)];
  await made.outbox.flush();
  assert.deepEqual(made.told, ["writing", "broken"]);
  assert.equal(made.transport.writes, 1);
  assert.deepEqual(made.output, []);
});

pure("`Outbox.flush()` with nothing to send writes nothing", async () => {
  const made = bench(100);
  await made.outbox.flush();
  assert.equal(made.transport.writes, 0);
  assert.deepEqual(made.told, []);
});
