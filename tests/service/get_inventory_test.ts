import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath, readKeywordPath } from "../../lib/data_set/keyword_path.ts";
import {
  type Inventory,
  type InventoryOptions,
  type QueryLevel,
  takeInventory,
} from "../../lib/service/get_inventory.ts";
import { sopClassesOfModality } from "../../lib/service/storage_usage.ts";
import { pure } from "../support/pure.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const JPEG = "1.2.840.10008.1.2.4.70";

function dataSet(...keys: readonly string[]): DataSet {
  const made = new DataSet();
  for (const key of keys) applyKeywordPath(made, key);
  return made;
}

type Answers = Readonly<Record<string, readonly (readonly string[])[]>>;

/** An archive that gives the same answers to all queries of a level, and what it was asked. */
function archive(answers: Answers): {
  readonly queries: DataSet[];
  readonly ask: (identifier: DataSet) => AsyncGenerator<DataSet>;
} {
  const queries: DataSet[] = [];
  return {
    queries,
    ask: async function* (identifier) {
      queries.push(identifier);
      const level = identifier.getString(0x00080052) ?? "";
      for (const keys of answers[level] ?? []) yield dataSet(...keys);
    },
  };
}

/** Each query as `LEVEL key key`, the values alone. */
function told(queries: readonly DataSet[]): string[] {
  const keywords = ["PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"];
  return queries.map((query) =>
    ["QueryRetrieveLevel", ...keywords].map((keyword) => readKeywordPath(query, keyword).join("|"))
      .filter((value) => value !== "").join(" ")
  );
}

interface Case {
  readonly name: string;
  readonly level?: QueryLevel;
  readonly keys: readonly string[];
  readonly options?: Partial<InventoryOptions>;
  readonly answers: Answers;
  readonly queries: readonly string[];
  readonly expected: Partial<Omit<Inventory, "instances">> & {
    readonly instances?: readonly (readonly [string, string])[];
  };
}

const STUDY = ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2"];

