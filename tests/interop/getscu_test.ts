/**
 * Our `getscu` from real archives: compressed instances come as the archive holds them, beside the
 * others, without an option that says so.
 *
 * @module
 */
import assert from "node:assert/strict";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../../mod.ts";
import {
  compareAllElements,
  dataSetBytes,
  DCMTK_LETTERS,
  dcmtkMove,
  fileMeta,
  peerTest,
  pynetdicomPython,
  realFiles,
  run,
  SENT_VERSUS_HELD,
  SERVED_SYNTAXES,
  startDcmqrscp,
  startOrthanc,
  startPynetdicomQrscp,
} from "../support/peers.ts";
import { queriesOf, studiesOf } from "../support/levels.ts";
import { ourGet, storedFiles } from "../support/our_tools.ts";
import {
  ARCHIVES,
  assertReceived,
  assertSameDataSets,
  destination,
  distinct,
  heldBy,
  manyFiles,
  MOST_FILES,
  ONE_PATIENT,
  withDirectory,
} from "../support/retrieval.ts";

const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG_BASELINE = "1.2.840.10008.1.2.4.50";
const RLE = "1.2.840.10008.1.2.5";

/** Whether instances in a transfer syntax are compressed. */
function isCompressed(transferSyntaxUid: string): boolean {
  return !UNCOMPRESSED_TRANSFER_SYNTAXES.includes(transferSyntaxUid);
}

/** Retrieves with DCMTK's getscu, bit preserving. */
async function dcmtkGet(
  from: { readonly aeTitle: string; readonly port: number },
  keys: readonly string[],
  directory: string,
  args: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  await Deno.mkdir(directory);
  const { code, stderr } = await run("getscu", [
    ...["+B", "-S", "-aec", from.aeTitle, "-od", directory, ...args],
    ...keys.flatMap((key) => ["-k", key]),
    ...["127.0.0.1", String(from.port)],
  ]);
  assert.equal(code, 0, stderr);
  return storedFiles(directory);
}

peerTest({
  name: "getscu takes every transfer syntax from Orthanc at once, the bytes that a C-MOVE brings",
  needs: ["orthanc", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      const to = destination();
      await using archive = await startOrthanc({ moveDestinations: [to] });
      const files = manyFiles(set.files);
      assert.deepEqual((await archive.load(files)).refused, []);
      const keys = studiesOf(files);
      const ours = await ourGet({ from: archive, keys, directory: `${directory}/ours` });
      assert.equal(ours.code, 0, ours.stderr + archive.log());
      await assertReceived(archive, files, ours.files);
      await Deno.mkdir(`${directory}/theirs`);
      const theirs = await dcmtkMove({ from: archive, to, keys, directory: `${directory}/theirs` });
      assert.equal(theirs.code, 0, theirs.stderr);
      assertSameDataSets(ours.files, theirs.files);
    }),
});

peerTest({
  name: "getscu takes every transfer syntax from pynetdicom's qrscp, byte for byte",
  needs: ["pynetdicom", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/"]);
      await using archive = await startPynetdicomQrscp({ moveDestinations: [] });
      const files = manyFiles(set.files).filter((file) => !file.name.includes("dicomdirtests"));
      const { taken } = await archive.load(files);
      const received = new Map<string, string>();
      const waiting = distinct(taken.map((file) => file.patientId)).values();
      const work = async (into: string): Promise<void> => {
        for (const id of waiting) {
          const keys = ["QueryRetrieveLevel=PATIENT", `PatientID=${id}`];
          const result = await ourGet({ from: archive, keys, directory: into });
          assert.equal(result.code, 0, result.stderr + archive.log());
          for (const [uid, path] of result.files) received.set(uid, path);
        }
      };
      await Promise.all([work(`${directory}/0`), work(`${directory}/1`)]);
      await assertReceived(archive, taken, received);
      assertSameDataSets(received, await heldBy(archive, received.keys()));
    }),
});

