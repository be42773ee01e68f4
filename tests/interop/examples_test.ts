/**
 * The example programs, run as they are, against a real archive.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { serve } from "../../mod.ts";
import { storeHandler } from "../../plugins/store.ts";
import { startDaemon } from "../support/command.ts";
import {
  dcmtkMove,
  freePort,
  peerTest,
  type RealFile,
  realFiles,
  run,
  startDcmqrscp,
} from "../support/peers.ts";
import { destination, ONE_PATIENT, withDirectory } from "../support/retrieval.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function runExample(name: string, args: readonly string[]): ReturnType<typeof run> {
  const path = `${ROOT}/tests/examples/${name}.ts`;
  const command = ["run", "--no-prompt", "--allow-net", "--config", `${ROOT}/deno.json`, path];
  return run(Deno.execPath(), [...command, ...args]);
}

function seriesOf(file: RealFile): string[] {
  return [file.patientId, file.studyUid, file.seriesUid];
}

peerTest({
  name: "examples/move_scu.ts has an archive send a series to a third AE",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using _server = serve({
        hostname: "127.0.0.1",
        port: to.port,
        aeTitle: to.aeTitle,
        handlers: storeHandler({ directory, naming: "uid.dcm" }),
      });
      await using archive = await startDcmqrscp({ moveDestinations: [to] });
      const { taken } = await archive.load(set.files);
      const [file] = taken;
      assert.ok(file);
      const output = await runExample("move_scu", [
        ...["127.0.0.1", String(archive.port), archive.aeTitle, to.aeTitle],
        ...seriesOf(file),
      ]);
      assert.equal(output.code, 0, output.stderr);
      assert.match(output.stdout, /^0x0000 all sub-operations complete/m);
      const entries = await Array.fromAsync(Deno.readDir(directory));
      const names = entries.map((entry) => entry.name).sort();
      const expected = taken.filter((other) => other.seriesUid === file.seriesUid);
      assert.deepEqual(names, expected.map((other) => `${other.sopInstanceUid}.dcm`).sort());
    }),
});

peerTest({
  name: "examples/move_scu_with_storage_scp.ts receives what it asks for",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await realFiles(ONE_PATIENT);
    const to = destination();
    await using archive = await startDcmqrscp({ moveDestinations: [to] });
    const { taken } = await archive.load(set.files);
    const [file] = taken;
    assert.ok(file);
    const output = await runExample("move_scu_with_storage_scp", [
      ...["127.0.0.1", String(archive.port), archive.aeTitle, to.aeTitle, String(to.port)],
      ...seriesOf(file),
    ]);
    assert.equal(output.code, 0, output.stderr);
    const received = [...output.stdout.matchAll(/^Received (\S+): \d+ bytes$/gm)]
      .map(([, uid]) => uid).sort();
    const expected = taken.filter((other) => other.seriesUid === file.seriesUid);
    assert.deepEqual(received, expected.map((other) => other.sopInstanceUid).sort());
    assert.match(output.stdout, /C-MOVE status 0x0000/);
  },
});

peerTest({
  name: "examples/move_scp.ts sends DCMTK's movescu what is in its folder",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory((directory) =>
      withDirectory(async (folder) => {
        await using set = await realFiles(ONE_PATIENT);
        for (const file of set.files) {
          await Deno.copyFile(file.path, `${folder}/${file.sopInstanceUid}`);
        }
        await Deno.writeTextFile(`${folder}/README`, "This is no DICOM file, and is passed over.");
        const to = destination();
        const port = freePort();
        const command = ["run", "--no-prompt", "--allow-net", `--allow-read=${folder}`];
        await using archive = await startDaemon(
          Deno.execPath(),
          [
            ...[...command, "--config", `${ROOT}/deno.json`, `${ROOT}/tests/examples/move_scp.ts`],
            ...[String(port), folder, `${to.aeTitle}@127.0.0.1:${to.port}`],
          ],
          [port],
          folder,
        );
        const from = { aeTitle: "ANY", port };
        const [file] = set.files;
        assert.ok(file);
        const keys = ["QueryRetrieveLevel=PATIENT", `PatientID=${file.patientId}`];
        const moved = await dcmtkMove({ from, to, model: "-P", keys, directory });
        assert.equal(moved.code, 0, moved.stderr + archive.log());
        const expected = set.files.filter((other) => other.patientId === file.patientId);
        assert.deepEqual(
          [...moved.files.keys()].sort(),
          expected.map((other) => other.sopInstanceUid).sort(),
        );
        const refusals: [keys: string[], to: typeof to, status: RegExp][] = [
          [[`PatientID=${file.patientId}`], to, /DataSetDoesNotMatchSOPClass/],
          [keys, { ...to, aeTitle: "STRANGER" }, /MoveDestinationUnknown/],
        ];
        for (const [keys, to, status] of refusals) {
          const refused = await dcmtkMove({ from, to, model: "-P", keys, directory });
          assert.match(refused.stderr, status);
        }
      })
    ),
});
