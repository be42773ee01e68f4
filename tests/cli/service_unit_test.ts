import assert from "node:assert/strict";
import { ToolOutput } from "../../cli/output.ts";
import type { ServiceOptions } from "../../cli/service_settings.ts";
import { ServiceUnit, type SharedServing } from "../../cli/service_unit.ts";
import type { ListenWhere } from "../../lib/net/transport.ts";
import { settle } from "../support/fake_clock.ts";
import { pure } from "../support/requesting.ts";
import { serviceSettings } from "./offers.ts";
import { StoringPeer, ToolBench } from "./tool_bench.ts";

interface Made {
  readonly unit: ServiceUnit;
  readonly bench: ToolBench;
  readonly stop: AbortController;
  readonly wheres: ListenWhere[];
  /** What was done with the offer. */
  readonly done: string[];
}

function make(change: Partial<ServiceOptions> = {}, shared?: SharedServing): Made {
  const bench = new ToolBench();
  const stop = new AbortController();
  const wheres: ListenWhere[] = [];
  const done: string[] = [];
  const { listen } = bench.storeNetwork;
  const unit = new ServiceUnit(serviceSettings(change), {
    makeOffer: () => {
      done.push("made");
      return Promise.resolve({
        handlers: {
          async store(request) {
            await request.dataSet.cancel();
            return 0x0000;
          },
        },
        directory: "in",
        lines: ["Instances go in"],
        [Symbol.asyncDispose]: () => Promise.resolve(void done.push("ended")),
      });
    },
    output: new ToolOutput("info", { json: false, noProgress: true }, bench.io),
    io: {
      ...bench.io,
      listen: (where) => {
        wheres.push(where);
        return listen(where);
      },
    },
    signal: stop.signal,
    shared,
  });
  return { unit, bench, stop, wheres, done };
}

pure("ServiceUnit serves, and keeps the books", async () => {
  const { unit, bench, wheres, done } = make();
  const start = await unit.start();
  assert.deepEqual(start, {
    address: { hostname: "memory", port: 104 },
    directory: "in",
    lines: ["Instances go in"],
    receives: true,
    sends: false,
  });
  assert.deepEqual(wheres, [{ port: 104 }]);
  unit.open();
  const peer = await bench.callStorage();
  assert.equal(await peer.store("1.2.3"), 0);
  const { received, ...standing } = await unit.standing();
  assert.deepEqual(standing, { associations: 1, receiving: 0, answering: 0 });
  assert.ok(received > 0);
  await peer.release();
  await unit.drain();
  await unit[Symbol.asyncDispose]();
  assert.deepEqual(done, ["made", "ended"]);
  assert.deepEqual([unit.tally.receivedCount, unit.exitCode], [1, 0]);
});

pure("ServiceUnit does not listen when it was told to stop before", async () => {
  const { unit, stop, wheres, done } = make();
  stop.abort();
  const { address, receives } = await unit.start();
  assert.deepEqual([address, receives, wheres], [undefined, true, []]);
  // There is nothing to end but the offer.
  await unit.drain();
  unit.shutdown();
  await unit[Symbol.asyncDispose]();
  assert.deepEqual(done, ["made", "ended"]);
});

pure("ServiceUnit shares port and room with others, and tells them of each end", async () => {
  const told: string[] = [];
  const { unit, bench, wheres } = make({}, {
    part: { prepares: true, maintains: true },
    room: {
      take: (peerAddress) => {
        told.push(`take ${peerAddress}`);
        return Promise.resolve(told.length > 1 ? "it is full" : undefined);
      },
      give: (peerAddress) => void told.push(`give ${peerAddress}`),
    },
    onClosed: () => void told.push("closed"),
  });
  await unit.start();
  assert.deepEqual(wheres, [{ port: 104, reusePort: true }]);
  const first = await bench.callStorage();
  const second = new StoringPeer(bench.storeNetwork.dial());
  await second.requestAssociation();
  await second.expect("A-ASSOCIATE-RJ");
  second.transport.close();
  await first.release();
  await settle();
  await unit[Symbol.asyncDispose]();
  assert.deepEqual(told, ["take left:104", "take left:104", "closed", "closed", "give left:104"]);
  assert.match(bench.stderr, /local limit exceeded; it is full/);
});
