/**
 * What the tests of retrieving from real archives share: the archives, the files, and the check of
 * what has arrived.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Archive,
  compareAllElements,
  dataSetBytes,
  fileMeta,
  freePort,
  type MoveDestination,
  type PeerName,
  type RealFile,
  SENT_VERSUS_HELD,
  startDcmqrscp,
  startOrthanc,
  startPynetdicomQrscp,
} from "./peers.ts";

/** Files that bring every transfer syntax, and some studies with several series; in all about a hundred. */
export const MOST_FILES = ["test_files/", "charset_files/"];
/** A few files of one patient with two studies and several series. */
export const ONE_PATIENT = ["dicomdirtests/77654033"];

/** An archive that tests start, and what it needs. */
export interface StartedArchive {
  readonly needs: PeerName[];
  readonly start: (moveDestinations: readonly MoveDestination[]) => Promise<Archive>;
}

/** Orthanc, which sends any SOP class in any transfer syntax. */
export const ORTHANC: StartedArchive = {
  needs: ["orthanc"],
  start: (moveDestinations) => startOrthanc({ moveDestinations }),
};

/** The archives. */
export const ARCHIVES: readonly StartedArchive[] = [
  {
    needs: ["dcmtk"],
    start: (moveDestinations) =>
      startDcmqrscp({ moveDestinations, sendSyntax: "1.2.840.10008.1.2.1" }),
  },
  ORTHANC,
  {
    needs: ["pynetdicom"],
    start: (moveDestinations) => startPynetdicomQrscp({ moveDestinations }),
  },
];

/** An application entity that an archive may send to. */
export function destination(index = 0): MoveDestination {
  return { aeTitle: `BENCH${index}`, port: freePort() };
}

/** Several of them. */
export function destinations(count: number): MoveDestination[] {
  return Array.from({ length: count }, (_, index) => destination(index));
}

export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_received_" });
  try {
    return await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

export function distinct(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

export function manyFiles(files: readonly RealFile[]): RealFile[] {
  // Fifty nearly equal images of one series tell nothing more.
  return files.filter((file) => !file.name.includes("TINY_ALPHA"));
}

/** What an archive holds of some instances: Part 10 files by SOP Instance UID. */
export async function heldBy(
  archive: Archive,
  sopInstanceUids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const held = new Map<string, string>();
  for (const uid of sopInstanceUids) held.set(uid, await archive.held(uid));
  return held;
}

/** Files are the same instances, and their data sets the same bytes; each is found by its SOP Instance UID. */
export function assertSameDataSets(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): void {
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [uid, path] of ours) {
    assert.deepEqual(dataSetBytes(path), dataSetBytes(theirs.get(uid) ?? ""), uid);
  }
}

/** Every file has arrived in its own transfer syntax and holds the elements the archive holds. */
export async function assertReceived(
  archive: Archive,
  expected: readonly RealFile[],
  received: ReadonlyMap<string, string>,
): Promise<void> {
  assert.deepEqual([...received.keys()].sort(), distinct(expected.map((f) => f.sopInstanceUid)));
  const pairs: [string, string][] = [];
  for (const file of expected) {
    const path = received.get(file.sopInstanceUid) ?? "";
    assert.equal(fileMeta(path).get("0002,0010"), file.transferSyntaxUid, file.name);
    pairs.push([path, await archive.held(file.sopInstanceUid)]);
  }
  const differences = await compareAllElements(pairs, SENT_VERSUS_HELD[archive.kind]);
  const told = differences.flatMap((list, index) =>
    list.map((difference) => `${expected[index]?.name} ${difference}`)
  );
  assert.deepEqual(told, []);
}
