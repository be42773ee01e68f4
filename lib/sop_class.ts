/**
 * The SOP classes this library knows by name: Verification, Query/Retrieve and storage (PS3.4).
 *
 * @module
 */

import {
  MODALITY_WORKLIST_FIND,
  UNIFIED_PROCEDURE_STEP_PULL,
  VERIFICATION,
} from "./sop_class_uid.ts";
import {
  CURRENT_STORAGE_ROWS,
  RETIRED_STORAGE_ROWS,
  type StorageSopClassRow,
} from "./storage_sop_class.ts";

export * from "./sop_class_uid.ts";

/** The service class that a SOP class belongs to (PS3.4). */
export type ServiceClass = "verification" | "storage" | "query" | "retrieve" | "other";

/** A SOP class (PS3.6 table A-1). */
export interface SopClass {
  /** UID value of PS3.6 table A-1. */
  readonly uid: string;
  /** UID name of PS3.6, without the words "SOP Class". */
  readonly name: string;
  /** UID keyword of PS3.6. */
  readonly keyword: string;
  /** Which service its instances, or its messages, are of. */
  readonly serviceClass: ServiceClass;
  /** Usual prefix of the file names of its instances, such as `CT`. */
  readonly prefix?: string;
  /** Whether the standard has retired it; peers may still use it. */
  readonly retired: boolean;
}

/** The branch of the standard's tree where new storage SOP classes are registered. */
const STORAGE_BRANCH = "1.2.840.10008.5.1.4.1.1.";

const MODELS = [
  ["1.2.840.10008.5.1.4.1.2.1", "Patient Root", "PatientRoot", false],
  ["1.2.840.10008.5.1.4.1.2.2", "Study Root", "StudyRoot", false],
  ["1.2.840.10008.5.1.4.1.2.3", "Patient/Study Only", "PatientStudyOnly", true],
] as const;

const OPERATIONS = [
  ["FIND", "Find", "query"],
  ["MOVE", "Move", "retrieve"],
  ["GET", "Get", "retrieve"],
] as const;

// Registered in the storage branch, but queries, retrieves and the like.
const NOT_STORAGE_ROWS = [
  ["200.4", "Protocol Approval Information Model - FIND", "ProtocolApprovalInformationModelFind"],
  ["200.5", "Protocol Approval Information Model - MOVE", "ProtocolApprovalInformationModelMove"],
  ["200.6", "Protocol Approval Information Model - GET", "ProtocolApprovalInformationModelGet"],
  ["201.2", "Inventory - FIND", "InventoryFind"],
  ["201.3", "Inventory - MOVE", "InventoryMove"],
  ["201.4", "Inventory - GET", "InventoryGet"],
  ["201.5", "Inventory Creation", "InventoryCreation"],
  ["201.6", "Repository Query", "RepositoryQuery"],
] as const;

/** The SOP classes known by name: Verification, queries and retrieves, then storage in order of UID. */
export const SOP_CLASSES: readonly SopClass[] = [
  {
    uid: VERIFICATION,
    name: "Verification",
    keyword: "Verification",
    serviceClass: "verification",
    retired: false,
  },
  ...queryRetrieveClasses(),
  {
    uid: MODALITY_WORKLIST_FIND,
    name: "Modality Worklist Information Model - FIND",
    keyword: "ModalityWorklistInformationModelFind",
    serviceClass: "query",
    retired: false,
  },
  {
    uid: UNIFIED_PROCEDURE_STEP_PULL,
    name: "Unified Procedure Step - Pull",
    keyword: "UnifiedProcedureStepPull",
    serviceClass: "other",
    retired: false,
  },
  ...CURRENT_STORAGE_ROWS.map((row) => storageClass(row, false)),
  ...RETIRED_STORAGE_ROWS.map((row) => storageClass(row, true)),
  ...NOT_STORAGE_ROWS.map(([suffix, name, keyword]): SopClass => ({
    uid: STORAGE_BRANCH + suffix,
    name,
    keyword,
    serviceClass: "other",
    retired: false,
  })),
];

const BY_UID = new Map(SOP_CLASSES.map((known) => [known.uid, known]));

/**
 * Looks up a SOP class.
 *
 * @param uid Its UID, without padding.
 * @returns The SOP class, or `undefined` when it is private or not known.
 *
 * @example
 * ```ts
 * import { sopClass } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sopClass("1.2.840.10008.5.1.4.1.1.2")?.prefix, "CT");
 * ```
 */
export function sopClass(uid: string): SopClass | undefined {
  return BY_UID.get(uid);
}

/**
 * Names a SOP class for people.
 *
 * @param uid Its UID, without padding.
 * @returns Its name, or the UID itself when it is not known.
 *
 * @example
 * ```ts
 * import { sopClassName } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sopClassName("1.2.840.10008.5.1.4.1.1.4"), "MR Image Storage");
 * assert.equal(sopClassName("1.2.3"), "1.2.3");
 * ```
 */
export function sopClassName(uid: string): string {
  return BY_UID.get(uid)?.name ?? uid;
}

/**
 * Whether instances of a SOP class are exchanged by the storage service class (PS3.4 annex B).
 * Private ones cannot be told from their UID: taking them is a policy, decided elsewhere.
 *
 * @param uid The UID of the SOP class, without padding.
 * @returns True for those of the table, and for unknown ones of the standard's storage branch.
 *
 * @example
 * ```ts
 * import { isStorageSopClass } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isStorageSopClass("1.2.840.10008.5.1.4.1.1.2"));
 * assert.ok(!isStorageSopClass("1.2.840.10008.5.1.4.1.2.2.2"));
 * ```
 */
export function isStorageSopClass(uid: string): boolean {
  const known = BY_UID.get(uid);
  if (known !== undefined) return known.serviceClass === "storage";
  // The standard gains storage SOP classes several times a year, and nearly all go in this branch.
  // An archive that waited for its table to be renewed would refuse the newest modality.
  return uid.startsWith(STORAGE_BRANCH) && uid.length > STORAGE_BRANCH.length;
}

function storageClass(
  [uid, name, keyword, prefix]: StorageSopClassRow,
  retired: boolean,
): SopClass {
  const known = { uid, name, keyword, serviceClass: "storage", retired } as const;
  return prefix === undefined ? known : { ...known, prefix };
}

function queryRetrieveClasses(): SopClass[] {
  return MODELS.flatMap(([root, model, keyword, retired]) =>
    OPERATIONS.map(([operation, suffix, serviceClass], index): SopClass => ({
      uid: `${root}.${index + 1}`,
      name: `${model} Query/Retrieve Information Model - ${operation}`,
      keyword: `${keyword}QueryRetrieveInformationModel${suffix}`,
      serviceClass,
      retired,
    }))
  );
}
