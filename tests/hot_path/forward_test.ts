import { storageAssociation } from "../../lib/service/storage_association.ts";
import { forwardHandler } from "../../plugins/forward.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { AnsweringPeer, MeasuredTransport } from "../support/measured_transport.ts";
import { pure } from "../support/requesting.ts";
import {
  assertWithin,
  type Budget,
  type Cost,
  costOfServing,
  KIB,
  type Load,
  marginalCost,
  MIB,
} from "./cost.ts";

/** Takes instances and sends them on; the writes are those of both sides. */
async function costOfForwarding(load: Load): Promise<Cost> {
  const outgoing: MeasuredTransport[] = [];
  const ending = new AbortController();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const clock = new FakeClock();
  const disposing = new AsyncDisposableStack();
  const cost = await costOfServing(load, (counters) => {
    const connect = (): Promise<MeasuredTransport> => {
      const transport = new MeasuredTransport(new AnsweringPeer(load.maximumLength), counters);
      outgoing.push(transport);
      return Promise.resolve(transport);
    };
    return disposing.use(forwardHandler({ to: "PACS@destination:104" }, {
      ...{ log, signal: ending.signal },
      associate: (options) => storageAssociation(options, { connect, clock }),
      schedule: (delay, callback) => clock.schedule(delay, callback),
    }));
  });
  const sent = outgoing.reduce((sum, { counts }) => sum + counts.writes, 0);
  await disposing.disposeAsync();
  return { ...cost, writes: cost.writes + sent };
}

/** What a MiB of pixel data costs, by the length of the PDUs: into one buffer, and from it to the next. */
const PER_MIB: readonly (readonly [maximumLength: number, budget: Budget])[] = [
  [16 * KIB, { views: 445, copies: 141 }],
  [128 * KIB, { views: 109, copies: 29 }],
];

for (const [maximumLength, budget] of PER_MIB) {
  pure(`a MiB is forwarded by two copies, in PDUs of ${maximumLength / KIB} KiB`, async () => {
    const cost = await marginalCost(
      (mebibytes) => costOfForwarding({ instances: 1, pixelBytes: mebibytes * MIB, maximumLength }),
      8,
      24,
    );
    assertWithin(cost, {
      ...{ reads: 4, writes: 4, buffers: 0, copiedBytes: 2 * MIB, timers: 0, calls: {} },
      // By the pieces of 256 KiB, not by the PDU.
      promises: 153,
      ...budget,
    });
  });
}

pure("a small instance is forwarded by one write, and kept until it is answered", async () => {
  const load = { pixelBytes: 10 * KIB, maximumLength: 16 * KIB };
  const cost = await marginalCost((instances) => costOfForwarding({ instances, ...load }), 20, 120);
  assertWithin(cost, {
    ...{ reads: 1, writes: 2, timers: 0, calls: {} },
    // The third copy is what is sent again should the association turn out to be dead.
    ...{ buffers: 9, bufferBytes: 398, copies: 7, copiedBytes: 3 * 10 * KIB + 510 },
    ...{ views: 45, promises: 139 },
  });
});
