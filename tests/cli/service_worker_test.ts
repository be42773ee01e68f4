import assert from "node:assert/strict";
import { main } from "../../cli/qrscp.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { Association } from "../../lib/net/association.ts";
import { sourceOf } from "../../lib/net/data_set_source.ts";
import { associate } from "../../lib/net/requestor.ts";
import { cFind } from "../../lib/service/query_scu.ts";
import { cMove } from "../../lib/service/retrieve_scu.ts";
import { serve } from "../../lib/service/serve.ts";
import { cStore } from "../../lib/service/storage_scu.ts";
import { STUDY_ROOT_FIND, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { eventsOf, summaryOf } from "../support/event_schema.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { inDirectory, WITHOUT_WORKERS, WorkerBench } from "./worker_bench.ts";

function threads(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: WITHOUT_WORKERS, fn });
}

function requestor({ port }: WorkerBench): Promise<Association> {
  return associate({
    hostname: "127.0.0.1",
    port,
    callingAeTitle: "MODALITY",
    calledAeTitle: "QRSCP",
    presentationContexts: [CT, STUDY_ROOT_FIND, STUDY_ROOT_MOVE].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [EXPLICIT],
    })),
  });
}

async function store(association: Association, sopInstanceUid: string): Promise<number> {
  const facts = { sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT };
  return (await cStore(association, { ...facts, dataSet: sourceOf(instanceDataSet(facts)) }))
    .status;
}

function identifier(...keys: readonly string[]): DataSet {
  const dataSet = new DataSet();
  for (const key of keys) applyKeywordPath(dataSet, key);
  return dataSet;
}

const STUDY = identifier("QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3");
const IMAGES = identifier(
  ...["QueryRetrieveLevel=IMAGE", "StudyInstanceUID=1.2.3", "SeriesInstanceUID=1.2.3.4"],
  "SOPInstanceUID",
);

async function found(association: Association): Promise<number> {
  let count = 0;
  const responses = cFind(association, {
    sopClassUid: STUDY_ROOT_FIND,
    identifier: IMAGES,
  });
  for await (const response of responses) if (response.identifier !== undefined) count++;
  return count;
}

threads(
  "the workers of an archive share its index: each knows what another has stored",
  () =>
    inDirectory(async (directory) => {
      const arrived: string[] = [];
      await using station = serve({
        hostname: "127.0.0.1",
        port: 0,
        handlers: {
          async store(request) {
            await request.dataSet.cancel();
            arrived.push(request.sopInstanceUid);
            return 0x0000;
          },
        },
      });
      const bench = new WorkerBench();
      const destination = `STATION=127.0.0.1:${station.addr.port}`;
      const archive = ["-p", "0", "--workers", "2", directory, "--no-durable"];
      await bench.start(main, ...archive, "--rescan", "0.2", "--destination", destination);
      const associations = await Promise.all(Array.from({ length: 12 }, () => requestor(bench)));
      // Each stores instances of its own, and all of them one that is the same, at the same time.
      const statuses = await Promise.all(associations.map(async (association, index) => {
        const own: number[] = [];
        for (let number = 0; number < 5; number++) {
          own.push(await store(association, `1.2.3.4.${index}.${number}`));
        }
        return [...own, await store(association, "1.2.3.4.99")];
      }));
      assert.deepEqual(new Set(statuses.flat()), new Set([0]));
      const counts = await Promise.all(associations.map(found));
      assert.deepEqual(new Set(counts), new Set([12 * 5 + 1]));
      for (const association of associations.slice(0, 4)) {
        const responses = cMove(association, {
          sopClassUid: STUDY_ROOT_MOVE,
          moveDestination: "STATION",
          identifier: STUDY,
        });
        arrived.length = 0;
        const all = await Array.fromAsync(responses, ({ status }) => status);
        assert.equal(all.at(-1), 0);
        assert.equal(new Set(arrived).size, 61);
      }
      // Another process, with workers or without, has it not.
      for (const workers of ["1", "2"]) {
        const other = new WorkerBench();
        await other.start(main, "-p", "0", "--workers", workers, directory);
        assert.equal(await other.end(), 2);
        assert.match(other.stderr, /Cannot open the index .*: another process has it/);
      }
      for (const association of associations) await association.release();
      assert.equal(await bench.stop(), 0);
      const { events } = bench;
      assert.equal(eventsOf(events, "indexed").length, 1);
      const { received, sent, failed } = summaryOf(events);
      assert.deepEqual([received, sent, failed], [72, 244, 0]);
      // The next run finds everything as it should be.
      const again = new WorkerBench();
      await again.start(main, ...archive);
      assert.equal(await again.stop(), 0);
      const [indexed] = eventsOf(again.events, "indexed");
      assert.ok(indexed);
      const { instances, added, changed, removed } = indexed;
      assert.deepEqual([instances, added, changed, removed], [61, 0, 0, 0]);
    }),
);

threads(
  "the numbers of the associations that workers accept and request are of the process",
  () =>
    inDirectory(async (directory) => {
      await using station = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
      const bench = new WorkerBench();
      const destination = `STATION=127.0.0.1:${station.addr.port}`;
      await bench.start(main, "-p", "0", "--workers", "2", directory, "--destination", destination);
      const associations = await Promise.all(Array.from({ length: 8 }, () => requestor(bench)));
      for (const [index, association] of associations.entries()) {
        assert.equal(await store(association, `1.2.3.4.${index}`), 0);
      }
      for (const association of associations) {
        // The station takes nothing: an association is requested all the same.
        const responses = cMove(association, {
          sopClassUid: STUDY_ROOT_MOVE,
          moveDestination: "STATION",
          identifier: STUDY,
        });
        await Array.fromAsync(responses);
        await association.release();
      }
      await bench.stop();
      const requested = eventsOf(bench.events, "association")
        .filter(({ state }) => state === "requested");
      const ids = requested.map(({ association }) => association);
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(ids.length >= 16, `${ids}`);
    }),
);
