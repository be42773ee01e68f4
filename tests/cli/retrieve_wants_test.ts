import assert from "node:assert/strict";
import { type Request, retrieveWants } from "../../cli/retrieve_wants.ts";
import type { Inventory } from "../../lib/service/get_inventory.ts";
import { pure } from "../support/requesting.ts";
import { dataSetOf } from "./get_archive.ts";

type Known = Pick<Inventory, "instances" | "series" | "hasAllInstances">;

const STUDY: Request = {
  dataSet: dataSetOf("QueryRetrieveLevel=STUDY", "StudyInstanceUID=1"),
  level: "STUDY",
};

/** An archive's series, each with so many instances: `1.1.1`, `1.1.2` … of the class of its number. */
function inventory(counts: readonly number[], change: Partial<Known> = {}): Known {
  const series = counts.map((count, index) => ({
    identifier: dataSetOf(
      "QueryRetrieveLevel=SERIES",
      "StudyInstanceUID=1",
      `SeriesInstanceUID=1.${index + 1}`,
    ),
    sopInstanceUids: Array.from({ length: count }, (_, number) => `1.${index + 1}.${number + 1}`),
  }));
  const instances = new Map(
    series.flatMap(({ sopInstanceUids }, index) =>
      sopInstanceUids.map((uid): [string, string] => [uid, `1.2.${index + 1}`])
    ),
  );
  return { series, instances, hasAllInstances: true, ...change };
}

/** What is asked for: the level, the series, the instances, and the classes. */
function told(request: Request, known: Known, here: readonly string[]) {
  return retrieveWants(request, known, (uid) => here.includes(uid))?.map((want) => [
    want.identifier.getString(0x00080052),
    want.identifier.getString(0x0020000e),
    want.identifier.getStrings(0x00080018).join(" "),
    want.sopClassUids.join(" "),
  ]);
}

const CASES: readonly {
  readonly name: string;
  readonly request?: Request;
  readonly known: Known;
  readonly here: readonly string[];
  readonly wants: ReturnType<typeof told>;
}[] = [
  {
    name: "nothing when all is here",
    known: inventory([1, 1]),
    here: ["1.1.1", "1.2.1"],
    wants: [],
  },
  {
    name: "whole series of which nothing is here",
    known: inventory([1, 2]),
    here: ["1.1.1"],
    wants: [["SERIES", "1.2", "", "1.2.2"]],
  },
  {
    name: "lists of instances where some are here",
    known: inventory([3, 2, 1]),
    here: ["1.1.2", "1.3.1"],
    wants: [["IMAGE", "1.1", "1.1.1 1.1.3", "1.2.1"], ["SERIES", "1.2", "", "1.2.2"]],
  },
  {
    name: "instances of the list that the user gave",
    request: {
      dataSet: dataSetOf(
        "QueryRetrieveLevel=IMAGE",
        "StudyInstanceUID=1",
        "SeriesInstanceUID=1.1",
        "SOPInstanceUID=1.1.1\\1.1.2\\1.1.3",
      ),
      level: "IMAGE",
    },
    // A query of this level has no series in it.
    known: inventory([3], { series: [] }),
    here: ["1.1.1"],
    wants: [["IMAGE", "1.1", "1.1.2 1.1.3", "1.2.1"]],
  },
  {
    name: "what is not known",
    known: inventory([3], { hasAllInstances: false }),
    here: ["1.1.1"],
    wants: undefined,
  },
  {
    name: "what is in no series that is known",
    known: inventory([3], { series: [] }),
    here: ["1.1.1"],
    wants: undefined,
  },
];

for (const { name, request = STUDY, known, here, wants } of CASES) {
  pure(`retrieveWants() asks for ${name}`, () => {
    assert.deepEqual(told(request, known, here), wants);
  });
}

pure("retrieveWants() lists some hundreds of instances at a time", () => {
  const wants = retrieveWants(STUDY, inventory([451]), (uid) => uid === "1.1.1") ?? [];
  assert.deepEqual(wants.map(({ sopInstanceUids: { length } }) => length), [200, 200, 50]);
  const listed = wants.flatMap(({ identifier }) => identifier.getStrings(0x00080018));
  assert.deepEqual([listed.length, listed[0], listed.at(-1)], [450, "1.1.2", "1.1.451"]);
  assert.equal(STUDY.dataSet.getString(0x00080018), undefined, "the user's stays as it is");
});
