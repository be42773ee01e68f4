/**
 * Foreign clients against the library's query and retrieve SCP, over real files.
 *
 * @module
 */
import assert from "node:assert/strict";
import { associate, cMove, type Handlers, serve, type Server, STUDY_ROOT_MOVE } from "../../mod.ts";
import { LEVELS } from "../support/levels.ts";
import { memoryArchive } from "../support/memory_archive.ts";
import { storedFiles } from "../support/our_tools.ts";
import { dataSet } from "../support/querying.ts";
import { archiveOf, stored } from "../support/retrieving.ts";
import {
  type CommandOutput,
  dataSetBytes,
  dcmtkMove,
  fileMeta,
  type MoveDestination,
  peerTest,
  pynetdicomPython,
  type RealFile,
  realFiles,
  run,
} from "../support/peers.ts";
import {
  destination,
  distinct,
  MOST_FILES,
  ONE_PATIENT,
  withDirectory,
} from "../support/retrieval.ts";

const EXPLICIT = "1.2.840.10008.1.2.1";
const UNCOMPRESSED = ["1.2.840.10008.1.2", EXPLICIT, "1.2.840.10008.1.2.2"];

function archive(files: readonly RealFile[], to: readonly MoveDestination[] = []): Server {
  return serve({ hostname: "127.0.0.1", port: 0, handlers: memoryArchive(files, to) });
}

function keysOf(keys: readonly string[]): string[] {
  return keys.flatMap((key) => ["-k", key]);
}

/** One of pynetdicom's programs. */
function pynetdicom(args: readonly string[], cwd: string): Promise<CommandOutput> {
  return run(pynetdicomPython() ?? "python3", ["-m", "pynetdicom", ...args], { cwd });
}

/** What has arrived is byte for byte what is held. */
function assertBytes(files: readonly RealFile[], arrived: ReadonlyMap<string, string>): void {
  assert.deepEqual([...arrived.keys()].sort(), distinct(files.map((file) => file.sopInstanceUid)));
  for (const file of files) {
    const path = arrived.get(file.sopInstanceUid) ?? "";
    assert.equal(fileMeta(path).get("0002,0010"), file.transferSyntaxUid, file.name);
    const held = dataSetBytes(file.path);
    const got = dataSetBytes(path);
    assert.deepEqual(got.subarray(0, held.length), held, file.name);
    // A file of an odd length gets a NUL: messages have even ones.
    assert.equal(got.length, held.length + held.length % 2, file.name);
  }
}

peerTest({
  name: "DCMTK's and pynetdicom's findscu find what is there, in every model and at every level",
  needs: ["dcmtk", "pynetdicom", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      await using server = archive(set.files);
      const port = String(server.addr.port);
      for (const model of ["-P", "-S", "-O"]) {
        for (const { name: level, uniqueKey, valueOf } of LEVELS) {
          if (model === "-O" && (level === "SERIES" || level === "IMAGE")) continue;
          const keys = keysOf([`QueryRetrieveLevel=${level}`, uniqueKey, "PatientName"]);
          const expected = distinct(set.files.map(valueOf));
          const outputs: [string, CommandOutput][] = [
            ["DCMTK", await run("findscu", ["-v", model, ...keys, "127.0.0.1", port])],
            [
              "pynetdicom",
              await pynetdicom(
                ["findscu", "-v", model, ...keys, "127.0.0.1", port],
                directory,
              ),
            ],
          ];
          for (const [name, { code, stdout, stderr }] of outputs) {
            const text = stdout + stderr;
            assert.equal(code, 0, text);
            const found = expected.filter((value) => text.includes(value));
            assert.deepEqual(found, expected, `${name} ${model} ${level}: ${text}`);
          }
        }
      }
      const { stderr } = await run("findscu", [
        "-v",
        "-S",
        ...keysOf(["StudyInstanceUID"]),
        "127.0.0.1",
        port,
      ]);
      assert.match(stderr, /DataSetDoesNotMatchSOPClass/);
    }),
});

peerTest({
  name: "DCMTK's findscu cancels a query",
  needs: ["dcmtk", "pydicom"],
  async fn() {
    await using set = await realFiles(ONE_PATIENT);
    await using server = archive(set.files);
    const { code, stderr } = await run("findscu", [
      ...["-v", "-S", "--cancel", "1", ...keysOf(["QueryRetrieveLevel=IMAGE", "SOPInstanceUID"])],
      ...["127.0.0.1", String(server.addr.port)],
    ]);
    assert.equal(code, 0, stderr);
    // It may be too late: all was sent by then.
    assert.match(stderr, /Final Find Response \((Cancel|Success)/);
  },
});

peerTest({
  name: "DCMTK's movescu gets every file byte for byte, in every transfer syntax",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      const to = destination();
      await using server = archive(set.files, [to]);
      const from = { aeTitle: "OURS", port: server.addr.port };
      // DCMTK takes no transfer syntax of which it knows nothing, and one instance of each UID.
      const patients = distinct(set.files.map((file) => file.patientId));
      const keys = ["QueryRetrieveLevel=PATIENT", `PatientID=${patients.join("\\")}`];
      const moved = await dcmtkMove({ from, to, model: "-P", keys, directory });
      assert.equal(moved.code, 0, moved.stderr);
      assertBytes(set.files, moved.files);
    }),
});