const CASES: readonly Case[] = [
  {
    name: "a study, down to its instances",
    keys: STUDY,
    answers: {
      STUDY: [["StudyInstanceUID=1.2"]],
      SERIES: [["SeriesInstanceUID=1.2.1", "Modality=CT"], ["SeriesInstanceUID=1.2.2"]],
      IMAGE: [[
        "SOPInstanceUID=1.2.1.1",
        `SOPClassUID=${CT}`,
        `AvailableTransferSyntaxUID=${JPEG}`,
      ]],
    },
    queries: ["STUDY 1.2", "SERIES 1.2", "IMAGE 1.2 1.2.1", "IMAGE 1.2 1.2.2"],
    expected: {
      sopClassUids: [CT],
      isExact: true,
      hasUnknown: false,
      hasAllInstances: true,
      transferSyntaxUids: [JPEG],
      instances: [["1.2.1.1", CT]],
    },
  },
  {
    name: "all studies of a patient",
    level: "PATIENT",
    keys: ["QueryRetrieveLevel=PATIENT", "PatientID=4711"],
    answers: {
      PATIENT: [["PatientID=4711"]],
      STUDY: [["StudyInstanceUID=1.2"], ["StudyInstanceUID=1.3"]],
      SERIES: [["SeriesInstanceUID=1.9"]],
      IMAGE: [["SOPInstanceUID=1.9.1", `SOPClassUID=${MR}`]],
    },
    queries: [
      ...["PATIENT 4711", "STUDY 4711", "SERIES 4711 1.2", "SERIES 4711 1.3"],
      ...["IMAGE 4711 1.2 1.9", "IMAGE 4711 1.3 1.9"],
    ],
    expected: { sopClassUids: [MR], isExact: true },
  },
  {
    name: "images at once",
    level: "IMAGE",
    keys: ["QueryRetrieveLevel=IMAGE", "SeriesInstanceUID=1.2", "SOPInstanceUID=1.3\\1.4"],
    answers: { IMAGE: [["SOPInstanceUID=1.3", `SOPClassUID=${CT}`]] },
    queries: ["IMAGE 1.2 1.3|1.4"],
    expected: { sopClassUids: [CT], isExact: true, instances: [["1.3", CT]] },
  },
  {
    name: "an archive that answers with a match for each instance",
    keys: STUDY,
    answers: {
      STUDY: [["StudyInstanceUID=1.2"], ["StudyInstanceUID=1.2"]],
      SERIES: [["SeriesInstanceUID=1.2.1"], ["SeriesInstanceUID=1.2.1"]],
      IMAGE: [["SOPInstanceUID=1", `SOPClassUID=${CT}`], ["SOPInstanceUID=2", `SOPClassUID=${CT}`]],
    },
    queries: ["STUDY 1.2", "SERIES 1.2", "IMAGE 1.2 1.2.1"],
    expected: { sopClassUids: [CT], isExact: true, hasAllInstances: true },
  },
  {
    name: "instances without a SOP class, in a series with a modality",
    keys: STUDY,
    answers: {
      STUDY: [["StudyInstanceUID=1.2"]],
      SERIES: [["SeriesInstanceUID=1.2.1", "Modality=CT"]],
      IMAGE: [["SOPInstanceUID=1.2.1.1"]],
    },
    queries: ["STUDY 1.2", "SERIES 1.2", "IMAGE 1.2 1.2.1"],
    expected: {
      sopClassUids: sopClassesOfModality("CT"),
      isExact: false,
      hasUnknown: false,
      hasAllInstances: true,
      instances: [["1.2.1.1", ""]],
    },
  },
  {
    name: "SOP Classes in Study, where there is no more",
    keys: STUDY,
    answers: {
      STUDY: [["StudyInstanceUID=1.2", `SOPClassesInStudy=${CT}\\${MR}`, "ModalitiesInStudy=CT"]],
    },
    options: { lowest: "STUDY" },
    queries: ["STUDY 1.2"],
    expected: { sopClassUids: [CT, MR], isExact: true, hasAllInstances: false, instances: [] },
  },
  {
    name: "Modalities in Study, where there is no more",
    keys: STUDY,
    answers: { STUDY: [["StudyInstanceUID=1.2", "ModalitiesInStudy=MR\\KO"]] },
    queries: ["STUDY 1.2", "SERIES 1.2"],
    expected: {
      sopClassUids: [...new Set([...sopClassesOfModality("MR"), ...sopClassesOfModality("KO")])],
      isExact: false,
      hasUnknown: false,
    },
  },
  {
    name: "a modality that tells nothing",
    keys: STUDY,
    answers: {
      STUDY: [["StudyInstanceUID=1.2"]],
      SERIES: [["SeriesInstanceUID=1.2.1", "Modality=ZZ"]],
    },
    queries: ["STUDY 1.2", "SERIES 1.2", "IMAGE 1.2 1.2.1"],
    expected: { sopClassUids: [], isExact: false, hasUnknown: true, hasAllInstances: false },
  },
  {
    name: "nothing",
    keys: STUDY,
    answers: {},
    queries: ["STUDY 1.2"],
    expected: { sopClassUids: [], hasUnknown: true, isExact: false, hasAllInstances: false },
  },
  {
    name: "more series than queries: their modality has to do",
    keys: STUDY,
    options: { limit: 3 },
    answers: {
      STUDY: [["StudyInstanceUID=1.2"]],
      SERIES: [["SeriesInstanceUID=1", "Modality=CT"], ["SeriesInstanceUID=2", "Modality=SEG"]],
      IMAGE: [["SOPInstanceUID=1.1", `SOPClassUID=${CT}`]],
    },
    queries: ["STUDY 1.2", "SERIES 1.2", "IMAGE 1.2 1"],
    expected: {
      sopClassUids: [...new Set([CT, ...sopClassesOfModality("SEG")])],
      isExact: false,
      hasAllInstances: false,
    },
  },
];

for (const { name, level = "STUDY", keys, options = {}, answers, queries, expected } of CASES) {
  pure(`takeInventory() of ${name}`, async () => {
    const { ask, queries: asked } = archive(answers);
    const inventory = await takeInventory(ask, { identifier: dataSet(...keys), level, ...options });
    assert.deepEqual(told(asked), queries);
    const { instances, ...rest } = expected;
    for (const [field, value] of Object.entries(rest)) {
      assert.deepEqual(inventory[field as keyof Inventory], value, field);
    }
    if (instances !== undefined) assert.deepEqual([...inventory.instances], instances);
    assert.equal(inventory.error, undefined);
  });
}

