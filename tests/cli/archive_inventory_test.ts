import assert from "node:assert/strict";
import { askInventory } from "../../cli/archive_inventory.ts";
import { Interrupt } from "../../cli/interrupt.ts";
import { ToolLog } from "../../cli/log.ts";
import type { Inventory } from "../../lib/service/get_inventory.ts";
import { settle } from "../support/fake_clock.ts";
import { type ArchiveWays, dataSetOf, GetArchive, type SeenAssociation } from "./get_archive.ts";
import { ToolBench } from "./tool_bench.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const KEYS = ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function ask(
  bench: ToolBench,
  level = "STUDY",
  logLevel: "info" | "verbose" = "info",
  model: "study-root" | "patient-study-only" = "study-root",
): Promise<Inventory | undefined> {
  return askInventory({
    identifier: { dataSet: dataSetOf(...KEYS), level, hasPatientId: false },
    model,
    association: { hostname: "h", port: 104, callingAeTitle: "A", calledAeTitle: "B" },
    requesting: {
      interrupt: new Interrupt(bench.io),
      log: new ToolLog(logLevel, bench.io.stderr),
      io: bench.io,
      onConnected: () => {},
    },
    onAssociated: () => {},
  });
}

const FINDS: ArchiveWays["finds"] = {
  STUDY: [["StudyInstanceUID=1.2"]],
  SERIES: [["SeriesInstanceUID=1.2.1"]],
  IMAGE: [["SOPInstanceUID=1.2.1.1", `SOPClassUID=${CT}`]],
};

pure(
  "askInventory() asks on an association of its own, and says so to who wants to know",
  async () => {
    for (const level of ["info", "verbose"] as const) {
      const bench = new ToolBench();
      const archive: GetArchive = new GetArchive(bench, { holds: [], finds: FINDS });
      const inventory = await ask(bench, "STUDY", level);
      assert.deepEqual(inventory?.sopClassUids, [CT]);
      const first: SeenAssociation | undefined = archive.associations[0];
      assert.deepEqual(
        first?.request.presentationContexts.map(({ abstractSyntaxes }) => abstractSyntaxes.join()),
        ["1.2.840.10008.5.1.4.1.2.2.1"],
      );
      assert.equal(first?.finds.length, 3);
      if (level === "info") assert.equal(bench.stderr, "");
      else {
        assert.deepEqual(bench.lines.filter((line) => line.includes("C-FIND")), [
          "I: Asking the archive by C-FIND what it holds",
          "I: C-FIND at STUDY level: 1 found (0x0000)",
          "I: C-FIND at SERIES level: 1 found (0x0000)",
          "I: C-FIND at IMAGE level: 1 found (0x0000)",
        ]);
      }
    }
  },
);

pure("askInventory() goes no lower than studies in Patient/Study Only", async () => {
  const bench = new ToolBench();
  const archive: GetArchive = new GetArchive(bench, { holds: [], finds: FINDS });
  await ask(bench, "STUDY", "info", "patient-study-only");
  assert.equal(archive.associations[0]?.finds.length, 1);
});

pure(
  "askInventory() knows nothing when the archive does not answer, or the level is odd",
  async () => {
    for (const ways of [{ holds: [] }, { holds: [], refuses: () => true }]) {
      const bench = new ToolBench();
      new GetArchive(bench, ways);
      assert.equal(await ask(bench), undefined);
      assert.equal(bench.stderr, "");
    }
    const bench = new ToolBench();
    assert.equal(await ask(bench, "FRAME"), undefined);
    assert.deepEqual(bench.calls, []);
  },
);

pure("askInventory() settles for what it has when an answer does not come in time", async () => {
  const bench = new ToolBench();
  const asked = ask(bench);
  const { peer } = await bench.acceptAssociation();
  await peer.expectMessage("C-FIND-RQ");
  await settle();
  await bench.clock.advance(60_000);
  peer.transport.close();
  const inventory = await asked;
  assert.deepEqual(inventory?.sopClassUids ?? [], []);
  assert.equal(bench.stderr, "");
});

pure("askInventory() fails when there is no connection, as the C-GET would", async () => {
  const bench = new ToolBench();
  const io = { ...bench.io, connect: () => Promise.reject(new Error("unused")) };
  Object.assign(bench, { io });
  await assert.rejects(ask(bench), /unused/);
});
