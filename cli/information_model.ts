/**
 * Which Query/Retrieve information model to ask in (PS3.4 section C.3).
 *
 * @module
 */

import {
  PATIENT_ROOT_GET,
  PATIENT_ROOT_MOVE,
  PATIENT_STUDY_ONLY_GET,
  PATIENT_STUDY_ONLY_MOVE,
  STUDY_ROOT_GET,
  STUDY_ROOT_MOVE,
} from "../lib/sop_class.ts";
import { UsageError } from "./exit_code.ts";

/** The Query/Retrieve information models. */
export type InformationModel = "patient-root" | "study-root" | "patient-study-only";

/** The SOP classes of C-MOVE (PS3.4 section C.6). */
export const MOVE_SOP_CLASS: Readonly<Record<InformationModel, string>> = {
  "patient-root": PATIENT_ROOT_MOVE,
  "study-root": STUDY_ROOT_MOVE,
  "patient-study-only": PATIENT_STUDY_ONLY_MOVE,
};

/** The SOP classes of C-GET (PS3.4 section C.6). */
export const GET_SOP_CLASS: Readonly<Record<InformationModel, string>> = {
  "patient-root": PATIENT_ROOT_GET,
  "study-root": STUDY_ROOT_GET,
  "patient-study-only": PATIENT_STUDY_ONLY_GET,
};

/** The information model, as given on the command line. */
export type ModelOptions = {
  readonly patientRoot: boolean;
  readonly studyRoot: boolean;
  readonly patientStudyOnly: boolean;
};

/**
 * The information model that was asked for.
 *
 * @param options The options `-P`, `-S`, `-O`.
 * @returns The model; `undefined` when it is left to {@linkcode defaultModel}.
 * @throws {UsageError} When more than one was asked for.
 */
export function givenModel(options: ModelOptions): InformationModel | undefined {
  const given: InformationModel[] = [];
  if (options.patientRoot) given.push("patient-root");
  if (options.studyRoot) given.push("study-root");
  if (options.patientStudyOnly) given.push("patient-study-only");
  if (given.length > 1) throw new UsageError("Cannot combine -P, -S and -O: give one of them");
  return given[0];
}

/**
 * The information model for an identifier when none was asked for: Patient Root, as in pynetdicom,
 * unless the identifier could not be answered in it, because the unique key of the level above is
 * missing (PS3.4 section C.4.2.2.1).
 *
 * @param level QueryRetrieveLevel (0008,0052) of the identifier.
 * @param hasPatientId Whether the identifier has a PatientID (0010,0020) with a value.
 * @returns The model.
 *
 * @example
 * ```ts
 * import { defaultModel } from "./information_model.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(defaultModel("STUDY", false), "study-root");
 * assert.equal(defaultModel("PATIENT", true), "patient-root");
 * ```
 */
export function defaultModel(level: string, hasPatientId: boolean): InformationModel {
  return hasPatientId || !BELOW_PATIENT.has(level) ? "patient-root" : "study-root";
}

const BELOW_PATIENT: ReadonlySet<string> = new Set(["STUDY", "SERIES", "IMAGE"]);
