/**
 * Our qrscp with real clients: what was stored, or lay in its folders, comes back byte for byte, whoever
 * asks, by which service, in which model and at which level.
 *
 * @module
 */
import assert from "node:assert/strict";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { type Level, LEVELS, queriesOf } from "../support/levels.ts";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import type { OurServer } from "../support/our_server.ts";
import { runTool, storedFiles } from "../support/our_tools.ts";
import {
  compareAllElements,
  dataSetBytes,
  peerTest,
  pynetdicomPython,
  type RealFile,
  realFiles,
  run,
  SENT_VERSUS_HELD,
} from "../support/peers.ts";
import { startStorescp } from "../support/storage_acceptor.ts";
import { type Client, FINDERS, GETTERS, type ModelFlag, MOVERS } from "../support/query_clients.ts";
import { destination, distinct, ONE_PATIENT, withDirectory } from "../support/retrieval.ts";

/** Copies files to a directory, each with a name that tells nothing. */
async function copyTo(directory: string, files: readonly RealFile[]): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for (const [index, { path }] of files.entries()) {
    await Deno.copyFile(path, `${directory}/IM${index}`);
  }
}

function assertSameBytes(
  files: readonly RealFile[],
  received: ReadonlyMap<string, string>,
): void {
  assert.deepEqual([...received.keys()].sort(), files.map((file) => file.sopInstanceUid).sort());
  for (const { sopInstanceUid, path, name } of files) {
    assert.deepEqual(dataSetBytes(received.get(sopInstanceUid) ?? ""), dataSetBytes(path), name);
  }
}

async function assertSame(
  { isExact, name }: Pick<Client, "isExact" | "name">,
  files: readonly RealFile[],
  directory: string,
): Promise<void> {
  const received = storedFiles(directory);
  if (isExact) return assertSameBytes(files, received);
  assert.deepEqual(
    [...received.keys()].sort(),
    files.map((file) => file.sopInstanceUid).sort(),
    name,
  );
  const pairs = files.map(({ path, sopInstanceUid }) =>
    [path, received.get(sopInstanceUid) ?? ""] as const
  );
  const differences = await compareAllElements(pairs, SENT_VERSUS_HELD.pynetdicom);
  assert.deepEqual(differences.flat(), [], name);
}

/**
 * Elements of odd length make data sets of odd length, which no association can carry: fragments are of
 * even length (PS3.8 annex E).
 */
const OF_ODD_LENGTH = ["test_files/meta_missing_tsyntax.dcm", "test_files/nested_priv_SQ.dcm"];

/**
 * Our clients: they write what they received. An association of a C-GET has no room for all SOP classes
 * in all transfer syntaxes, and what it has no context for is converted.
 */
const EXACT = [
  ...MOVERS.map((client) => ({ client, studiesAtOnce: Infinity })),
  ...GETTERS.map((client) => ({ client, studiesAtOnce: 6 })),
].filter(({ client }) => client.needs.length === 0);

