import assert from "node:assert/strict";
import fc from "fast-check";
import { DataSet } from "../../../lib/data_set/data_set.ts";
import { lookupKeyword, resolveVr } from "../../../lib/data_set/dictionary.ts";
import { matchesIdentifier } from "../../../lib/data_set/matching.ts";
import { PATIENT_ROOT_FIND, PATIENT_STUDY_ONLY_FIND } from "../../../lib/sop_class.ts";
import { ArchiveIndex } from "../../../plugins/archive/archive_index.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { find, type FindOptions, idsOf } from "../../../plugins/archive/find.ts";
import { CT, EXPLICIT, findRequest, identifierOf, keptLog, shown } from "../archive_area.ts";

/** An index in memory, of data sets. */
async function indexOf(dataSets: readonly DataSet[]): Promise<ArchiveIndex> {
  const index = new ArchiveIndex(await openDatabase(IN_MEMORY, keptLog().log));
  index.enter(dataSets.map((attributes, number) => ({
    directory: "/in",
    name: `${number}`,
    content: {
      kind: "instance",
      stamp: { size: 1, modified: 1, inode: 1 },
      head: {
        attributes,
        sopClassUid: CT,
        sopInstanceUid: attributes.getString(0x00080018) ?? "",
        transferSyntaxUid: EXPLICIT,
        dataSetOffset: 0,
      },
    },
  })));
  return index;
}

/** Two patients, three studies, four series, five images. */
const HELD: readonly (readonly string[])[] = [
  ["P1", "DOE^JANE", "1", "20240101", "CT", "1.1", "1.1.1", "1"],
  ["P1", "DOE^JANE", "1", "20240101", "CT", "1.1", "1.1.2", "2"],
  ["P1", "DOE^JANE", "1", "20240101", "SR", "1.2", "1.2.1", "1"],
  ["P1", "DOE^JANE", "2", "20240201", "MR", "2.1", "2.1.1", "1"],
  ["P2", "Roe^Rick", "3", "20240301", "CT", "3.1", "3.1.1", "1"],
];

const IMAGES: readonly DataSet[] = HELD.map((
  [id, name, study, date, modality, series, image, number],
) =>
  identifierOf(
    `SOPClassUID=${CT}`,
    `PatientID=${id}`,
    `PatientName=${name}`,
    "PatientSex=F",
    `StudyInstanceUID=${study}`,
    `StudyDate=${date}`,
    "StudyTime=120000",
    `Modality=${modality}`,
    `SeriesInstanceUID=${series}`,
    `SOPInstanceUID=${image}`,
    `InstanceNumber=${number}`,
    `ImageComments=image ${image}`,
    `RequestAttributesSequence[0].ScheduledProcedureStepID=S${series}`,
    `RequestAttributesSequence[0].RequestedProcedureID=R${series}`,
  )
);

const MODELS = {
  P: PATIENT_ROOT_FIND,
  S: "1.2.840.10008.5.1.4.1.2.2.1",
  O: PATIENT_STUDY_ONLY_FIND,
} as const;

