import assert from "node:assert/strict";
import { PATIENT_ROOT_MOVE, STUDY_ROOT_GET } from "../../../lib/sop_class.ts";
import type { Archive } from "../../../plugins/archive.ts";
import { dataSetBytes } from "../../support/part10.ts";
import { ArchiveArea, facts, findRequest, located } from "../archive_area.ts";

async function filled(area: ArchiveArea): Promise<Archive> {
  for (const [patient, study, series, image] of HELD) {
    const keys = [
      `PatientID=${patient}`,
      `StudyInstanceUID=${study}`,
      `SeriesInstanceUID=${series}`,
    ];
    await area.put(`${image}.dcm`, facts(image, ...keys));
  }
  return await area.opened();
}

const HELD = [
  ["P", "1", "1.1", "1.1.1"],
  ["P", "1", "1.1", "1.1.2"],
  ["P", "1", "1.2", "1.2.1"],
  ["P", "2", "2.1", "2.1.1"],
  ["Q\\R", "3", "3.1", "3.1.1"],
] as const;

/** What is asked for, and what is found. */
const RETRIEVES: readonly (readonly [model: string, level: string, keys: string, uids: string])[] =
  [
    [PATIENT_ROOT_MOVE, "PATIENT", "PatientID=P", "1.1.1 1.1.2 1.2.1 2.1.1"],
    [PATIENT_ROOT_MOVE, "PATIENT", "PatientID=Q\\R", "3.1.1"],
    [PATIENT_ROOT_MOVE, "PATIENT", "PatientID=X", ""],
    [PATIENT_ROOT_MOVE, "STUDY", "PatientID=P,StudyInstanceUID=2", "2.1.1"],
    [PATIENT_ROOT_MOVE, "STUDY", "PatientID=Q,StudyInstanceUID=2", ""],
    [STUDY_ROOT_GET, "STUDY", "StudyInstanceUID=1\\2", "1.1.1 1.1.2 1.2.1 2.1.1"],
    [STUDY_ROOT_GET, "SERIES", "StudyInstanceUID=1,SeriesInstanceUID=1.2", "1.2.1"],
    [
      STUDY_ROOT_GET,
      "IMAGE",
      "StudyInstanceUID=1,SeriesInstanceUID=1.1,SOPInstanceUID=1.1.2",
      "1.1.2",
    ],
    [STUDY_ROOT_GET, "STUDY", "StudyInstanceUID=1,PatientID=Nobody", "1.1.1 1.1.2 1.2.1"],
  ];

Deno.test("locate() finds by unique keys", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await filled(area);
  for (const [sopClassUid, level, keys, uids] of RETRIEVES) {
    const instances = await located(archive, level, keys.split(","), { sopClassUid });
    assert.equal(instances.map(({ uid }) => uid).join(" "), uids, keys);
  }
});

Deno.test("locate() gives the bytes of the data set", async () => {
  await using area = await ArchiveArea.make();
  const path = await area.put("1.dcm", facts("1.2", `ImageComments=${"long ".repeat(100_000)}`));
  await using archive = await area.opened();
  const [instance] = await located(archive, "STUDY", ["StudyInstanceUID=1.2.3"]);
  assert.deepEqual(instance?.bytes, new Uint8Array(dataSetBytes(path)));
});

Deno.test("locate() refuses what names nothing", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await filled(area);
  await assert.rejects(located(archive, "STUDY", []), { status: 0xa900 });
  await assert.rejects(located(archive, "SERIES", ["SeriesInstanceUID=1.1"]), { status: 0xa900 });
  const relational = await located(archive, "SERIES", ["SeriesInstanceUID=1.1"], {
    relational: true,
  });
  assert.equal(relational.length, 2);
});

Deno.test("an instance whose file has changed or gone is not sent", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await filled(area);
  const request = findRequest("STUDY", ["StudyInstanceUID=1"], { sopClassUid: STUDY_ROOT_GET });
  const [changed, gone] = await Array.fromAsync(archive.handlers.locate(request));
  await area.put("1.1.1.dcm", facts("1.1.1", "ImageComments=other"));
  await Deno.remove(`${area.folder}/1.1.2.dcm`);
  await assert.rejects(
    async () => await changed?.open(),
    /the file has changed since it was indexed/,
  );
  await assert.rejects(async () => await gone?.open(), Deno.errors.NotFound);
});