peerTest({
  name: "getscu takes what dcmqrscp converts to Explicit VR Little Endian, as DCMTK's getscu does",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      await using archive = await startDcmqrscp({ moveDestinations: [] });
      const wanted = manyFiles(set.files).filter((file) => !isCompressed(file.transferSyntaxUid));
      assert.deepEqual((await archive.load(wanted)).taken, wanted);
      const keys = studiesOf(wanted);
      const ours = await ourGet({ from: archive, keys, directory: `${directory}/ours` });
      assert.equal(ours.code, 0, ours.stderr + archive.log());
      assertSameDataSets(ours.files, await dcmtkGet(archive, keys, `${directory}/theirs`, []));
      const same = wanted.filter((file) => file.transferSyntaxUid === EXPLICIT);
      const pairs = await Promise.all(
        same.map(async ({ sopInstanceUid }) =>
          [ours.files.get(sopInstanceUid) ?? "", await archive.held(sopInstanceUid)] as const
        ),
      );
      const differences = await compareAllElements(pairs, SENT_VERSUS_HELD.dcmqrscp);
      assert.deepEqual(differences.flat(), []);
    }),
});

for (const [syntax, letter] of Object.entries(DCMTK_LETTERS)) {
  if (!isCompressed(syntax)) continue;
  peerTest({
    name: `getscu takes ${SERVED_SYNTAXES[syntax]} from dcmqrscp, which looks at one context alone`,
    needs: ["dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(["test_files/"]);
        const prefer = `+x${letter}`;
        await using archive = await startDcmqrscp({ moveDestinations: [], args: [prefer] });
        // dcmqrscp converts what has no pixel data, whatever its transfer syntax.
        const files = manyFiles(set.files).filter(({ name }) =>
          !name.includes("dicomdirtests") && !name.includes("UN_sequence")
        );
        const compressed = files.filter((file) => file.transferSyntaxUid === syntax);
        assert.ok(compressed.length > 0);
        const studies = new Set(compressed.map(({ studyUid }) => studyUid));
        // Uncompressed instances of the same studies come by the first association.
        const others = files.filter((file) =>
          studies.has(file.studyUid) && file.transferSyntaxUid === EXPLICIT
        );
        const wanted = [...compressed, ...others];
        assert.deepEqual((await archive.load(wanted)).taken, wanted);
        const keys = studiesOf(wanted);
        const ours = await ourGet({ from: archive, keys, directory: `${directory}/ours` });
        assert.equal(ours.code, 0, ours.stderr + archive.log());
        await assertReceived(archive, wanted, ours.files);
        const theirs = await dcmtkGet(archive, keys, `${directory}/theirs`, [prefer]);
        for (const { sopInstanceUid } of compressed) {
          const [path = "", other = ""] = [ours.files, theirs].map((each) =>
            each.get(sopInstanceUid)
          );
          assert.deepEqual(dataSetBytes(path), dataSetBytes(other), sopInstanceUid);
        }
      }),
  });
}

for (
  const { needs, start } of [
    { needs: ["dcmtk"] as const, start: () => startDcmqrscp({ moveDestinations: [] }) },
    ...ARCHIVES.slice(1).map(({ needs, start }) => ({ needs, start: () => start([]) })),
  ]
) {
  peerTest({
    name: `getscu retrieves from ${needs[0]} at PATIENT, STUDY, SERIES and IMAGE level`,
    needs: [...needs, "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        await using archive = await start();
        const { taken } = await archive.load(set.files);
        assert.equal(taken.length, 7);
        const [image] = taken;
        assert.ok(image);
        const counts: number[] = [];
        for (const { model, level, keys, names } of queriesOf(image, ["-P", "-S"])) {
          const into = `${directory}/${model}${level.name}`;
          const result = await ourGet({ from: archive, keys, directory: into });
          assert.equal(result.code, 0, result.stderr + archive.log());
          assert.deepEqual(
            [...result.files.keys()].sort(),
            distinct(taken.filter(names).map((file) => file.sopInstanceUid)),
          );
          counts.push(result.files.size);
        }
        assert.deepEqual(counts, [7, 3, 1, 1, 3, 1, 1]);
      }),
  });
}