/** Keys, and the unique keys of what is found; a number is the status of a refusal. */
const QUERIES: readonly (readonly [
  model: keyof typeof MODELS,
  level: string,
  keys: string,
  expected: string | number,
  options?: FindOptions,
])[] = [
  ["P", "PATIENT", "PatientID", "P1 P2"],
  ["P", "PATIENT", "PatientID=P1", "P1"],
  ["P", "PATIENT", "PatientID=P?", "P1 P2"],
  ["P", "PATIENT", "PatientID=P9", ""],
  ["P", "PATIENT", "PatientName=DOE*", "P1"],
  ["P", "PATIENT", "PatientName=roe*", ""],
  ["P", "PATIENT", "PatientName=roe*", "P2", { foldPersonNames: true }],
  ["P", "STUDY", "PatientID=P1", "1 2"],
  ["P", "STUDY", "PatientID=P1,StudyDate=20240115-", "2"],
  ["P", "SERIES", "PatientID=P1,StudyInstanceUID=1", "1.1 1.2"],
  ["P", "SERIES", "PatientID=P2,StudyInstanceUID=1", ""],
  ["P", "IMAGE", "PatientID=P1,StudyInstanceUID=1,SeriesInstanceUID=1.1", "1.1.1 1.1.2"],
  ["P", "STUDY", "StudyInstanceUID=1", 0xa900],
  ["P", "STUDY", "StudyInstanceUID=1", "1", { relational: true }],
  ["P", "STUDY", "PatientID=P*", 0xa900],
  ["P", "FRAME", "PatientID=P1", 0xa900],
  ["P", "", "PatientID=P1", 0xa900],
  ["S", "PATIENT", "PatientID=P1", 0xa900],
  ["S", "STUDY", "StudyInstanceUID", "1 2 3"],
  ["S", "STUDY", "StudyInstanceUID=1\\3", "1 3"],
  ["S", "STUDY", "StudyInstanceUID=1*", ""], // UIDs have no wild cards.
  ["S", "STUDY", "PatientName=DOE*", "1 2"],
  ["S", "STUDY", "StudyDate=20240101-20240201", "1 2"],
  ["S", "STUDY", "StudyDate=-20240131", "1"],
  ["S", "STUDY", "ModalitiesInStudy=CT", "1 3"],
  ["S", "STUDY", "ModalitiesInStudy=S?", "1"],
  ["S", "STUDY", "ModalitiesInStudy=MR\\SR", "1 2"],
  ["S", "STUDY", "NumberOfStudyRelatedInstances=3", "1"],
  ["S", "STUDY", "NumberOfStudyRelatedSeries=1", "2 3"],
  ["S", "STUDY", "NumberOfPatientRelatedStudies=2", "1 2"],
  ["S", "STUDY", `SOPClassesInStudy=${CT}`, "1 2 3"],
  ["S", "STUDY", "InstanceAvailability=ONLINE", "1 2 3"],
  ["S", "STUDY", "InstanceAvailability=OFFLINE", ""],
  ["S", "STUDY", "RetrieveAETitle=US", "1 2 3", { retrieveAeTitle: "US" }],
  // A key of a level below: there is a series or an image that has it.
  ["S", "STUDY", "Modality=CT", "1 3"],
  ["S", "STUDY", "ImageComments=image 1.1.?", "1"],
  ["S", "SERIES", "StudyInstanceUID=1,Modality=SR", "1.2"],
  ["S", "SERIES", "Modality=CT", 0xa900],
  ["S", "SERIES", "Modality=CT", "1.1 3.1", { relational: true }],
  ["S", "SERIES", "StudyInstanceUID=1,NumberOfSeriesRelatedInstances=2", "1.1"],
  [
    "S",
    "SERIES",
    "StudyInstanceUID=1,RequestAttributesSequence[0].RequestedProcedureID=R1.2",
    "1.2",
  ],
  ["S", "IMAGE", "StudyInstanceUID=1,SeriesInstanceUID=1.1,InstanceNumber=02", "1.1.2"],
  ["S", "IMAGE", "StudyInstanceUID=1,SeriesInstanceUID=1.1,ImageComments=*1.1.2", "1.1.2"],
  ["S", "IMAGE", "StudyInstanceUID=1", 0xa900],
  ["S", "IMAGE", "PatientID=P1,InstanceNumber=1", "1.1.1 1.2.1 2.1.1", { relational: true }],
  ["O", "PATIENT", "PatientSex=F", "P1 P2"],
  ["O", "STUDY", "PatientID=P2", "3"],
  ["O", "STUDY", "StudyInstanceUID=3", 0xa900],
  ["O", "SERIES", "PatientID=P1,StudyInstanceUID=1", 0xa900],
];

const UNIQUE: Readonly<Record<string, number>> = {
  PATIENT: 0x00100020,
  STUDY: 0x0020000d,
  SERIES: 0x0020000e,
  IMAGE: 0x00080018,
};

for (const [model, level, keys, expected, options] of QUERIES) {
  const name = `find() on level ${level} of model ${model}, by ${keys}${
    options ? ` with ${Object.keys(options)}` : ""
  }`;
  Deno.test(name, async () => {
    using index = await indexOf(IMAGES);
    const request = findRequest(level, keys.split(","), { sopClassUid: MODELS[model] });
    const run = async (): Promise<string> => {
      const uids: string[] = [];
      for await (const response of find(index, request, options)) {
        uids.push(response.getString(UNIQUE[level] ?? 0) ?? "none");
      }
      return uids.join(" ");
    };
    if (typeof expected === "string") assert.equal(await run(), expected);
    else await assert.rejects(run, { status: expected });
  });
}

