/**
 * Whether what arrived is what was there.
 *
 * @module
 */

import { join } from "node:path";
import { decodeFileMeta } from "../../lib/data_set/file_meta.ts";

/**
 * The data sets of files, by SOP Instance UID: transfer syntax and hash of each. File meta
 * information is not part of it, since who stores an instance writes that anew.
 */
export type DataSets = ReadonlyMap<string, string>;

/** What became of the instances of an archive elsewhere. */
export interface Comparison {
  /** How many are there byte for byte. */
  readonly same: number;
  /** The SOP Instance UIDs of those that differ. */
  readonly different: readonly string[];
  /** The SOP Instance UIDs of those that are not there. */
  readonly missing: readonly string[];
  /** The SOP Instance UIDs of others that are there. */
  readonly unexpected: readonly string[];
}

/**
 * What a file has.
 *
 * @param bytes The file.
 * @returns Its SOP Instance UID, and what tells its data set from others.
 */
export async function dataSetOf(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<readonly [sopInstanceUid: string, dataSet: string]> {
  const head = decodeFileMeta(bytes, true);
  const hash = await crypto.subtle.digest("SHA-256", bytes.subarray(head?.dataSetOffset));
  const sopInstanceUid = head?.meta.getString(SOP_INSTANCE_UID) ?? "";
  return [sopInstanceUid, `${head?.transferSyntaxUid} ${new Uint8Array(hash).toHex()}`];
}

const SOP_INSTANCE_UID = 0x00020003;

/**
 * What the files of a directory have.
 *
 * @param directory The directory.
 * @returns Their data sets; none when there is no such directory.
 */
export async function dataSetsIn(directory: string): Promise<DataSets> {
  const dataSets = new Map<string, string>();
  try {
    for await (const { name, isFile } of Deno.readDir(directory)) {
      if (isFile) dataSets.set(...await dataSetOf(await Deno.readFile(join(directory, name))));
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return dataSets;
}

/**
 * Compares what arrived with what was there.
 *
 * @param expected What was there.
 * @param actual What arrived.
 * @returns What became of it.
 */
export function compareDataSets(expected: DataSets, actual: DataSets): Comparison {
  const uids = [...expected.keys()];
  const arrived = uids.filter((uid) => actual.has(uid));
  const different = arrived.filter((uid) => actual.get(uid) !== expected.get(uid));
  return {
    same: arrived.length - different.length,
    different,
    missing: uids.filter((uid) => !actual.has(uid)),
    unexpected: [...actual.keys()].filter((uid) => !expected.has(uid)),
  };
}
