import assert from "node:assert/strict";
import { anyOf, conditionsOf, joined } from "../../../plugins/archive/condition.ts";
import type { Level } from "../../../plugins/archive/level.ts";
import { identifierOf } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

/** What an identifier narrows down, at the level where it is asked. */
const CASES: readonly (readonly [Level, keys: readonly string[], string[], unknown[]])[] = [
  ["STUDY", ["PatientID=4711"], ["(PATIENT.patient_id = ?)"], ["4711"]],
  ["STUDY", ["PatientID="], [], []],
  ["STUDY", ["PatientID=*"], [], []],
  ["STUDY", ["PatientID=4[7]*"], ["(PATIENT.patient_id GLOB ?)"], ["4[[]7]*"]],
  ["STUDY", ["PatientName=DOE^J*"], ["(PATIENT.name GLOB ?)"], ["*\ndoe^j*\n*"]],
  ["STUDY", ["PatientName==Yama*"], ["(PATIENT.name GLOB ?)"], ["*\nyama*\n*"]],
  ["STUDY", ["PatientName=İ*"], [], []],
  ["STUDY", ["StudyDate=20240101-"], ["((STUDY.study_date >= ?))"], ["20240101"]],
  ["STUDY", ["StudyDate=20240101"], ["((STUDY.study_date >= ? AND STUDY.study_date <= ?))"], [
    "20240101",
    "20240101",
  ]],
  ["STUDY", ["StudyDate=20240231-"], [], []],
  ["STUDY", ["StudyInstanceUID=1.2\\1.3"], [
    "(STUDY.study_uid IN (SELECT value FROM json_each(?)))",
  ], ['["1.2","1.3"]']],
  ["SERIES", ["SeriesNumber=07"], ["(SERIES.series_number = ?)"], [7]],
  ["STUDY", ["Modality=CT"], [], []], // Of a lower level: its rows are not joined.
  ["STUDY", ["ModalitiesInStudy=CT\\MR"], [
    "EXISTS (SELECT 1 FROM series AS m WHERE m.parent = STUDY.id AND " +
    "(m.modality = ? OR m.modality = ?))",
  ], ["CT", "MR"]],
];

Deno.test("conditionsOf() asks by columns", pure, () => {
  for (const [lowest, keys, sql, values] of CASES) {
    const identifier = identifierOf("SpecificCharacterSet=ISO_IR 192", ...keys);
    const conditions = conditionsOf(identifier, lowest, {}, () => false);
    assert.deepEqual(conditions.map((condition) => condition.sql), sql, keys.join());
    assert.deepEqual(conditions.flatMap((condition) => condition.values), values, keys.join());
  }
});

Deno.test("conditionsOf() lets odd rows pass", pure, () => {
  const keys = ["PatientID=4711", "ModalitiesInStudy=CT"];
  const conditions = conditionsOf(identifierOf(...keys), "STUDY", {}, () => true);
  assert.deepEqual(conditions.map(({ sql }) => sql), [
    "((PATIENT.patient_id = ?) OR PATIENT.odd = 1)",
    "EXISTS (SELECT 1 FROM series AS m WHERE m.parent = STUDY.id AND (m.modality = ? OR m.odd = 1))",
  ]);
});

Deno.test(
  "a date that is combined with a time narrows down when the time can be read",
  pure,
  () => {
    const days = (time: string): number =>
      conditionsOf(
        identifierOf("StudyDate=20240101-20240102", `StudyTime=${time}`),
        "STUDY",
        { combineDateTime: true },
        () => false,
      ).length;
    assert.deepEqual(["1000-1100", "1000-", ""].map(days), [1, 1, 1]);
    assert.equal(days("10:00-"), 0);
  },
);

Deno.test("anyOf() and joined() make one condition of several", pure, () => {
  assert.deepEqual(anyOf("a", ["1"]), { sql: "a = ?", values: ["1"] });
  assert.deepEqual(joined([anyOf("a", ["1"]), anyOf("b", ["2"])], " OR "), {
    sql: "(a = ? OR b = ?)",
    values: ["1", "2"],
  });
});
