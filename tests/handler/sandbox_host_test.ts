import assert from "node:assert/strict";
import { HandlerError } from "../../lib/errors.ts";
import { GRACE, SandboxHost, START_TIMEOUT } from "../../lib/handler/sandbox_host.ts";
import { ChunkBuffers } from "../../lib/handler/sandbox_transfer.ts";
import { openDataSet, someBytes, storeRequest } from "../conformance/store_request.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { graphOf } from "./one_module.ts";

interface Bench {
  readonly host: SandboxHost;
  readonly clock: FakeClock;
  readonly buffers: ChunkBuffers;
  readonly lines: string[];
  /** Resolves when something is logged. */
  readonly said: Promise<void>;
}

function hostOf(): Bench {
  const clock = new FakeClock();
  const buffers = new ChunkBuffers();
  const lines: string[] = [];
  const { promise: said, resolve } = Promise.withResolvers<void>();
  const write = (message: string): void => {
    lines.push(message);
    resolve();
  };
  const log = { debug: write, info: write, warn: write, error: write };
  const host = new SandboxHost({ label: "mine", permissions: {}, clock, log, buffers });
  return { host, clock, buffers, lines, said };
}

/** A host whose worker has made its handlers. */
async function serving(code: string): Promise<Bench> {
  const bench = hostOf();
  await bench.host.askAtStart({ type: "evaluate", graph: graphOf(code) });
  await bench.host.askAtStart({ type: "create", options: {}, timeouts: {} });
  return bench;
}

Deno.test("`SandboxHost.askAtStart()` waits so long and no longer", async () => {
  const { host, clock } = hostOf();
  const graph = graphOf("await new Promise(() => {}); export default () => ({})");
  const asking = assert.rejects(host.askAtStart({ type: "evaluate", graph }), {
    name: "HandlerError",
    message: `Cannot start handler mine in a sandbox: it is not ready after ${
      START_TIMEOUT / 1000
    } s`,
  });
  await clock.advance(START_TIMEOUT - 1);
  assert.equal(clock.pending, 1);
  await clock.advance(1);
  await asking;
  assert.equal(clock.pending, 0);
});

Deno.test("`SandboxHost.askAtStart()` takes its time limit back", async () => {
  const { host, clock } = await serving("export default () => ({ store: () => 0 })");
  assert.equal(clock.pending, 0);
  await host.dispose();
  assert.equal(clock.pending, 0);
});

Deno.test("`SandboxHost.end()` fails what was asked, and what will be", async () => {
  const { host } = await serving(
    "export default () => ({ store: () => 0, acceptAssociation: () => new Promise(() => {}) })",
  );
  const request = { callingAeTitle: "A", calledAeTitle: "B", peerAddress: "127.0.0.1:1" };
  const asking = host.ask({ type: "acceptAssociation", request });
  const reason = new HandlerError("Cannot go on", "mine");
  host.end(reason);
  host.end(new HandlerError("Cannot go on for another reason", "mine"));
  await assert.rejects(asking, (error) => error === reason);
  await assert.rejects(host.ask({ type: "dispose" }), (error) => error === reason);
});

Deno.test("`SandboxHost.ended` tells why the worker has ended, when it did by itself", async () => {
  const { host } = await serving(
    "export default () => ({ store() { setTimeout(() => { throw new Error('boom') }) ; return new Promise(() => {}) } })",
  );
  const { stream } = openDataSet({});
  await assert.rejects(host.store(storeRequest({ dataSet: stream })), {
    name: "HandlerError",
    message: "Cannot go on with handler mine: its sandbox ended: boom",
  });
  assert.equal(await host.ended, "boom");
});

Deno.test("`SandboxHost.store()` sends the instance, and gives the answer", async () => {
  const { host, buffers } = await serving(`export default () => ({
    async store({ dataSet }) {
      const reader = dataSet.getReader({ mode: "byob" });
      let sum = 0;
      for (let view = new Uint8Array(1000);;) {
        const { value, done } = await reader.read(view);
        if (done) return { status: 0, errorComment: String(sum) };
        for (const byte of value) sum += byte;
        view = new Uint8Array(value.buffer);
      }
    },
  })`);
  const bytes = someBytes(300_000);
  const { stream } = openDataSet({ bytes });
  const answer = await host.store(storeRequest({ dataSet: stream }));
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  assert.deepEqual(answer, { status: 0, errorComment: String(sum) });
  // The buffers have come back, with what was in them.
  const [first = 0] = bytes;
  const returned = [buffers.take(), buffers.take()].map((buffer) => new Uint8Array(buffer));
  assert.ok(returned.some((view) => view[0] === first && view[1] === bytes[1]));
  await host.dispose();
});

Deno.test("`SandboxHost.store()` waits for the handler for a while when the association is lost", async () => {
  const { host, clock, said, lines } = await serving(`export default ({ log }) => ({
    store({ signal }) {
      signal.addEventListener("abort", () => log.info(signal.reason.message));
      return new Promise(() => {});
    },
  })`);
  const association = new AbortController();
  const { stream } = openDataSet({});
  const { signal } = association;
  const storing = host.store(storeRequest({ dataSet: stream, signal }));
  const reason = new Error("lost");
  const rejected = assert.rejects(storing, (error) => error === reason);
  association.abort(reason);
  await said;
  assert.deepEqual(lines, ["lost"]);
  assert.equal(clock.next, GRACE);
  await clock.advance(GRACE);
  await rejected;
  host.end(new HandlerError("Cannot go on", "mine"));
});

Deno.test("`SandboxHost.store()` refuses a request that cannot be cloned", async () => {
  const { host } = await serving("export default () => ({ store: () => 0 })");
  const request = storeRequest({ dataSet: openDataSet({}).stream });
  const fileMetaInformation = (): never => {
    throw new RangeError("Cannot encode file meta information");
  };
  await assert.rejects(host.store({ ...request, fileMetaInformation }), { name: "RangeError" });
  const reply = await host.store(storeRequest({ dataSet: openDataSet({}).stream }));
  assert.deepEqual(reply, { status: 0 });
  await host.dispose();
});

Deno.test("`SandboxHost.dispose()` waits so long and no longer", async () => {
  const { host, clock, said } = await serving(`export default ({ log }) => ({
    store: () => 0,
    [Symbol.asyncDispose]() { log.info("lingers"); return new Promise(() => {}); },
  })`);
  const disposing = assert.rejects(host.dispose(), {
    name: "HandlerError",
    message: `Cannot end handler mine: it is not done after ${GRACE / 1000} s`,
  });
  await said;
  await clock.advance(GRACE);
  await disposing;
});
