/**
 * Instances of the demo's archive as files (PS3.10).
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import { DataSet, type ElementValue } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import { IMPLEMENTATION_CLASS_UID } from "../../lib/uid.ts";

/** An instance, and where its file lies in the archive. */
export interface Instance {
  /** Relative to the archive, with slashes. */
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** The file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What an instance is made of. */
export interface InstanceParts {
  readonly path: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Explicit VR Little Endian unless told. */
  readonly transferSyntaxUid?: string;
  /** The attributes, as `Keyword=value`. */
  readonly keys: readonly string[];
  /** Pixel Data (7FE0,0010). */
  readonly pixelData?: { readonly vr: "OB" | "OW"; readonly value: ElementValue };
}

/**
 * Makes an instance.
 *
 * @param parts What it is made of.
 * @returns It.
 */
export function makeInstance(parts: InstanceParts): Instance {
  const { path, sopClassUid, sopInstanceUid, keys, pixelData } = parts;
  const { transferSyntaxUid = EXPLICIT_VR_LITTLE_ENDIAN } = parts;
  const dataSet = new DataSet();
  for (
    const key of [...keys, `SOPClassUID=${sopClassUid}`, `SOPInstanceUID=${sopInstanceUid}`]
  ) applyKeywordPath(dataSet, key);
  if (pixelData !== undefined) dataSet.set({ tag: PIXEL_DATA, ...pixelData });
  const head = encodeFileMeta({
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid,
    implementationClassUid: IMPLEMENTATION_CLASS_UID,
    implementationVersionName: "DIMSE_DEMO",
  });
  const bytes = concatBytes([head, encodeDataSet(dataSet, transferSyntaxUid)]);
  return { path, sopClassUid, sopInstanceUid, bytes };
}

const PIXEL_DATA = 0x7fe00010;

/**
 * A UID of the demo: always the same for the same numbers.
 *
 * @param numbers What it is the UID of.
 * @returns The UID.
 */
export function demoUid(...numbers: readonly number[]): string {
  return [IMPLEMENTATION_CLASS_UID, DEMO_ARC, ...numbers].join(".");
}

const DEMO_ARC = 1;

/**
 * Several keys under one path.
 *
 * @param path Where, as `PlanePositionSequence[0]`.
 * @param keys The keys.
 * @returns The keys, each with the path before it.
 */
export function under(path: string, keys: readonly string[]): readonly string[] {
  return keys.map((key) => `${path}.${key}`);
}

/**
 * The keys of a code (PS3.3 section 8): what it means, by a scheme.
 *
 * @param path The sequence that has it.
 * @param code Code Value, Coding Scheme Designator and Code Meaning.
 * @returns The keys.
 */
export function codeKeys(
  path: string,
  [value, scheme, meaning]: readonly [value: string, scheme: string, meaning: string],
): readonly string[] {
  return under(`${path}[0]`, [
    `CodeValue=${value}`,
    `CodingSchemeDesignator=${scheme}`,
    `CodeMeaning=${meaning}`,
  ]);
}
