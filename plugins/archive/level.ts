/**
 * The levels of the query/retrieve information models, and which attribute is on which (PS3.4 sections
 * C.6.1 to C.6.3).
 *
 * @module
 */

import { lookupKeyword } from "../../lib/data_set/dictionary.ts";
import type { Tag } from "../../lib/data_set/tag.ts";

/** The levels, from the top. */
export const LEVELS = ["PATIENT", "STUDY", "SERIES", "IMAGE"] as const;

/** Query/Retrieve Level (0008,0052). */
export type Level = typeof LEVELS[number];

/** What is known on each level. */
export type ByLevel<T> = Readonly<Record<Level, T>>;

/** The attribute that tells the entities of a level apart. */
export const UNIQUE_KEYS: ByLevel<Tag> = {
  PATIENT: 0x00100020,
  STUDY: 0x0020000d,
  SERIES: 0x0020000e,
  IMAGE: 0x00080018,
};

/**
 * How far down a level is.
 *
 * @param level The level.
 * @returns 0 for a patient, 3 for an image.
 *
 * @example
 * ```ts
 * import { depthOf } from "./level.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(depthOf("STUDY"), 1);
 * ```
 */
export function depthOf(level: Level): number {
  return LEVELS.indexOf(level);
}

/**
 * The level that an attribute belongs to: what is the same for all that is below it. An attribute that
 * is not of the Patient, Study, Series and Equipment modules is of the image.
 *
 * @param tag The attribute.
 * @returns Its level.
 *
 * @example
 * ```ts
 * import { levelOf } from "./level.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(levelOf(0x00080060), "SERIES"); // Modality
 * assert.equal(levelOf(0x00280010), "IMAGE"); // Rows
 * ```
 */
export function levelOf(tag: Tag): Level {
  return (levels ??= new Map(tagsByLevel())).get(tag) ?? "IMAGE";
}

let levels: ReadonlyMap<Tag, Level> | undefined;

function* tagsByLevel(): Generator<readonly [Tag, Level]> {
  for (const level of ["PATIENT", "STUDY", "SERIES"] as const) {
    for (const keyword of KEYWORDS[level].trim().split(/\s+/)) {
      const entry = lookupKeyword(keyword);
      if (entry === undefined) throw new TypeError(`Cannot find ${keyword} in the dictionary`);
      yield [entry.tag, level];
    }
  }
}

/** PS3.3 sections C.7.1 to C.7.3 and C.7.5, and what PS3.4 adds. */
const KEYWORDS = {
  PATIENT: `
    PatientName PatientID IssuerOfPatientID IssuerOfPatientIDQualifiersSequence TypeOfPatientID
    PatientBirthDate PatientBirthTime PatientBirthDateInAlternativeCalendar PatientSex
    PatientAlternativeCalendar QualityControlSubject ReferencedPatientSequence
    OtherPatientIDs OtherPatientIDsSequence OtherPatientNames PatientBirthName
    PatientMotherBirthName PatientAddress PatientTelephoneNumbers PatientReligiousPreference
    EthnicGroup PatientComments PatientSpeciesDescription PatientSpeciesCodeSequence
    PatientBreedDescription PatientBreedCodeSequence BreedRegistrationSequence StrainDescription
    ResponsiblePerson ResponsiblePersonRole ResponsibleOrganization PatientIdentityRemoved
    ClinicalTrialSponsorName ClinicalTrialProtocolID ClinicalTrialProtocolName
    ClinicalTrialSiteID ClinicalTrialSiteName ClinicalTrialSubjectID
    ClinicalTrialSubjectReadingID
    NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances`,
  STUDY: `
    StudyInstanceUID StudyDate StudyTime StudyID StudyDescription AccessionNumber
    IssuerOfAccessionNumberSequence ReferringPhysicianName
    ReferringPhysicianIdentificationSequence ConsultingPhysicianName
    ConsultingPhysicianIdentificationSequence PhysiciansOfRecord
    PhysiciansOfRecordIdentificationSequence NameOfPhysiciansReadingStudy
    PhysiciansReadingStudyIdentificationSequence RequestingPhysician RequestingService
    RequestingServiceCodeSequence ReferencedStudySequence ProcedureCodeSequence
    ReasonForPerformedProcedureCodeSequence RequestedProcedureDescription InstitutionName
    AdmittingDiagnosesDescription AdmittingDiagnosesCodeSequence AdmissionID
    IssuerOfAdmissionIDSequence ServiceEpisodeID ServiceEpisodeDescription
    PatientAge PatientSize PatientSizeCodeSequence PatientWeight PatientBodyMassIndex
    MedicalAlerts Allergies SmokingStatus AdditionalPatientHistory PregnancyStatus
    LastMenstrualDate PatientSexNeutered PatientState Occupation
    ClinicalTrialTimePointID ClinicalTrialTimePointDescription
    StudyStatusID StudyPriorityID StudyComments InterpretationAuthor
    ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances`,
  SERIES: `
    SeriesInstanceUID Modality SeriesNumber SeriesDate SeriesTime SeriesDescription
    SeriesDescriptionCodeSequence Laterality BodyPartExamined PatientPosition
    AnatomicalOrientationType ProtocolName PerformingPhysicianName
    PerformingPhysicianIdentificationSequence OperatorsName OperatorIdentificationSequence
    ReferencedPerformedProcedureStepSequence RelatedSeriesSequence RequestAttributesSequence
    PerformedProcedureStepID PerformedProcedureStepDescription
    PerformedProcedureStepStartDate PerformedProcedureStepStartTime
    PerformedProcedureStepEndDate PerformedProcedureStepEndTime PerformedProtocolCodeSequence
    CommentsOnThePerformedProcedureStep SmallestPixelValueInSeries LargestPixelValueInSeries
    ClinicalTrialSeriesID ClinicalTrialSeriesDescription ClinicalTrialCoordinatingCenterName
    FrameOfReferenceUID PositionReferenceIndicator SynchronizationFrameOfReferenceUID
    Manufacturer ManufacturerModelName InstitutionAddress InstitutionalDepartmentName
    StationName DeviceSerialNumber SoftwareVersions GantryID SpatialResolution
    DateOfLastCalibration TimeOfLastCalibration
    NumberOfSeriesRelatedInstances`,
} as const;
