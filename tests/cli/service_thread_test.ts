import assert from "node:assert/strict";
import type { OutputEvent } from "../../cli/event_output.ts";
import { UsageError } from "../../cli/exit_code.ts";
import type { ServiceOptions } from "../../cli/service_settings.ts";
import { ServiceThread } from "../../cli/service_thread.ts";
import { WorkerCounters } from "../../cli/worker_counters.ts";
import { connectTcp } from "../../lib/net/deno_transport.ts";
import { serviceSettings, storageChoiceOf } from "./offers.ts";
import { StoringPeer } from "./tool_bench.ts";
import { WITHOUT_WORKERS } from "./worker_bench.ts";

interface Made {
  readonly thread: ServiceThread;
  readonly told: string[];
  readonly events: OutputEvent[];
}

function make(change: Partial<ServiceOptions> = {}): Made {
  const told: string[] = [];
  const events: OutputEvent[] = [];
  const thread = new ServiceThread({
    choice: {
      service: serviceSettings({ port: 0, hostname: "127.0.0.1", ...change }),
      offer: { kind: "storage", storage: storageChoiceOf({ ignore: true }) },
    },
    part: { prepares: true, maintains: true },
    counters: WorkerCounters.make(1).buffer,
    index: 0,
    bakedHandler: undefined,
  }, {
    written: (text) => void told.push(text),
    happened: (event) => void events.push(event),
    take: (peerAddress) => {
      told.push(`take ${peerAddress}`);
      return undefined;
    },
    give: (peerAddress) => void told.push(`give ${peerAddress}`),
  });
  return { thread, told, events };
}

Deno.test({
  name: "ServiceThread starts a worker, hears of what it does, and ends it in good order",
  ignore: WITHOUT_WORKERS,
  fn: async () => {
    const { thread, told, events } = make({ output: { json: true, noProgress: true } });
    const { address, lines } = await thread.started;
    assert.deepEqual(lines, ["Instances are not kept"]);
    const { signal } = new AbortController();
    const where = { hostname: "127.0.0.1", port: address?.port ?? 0, signal };
    const peer = new StoringPeer(await connectTcp(where));
    await peer.associate();
    assert.equal(await peer.store("1.2.3"), 0);
    // Asked twice, it answers both.
    const [standing, same] = await Promise.all([thread.standing(), thread.standing()]);
    assert.deepEqual(standing, same);
    assert.equal(standing.associations, 1);
    await peer.release();
    thread.tell({ type: "drain" });
    assert.equal(await thread.ended, undefined);
    assert.equal(thread.books?.received, 1);
    assert.deepEqual(
      told.map((text) => text.replace(/[0-9.]+:[0-9]+/, "PEER").split(" ").slice(0, 2).join(" ")),
      ["take PEER", "I: Association", "give PEER"],
    );
    assert.deepEqual(
      events.map((event) => "state" in event ? event.state : event.event),
      ["requested", "accepted", "instance", "released"],
    );
    assert.deepEqual((await thread.standing()).associations, 0);
  },
});

Deno.test({
  name: "ServiceThread says why a worker cannot begin",
  ignore: WITHOUT_WORKERS,
  fn: async () => {
    const { thread } = make({ hostname: "192.0.2.1" });
    await assert.rejects(
      thread.started,
      (error) => error instanceof UsageError && /^Cannot listen on port 0/.test(error.message),
    );
    assert.equal(await thread.ended, undefined);
  },
});

Deno.test("ServiceThread that is ended before it has begun does not begin", async () => {
  const { thread } = make();
  thread.terminate();
  await assert.rejects(thread.started, /^Error: Cannot start a worker: it was ended$/);
  assert.equal(await thread.ended, undefined);
});
