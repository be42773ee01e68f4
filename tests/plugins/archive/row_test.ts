import assert from "node:assert/strict";
import { decodeDataSet } from "../../../lib/data_set/decoder.ts";
import { LEVELS } from "../../../plugins/archive/level.ts";
import { HEAD_TRANSFER_SYNTAX, rowsOf } from "../../../plugins/archive/row.ts";
import { identifierOf, shown } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

Deno.test("rowsOf() gives each attribute to its level, with the character set", pure, () => {
  const rows = rowsOf(identifierOf(
    "SpecificCharacterSet=ISO_IR 100",
    "PatientName=Müller",
    "StudyDescription=Knie",
    "Modality=CT",
    "Rows=512",
  ));
  const heads = LEVELS.map((level) => shown(decodeDataSet(rows[level].head, HEAD_TRANSFER_SYNTAX)));
  assert.deepEqual(heads, [
    ["SpecificCharacterSet=ISO_IR 100", "PatientName=Müller"],
    ["SpecificCharacterSet=ISO_IR 100", "StudyDescription=Knie"],
    ["SpecificCharacterSet=ISO_IR 100", "Modality=CT"],
    ["SpecificCharacterSet=ISO_IR 100", "Rows=512"],
  ]);
});

/** Two data sets, and whether they are of the same patient. */
const PATIENTS: readonly (readonly [string, left: string[], right: string[], same: boolean])[] = [
  ["the same ID", ["PatientID=1"], ["PatientID= 1 "], true],
  ["the same ID, other names", ["PatientID=1", "PatientName=A"], ["PatientID=1"], true],
  [
    "other IDs, the same name",
    ["PatientID=1", "PatientName=A"],
    ["PatientID=2", "PatientName=A"],
    false,
  ],
  ["other issuers", ["PatientID=1", "IssuerOfPatientID=X"], ["PatientID=1"], false],
  ["no IDs, the same name", ["PatientName=A"], ["PatientName=A"], true],
  ["no IDs, other names", ["PatientName=A"], ["PatientName=B"], false],
  ["no IDs, other birth dates", ["PatientBirthDate=19600101"], ["PatientBirthDate="], false],
  ["nothing known", [], ["PatientID="], true],
];

Deno.test("rowsOf() tells patients apart", pure, () => {
  for (const [name, left, right, same] of PATIENTS) {
    const [one, other] = [left, right].map((keys) =>
      rowsOf(identifierOf(...keys)).PATIENT.identity
    );
    assert.equal(one === other, same, name);
  }
});

Deno.test("rowsOf() marks a row that a column cannot tell of", pure, () => {
  const rows = rowsOf(identifierOf("PatientID=1", "Modality=CT\\MR"));
  assert.deepEqual(LEVELS.map((level) => rows[level].isOdd), [false, false, true, false]);
});