for (const way of ["folder", "C-STORE"] as const) {
  peerTest({
    name: `qrscp serves all real files byte for byte that came by ${way}, by C-MOVE and C-GET`,
    needs: ["pydicom"],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles();
        const files = set.files.filter(({ name }) => !OF_ODD_LENGTH.includes(name));
        assert.equal(files.length, set.files.length - OF_ODD_LENGTH.length);
        const to = destination();
        if (way === "folder") await copyTo(`${directory}/archive`, files);
        await using qrscp = await startQrscp({
          directory,
          args: ["archive", "--json"],
          moveDestinations: [to],
        });
        if (way === "C-STORE") {
          const paths = files.map(({ path }) => path);
          const sent = await runTool("storescu", ["127.0.0.1", `${qrscp.port}`, ...paths]);
          assert.equal(sent.code, 0, sent.stderr + qrscp.stderr);
        }
        const studies = distinct(files.map(({ studyUid }) => studyUid));
        const from = { aeTitle: QRSCP, port: qrscp.port };
        for (const { client, studiesAtOnce } of EXACT) {
          const into = `${directory}/${client.name}`;
          await Deno.mkdir(into);
          for (let start = 0; start < studies.length; start += studiesAtOnce) {
            const some = studies.slice(start, start + studiesAtOnce).join("\\");
            const keys = ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${some}`];
            const { code, stderr } = await client.run({
              ...{ from, model: "-S", keys, directory: into, to },
            });
            assert.equal(code, 0, stderr + qrscp.stderr);
          }
          assertSameBytes(files, storedFiles(into));
        }
        const { code, stdout, stderr } = await qrscp.stop();
        assert.equal(code, 0, stderr);
        assertTold(readEvents(stdout), files.length, way === "C-STORE");
      }),
  });
}

/** What `--json` says of all files received, then sent twice. */
function assertTold(events: readonly JsonEvent[], count: number, isReceived: boolean): void {
  const [indexed] = eventsOf(events, "indexed");
  assert.equal(indexed?.instances, isReceived ? 0 : count);
  const requests = eventsOf(events, "request");
  const retrieves = requests.filter(({ service }) => service !== "C-FIND");
  for (const each of retrieves) {
    assert.deepEqual([each.status, each.failed, each.level], [0, 0, "STUDY"]);
  }
  for (const service of ["C-MOVE", "C-GET"]) {
    const sent = retrieves.filter((each) => each.service === service)
      .reduce((sum, { completed }) => sum + Number(completed), 0);
    assert.equal(sent, count, service);
  }
  const sent = eventsOf(events, "instance").filter(({ direction }) => direction === "sent");
  assert.equal(sent.length, 2 * count);
  const summary = summaryOf(events);
  assert.deepEqual(
    [summary.received, summary.sent, summary.failed],
    [isReceived ? count : 0, 2 * count, 0],
  );
}

/** Every information model that qrscp has. */
const MODELS: readonly ModelFlag[] = ["-P", "-S", "-O"];

/** A qrscp with the files of one patient. */
async function archiveOfOnePatient(
  directory: string,
  files: readonly RealFile[],
  moveDestinations: Parameters<typeof startQrscp>[0]["moveDestinations"] = [],
): Promise<OurServer> {
  await copyTo(`${directory}/archive`, files);
  return await startQrscp({ directory, args: ["--no-store", "archive"], moveDestinations });
}

for (const client of [...MOVERS, ...GETTERS]) {
  peerTest({
    name: `${client.name} retrieves from qrscp at every level of every model`,
    needs: ["pydicom", ...client.needs],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const [first] = set.files;
        assert.ok(first);
        const to = destination();
        await using qrscp = await archiveOfOnePatient(directory, set.files, [to]);
        const from = { aeTitle: QRSCP, port: qrscp.port };
        for (const { model, level, keys, names } of queriesOf(first, MODELS)) {
          const into = `${directory}/${model}${level.name}`;
          await Deno.mkdir(into);
          const output = await client.run({ from, model, keys, directory: into, to });
          const what = `${model} ${level.name}\n${output.stderr}${output.stdout}${qrscp.stderr}`;
          assert.equal(output.code, 0, what);
          await assertSame(client, set.files.filter(names), into);
        }
        const { code, stderr } = await qrscp.stop();
        assert.equal(code, 0, stderr);
        assert.doesNotMatch(stderr, /^[WE]: /m);
      }),
  });
}

for (const client of FINDERS) {
  peerTest({
    name: `${client.name} finds at every level of every model of qrscp`,
    needs: ["pydicom", ...client.needs],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const [first] = set.files;
        assert.ok(first);
        const to = destination();
        await using qrscp = await archiveOfOnePatient(directory, set.files);
        const from = { aeTitle: QRSCP, port: qrscp.port };
        for (const { model, level, keys: named } of queriesOf(first, MODELS)) {
          // All that is below the entity above.
          const { name, uniqueKey, valueOf } = level;
          const keys = named.map((key) => key.startsWith(uniqueKey) ? uniqueKey : key);
          const output = await client.run({ from, model, keys, directory, to });
          // DCMTK's shows the padding too.
          const written = (output.stderr + output.stdout).replaceAll(/[\0 ]+\]/g, "]");
          assert.equal(output.code, 0, written);
          const above = set.files.filter((file) => isBelow(file, first, level));
          for (const value of distinct(above.map(valueOf))) {
            assert.ok(written.includes(`[${value}]`), `${model} ${name} ${value}\n${written}`);
          }
          const others = set.files.filter((file) => !isBelow(file, first, level));
          for (const value of distinct(others.map(valueOf))) {
            assert.ok(!written.includes(`[${value}]`), `${model} ${name} ${value}`);
          }
        }
        assert.equal((await qrscp.stop()).code, 0);
      }),
  });
}

/** Whether a file belongs to what the query at a level is about: the entity above that of the first. */
function isBelow(file: RealFile, first: RealFile, level: Level): boolean {
  const above = LEVELS[LEVELS.indexOf(level) - 1];
  return above === undefined || above.valueOf(file) === above.valueOf(first);
}

const SENDERS = [
  {
    name: "DCMTK's storescu",
    needs: ["dcmtk"],
    send: (port: number, paths: readonly string[]) =>
      run("storescu", ["-R", "-xe", "127.0.0.1", `${port}`, ...paths]),
    rewrites: SENT_VERSUS_HELD.dcmqrscp,
  },
  {
    name: "DCMTK's dcmsend",
    needs: ["dcmtk"],
    send: (port: number, paths: readonly string[]) =>
      run("dcmsend", ["127.0.0.1", `${port}`, ...paths]),
    rewrites: SENT_VERSUS_HELD.dcmqrscp,
  },
  {
    name: "pynetdicom's storescu",
    needs: ["pynetdicom"],
    send: (port: number, paths: readonly string[]) =>
      run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "storescu", "127.0.0.1", `${port}`, "-cx", ...paths],
      ]),
    rewrites: SENT_VERSUS_HELD.pynetdicom,
  },
] as const;

for (const { name, needs, send, rewrites } of SENDERS) {
  peerTest({
    name: `qrscp stores what ${name} sends, and gives it back`,
    needs: ["pydicom", ...needs],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        const [first] = set.files;
        assert.ok(first);
        const to = destination();
        await using qrscp = await startQrscp({ directory, args: ["archive"] });
        const sent = await send(qrscp.port, set.files.map(({ path }) => path));
        assert.equal(sent.code, 0, sent.stderr + sent.stdout);
        const into = `${directory}/in`;
        const from = { aeTitle: QRSCP, port: qrscp.port };
        const keys = ["QueryRetrieveLevel=PATIENT", `PatientID=${first.patientId}`];
        const [getter] = GETTERS;
        assert.equal(
          (await getter?.run({ from, model: "-P", keys, directory: into, to }))?.code,
          0,
        );
        const received = storedFiles(into);
        const pairs = set.files.map(({ path, sopInstanceUid }) =>
          [path, received.get(sopInstanceUid) ?? ""] as const
        );
        assert.deepEqual((await compareAllElements(pairs, rewrites)).flat(), []);
        const { code, stderr } = await qrscp.stop();
        assert.equal(code, 0, stderr);
      }),
  });
}

peerTest({
  name: "qrscp calls the destination of a C-MOVE by its own AE title, whatever it was called",
  needs: ["pydicom", "dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const [first] = set.files;
      assert.ok(first);
      await copyTo(`${directory}/archive`, [first]);
      await using storescp = await startStorescp(["-d"]);
      await using qrscp = await startQrscp({
        directory,
        args: ["archive", "--no-store", "-aet", "OWN"],
        moveDestinations: [{ aeTitle: "STORE", port: storescp.port }],
      });
      const { code, stderr } = await run("movescu", [
        ...["-S", "-aet", "ASKS", "-aec", "ALIAS", "-aem", "STORE"],
        ...["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${first.studyUid}`],
        ...["127.0.0.1", `${qrscp.port}`],
      ]);
      assert.equal(code, 0, stderr + qrscp.stderr);
      assert.match(storescp.log(), /Calling Application Name: +OWN\n/);
      assert.match(storescp.log(), /Move Originator AE Title +: ASKS\n/);
    }),
});
