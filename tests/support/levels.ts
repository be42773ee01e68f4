/**
 * The levels of the query/retrieve information models, and identifiers that ask for real files at each
 * of them.
 *
 * @module
 */
import type { ModelFlag } from "./query_clients.ts";
import type { RealFile } from "./real_files.ts";
import { distinct } from "./retrieval.ts";

/** A level of an information model (PS3.4 C.6). */
export interface Level {
  /** What Query/Retrieve Level (0008,0052) has for it. */
  readonly name: "PATIENT" | "STUDY" | "SERIES" | "IMAGE";
  /** The keyword of its unique key. */
  readonly uniqueKey: string;
  /** The value of the unique key in a file. */
  valueOf(file: RealFile): string;
}

/** The levels, from the patient down. */
export const LEVELS: readonly Level[] = [
  { name: "PATIENT", uniqueKey: "PatientID", valueOf: (file) => file.patientId },
  { name: "STUDY", uniqueKey: "StudyInstanceUID", valueOf: (file) => file.studyUid },
  { name: "SERIES", uniqueKey: "SeriesInstanceUID", valueOf: (file) => file.seriesUid },
  { name: "IMAGE", uniqueKey: "SOPInstanceUID", valueOf: (file) => file.sopInstanceUid },
];

/** The levels that each information model has. */
const LEVELS_OF: Readonly<Record<ModelFlag, readonly Level[]>> = {
  "-P": LEVELS,
  "-S": LEVELS.slice(1),
  "-O": LEVELS.slice(0, 2),
};

/** A hierarchical query: it names one entity, by its unique key and those of the levels above it. */
export interface HierarchicalQuery {
  readonly model: ModelFlag;
  readonly level: Level;
  /** Its keys as command lines have them, the level first. */
  readonly keys: readonly string[];
  /** Whether a file belongs to the entity. */
  names(file: RealFile): boolean;
}

/**
 * The queries that name what an image belongs to, at every level of some models.
 *
 * @param image The image.
 * @param models The models.
 * @returns The queries, model by model, from the top level down.
 */
export function queriesOf(image: RealFile, models: readonly ModelFlag[]): HierarchicalQuery[] {
  return models.flatMap((model) =>
    LEVELS_OF[model].map((level, depth, levels): HierarchicalQuery => {
      const used = levels.slice(0, depth + 1);
      return {
        model,
        level,
        keys: [
          `QueryRetrieveLevel=${level.name}`,
          ...used.map(({ uniqueKey, valueOf }) => `${uniqueKey}=${valueOf(image)}`),
        ],
        names: (file) => used.every(({ valueOf }) => valueOf(file) === valueOf(image)),
      };
    })
  );
}

/** The keys of one retrieval of all studies that files belong to, the level first. */
export function studiesOf(files: readonly RealFile[]): string[] {
  const studies = distinct(files.map((file) => file.studyUid)).join("\\");
  return ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studies}`];
}