Deno.test("find() answers what was asked, and the unique keys", async () => {
  using index = await indexOf(IMAGES);
  const keys = ["PatientName", "StudyDescription", "Modality=CT", "NumberOfSeriesRelatedInstances"];
  const request = findRequest("SERIES", ["StudyInstanceUID=1", ...keys, "InstanceAvailability"]);
  const [response] = await Array.fromAsync(find(index, request, { retrieveAeTitle: "US" }));
  assert.ok(response !== undefined);
  assert.deepEqual(shown(response), [
    "QueryRetrieveLevel=SERIES",
    "InstanceAvailability=ONLINE",
    "Modality=CT",
    "StudyDescription=",
    "PatientName=DOE^JANE",
    "StudyInstanceUID=1",
    "SeriesInstanceUID=1.1",
    "NumberOfSeriesRelatedInstances=2",
  ]);
});

Deno.test("find() does what was negotiated, whatever the options leave out", async () => {
  using index = await indexOf(IMAGES);
  const options = { relational: false, foldPersonNames: false };
  const request = findRequest("SERIES", ["PatientName=roe*"], { relational: true, fuzzy: true });
  assert.equal((await Array.fromAsync(find(index, request, options))).length, 1);
  const moments = ["StudyDate=20240101-20240201", "StudyTime=130000-110000"];
  const combined = findRequest("STUDY", moments, { combineDateTime: true });
  const studies = await Array.fromAsync(
    find(index, combined),
    (study) => study.getString(0x0020000d),
  );
  assert.deepEqual(studies, []);
  const apart = findRequest("STUDY", ["StudyDate=20240101-20240201", "StudyTime=110000-130000"]);
  assert.equal((await Array.fromAsync(find(index, apart))).length, 2);
});

Deno.test("find() stops at the limit with 0xA700, after that many", async () => {
  using index = await indexOf(IMAGES);
  const responses: DataSet[] = [];
  await assert.rejects(async () => {
    for await (
      const response of find(index, findRequest("STUDY", []), { maximumMatches: 2 })
    ) responses.push(response);
  }, { status: 0xa700, errorComment: "More than 2 matches" });
  assert.equal(responses.length, 2);
  const all = await Array.fromAsync(find(index, findRequest("STUDY", []), { maximumMatches: 3 }));
  assert.equal(all.length, 3);
});

Deno.test("find() ends when the request is cancelled", async () => {
  using index = await indexOf(IMAGES);
  const cancel = new AbortController();
  const request = findRequest("STUDY", [], { signal: cancel.signal });
  await assert.rejects(async () => {
    for await (const _ of find(index, request)) cancel.abort(new Error("cancelled"));
  }, /cancelled/);
});

Deno.test("idsOf() gives every row when nothing narrows it down", async () => {
  using index = await indexOf(IMAGES);
  const { signal } = new AbortController();
  assert.deepEqual(await idsOf(index, "IMAGE", [], signal), [1, 2, 3, 4, 5]);
});

