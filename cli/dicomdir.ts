/**
 * What a DICOMDIR refers to (PS3.3 annex F, PS3.10 section 8).
 *
 * @module
 */

import { join } from "node:path";
import type { DataSet } from "../lib/data_set/data_set.ts";
import { decodeFile } from "../lib/data_set/file.ts";
import { DataSetError } from "../lib/errors.ts";

/** What a DICOMDIR says. */
export interface DirectoryContent {
  /** The Referenced File IDs (0004,1500) of the records in use, in order, as components of a path. */
  readonly references: readonly (readonly string[])[];
  /** Referenced File IDs that lead out of the directory, which no honest writer has. */
  readonly refused: readonly string[];
}

/**
 * Reads a DICOMDIR. All its records are looked at, whatever they say of each other: where a chain of
 * offsets is broken, files would be lost.
 *
 * @param bytes The whole file.
 * @returns The files that it refers to, each once.
 * @throws {DataSetError} When it cannot be read.
 *
 * @example
 * ```ts
 * import { readDicomdir } from "./dicomdir.ts";
 * import { encodeDataSet } from "../lib/data_set/encoder.ts";
 * import { applyKeywordPath } from "../lib/data_set/keyword_path.ts";
 * import { DataSet } from "../lib/data_set/data_set.ts";
 * import assert from "node:assert/strict";
 *
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, "FileSetID=CD");
 * applyKeywordPath(dataSet, "DirectoryRecordSequence[0].ReferencedFileID=IMAGES\\IM1");
 * const bytes = encodeDataSet(dataSet, "1.2.840.10008.1.2.1");
 * assert.deepEqual(readDicomdir(bytes).references, [["IMAGES", "IM1"]]);
 * ```
 */
export function readDicomdir(bytes: Uint8Array): DirectoryContent {
  const { dataSet } = decodeFile(bytes);
  if (!dataSet.has(DIRECTORY_RECORD_SEQUENCE)) {
    throw new DataSetError("There is no Directory Record Sequence (0004,1220)", {
      tag: DIRECTORY_RECORD_SEQUENCE,
    });
  }
  const references = new Map<string, readonly string[]>();
  const refused = new Set<string>();
  for (const record of dataSet.getItems(DIRECTORY_RECORD_SEQUENCE)) {
    const components = isInUse(record) ? record.getStrings(REFERENCED_FILE_ID) : [];
    if (components.every((component) => component === "")) continue;
    const fileId = components.join("/");
    if (components.every(isFileName)) references.set(fileId, components);
    else refused.add(fileId);
  }
  return { references: [...references.values()], refused: [...refused] };
}

/**
 * The file that a DICOMDIR refers to, relative to the directory that it is in (PS3.10 section 8.5).
 *
 * @param dicomdir The path of the DICOMDIR.
 * @param components The Referenced File ID.
 * @returns Its path: as it is in the DICOMDIR; or in lower case, as some systems show the names of a
 * CD, when there is only that.
 */
export async function referencedFile(
  dicomdir: string,
  components: readonly string[],
): Promise<string> {
  const directory = dicomdir.replace(/[^/\\]*$/, "");
  const path = join(directory, ...components);
  const lower = join(directory, ...components.map((component) => component.toLowerCase()));
  return !await exists(path) && await exists(lower) ? lower : path;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Record In-use Flag (0004,1410): FFFFH; 0000H is a record that was deleted. */
function isInUse(record: DataSet): boolean {
  const flag = record.get(RECORD_IN_USE_FLAG)?.value;
  return !(flag instanceof Uint8Array && flag.length > 0 && flag.every((byte) => byte === 0));
}

function isFileName(component: string): boolean {
  return !/^\.{0,2}$|[/\\:\0]/.test(component);
}

const DIRECTORY_RECORD_SEQUENCE = 0x00041220;
const RECORD_IN_USE_FLAG = 0x00041410;
const REFERENCED_FILE_ID = 0x00041500;
