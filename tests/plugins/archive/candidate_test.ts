import assert from "node:assert/strict";
import type { DataSet } from "../../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { lookupKeyword } from "../../../lib/data_set/dictionary.ts";
import { ArchiveIndex } from "../../../plugins/archive/archive_index.ts";
import { CandidateMaker } from "../../../plugins/archive/candidate.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { HEAD_TRANSFER_SYNTAX } from "../../../plugins/archive/row.ts";
import { Head } from "../../../plugins/archive/row_reader.ts";
import { identifierOf, keptLog, shown } from "../archive_area.ts";

/** A candidate of a patient and a study, with some attributes. */
async function candidate(
  patient: readonly string[],
  study: readonly string[],
  keywords: readonly string[],
  retrieveAeTitle?: string,
): Promise<DataSet> {
  using index = new ArchiveIndex(await openDatabase(IN_MEMORY, keptLog().log));
  const tags = keywords.map((keyword) => lookupKeyword(keyword)?.tag ?? 0);
  const head = (keys: readonly string[]): Head =>
    new Head(1, encodeDataSet(identifierOf(...keys), HEAD_TRANSFER_SYNTAX));
  const maker = new CandidateMaker(index, tags, retrieveAeTitle);
  return maker.make({ PATIENT: head(patient), STUDY: head(study) });
}

const LATIN = "SpecificCharacterSet=ISO_IR 100";
const GREEK = "SpecificCharacterSet=ISO_IR 126";

/** What is held, and what the candidate has of name and description. */
const SETS: readonly (readonly [string, patient: string[], study: string[], expected: string[]])[] =
  [
    ["one set", [LATIN, "PatientName=Müller"], [LATIN, "StudyDescription=Knöchel"], [
      LATIN,
      "StudyDescription=Knöchel",
      "PatientName=Müller",
    ]],
    ["two sets", [LATIN, "PatientName=Müller"], [GREEK, "StudyDescription=Γόνατο"], [
      "SpecificCharacterSet=ISO_IR 192",
      "StudyDescription=Γόνατο",
      "PatientName=Müller",
    ]],
    ["two sets, one of them without need", [LATIN, "PatientName=Doe"], [
      GREEK,
      "StudyDescription=Γόνατο",
    ], [
      GREEK,
      "StudyDescription=Γόνατο",
      "PatientName=Doe",
    ]],
    ["plain text alone", [LATIN, "PatientName=Doe"], [GREEK, "StudyDescription=Knee"], [
      GREEK,
      "StudyDescription=Knee",
      "PatientName=Doe",
    ]],
    ["no set", ["PatientName=Doe"], ["StudyDescription=Knee"], [
      "StudyDescription=Knee",
      "PatientName=Doe",
    ]],
  ];

for (const [name, patient, study, expected] of SETS) {
  Deno.test(`CandidateMaker tells the character set: ${name}`, async () => {
    const made = await candidate(patient, study, ["PatientName", "StudyDescription"]);
    assert.deepEqual(shown(made), expected);
  });
}

Deno.test("CandidateMaker brings the text of sequences to UTF-8 too", async () => {
  const made = await candidate([LATIN, "PatientName=Müller"], [
    GREEK,
    "ProcedureCodeSequence[0].CodeMeaning=Γόνατο",
  ], ["PatientName", "ProcedureCodeSequence"]);
  assert.deepEqual(shown(made), [
    "SpecificCharacterSet=ISO_IR 192",
    "ProcedureCodeSequence={CodeMeaning=Γόνατο}",
    "PatientName=Müller",
  ]);
});

Deno.test("CandidateMaker gives what was asked for, of the levels that there are", async () => {
  const keywords = ["Modality", "PatientSex", "InstanceAvailability", "RetrieveAETitle"];
  const made = await candidate(["PatientID=1", "PatientSex=F"], ["StudyID=1"], keywords, "US");
  assert.deepEqual(shown(made), [
    "RetrieveAETitle=US",
    "InstanceAvailability=ONLINE",
    "PatientSex=F",
  ]);
});
