/**
 * Our `movescu --store` against real archives: what it stores is what went over the wire, and what the
 * archive holds.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Archive,
  dataSetBytes,
  dcmtkMove,
  dcmtkMoves,
  type MoveDestination,
  peerTest,
  type RealFile,
  realFiles,
  SERVED_SYNTAXES,
  startDcmqrscp,
  startOrthanc,
  startPynetdicomQrscp,
} from "../support/peers.ts";
import { ourMove } from "../support/our_tools.ts";
import {
  ARCHIVES,
  assertReceived,
  destinations,
  distinct,
  manyFiles,
  MOST_FILES,
  ONE_PATIENT,
  withDirectory,
} from "../support/retrieval.ts";

/** Retrieves with our tool and with DCMTK's, and compares the bytes that both stored. */
async function assertSameBytes(
  archive: Archive,
  wanted: readonly RealFile[],
  keys: readonly string[],
  to: MoveDestination,
  directory: string,
): Promise<void> {
  await Deno.mkdir(`${directory}/ours`, { recursive: true });
  await Deno.mkdir(`${directory}/theirs`);
  const ours = await ourMove({ from: archive, to, keys, directory: `${directory}/ours` });
  assert.equal(ours.code, 0, ours.stderr + archive.log());
  await assertReceived(archive, wanted, ours.files);
  const theirs = await dcmtkMove({ from: archive, to, keys, directory: `${directory}/theirs` });
  assert.equal(theirs.code, 0, theirs.stderr + theirs.stdout);
  assertEqualFiles(ours.files, theirs.files);
}

function assertEqualFiles(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): void {
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [uid, path] of ours) {
    const other = theirs.get(uid) ?? "";
    assert.deepEqual(dataSetBytes(path), dataSetBytes(other), uid);
  }
}

for (const [sendSyntax, name] of Object.entries(SERVED_SYNTAXES)) {
  peerTest({
    name: `movescu --store takes ${name} from dcmqrscp, the bytes of the wire`,
    needs: ["dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(MOST_FILES);
        const [to] = destinations(1);
        assert.ok(to);
        await using archive = await startDcmqrscp({ moveDestinations: [to], sendSyntax });
        const wanted = manyFiles(set.files).filter((file) => file.transferSyntaxUid === sendSyntax);
        assert.deepEqual((await archive.load(wanted)).taken, wanted);
        const studies = distinct(wanted.map((file) => file.studyUid)).join("\\");
        const keys = ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studies}`];
        await assertSameBytes(archive, wanted, keys, to, directory);
      }),
  });
}

peerTest({
  name: "movescu --store takes every transfer syntax from Orthanc, the bytes of the wire",
  needs: ["orthanc", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      const [to] = destinations(1);
      assert.ok(to);
      await using archive = await startOrthanc({ moveDestinations: [to] });
      const files = manyFiles(set.files);
      assert.deepEqual((await archive.load(files)).refused, []);
      const studies = distinct(files.map((file) => file.studyUid)).join("\\");
      const keys = ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studies}`];
      await assertSameBytes(archive, files, keys, to, directory);
    }),
});

peerTest({
  name: "movescu --store takes every transfer syntax from pynetdicom's qrscp, byte for byte",
  needs: ["pynetdicom", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/"]);
      const all = destinations(8);
      await using archive = await startPynetdicomQrscp({ moveDestinations: all });
      const files = manyFiles(set.files).filter((file) => !file.name.includes("dicomdirtests"));
      const { taken } = await archive.load(files);
      const queries = distinct(taken.map((file) => file.patientId))
        .map((id) => ["QueryRetrieveLevel=PATIENT", `PatientID=${id}`]);
      await Deno.mkdir(`${directory}/ours`);
      await Deno.mkdir(`${directory}/theirs`);
      const ours = new Map<string, string>();
      const waiting = queries.values();
      const work = async (to: MoveDestination, index: number): Promise<void> => {
        for (const keys of waiting) {
          const into = `${directory}/ours/${index}`;
          const result = await ourMove({ from: archive, to, keys, directory: into });
          assert.equal(result.code, 0, result.stderr + archive.log());
          for (const [uid, path] of result.files) ours.set(uid, path);
        }
      };
      await Promise.all(all.slice(0, 4).map(work));
      await assertReceived(archive, taken, ours);
      for (const [uid, path] of ours) {
        assert.deepEqual(dataSetBytes(path), dataSetBytes(await archive.held(uid)), uid);
      }
      const theirs = await dcmtkMoves(
        { from: archive, model: "-P", directory: `${directory}/theirs` },
        all,
        queries,
      );
      assertEqualFiles(ours, new Map(theirs.flatMap((result) => [...result.files])));
    }),
});

for (const { needs, start } of ARCHIVES) {
  peerTest({
    name: `movescu --store retrieves from ${needs[0]} at PATIENT, STUDY, SERIES and IMAGE level`,
    needs: [...needs, "dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const [to] = destinations(1);
        assert.ok(to);
        await using archive = await start([to]);
        const { taken } = await archive.load(set.files);
        assert.equal(taken.length, 7);
        const [image] = taken;
        assert.ok(image);
        const keys = [
          ["PatientID", (file: RealFile) => file.patientId],
          ["StudyInstanceUID", (file: RealFile) => file.studyUid],
          ["SeriesInstanceUID", (file: RealFile) => file.seriesUid],
          ["SOPInstanceUID", (file: RealFile) => file.sopInstanceUid],
        ] as const;
        const levels = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
        const counts: number[] = [];
        for (const [root, first] of [["P", 0], ["S", 1]] as const) {
          for (const [depth, level] of levels.entries()) {
            if (depth < first) continue;
            const used = keys.slice(first, depth + 1);
            const into = `${directory}/${root}${level}`;
            const result = await ourMove({
              from: archive,
              to,
              keys: [
                `QueryRetrieveLevel=${level}`,
                ...used.map(([keyword, of]) => `${keyword}=${of(image)}`),
              ],
              directory: into,
            });
            assert.equal(result.code, 0, result.stderr + archive.log());
            const wanted = taken.filter((file) => used.every(([, of]) => of(file) === of(image)));
            await assertReceived(archive, wanted, result.files);
            counts.push(result.files.size);
          }
        }
        assert.deepEqual(counts, [7, 3, 1, 1, 3, 1, 1]);
      }),
  });
}

peerTest({
  name: "movescu --store waits for all that an asynchronous Orthanc sends after its final response",
  needs: ["orthanc", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/"]);
      const [to] = destinations(1);
      assert.ok(to);
      await using archive = await startOrthanc({
        moveDestinations: [to],
        configuration: { SynchronousCMove: false },
      });
      // A few classes and syntaxes: each has an association of its own.
      const files = manyFiles(set.files).filter((file) => !file.name.includes("dicomdirtests"))
        .slice(0, 24);
      assert.deepEqual((await archive.load(files)).refused, []);
      const studies = distinct(files.map((file) => file.studyUid)).join("\\");
      const keys = ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studies}`];
      const result = await ourMove({ from: archive, to, keys, directory });
      assert.equal(result.code, 0, result.stderr + archive.log());
      await assertReceived(archive, files, result.files);
    }),
});
