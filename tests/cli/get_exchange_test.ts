import assert from "node:assert/strict";
import { GetExchange } from "../../cli/get_exchange.ts";
import { RetrieveLedger } from "../../cli/retrieve_ledger.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { ToolOutput } from "../../cli/output.ts";
import { planGet } from "../../lib/service/get_plan.ts";
import { type ArchiveWays, dataSetOf, GetArchive } from "./get_archive.ts";
import { ToolBench } from "./tool_bench.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";
const CONTEXTS = planGet({ sopClassUids: [CT], transferSyntaxUids: [EXPLICIT, JPEG] });

interface Setting {
  readonly bench: ToolBench;
  readonly archive: GetArchive;
  readonly exchange: GetExchange;
  readonly ledger: RetrieveLedger;
  /** The instances that the handler got. */
  readonly stored: string[];
}

function setting(ways: ArchiveWays, level: "info" | "verbose" = "info"): Setting {
  const bench = new ToolBench();
  const archive = new GetArchive(bench, ways);
  const ledger = new RetrieveLedger();
  const output = new ToolOutput(level, { json: false, noProgress: true }, bench.io);
  const stored: string[] = [];
  const exchange: GetExchange = new GetExchange({
    sopClassUid: "1.2.840.10008.5.1.4.1.2.2.3",
    association: { hostname: "h", port: 104, callingAeTitle: "A", calledAeTitle: "B" },
    requesting: {
      interrupt: new Interrupt(bench.io),
      log: output.log,
      io: bench.io,
      onConnected: () => {},
      observe: (event) => exchange.observe(event),
    },
    handlers: {
      async store({ sopInstanceUid, dataSet }): Promise<number> {
        await dataSet.cancel();
        stored.push(sopInstanceUid);
        return 0x0000;
      },
    },
    dataSetLimits: {},
    ledger,
    progress: output.progress,
    events: undefined,
    bytes: () => 0,
  });
  return { bench, archive, exchange, ledger, stored };
}

function series(uid: string): ReturnType<typeof dataSetOf> {
  return dataSetOf("QueryRetrieveLevel=SERIES", `SeriesInstanceUID=${uid}`);
}

const HOLDS = [
  { uid: "1.1", seriesUid: "1", sopClassUid: CT, transferSyntaxUid: EXPLICIT },
  { uid: "2.1", seriesUid: "2", sopClassUid: CT, transferSyntaxUid: JPEG },
];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("GetExchange gets several things by one association, and knows how it was used", async () => {
  const { archive, exchange, ledger, stored } = setting({ holds: HOLDS });
  assert.equal(exchange.startedAt, undefined);
  const final = await exchange.get(CONTEXTS, [series("1"), series("2")]);
  assert.equal(final.status, 0x0000);
  assert.equal(exchange.startedAt, 0);
  assert.deepEqual(stored, ["1.1", "2.1"]);
  assert.equal(archive.gets.length, 1);
  const [use] = exchange.uses;
  assert.deepEqual(use?.accepted.map(({ id }) => id), [3, 5]);
  assert.deepEqual([...use?.used ?? []], [3, 5]);
  assert.deepEqual([use?.hasStopped, use?.hasProgress], [false, true]);
  assert.deepEqual(ledger.balance.received, 2);
});

pure("GetExchange gives the handler what has not come, and takes the rest as it is", async () => {
  const { archive, exchange, ledger, stored, bench } = setting({ holds: HOLDS });
  await exchange.get(CONTEXTS.slice(0, 1), [series("1")]);
  const lines = bench.lines.length;
  await exchange.get(CONTEXTS, [series("1"), series("2")]);
  assert.deepEqual(stored, ["1.1", "2.1"]);
  assert.deepEqual(archive.gets[1]?.stores, [["1.1", 0x0000], ["2.1", 0x0000]]);
  assert.deepEqual(ledger.balance.received, 2);
  // The requests and responses of a further association are for who wants to know more.
  assert.ok(!bench.lines.slice(lines).some((line) => /Get (Request|SCP)/.test(line)));
});

pure("GetExchange notes an archive that stops, and one that brings nothing new", async () => {
  const { exchange } = setting({ holds: HOLDS, way: "stops" });
  const whole = dataSetOf("QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2");
  await exchange.get(CONTEXTS.slice(0, 1), [whole]);
  await exchange.get(CONTEXTS.slice(0, 1), [whole]);
  assert.deepEqual(exchange.uses.map(({ hasStopped, hasProgress }) => [hasStopped, hasProgress]), [
    [true, true],
    [true, false],
  ]);
});

pure("GetExchange tells all of a further association with -v", async () => {
  const { exchange, bench } = setting({ holds: HOLDS }, "verbose");
  await exchange.get(CONTEXTS, [series("1")]);
  await exchange.get(CONTEXTS, [series("1")]);
  assert.equal(bench.lines.filter((line) => line.includes("Get SCP Result")).length, 2);
  assert.ok(bench.lines.includes("I: Received before: 1.1"));
});
