/**
 * Instances that are sent and retrieved, and the question whether a directory has them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { EXPLICIT_VR_LITTLE_ENDIAN } from "../../lib/transfer_syntax.ts";
import type { Random } from "../fuzz/random.ts";
import { dataSetBytes, fileMeta } from "../support/part10.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

/** An instance that is in a file. */
export interface PooledInstance {
  readonly uid: string;
  readonly path: string;
  /** Of the data set (SHA-256). */
  readonly hash: string;
}

/** The study of all instances. */
export const STUDY_UID = "1.2.826.0.1.3680043.10.511.9";

/**
 * Writes instances, most of them small and each tenth large.
 *
 * @param directory Where to; it is made.
 * @param count How many.
 * @param random What they are made of.
 * @param series The number of the series that they belong to.
 * @param largest How many bytes the largest may have.
 * @returns The instances.
 */
export async function writePool(
  directory: string,
  count: number,
  random: Random,
  series = 1,
  largest = 2_000_000,
): Promise<PooledInstance[]> {
  await Deno.mkdir(directory, { recursive: true });
  const pool: PooledInstance[] = [];
  for (let index = 1; index <= count; index++) {
    const seriesUid = `${STUDY_UID}.${series}`;
    const uid = `${seriesUid}.${1000 + index}`;
    const size = index % 10 === 0 ? random.below(largest) : random.below(largest / 20);
    const bytes = instanceFile({
      sopClassUid: CT_IMAGE_STORAGE,
      sopInstanceUid: uid,
      transferSyntaxUid: EXPLICIT_VR_LITTLE_ENDIAN,
      keys: [
        `StudyInstanceUID=${STUDY_UID}`,
        `SeriesInstanceUID=${seriesUid}`,
        ...["Modality=CT", `SeriesNumber=${series}`, `InstanceNumber=${index}`],
        `TextValue=${`${random.uint32().toString(36)} `.repeat(size / 8)}.`,
      ],
    });
    const path = `${directory}/${uid}.dcm`;
    await Deno.writeFile(path, bytes);
    pool.push({ uid, path, hash: hashOf(bytes) });
  }
  return pool;
}

/** What is below a directory. */
export interface Holdings {
  /** The hashes of the data sets of the files under final names, by SOP Instance UID. */
  readonly instances: ReadonlyMap<string, string>;
  /** Files under final names that are no whole instances, or the second of one. */
  readonly wrong: readonly string[];
  /** Files that are in the making. */
  readonly parts: readonly string[];
}

/**
 * Looks through a directory. What begins with a dot and is no part is the index of an archive.
 *
 * @param directory The directory; one that is missing holds nothing.
 * @param pool The instances that may be there.
 * @returns What is there.
 */
export function holdings(directory: string, pool: readonly PooledInstance[]): Holdings {
  const expected = new Map(pool.map(({ uid, hash }) => [uid, hash]));
  const wrong: string[] = [];
  const instances = fileHashes(directory, (path) => void wrong.push(path), expected);
  return { instances, wrong, parts: filesOf(directory).filter((path) => path.endsWith(".part")) };
}

/**
 * Reads the files below a directory, but for those whose names begin with a dot.
 *
 * @param directory The directory.
 * @param onWrong Told of files that are no whole instances, or the second of one.
 * @param expected What their hashes should be, by SOP Instance UID; any are taken by default.
 * @returns The hashes of their data sets by SOP Instance UID.
 */
export function fileHashes(
  directory: string,
  onWrong: (path: string) => void,
  expected?: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const instances = new Map<string, string>();
  for (const path of filesOf(directory)) {
    if (path.includes("/.", path.lastIndexOf("/"))) continue;
    try {
      const bytes = Deno.readFileSync(path);
      const uid = fileMeta(bytes).get("0002,0003") ?? "";
      const hash = hashOf(bytes);
      if (instances.has(uid) || (expected !== undefined && expected.get(uid) !== hash)) {
        onWrong(path);
      }
      instances.set(uid, hash);
    } catch {
      onWrong(path);
    }
  }
  return instances;
}

function hashOf(file: Uint8Array): string {
  return createHash("sha256").update(dataSetBytes(file)).digest("hex");
}

function filesOf(directory: string): string[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(directory)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(`${directory}/${name}`) : [`${directory}/${name}`]
  );
}