for (
  const [name, start] of [
    ["orthanc", () => startOrthanc({ moveDestinations: [] })],
    ["pynetdicom", () => startPynetdicomQrscp({ moveDestinations: [] })],
  ] as const
) {
  peerTest({
    name: `getscu --no-find brings what is in use from ${name} by further associations`,
    needs: [name, "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(["MR_small"]);
        await using archive = await start();
        const { taken } = await archive.load(set.files);
        const wanted = taken.filter((file) => file.patientId === "4MR1");
        const syntaxes = new Set(wanted.map((file) => file.transferSyntaxUid));
        assert.ok(syntaxes.size >= 5 && syntaxes.has(RLE), [...syntaxes].join());
        const keys = ["QueryRetrieveLevel=PATIENT", "PatientID=4MR1"];
        const result = await ourGet({ from: archive, keys, directory, args: ["--no-find"] });
        assert.equal(result.code, 0, result.stderr + archive.log());
        assert.match(result.stderr, /trying a further association/);
        await assertReceived(archive, wanted, result.files);
      }),
  });
}

peerTest({
  name: "getscu says what an archive did not send, and returns its failure",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["SC_rgb"]);
      await using archive = await startDcmqrscp({ moveDestinations: [] });
      const wanted = set.files.filter((file) => file.transferSyntaxUid === JPEG_BASELINE);
      assert.deepEqual((await archive.load(wanted)).taken, wanted);
      const result = await ourGet({ from: archive, keys: studiesOf(wanted), directory });
      // All failed, and that is what the archive answers.
      assert.equal(result.code, 7, result.stderr);
      assert.equal(result.files.size, 0);
      assert.match(result.stderr, /W: The archive accepted no compressed transfer syntax\n/);
      assert.match(
        result.stderr,
        new RegExp(`; 0 promised, ${wanted.length} failed, 0 missing\n$`),
      );
    }),
});

peerTest({
  name: "getscu writes the lines of pynetdicom's getscu, and names the files alike",
  needs: ["pynetdicom", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["CT_small"]);
      await using archive = await startDcmqrscp({ moveDestinations: [] });
      const { taken: [file] } = await archive.load(set.files);
      assert.ok(file);
      const keys = ["QueryRetrieveLevel=PATIENT", `PatientID=${file.patientId}`];
      const ours = await ourGet({ from: archive, keys, directory: `${directory}/ours` });
      const theirs = await run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "getscu", "127.0.0.1", String(archive.port)],
        ...["-aec", archive.aeTitle, "-od", `${directory}/theirs`],
        ...keys.flatMap((key) => ["-k", key]),
      ]);
      assert.deepEqual([ours.code, theirs.code], [0, 0], ours.stderr + theirs.stderr);
      const lines = ours.stderr.split("\n");
      assert.match(lines.at(-2) ?? "", /^I: Received 1 instance \(.*\) in .* s; 1 promised/);
      // Ours keeps to itself who the patient is.
      const [shown, hidden] = [`[${file.patientId}]`, "(not shown without -v)"];
      assert.deepEqual(
        lines.toSpliced(-2, 1),
        theirs.stderr.replace(shown.padEnd(40), hidden.padEnd(40)).split("\n"),
      );
      const names = ["ours", "theirs"].map((each) =>
        [...storedFiles(`${directory}/${each}`).values()].map((path) => path.split("/").at(-1))
      );
      assert.deepEqual(names[0], names[1]);
      const [path = ""] = ours.files.values();
      assert.equal(fileMeta(path).get("0002,0010"), EXPLICIT);
    }),
});
