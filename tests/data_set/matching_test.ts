import assert from "node:assert/strict";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { matchesIdentifier, type MatchingOptions } from "../../lib/data_set/matching.ts";
import { pure } from "../support/pure.ts";

function dataSet(elements: readonly string[]): DataSet {
  const made = new DataSet();
  for (const element of elements) applyKeywordPath(made, element);
  return made;
}

/** Keys, elements, whether they match. Several elements are separated by `|`. */
const CASES: readonly (readonly [keys: string, elements: string, expected: boolean])[] = [
  // Universal matching (C.2.2.2.3).
  ["PatientID=", "PatientID=1", true],
  ["PatientID=", "", true],
  ["PatientID=*", "", true],
  ["StudyDate=*", "StudyDate=20260101", true],
  ["PatientID=1", "", false],
  ["PatientID=1", "PatientID=", false],
  // Single value matching (C.2.2.2.1).
  ["PatientID=1", "PatientID=1", true],
  ["PatientID=1", "PatientID=12", false],
  ["PatientID=a", "PatientID=A", false],
  ["SeriesNumber=1", "SeriesNumber=01", true],
  ["SeriesNumber=1", "SeriesNumber=+1", true],
  ["SeriesNumber=1", "SeriesNumber=", false],
  ["SliceThickness=1.5", "SliceThickness=15e-1", true],
  ["Rows=512", "Rows=512", true],
  ["Rows=512", "Rows=51", false],
  ["ModalitiesInStudy=MR", "ModalitiesInStudy=CT\\MR", true],
  ["ModalitiesInStudy=CT\\PT", "ModalitiesInStudy=PT\\SR", true],
  ["ModalitiesInStudy=CT\\PT", "ModalitiesInStudy=SR", false],
  // List of UID matching (C.2.2.2.2), and no wild cards in UIDs.
  ["StudyInstanceUID=1.2\\1.3", "StudyInstanceUID=1.3", true],
  ["StudyInstanceUID=1.2\\1.3", "StudyInstanceUID=1.4", false],
  // Wild card matching (C.2.2.2.4).
  ["PatientID=1*", "PatientID=123", true],
  ["PatientID=*3", "PatientID=123", true],
  ["PatientID=1?3", "PatientID=123", true],
  ["PatientID=1?3", "PatientID=13", false],
  ["PatientID=?", "PatientID=", false],
  ["PatientID=1*2*3", "PatientID=1x2y2z3", true],
  ["PatientID=1*2*3", "PatientID=1x3", false],
  ["StudyDescription=H.AD*", "StudyDescription=HEAD", false],
  ["StudyDescription=[A-Z]*", "StudyDescription=HEAD", false],
  ["Modality=C?", "Modality=CT", true],
  // Person names (C.2.2.2.1).
  ["PatientName=DOE^JANE", "PatientName=DOE^JANE^^", true],
  ["PatientName=DOE^JANE^", "PatientName=DOE^JANE", true],
  ["PatientName=DOE", "PatientName=DOE^JANE", false],
  ["PatientName=DOE*", "PatientName=DOE^JANE", true],
  ["PatientName=doe*", "PatientName=DOE^JANE", false],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName=山田*",
    "SpecificCharacterSet=ISO_IR 192|PatientName=Yamada^Tarou=山田^太郎=やまだ^たろう",
    true,
  ],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName==山田*",
    "SpecificCharacterSet=ISO_IR 192|PatientName=Yamada^Tarou=山田^太郎",
    true,
  ],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName==Yamada*",
    "SpecificCharacterSet=ISO_IR 192|PatientName=Yamada^Tarou=山田^太郎",
    false,
  ],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName=Yamada*=山*",
    "SpecificCharacterSet=ISO_IR 192|PatientName=Yamada^Tarou=山田^太郎",
    true,
  ],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName=Mu\u0308ller",
    "SpecificCharacterSet=ISO_IR 100|PatientName=Müller",
    true,
  ],
  [
    "SpecificCharacterSet=ISO_IR 192|PatientName=M?ller",
    "SpecificCharacterSet=ISO_IR 100|PatientName=Müller",
    true,
  ],
  // Range matching (C.2.2.2.5).
  ["StudyDate=20260101-20260131", "StudyDate=20260101", true],
  ["StudyDate=20260101-20260131", "StudyDate=20260131", true],
  ["StudyDate=20260101-20260131", "StudyDate=20260201", false],
  ["StudyDate=20260101-", "StudyDate=20251231", false],
  ["StudyDate=-20260101", "StudyDate=20251231", true],
  ["StudyDate=-20260101", "StudyDate=", false],
  ["StudyDate=20260101", "StudyDate=20260101", true],
  ["StudyTime=1030-1045", "StudyTime=104530.5", true],
  ["StudyTime=1030-1045", "StudyTime=104600", false],
  ["StudyTime=10", "StudyTime=105959.999999", true],
  ["StudyTime=103000", "StudyTime=1030", true],
  ["StudyTime=-1030", "StudyTime=000000", true],
  ["AcquisitionDateTime=2025-2026", "AcquisitionDateTime=20260101120000.5", true],
  ["AcquisitionDateTime=20260101120000+0100", "AcquisitionDateTime=20260101110000+0000", true],
  [
    "AcquisitionDateTime=20260101120000-0500-20260101130000-0500",
    "AcquisitionDateTime=20260101173000+0000",
    true,
  ],
  ["AcquisitionDateTime=20260101120000-0500-", "AcquisitionDateTime=20260101120000+0000", false],
  // Sequences (C.2.2.2.6).
  [
    "ScheduledProcedureStepSequence[0].Modality=CT",
    "ScheduledProcedureStepSequence[0].Modality=MR|ScheduledProcedureStepSequence[1].Modality=CT",
    true,
  ],
  [
    "ScheduledProcedureStepSequence[0].Modality=CT|ScheduledProcedureStepSequence[0].ScheduledStationAETitle=A",
    "ScheduledProcedureStepSequence[0].Modality=CT|ScheduledProcedureStepSequence[1].ScheduledStationAETitle=A",
    false,
  ],
  ["ScheduledProcedureStepSequence[0].Modality=", "", true],
  ["ScheduledProcedureStepSequence[0].Modality=CT", "", false],
  // What is no key.
  ["QueryRetrieveLevel=STUDY|PatientID=1", "PatientID=1", true],
  ["PatientID=1|StudyDate=20260101", "PatientID=1|StudyDate=20260102", false],
];