/** Values that are near each other, so that some match. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  PatientID: ["", "A", "B", "AB", "A\\B", "a", "[A]", "Ü", "U\u0308"],
  PatientName: [
    "",
    "Doe^Jane",
    "DOE^JANE^^",
    "Doe",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "ΟΔΟΣ^Σ",
    "οδος^ς",
    "İpek",
    "ipek",
    "Doe^Jane\\Roe",
    "=山田",
  ],
  PatientBirthDate: ["", "19600101", "1960.01.01", "19600231", "19600302", "soon"],
  StudyDate: ["", "20240101", "20240102", "20240131", "20240231", "20240302", "2024.01.02"],
  StudyTime: ["", "10", "1030", "103000.5", "23", "10:30"],
  AccessionNumber: ["", "1", "01", "1*"],
  StudyDescription: ["", "Head", "head", "HEAD^X", "He?d"],
  ReferringPhysicianName: ["", "Doe^Jane", "doe"],
  Modality: ["CT", "MR", "CT\\MR", ""],
  SeriesNumber: ["", "1", "01", "2", "1\\2"],
  BodyPartExamined: ["", "HEAD", "CHEST"],
  InstanceNumber: ["", "1", "+1", "2"],
  EthnicGroup: ["", "x", "y"],
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  PatientID: ["*", "A*", "?", "*B", "[A]", "[[A]*", "A\\B"],
  PatientName: [
    "doe*",
    "Doe^*",
    "*",
    "山田*",
    "?oe",
    "=山田^太郎",
    "ΟΔΟΣ*",
    "İ*",
    "i*",
    "D?E^J*",
    "^",
  ],
  PatientBirthDate: ["1960-", "19600101-19600401", "19600302", "-19600303", "-"],
  StudyDate: ["20240101-20240131", "20240102-", "-20240301", "20240303", "20240228-20240305"],
  StudyTime: ["1000-1059", "-12", "1030", "10:00-11:00", "99-"],
  AccessionNumber: ["*", "?"],
  StudyDescription: ["*ead", "He*", "????"],
  ReferringPhysicianName: ["DOE*", "*e"],
  Modality: ["C?", "CT\\MR"],
  ModalitiesInStudy: ["CT", "M?", "CT\\SR", "*"],
  SeriesNumber: ["1", "x"],
  EthnicGroup: ["x", "?"],
};

/** A data set of any text, in UTF-8, whether it is fit for its element or not. */
function textDataSet(keys: readonly string[]): DataSet {
  const dataSet = new DataSet();
  for (const key of ["SpecificCharacterSet=ISO_IR 192", ...keys]) {
    const [keyword = "", text = ""] = key.split(/=(.*)/s);
    const entry = lookupKeyword(keyword);
    assert.ok(entry !== undefined, keyword);
    const value = new TextEncoder().encode(text.length % 2 === 0 ? text : `${text} `);
    dataSet.set({ tag: entry.tag, vr: resolveVr(entry.vr, undefined), value });
  }
  return dataSet;
}

function pick(table: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<string[]> {
  return fc.record(
    Object.fromEntries(
      Object.entries(table).map(([keyword, values]) => [keyword, fc.constantFrom(...values)]),
    ),
    { requiredKeys: [] },
  ).map((chosen) => Object.entries(chosen).map(([keyword, value]) => `${keyword}=${value}`));
}

/** Few keys, or next to nothing matches. */
const someKeys = fc.tuple(pick(KEYS), pick(VALUES), fc.nat(), fc.integer({ min: 1, max: 3 })).map(
  ([patterns, values, start, count]) => {
    const all = [...patterns, ...values];
    return Array.from({ length: count }, (_, at) => all[(start + at * 7) % (all.length || 1)] ?? "")
      .filter((key) => key !== "");
  },
);

Deno.test("whatever matches in memory is found by the index, and nothing else", async () => {
  const images = fc.array(pick(VALUES), { minLength: 1, maxLength: 12 });
  const flags = fc.record({ fold: fc.boolean(), combine: fc.boolean() });
  let found = 0;
  await fc.assert(
    fc.asyncProperty(images, fc.array(someKeys, { minLength: 1, maxLength: 8 }), flags, async (
      held,
      queries,
      { fold, combine },
    ) => {
      // Each image is a study of its own, so that nothing is the first one's.
      const dataSets = held.map((keys, number) =>
        textDataSet([
          `SOPClassUID=${CT}`,
          `SOPInstanceUID=1.${number}`,
          `StudyInstanceUID=2.${number}`,
          `SeriesInstanceUID=3.${number}`,
          `IssuerOfPatientID=${number}`,
          ...keys,
        ])
      );
      using index = await indexOf(dataSets);
      for (const keys of queries) {
        const unique = [...new Map(keys.map((key) => [key.split("=")[0], key])).values()];
        const request = findRequest("IMAGE", [], {
          identifier: textDataSet(["QueryRetrieveLevel=IMAGE", ...unique]),
          relational: true,
          combineDateTime: combine,
        });
        const options = { foldPersonNames: fold, combineDateTime: combine };
        const expected = dataSets.filter((dataSet) => {
          const candidate = new DataSet();
          for (const element of dataSet) candidate.set(element);
          const modalities = dataSet.getStrings(0x00080060).join("\\");
          const value = new TextEncoder().encode(modalities);
          candidate.set({ tag: 0x00080061, vr: "CS", value });
          return matchesIdentifier(request.identifier, candidate, options);
        }).map((dataSet) => dataSet.getString(0x00080018));
        const uids: (string | undefined)[] = [];
        for await (const response of find(index, request, { foldPersonNames: fold })) {
          uids.push(response.getString(0x00080018));
        }
        assert.deepEqual(uids, expected, unique.join());
        found += uids.length;
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(found > 100, `only ${found} matches in all`);
});
