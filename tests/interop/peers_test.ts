/**
 * Proves the test bench itself, with foreign clients only: what DCMTK's and pynetdicom's tools get out of each
 * archive is what `tests/support/peer_facts.ts` says.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  compareElements,
  dataSetBytes,
  dcmtkMove,
  dcmtkMoves,
  fileMeta,
  peerTest,
  pynetdicomPython,
  realFiles,
  run,
  SERVED_SYNTAXES,
  startDcmqrscp,
  startOrthanc,
  startPynetdicomQrscp,
} from "../support/peers.ts";
import { queriesOf, studiesOf } from "../support/levels.ts";
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

peerTest({
  name: "realFiles() lists instances in every served transfer syntax, with unique UIDs",
  needs: ["pydicom"],
  async fn() {
    await using set = await realFiles();
    const own = set.files.filter((file) => !file.name.includes("dicomdirtests"));
    assert.ok(own.length >= 70, `${own.length} files`);
    assert.equal(distinct(set.files.map((f) => f.sopInstanceUid)).length, set.files.length);
    assert.deepEqual(
      distinct(set.files.map((file) => file.transferSyntaxUid)),
      Object.keys(SERVED_SYNTAXES).sort(),
    );
    for (const file of set.files) {
      const meta = fileMeta(file.path);
      assert.equal(meta.get("0002,0010"), file.transferSyntaxUid, file.name);
      assert.equal(file.edits.length > 0, file.origin === "edited", file.name);
      assert.notEqual(file.patientId, "", file.name);
    }
    assert.ok(set.files.filter((file) => file.origin === "original").length >= 110);
    assert.ok(set.unusable.every((file) => file.reason !== ""));
  },
});

peerTest({
  name: "compareElements() names a changed value, a missing element and nothing else",
  needs: ["pydicom", "dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/CT_small.dcm"]);
      const original = set.files[0]?.path ?? "";
      const changed = `${directory}/changed.dcm`;
      const shorter = `${directory}/shorter.dcm`;
      await Deno.copyFile(original, changed);
      await Deno.copyFile(original, shorter);
      await run("dcmodify", ["-nb", "-m", "(0010,0020)=OTHER", changed]);
      await run("dcmodify", ["-nb", "-e", "(0008,0060)", shorter]);
      const ignoreTags = ["fffc,fffc"];
      assert.deepEqual(await compareElements(original, original), []);
      assert.deepEqual(await compareElements(original, changed, { ignoreTags }), [
        "(0010,0020): b'1CT1', b'OTHER '",
      ]);
      assert.deepEqual(await compareElements(original, shorter, { ignoreTags }), [
        "(0008,0060): only in the first file",
      ]);
    }),
});

peerTest({
  name: "startDcmqrscp() serves each transfer syntax as it is stored",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await realFiles(MOST_FILES);
    const files = manyFiles(set.files);
    await Promise.all(
      Object.keys(SERVED_SYNTAXES).map((sendSyntax) =>
        withDirectory(async (directory) => {
          const to = destination();
          await using archive = await startDcmqrscp({ moveDestinations: [to], sendSyntax });
          const wanted = files.filter((file) => file.transferSyntaxUid === sendSyntax);
          const report = await archive.load(files);
          assert.deepEqual(report.taken, wanted);
          assert.equal(report.refused.length, files.length - wanted.length);
          for (const file of wanted) {
            const held = dataSetBytes(await archive.held(file.sopInstanceUid));
            assert.deepEqual(held, dataSetBytes(file.path), file.name);
          }
          const keys = studiesOf(wanted);
          const result = await dcmtkMove({ from: archive, to, keys, directory });
          assert.equal(result.code, 0, result.stderr + result.stdout + archive.log());
          await assertReceived(archive, wanted, result.files);
        })
      ),
    );
  },
});

peerTest({
  name: "startOrthanc() serves every transfer syntax as it is stored",
  needs: ["orthanc", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      const to = destination();
      await using archive = await startOrthanc({ moveDestinations: [to] });
      const files = manyFiles(set.files);
      const report = await archive.load(files);
      assert.deepEqual(report.refused, []);
      const held = dataSetBytes(await archive.held(files[0]?.sopInstanceUid ?? ""));
      assert.deepEqual(held, dataSetBytes(files[0]?.path ?? ""));
      const keys = studiesOf(files);
      const result = await dcmtkMove({ from: archive, to, keys, directory });
      assert.equal(result.code, 0, result.stderr + result.stdout);
      await assertReceived(archive, files, result.files);
    }),
});

peerTest({
  name: "startPynetdicomQrscp() serves every transfer syntax, the same bytes as it holds",
  needs: ["pynetdicom", "dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/"]);
      const all = destinations(8);
      await using archive = await startPynetdicomQrscp({ moveDestinations: all });
      const files = manyFiles(set.files).filter((file) => !file.name.includes("dicomdirtests"));
      const report = await archive.load(files);
      assert.deepEqual(report.refused.map(({ file, reason }) => `${file.name}: ${reason}`), [
        "test_files/ExplVR_BigEnd.dcm: stored, but its database could not take it",
      ]);
      const queries = distinct(report.taken.map((file) => file.patientId))
        .map((id) => ["QueryRetrieveLevel=PATIENT", `PatientID=${id}`]);
      const results = await dcmtkMoves({ from: archive, model: "-P", directory }, all, queries);
      const received = new Map<string, string>();
      for (const result of results) {
        assert.equal(result.code, 0, result.stderr + result.stdout);
        for (const [uid, path] of result.files) received.set(uid, path);
      }
      await assertReceived(archive, report.taken, received);
      assert.deepEqual(
        distinct(report.taken.map((file) => file.transferSyntaxUid)),
        Object.keys(SERVED_SYNTAXES).sort(),
      );
      assertSameDataSets(received, await heldBy(archive, received.keys()));
    }),
});

for (const { needs, start } of ARCHIVES) {
  peerTest({
    name: `${needs[0]} archive answers DCMTK's clients at every level`,
    needs: [...needs, "dcmtk", "pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const all = destinations(4);
        await using archive = await start(all);
        const { taken } = await archive.load(set.files);
        assert.equal(taken.length, 7);
        const peer = ["-aec", archive.aeTitle, "127.0.0.1", String(archive.port)];

        const echo = await run("echoscu", peer);
        assert.equal(echo.code, 0, echo.stderr);

        const find = ["-v", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"];
        const found = await run("findscu", [...find, "-k", "PatientID=77654033", ...peer]);
        for (const study of distinct(taken.map((file) => file.studyUid))) {
          assert.ok((found.stdout + found.stderr).includes(study), study);
        }

        const [image] = taken;
        assert.ok(image);
        const queries = queriesOf(image, ["-P"]);
        const results = await dcmtkMoves(
          { from: archive, model: "-P", directory },
          all,
          queries.map(({ keys }) => keys),
        );
        for (const [index, { level, names }] of queries.entries()) {
          const result = results[index];
          assert.equal(result?.code, 0, `${level.name}\n${result?.stderr}${result?.stdout}`);
          await assertReceived(archive, taken.filter(names), result.files);
        }
        assert.deepEqual(results.map((result) => result.files.size), [7, 3, 1, 1]);
      }),
  });
}

peerTest({
  name: "orthanc archive keeps what DCMTK's storescu sends",
  needs: ["orthanc", "dcmtk", "pydicom"],
  async fn() {
    await using set = await realFiles(["test_files/CT_small.dcm"]);
    await using archive = await startOrthanc({ moveDestinations: [] });
    const [file] = set.files;
    assert.ok(file);
    const peer = ["-aec", archive.aeTitle, "127.0.0.1", String(archive.port)];
    const stored = await run("storescu", ["-R", ...peer, file.path]);
    assert.equal(stored.code, 0, stored.stderr);
    const held = await archive.held(file.sopInstanceUid);
    assert.deepEqual(
      await compareElements(file.path, held, { ignoreTags: ["fffc,fffc"], ignorePadding: true }),
      [],
    );
  },
});

peerTest({
  name: "dcmqrscp archive serves pynetdicom's movescu --store",
  needs: ["dcmtk", "pynetdicom", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using archive = await startDcmqrscp({ moveDestinations: [to] });
      const { taken } = await archive.load(set.files);
      const output = await run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "movescu", "127.0.0.1", String(archive.port)],
        ...["-aec", archive.aeTitle, "-aem", to.aeTitle, "--store", "--store-aet", to.aeTitle],
        ...["--store-port", String(to.port), "-od", directory],
        ...["-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=77654033"],
      ]);
      assert.equal(output.code, 0, output.stderr);
      const stored = await Array.fromAsync(Deno.readDir(directory));
      assert.deepEqual(
        stored.map((entry) => entry.name.slice(entry.name.indexOf(".") + 1)).sort(),
        distinct(taken.map((file) => file.sopInstanceUid)),
      );
    }),
});

Deno.test({
  name: "run() reports the exit code and stops a command in time",
  ignore: Deno.permissions.querySync({ name: "run" }).state !== "granted",
  async fn() {
    const deno = Deno.execPath();
    const failed = await run(deno, ["eval", "console.error('told'); Deno.exit(3)"]);
    assert.deepEqual([failed.code, failed.stderr.trim()], [3, "told"]);
    const late = await run(deno, ["eval", "setInterval(() => {}, 1000)"], { timeout: 500 });
    assert.equal(late.code, 124);
  },
});
