import assert from "node:assert/strict";
import { demoUid } from "../../../build/demo/instance.ts";
import {
  instancePath,
  instanceUid,
  pixelKeys,
  planeKeys,
  type Series,
  seriesKeys,
  timeOf,
} from "../../../build/demo/series.ts";
import { HEAD_CT } from "../../../build/demo/study.ts";

const SERIES: Series = {
  study: HEAD_CT,
  number: 4,
  folder: "ct",
  modality: "CT",
  description: "Axial",
  delay: 60,
  keys: ["BodyPartExamined=HEAD"],
};

Deno.test("timeOf() is so long after the study's time", { permissions: "none" }, () => {
  const cases = [[0, "081500"], [60, "081600"], [2400, "085500"], [3661, "091601"]] as const;
  for (const [delay, time] of cases) assert.equal(timeOf({ ...SERIES, delay }), time);
});

Deno.test("instances are named by study, series and number", { permissions: "none" }, () => {
  assert.equal(instanceUid(SERIES, 12), demoUid(1, 4, 12));
  assert.equal(instancePath(SERIES, 12), "mueller/ct/0012.dcm");
});

Deno.test("seriesKeys() has patient, study, series and equipment", { permissions: "none" }, () => {
  const keys = seriesKeys(SERIES, 12);
  for (
    const key of [
      "PatientID=DEMO-1",
      `StudyInstanceUID=${demoUid(1)}`,
      `SeriesInstanceUID=${demoUid(1, 4)}`,
      "SeriesTime=081600",
      "InstanceNumber=12",
      "BodyPartExamined=HEAD",
    ]
  ) assert.ok(keys.includes(key), key);
});

Deno.test("planeKeys() and pixelKeys() have position, orientation and size", {
  permissions: "none",
}, () => {
  const keys = [
    ...planeKeys(HEAD_CT, {
      origin: [-1.5, 2, 3],
      orientation: [[1, 0, 0], [0, 0, -1]],
      spacing: 0.9,
      columns: 20,
      rows: 10,
    }),
    ...pixelKeys({ columns: 20, rows: 10 }),
  ];
  for (
    const key of [
      "ImagePositionPatient=-1.5\\2\\3",
      "ImageOrientationPatient=1\\0\\0\\0\\0\\-1",
      "PixelSpacing=0.9\\0.9",
      "Rows=10",
      "Columns=20",
    ]
  ) assert.ok(keys.includes(key), key);
});
