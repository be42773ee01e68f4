import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import {
  defaultModel,
  givenModel,
  type InformationModel,
  MOVE_SOP_CLASS,
} from "../../cli/information_model.ts";

const DEFAULTS: readonly (readonly [level: string, hasPatientId: boolean, InformationModel])[] = [
  ["PATIENT", false, "patient-root"],
  ["PATIENT", true, "patient-root"],
  ["STUDY", false, "study-root"],
  ["STUDY", true, "patient-root"],
  ["SERIES", false, "study-root"],
  ["SERIES", true, "patient-root"],
  ["IMAGE", false, "study-root"],
  ["IMAGE", true, "patient-root"],
  ["FRAME", false, "patient-root"],
];

for (const [level, hasPatientId, model] of DEFAULTS) {
  Deno.test({
    name: `defaultModel() is ${model} at ${level} level with${hasPatientId ? "" : "out"} PatientID`,
    permissions: "none",
    fn: () => assert.equal(defaultModel(level, hasPatientId), model),
  });
}

Deno.test({
  name: "givenModel() is the model asked for, and refuses two",
  permissions: "none",
  fn: () => {
    const none = { patientRoot: false, studyRoot: false, patientStudyOnly: false };
    assert.equal(givenModel(none), undefined);
    assert.equal(givenModel({ ...none, patientRoot: true }), "patient-root");
    assert.equal(givenModel({ ...none, studyRoot: true }), "study-root");
    assert.equal(givenModel({ ...none, patientStudyOnly: true }), "patient-study-only");
    assert.throws(
      () => givenModel({ ...none, studyRoot: true, patientStudyOnly: true }),
      new UsageError("Cannot combine -P, -S and -O: give one of them"),
    );
  },
});

Deno.test({
  name: "MOVE_SOP_CLASS holds the SOP classes of PS3.4 section C.6",
  permissions: "none",
  fn: () =>
    assert.deepEqual(MOVE_SOP_CLASS, {
      "patient-root": "1.2.840.10008.5.1.4.1.2.1.2",
      "study-root": "1.2.840.10008.5.1.4.1.2.2.2",
      "patient-study-only": "1.2.840.10008.5.1.4.1.2.3.2",
    }),
});
