import assert from "node:assert/strict";
import type { Level } from "../../../plugins/archive/level.ts";
import { responseOf } from "../../../plugins/archive/response.ts";
import { identifierOf, shown } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

const STUDY = { levels: ["STUDY", "SERIES", "IMAGE"] as const, level: "SERIES" as Level };

Deno.test("responseOf() answers what was asked for", pure, () => {
  const candidate = identifierOf(
    "SpecificCharacterSet=ISO_IR 100",
    "PatientID=4711",
    "Modality=CT",
    "StudyInstanceUID=1",
    "SeriesInstanceUID=1.1",
    "SOPInstanceUID=1.1.1",
    "RequestAttributesSequence[0].RequestedProcedureID=R",
    "RequestAttributesSequence[0].ScheduledProcedureStepID=S",
    "ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID=7",
  );
  const identifier = identifierOf(
    "SpecificCharacterSet=ISO_IR 192",
    "QueryRetrieveLevel=SERIES",
    "TimezoneOffsetFromUTC=+0100",
    "Modality=C*",
    "SeriesDescription=",
    "RequestAttributesSequence[0].RequestedProcedureID=R*",
    "RequestAttributesSequence[0].AccessionNumber=",
    "ReferencedPerformedProcedureStepSequence=",
    "PerformedProtocolCodeSequence=",
  );
  assert.deepEqual(shown(responseOf(identifier, STUDY, candidate)), [
    "SpecificCharacterSet=ISO_IR 100",
    "QueryRetrieveLevel=SERIES",
    "Modality=CT",
    "SeriesDescription=",
    "ReferencedPerformedProcedureStepSequence={ReferencedSOPInstanceUID=7}",
    "StudyInstanceUID=1",
    "SeriesInstanceUID=1.1",
    "PerformedProtocolCodeSequence=",
    "RequestAttributesSequence={AccessionNumber= RequestedProcedureID=R}",
  ]);
});

Deno.test("responseOf() names no character set where the files have none", pure, () => {
  const response = responseOf(identifierOf("PatientName="), STUDY, identifierOf("PatientName=A"));
  assert.deepEqual(shown(response), ["QueryRetrieveLevel=SERIES", "PatientName=A"]);
});