pure(
  "takeInventory() matches by all keys of the identifier, and returns what it needs",
  async () => {
    const { ask, queries } = archive({ STUDY: [["StudyInstanceUID=1.2"]] });
    const identifier = dataSet(
      "QueryRetrieveLevel=STUDY",
      "PatientName=Doe*",
      "StudyDate=20240101-",
    );
    await takeInventory(ask, { identifier, level: "STUDY" });
    const [first, second] = queries;
    assert.deepEqual([...first ?? []].map(({ tag }) => tag), [
      ...[0x00080020, 0x00080052, 0x00080061, 0x00080062, 0x00100010, 0x0020000d],
    ]);
    assert.deepEqual([...second ?? []].map(({ tag }) => tag), [
      ...[0x00080052, 0x00080060, 0x0020000d, 0x0020000e],
    ]);
    assert.equal(identifier.size, 3, "the identifier of the retrieve stays as it is");
  },
);

pure(
  "takeInventory() gives a Patient ID back in the bytes and character set it came in",
  async () => {
    const queries: DataSet[] = [];
    const value = Uint8Array.of(0xc0, 0xd1);
    await takeInventory(
      async function* (identifier) {
        queries.push(identifier);
        if (queries.length > 1) return;
        yield dataSet("SpecificCharacterSet=ISO_IR 144")
          .set({ tag: 0x00100020, vr: "LO", value });
      },
      { identifier: dataSet("QueryRetrieveLevel=PATIENT", "PatientID=*"), level: "PATIENT" },
    );
    assert.deepEqual(queries[1]?.get(0x00100020)?.value, value);
    assert.deepEqual(queries[1]?.characterSets, ["ISO_IR 144"]);
  },
);

pure("takeInventory() keeps what it knows when the archive goes away", async () => {
  const gone = new Error("gone");
  const inventory = await takeInventory(
    async function* (identifier) {
      if (identifier.getString(0x00080052) === "IMAGE") {
        yield dataSet("SOPInstanceUID=1.1", `SOPClassUID=${CT}`);
        throw gone;
      }
      yield dataSet("SeriesInstanceUID=1");
    },
    { identifier: dataSet("QueryRetrieveLevel=SERIES", "SeriesInstanceUID=1"), level: "SERIES" },
  );
  assert.equal(inventory.error, gone);
  assert.deepEqual(inventory.sopClassUids, [CT]);
  assert.deepEqual([inventory.isExact, inventory.hasAllInstances], [false, false]);
});

pure("takeInventory() names the series that are wanted whole", async () => {
  const answers = {
    STUDY: [["StudyInstanceUID=1.2"]],
    SERIES: [["SeriesInstanceUID=1.2.1"]],
    IMAGE: [["SOPInstanceUID=1.2.1.1", `SOPClassUID=${CT}`]],
  };
  const identifier = dataSet(...STUDY);
  const { series } = await takeInventory(archive(answers).ask, { identifier, level: "STUDY" });
  assert.deepEqual(told(series.map((each) => each.identifier)), ["SERIES 1.2 1.2.1"]);
  assert.deepEqual(series.map(({ sopInstanceUids }) => sopInstanceUids), [["1.2.1.1"]]);
  // Of the images that were asked for the series may hold more.
  const image = dataSet(
    "QueryRetrieveLevel=IMAGE",
    "SeriesInstanceUID=1",
    "SOPInstanceUID=1.2.1.1",
  );
  const some = await takeInventory(archive(answers).ask, { identifier: image, level: "IMAGE" });
  assert.deepEqual(some.series, []);
});

pure("takeInventory() has enough when the archive never comes to an end", async () => {
  let given = 0;
  const inventory = await takeInventory(
    async function* () {
      while (given < 1000) yield dataSet(`SOPInstanceUID=1.${++given}`, `SOPClassUID=${CT}`);
    },
    { identifier: dataSet("QueryRetrieveLevel=IMAGE"), level: "IMAGE", matchLimit: 3 },
  );
  assert.equal(given, 4);
  assert.equal(inventory.instances.size, 3);
  assert.equal(inventory.hasAllInstances, false);
  assert.equal(
    inventory.error instanceof Error ? inventory.error.message : "",
    "Cannot take stock of more than 3 matches",
  );
});

pure("takeInventory() keeps no name of an instance that is no UID", async () => {
  const long = `1.${"2".repeat(63)}`;
  const { instances, hasAllInstances } = await takeInventory(
    async function* () {
      yield dataSet(`SOPInstanceUID=${long}`, `SOPClassUID=${CT}`);
      yield dataSet("SOPInstanceUID=1.2", `SOPClassUID=${CT}`);
    },
    { identifier: dataSet("QueryRetrieveLevel=IMAGE"), level: "IMAGE" },
  );
  assert.deepEqual([...instances.keys()], ["1.2"]);
  assert.equal(hasAllInstances, false);
});