for (const [keys, elements, expected] of CASES) {
  pure(`"${keys}" ${expected ? "matches" : "does not match"} "${elements}"`, () => {
    const parts = (text: string): string[] => text.split("|").filter((part) => part !== "");
    const identifier = dataSet(parts(keys));
    assert.equal(matchesIdentifier(identifier, dataSet(parts(elements))), expected);
  });
}

const WITH_OPTIONS: readonly (readonly [MatchingOptions, string, string, boolean])[] = [
  [{ foldPersonNames: true }, "PatientName=doe^j*", "PatientName=DOE^JANE", true],
  [{ foldPersonNames: true }, "PatientID=a", "PatientID=A", false],
  [
    { combineDateTime: true },
    "StudyDate=20260101-20260103|StudyTime=1000-1800",
    "StudyDate=20260102|StudyTime=2200",
    true,
  ],
  [
    {},
    "StudyDate=20260101-20260103|StudyTime=1000-1800",
    "StudyDate=20260102|StudyTime=2200",
    false,
  ],
  [
    { combineDateTime: true },
    "StudyDate=20260101-20260103|StudyTime=1000-1800",
    "StudyDate=20260103|StudyTime=1801",
    false,
  ],
  [
    { combineDateTime: true },
    "StudyDate=20260101-|StudyTime=1000-",
    "StudyDate=20260101|StudyTime=0959",
    false,
  ],
  [{ combineDateTime: true }, "StudyDate=20260101|StudyTime=", "StudyDate=20260101", true],
  [{ combineDateTime: true }, "StudyDate=20260101-|StudyTime=10-", "PatientID=1", false],
];

for (const [options, keys, elements, expected] of WITH_OPTIONS) {
  pure(`with ${JSON.stringify(options)}, "${keys}" on "${elements}" is ${expected}`, () => {
    const candidate = dataSet(elements.split("|"));
    assert.equal(matchesIdentifier(dataSet(keys.split("|")), candidate, options), expected);
  });
}

pure("no key takes more time than both lengths multiplied", () => {
  const value = "a".repeat(10_000);
  const keys = dataSet([`TextValue=${"*a".repeat(500)}b`]);
  assert.equal(matchesIdentifier(keys, dataSet([`TextValue=${value}`])), false);
});
