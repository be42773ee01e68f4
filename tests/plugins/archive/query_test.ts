import assert from "node:assert/strict";
import {
  PATIENT_ROOT_MOVE,
  PATIENT_STUDY_ONLY_MOVE,
  STUDY_ROOT_GET,
  VERIFICATION,
} from "../../../lib/sop_class.ts";
import {
  checkFind,
  checkRetrieve,
  RefusedQueryError,
  uniqueKeyValues,
} from "../../../plugins/archive/query.ts";
import { findRequest, identifierOf } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

/** Requests of a retrieve; the reason of a refusal, or the level. */
const RETRIEVES: readonly (readonly [string, string, keys: string[], expected: string])[] = [
  [PATIENT_ROOT_MOVE, "PATIENT", ["PatientID=1"], "PATIENT"],
  [PATIENT_ROOT_MOVE, "PATIENT", [], "PatientID is missing"],
  [PATIENT_ROOT_MOVE, "PATIENT", ["PatientID=*"], "PatientID has a wild card"],
  [PATIENT_ROOT_MOVE, "STUDY", ["StudyInstanceUID=1"], "PatientID is missing"],
  [STUDY_ROOT_GET, "STUDY", ["StudyInstanceUID=1\\2"], "STUDY"],
  [STUDY_ROOT_GET, "STUDY", ["PatientID=1"], "StudyInstanceUID is missing"],
  [STUDY_ROOT_GET, "IMAGE", [
    "StudyInstanceUID=1",
    "SeriesInstanceUID=1",
    "SOPInstanceUID=1\\2",
  ], "IMAGE"],
  [
    STUDY_ROOT_GET,
    "IMAGE",
    ["StudyInstanceUID=1", "SOPInstanceUID=1"],
    "SeriesInstanceUID is missing",
  ],
  [STUDY_ROOT_GET, "PATIENT", ["PatientID=1"], "PATIENT"],
  [STUDY_ROOT_GET, "PATIENT", ["StudyInstanceUID=1"], "PatientID is missing"],
  [
    STUDY_ROOT_GET,
    "FRAME",
    ["PatientID=1"],
    "Query/Retrieve Level is none of STUDY, SERIES, IMAGE",
  ],
  [
    PATIENT_STUDY_ONLY_MOVE,
    "SERIES",
    ["PatientID=1"],
    "Query/Retrieve Level is none of PATIENT, STUDY",
  ],
];

Deno.test("checkRetrieve() wants the unique keys down to the level", pure, () => {
  for (const [sopClassUid, level, keys, expected] of RETRIEVES) {
    const request = findRequest(level, keys, { sopClassUid });
    try {
      assert.equal(checkRetrieve(request, false).level, expected);
    } catch (error) {
      assert.ok(error instanceof RefusedQueryError, String(error));
      assert.deepEqual([error.status, error.errorComment], [0xa900, expected]);
      assert.equal(error.offendingElements.length, 1);
      assert.ok(error.errorComment.length <= 64);
    }
  }
});

Deno.test("checkRetrieve() takes the key of the level alone where that is negotiated", pure, () => {
  const request = findRequest("IMAGE", ["SOPInstanceUID=1"], { sopClassUid: STUDY_ROOT_GET });
  assert.equal(checkRetrieve(request, true).level, "IMAGE");
});

Deno.test("checkFind() refuses what is no model", pure, () => {
  const request = findRequest("STUDY", [], { sopClassUid: VERIFICATION });
  assert.throws(() => checkFind(request, false), { status: 0x0122 });
});

Deno.test("checkFind() wants one level", pure, () => {
  const request = findRequest("STUDY", [], {
    identifier: identifierOf("QueryRetrieveLevel=STUDY\\SERIES"),
  });
  assert.throws(() => checkFind(request, false), { status: 0xa900 });
});

Deno.test("uniqueKeyValues() leaves out what is empty", pure, () => {
  assert.deepEqual(uniqueKeyValues(identifierOf("StudyInstanceUID=1\\2"), "STUDY"), ["1", "2"]);
  assert.deepEqual(uniqueKeyValues(identifierOf("StudyInstanceUID"), "STUDY"), []);
});
