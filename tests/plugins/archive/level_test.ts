import assert from "node:assert/strict";
import { lookupKeyword } from "../../../lib/data_set/dictionary.ts";
import { depthOf, levelOf, LEVELS, UNIQUE_KEYS } from "../../../plugins/archive/level.ts";

const CASES: readonly (readonly [keyword: string, level: string])[] = [
  ["PatientID", "PATIENT"],
  ["EthnicGroup", "PATIENT"],
  ["NumberOfPatientRelatedStudies", "PATIENT"],
  ["StudyDate", "STUDY"],
  ["PatientAge", "STUDY"],
  ["InstitutionName", "STUDY"],
  ["ModalitiesInStudy", "STUDY"],
  ["Modality", "SERIES"],
  ["StationName", "SERIES"],
  ["PerformedProcedureStepStartDate", "SERIES"],
  ["InstanceNumber", "IMAGE"],
  ["Rows", "IMAGE"],
];

Deno.test("levelOf() says where an attribute belongs", { permissions: "none" }, () => {
  for (const [keyword, level] of CASES) {
    assert.equal(levelOf(lookupKeyword(keyword)?.tag ?? 0), level, keyword);
  }
  assert.equal(levelOf(0x00091001), "IMAGE", "a private attribute");
});

Deno.test("the unique key of each level is of that level", { permissions: "none" }, () => {
  LEVELS.forEach((level, depth) => {
    assert.equal(levelOf(UNIQUE_KEYS[level]), level);
    assert.equal(depthOf(level), depth);
  });
});
