/**
 * Foreign clients against our storage SCP, and C-ECHO with foreign peers in both directions.
 *
 * @module
 */
import assert from "node:assert/strict";
import { storeHandler } from "../../plugins/store.ts";
import { serve, type Server } from "../../mod.ts";
import {
  compareAllElements,
  type CompareOptions,
  DCMTK_LETTERS,
  fileMeta,
  type FilePair,
  peerTest,
  pynetdicomPython,
  type RealFile,
  realFiles,
  run,
  SENT_VERSUS_HELD,
  startDcmqrscp,
} from "../support/peers.ts";
import { runTool, storedFiles } from "../support/our_tools.ts";
import {
  ARCHIVES,
  assertReceived,
  destination,
  distinct,
  ONE_PATIENT,
  withDirectory,
} from "../support/retrieval.ts";

function storageScp(directory: string, aeTitle = "OURS", port = 0): Server {
  return serve({
    hostname: "127.0.0.1",
    port,
    aeTitle,
    handlers: storeHandler({ directory, naming: "uid.dcm" }),
  });
}

async function assertSameElements(
  sent: readonly RealFile[],
  received: ReadonlyMap<string, string>,
  options: CompareOptions,
): Promise<void> {
  const pairs = sent.map((file): FilePair => [
    file.path,
    received.get(file.sopInstanceUid) ?? "",
  ]);
  assert.deepEqual((await compareAllElements(pairs, options)).flat(), []);
}

peerTest({
  name: "serve() stores what DCMTK's storescu sends, in every transfer syntax",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(["test_files/"]);
      const files = set.files.filter((file) => !file.name.includes("dicomdirtests"));
      const bySyntax = new Map<string, RealFile[]>();
      for (const file of files) {
        bySyntax.set(file.transferSyntaxUid, [
          ...bySyntax.get(file.transferSyntaxUid) ?? [],
          file,
        ]);
      }
      await using server = storageScp(directory);
      for (const [syntax, sent] of bySyntax) {
        const letter = DCMTK_LETTERS[syntax];
        assert.ok(letter, syntax);
        // storescu asks for one transfer syntax at a time, so there is one run for each.
        const output = await run("storescu", [
          ...["-R", `-x${letter}`, "-aec", "OURS", "127.0.0.1", String(server.addr.port)],
          ...sent.map((file) => file.path),
        ]);
        assert.equal(output.code, 0, `${syntax}\n${output.stderr}${output.stdout}`);
      }
      const received = storedFiles(directory);
      assert.deepEqual(
        [...received.keys()].sort(),
        distinct(files.map((file) => file.sopInstanceUid)),
      );
      for (const file of files) {
        const path = received.get(file.sopInstanceUid) ?? "";
        assert.equal(fileMeta(path).get("0002,0010"), file.transferSyntaxUid, file.name);
      }
      await assertSameElements(files, received, SENT_VERSUS_HELD.dcmqrscp);
    }),
});

peerTest({
  name: "serve() stores what pynetdicom's storescu sends",
  needs: ["pynetdicom", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      await using server = storageScp(directory);
      const output = await run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "storescu", "127.0.0.1", String(server.addr.port), "-cx"],
        ...["-aec", "OURS", ...set.files.map((file) => file.path)],
      ]);
      assert.equal(output.code, 0, output.stderr);
      const received = storedFiles(directory);
      assert.equal(received.size, set.files.length);
      await assertSameElements(set.files, received, SENT_VERSUS_HELD.pynetdicom);
    }),
});

peerTest({
  name: "DCMTK's movescu has dcmqrscp send to our storage SCP",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using server = storageScp(directory, to.aeTitle, to.port);
      await using archive = await startDcmqrscp({
        moveDestinations: [to],
        sendSyntax: "1.2.840.10008.1.2.1",
      });
      const { taken } = await archive.load(set.files);
      const output = await run("movescu", [
        ...["-v", "-P", "-aec", archive.aeTitle, "-aet", to.aeTitle, "-aem", to.aeTitle],
        ...["-k", "QueryRetrieveLevel=PATIENT", "-k", `PatientID=${taken[0]?.patientId}`],
        ...["127.0.0.1", String(archive.port)],
      ]);
      assert.equal(output.code, 0, output.stderr + output.stdout);
      await assertReceived(archive, taken, storedFiles(directory));
      assert.equal(server.activeAssociations, 0);
    }),
});

peerTest({
  name: "serve() answers DCMTK's echoscu, and rejects one that calls another AE",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      await using server = storageScp(directory);
      const peer = ["127.0.0.1", String(server.addr.port)];
      const echo = await run("echoscu", ["-aec", "OURS", "--repeat", "3", ...peer]);
      assert.equal(echo.code, 0, echo.stderr);
      // 38 presentation contexts, and every transfer syntax it has.
      const many = await run("echoscu", ["-aec", "OURS", "-ppc", "38", "-pts", "30", ...peer]);
      assert.equal(many.code, 0, many.stderr);
      const wrong = await run("echoscu", ["-v", "-aec", "OTHER", ...peer]);
      assert.notEqual(wrong.code, 0);
      assert.match(wrong.stderr + wrong.stdout, /Called AE Title Not Recognized/);
      const aborted = await run("echoscu", ["-aec", "OURS", "--abort", ...peer]);
      assert.equal(aborted.code, 0, aborted.stderr);
    }),
});

for (const { needs, start } of ARCHIVES) {
  peerTest({
    name: `echoscu verifies ${needs[0]}`,
    needs: [...needs, "pydicom"],
    async fn() {
      await using archive = await start([]);
      const args = ["127.0.0.1", String(archive.port), "-aec", archive.aeTitle];
      const output = await runTool("echoscu", [...args, "--repeat", "2"]);
      assert.equal(output.code, 0, output.stderr);
    },
  });
}
