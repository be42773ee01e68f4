/**
 * Our `movescu --store` against real archives: what it stores is what went over the wire, and what the
 * archive holds.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Archive,
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
import { queriesOf, studiesOf } from "../support/levels.ts";
import { ourMove } from "../support/our_tools.ts";
import {
  ARCHIVES,
  assertReceived,
  assertSameDataSets,
  destination,
  destinations,
  distinct,
  heldBy,
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
  assertSameDataSets(ours.files, theirs.files);
}

for (const [sendSyntax, name] of Object.entries(SERVED_SYNTAXES)) {
  peerTest({
    name: `movescu --store takes ${name} from dcmqrscp, the bytes of the wire`,
    needs: ["dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(MOST_FILES);
        const to = destination();
        await using archive = await startDcmqrscp({ moveDestinations: [to], sendSyntax });
        const wanted = manyFiles(set.files).filter((file) => file.transferSyntaxUid === sendSyntax);
        assert.deepEqual((await archive.load(wanted)).taken, wanted);
        const keys = studiesOf(wanted);
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
      const to = destination();
      await using archive = await startOrthanc({ moveDestinations: [to] });
      const files = manyFiles(set.files);
      assert.deepEqual((await archive.load(files)).refused, []);
      const keys = studiesOf(files);
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
      assertSameDataSets(ours, await heldBy(archive, ours.keys()));
      const theirs = await dcmtkMoves(
        { from: archive, model: "-P", directory: `${directory}/theirs` },
        all,
        queries,
      );
      assertSameDataSets(ours, new Map(theirs.flatMap((result) => [...result.files])));
    }),
});

for (const { needs, start } of ARCHIVES) {
  peerTest({
    name: `movescu --store retrieves from ${needs[0]} at PATIENT, STUDY, SERIES and IMAGE level`,
    needs: [...needs, "dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const to = destination();
        await using archive = await start([to]);
        const { taken } = await archive.load(set.files);
        assert.equal(taken.length, 7);
        const [image] = taken;
        assert.ok(image);
        const counts: number[] = [];
        for (const { model, level, keys, names } of queriesOf(image, ["-P", "-S"])) {
          const into = `${directory}/${model}${level.name}`;
          const result = await ourMove({ from: archive, to, keys, directory: into });
          assert.equal(result.code, 0, result.stderr + archive.log());
          await assertReceived(archive, taken.filter(names), result.files);
          counts.push(result.files.size);
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
      const to = destination();
      await using archive = await startOrthanc({
        moveDestinations: [to],
        configuration: { SynchronousCMove: false },
      });
      // A few classes and syntaxes: each has an association of its own.
      const files = manyFiles(set.files).filter((file) => !file.name.includes("dicomdirtests"))
        .slice(0, 24);
      assert.deepEqual((await archive.load(files)).refused, []);
      const keys = studiesOf(files);
      const result = await ourMove({ from: archive, to, keys, directory });
      assert.equal(result.code, 0, result.stderr + archive.log());
      await assertReceived(archive, files, result.files);
    }),
});