peerTest({
  name: "DCMTK's getscu gets what it accepts byte for byte, and is told what failed",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(MOST_FILES);
      await using server = archive(set.files);
      const cases: [option: string, syntaxes: string[]][] = [
        ["+xe", [EXPLICIT]],
        ["+xv", ["1.2.840.10008.1.2.4.90"]],
        ["+xr", ["1.2.840.10008.1.2.5"]],
      ];
      for (const [option, syntaxes] of cases) {
        const own = set.files.filter((file) => syntaxes.includes(file.transferSyntaxUid));
        const into = `${directory}/${option.slice(1)}`;
        await Deno.mkdir(into);
        const uids = own.map((file) => file.sopInstanceUid);
        const output = await run("getscu", [
          ...["-v", "-S", "+B", option, "-od", into],
          ...keysOf(["QueryRetrieveLevel=IMAGE", `SOPInstanceUID=${uids.join("\\")}`]),
          ...["127.0.0.1", String(server.addr.port)],
        ], { cwd: into });
        assert.equal(output.code, 0, output.stderr);
        assertBytes(own, storedFiles(into));
      }
      // What it does not accept fails, and all that is uncompressed comes converted.
      const into = `${directory}/all`;
      await Deno.mkdir(into);
      const output = await run("getscu", [
        ...["-v", "-S", "+xi", "-od", into, "-d"],
        ...keysOf(["QueryRetrieveLevel=STUDY"]),
        ...["127.0.0.1", String(server.addr.port)],
      ]);
      assert.match(output.stderr, /0xb000/i);
      const expected = set.files.filter((file) =>
        [...UNCOMPRESSED, "1.2.840.10008.1.2.1.99"].includes(file.transferSyntaxUid)
      );
      assert.deepEqual(
        [...storedFiles(into).keys()].sort(),
        distinct(expected.map((file) => file.sopInstanceUid)),
      );
    }),
});

peerTest({
  name: "pynetdicom's movescu and getscu get a patient",
  needs: ["pynetdicom", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using server = archive(set.files, [to]);
      const port = String(server.addr.port);
      const [first] = set.files;
      assert.ok(first);
      const mine = set.files.filter((file) => file.patientId === first.patientId);
      const keys = keysOf(["QueryRetrieveLevel=PATIENT", `PatientID=${first.patientId}`]);
      const runs: [name: string, args: string[]][] = [
        ["getscu", ["getscu", "-v", "-P", "-od"]],
        ["movescu", [
          ...["movescu", "-v", "-P", "--store", "--store-port", String(to.port)],
          ...["--store-aet", to.aeTitle, "-aem", to.aeTitle, "-od"],
        ]],
      ];
      for (const [name, args] of runs) {
        const into = `${directory}/${name}`;
        await Deno.mkdir(into);
        const { code, stdout, stderr } = await pynetdicom(
          [...args, into, ...keys, "127.0.0.1", port],
          into,
        );
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout + stderr, /0x0000/, name);
        assert.deepEqual(
          [...storedFiles(into).keys()].sort(),
          distinct(mine.map((file) => file.sopInstanceUid)),
          stdout + stderr,
        );
      }
    }),
});

Deno.test({
  name: "hundreds of associations over real sockets leave nothing behind",
  permissions: { net: ["127.0.0.1"] },
  async fn() {
    const store: Handlers["store"] = async ({ dataSet }) => {
      await dataSet.cancel();
      return 0;
    };
    const address = { hostname: "127.0.0.1", port: 0 };
    await using destination = serve({ ...address, handlers: { store } });
    const to = { hostname: "127.0.0.1", port: destination.addr.port };
    await using server = serve({
      ...address,
      handlers: archiveOf([stored("1.2.1")], { resolveMoveDestination: () => to }),
    });
    const before = Deno.memoryUsage().external;
    for (let round = 0; round < 300; round++) {
      await using association = await associate({
        ...{ hostname: "127.0.0.1", port: server.addr.port },
        ...{ callingAeTitle: "MOVESCU", calledAeTitle: "OURS" },
        presentationContexts: [{ abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes: [EXPLICIT] }],
      });
      const identifier = dataSet("QueryRetrieveLevel=STUDY");
      const options = { sopClassUid: STUDY_ROOT_MOVE, moveDestination: "STORE", identifier };
      const responses = await Array.fromAsync(cMove(association, options));
      assert.equal(responses.at(-1)?.status, 0x0000);
    }
    assert.ok(server.activeAssociations <= 1);
    // Each held three read buffers of 256 KiB; what is left of them waits to be collected at most.
    const grown = (Deno.memoryUsage().external - before) / 1024 / 1024;
    assert.ok(grown < 300 * 0.75 / 2, `${grown.toFixed()} MiB more than before`);
  },
});
