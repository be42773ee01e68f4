import assert from "node:assert/strict";
import { main } from "../../cli/qrscp.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { associate } from "../../lib/net/requestor.ts";
import { cFind } from "../../lib/service/query_scu.ts";
import { cMove } from "../../lib/service/retrieve_scu.ts";
import { serve } from "../../lib/service/serve.ts";
import { STUDY_ROOT_FIND, STUDY_ROOT_MOVE } from "../../lib/sop_class.ts";
import { memoryNetwork } from "../support/memory_transport.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import { instanceDataSet, instanceFile } from "../support/synthetic_instances.ts";
import { ToolBench } from "./tool_bench.ts";

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeInstances(directory: string, ...uids: readonly string[]): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for (const sopInstanceUid of uids) {
    const facts = { sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT };
    await Deno.writeFile(`${directory}/${sopInstanceUid}`, instanceFile(facts));
  }
}

/** A qrscp under test that listens, or has ended. */
async function start(
  bench: ToolBench,
  ...args: readonly string[]
): Promise<{ readonly code: Promise<number> }> {
  let hasEnded = false;
  const code = main(args, bench.io).finally(() => hasEnded = true);
  while (!hasEnded && !bench.stderr.includes("Listening")) await settle();
  return { code };
}

async function runToItsEnd(bench: ToolBench, ...args: readonly string[]): Promise<number> {
  const { code } = await start(bench, ...args);
  await bench.signal("SIGTERM");
  return await code;
}

function indexed(stdout: string): Partial<JsonEvent> {
  const [event, ...more] = eventsOf(readEvents(stdout), "indexed");
  assert.deepEqual(more, []);
  return event ?? {};
}

Deno.test("qrscp serves folders, tells how much is in them, and keeps its index", () =>
  withDirectory(async (directory) => {
    const [own, other] = [`${directory}/own`, `${directory}/other`];
    await writeInstances(own, "1.1", "1.2");
    await writeInstances(other, "1.3");
    await Deno.writeTextFile(`${other}/notes.txt`, "no DICOM file");
    const bench = new ToolBench();
    assert.equal(await runToItsEnd(bench, own, other, "--json"), 0);
    assert.deepEqual(
      bench.lines.map((line) => line.replace(/in [0-9.]+ s/, "in TIME").replaceAll(directory, "")),
      [
        "I: Looked through 4 files in TIME: 3 new, 0 changed, 0 gone",
        "I: Listening as QRSCP on port 11112 of memory",
        "I: Serving 1 patient, 1 study, 1 series, 3 instances of /own, /other",
        "I: Instances go to /own",
        "I: No destination of C-MOVE is known: see --destination",
        "I: Stopping",
        "I: Received 0 instances by 0 associations in TIME; 0 failed",
      ],
    );
    const { patients, studies, series, instances, files, added } = indexed(bench.stdout);
    assert.deepEqual([patients, studies, series, instances], [1, 1, 1, 3]);
    assert.deepEqual([files, added], [4, 3]);
    assert.deepEqual(readEvents(bench.stdout).map(({ event }) => event), [
      "indexed",
      "listening",
      "stopping",
      "summary",
    ]);
    assert.ok((await Deno.stat(`${own}/.dimse-index.sqlite`)).isFile);
    // The next start reads only what is new.
    await writeInstances(other, "1.4");
    await Deno.remove(`${own}/1.1`);
    const again = new ToolBench();
    assert.equal(await runToItsEnd(again, own, other, "--json"), 0);
    const then = indexed(again.stdout);
    assert.deepEqual([then.instances, then.added, then.removed], [3, 1, 1]);
    const anew = new ToolBench();
    assert.equal(await runToItsEnd(anew, own, other, "--json", "--reindex"), 0);
    assert.deepEqual([indexed(anew.stdout).instances, indexed(anew.stdout).added], [3, 3]);
  }));

Deno.test("qrscp makes the folder that it stores to, and says so", () =>
  withDirectory(async (directory) => {
    const bench = new ToolBench();
    assert.equal(await runToItsEnd(bench, `${directory}/new/archive`), 0);
    assert.equal(bench.lines[0], `I: Made ${directory}/new/archive: the archive begins empty`);
    const again = new ToolBench();
    assert.equal(await runToItsEnd(again, `${directory}/new/archive`), 0);
    assert.match(again.lines[0] ?? "", /^I: Looked through 0 files/);
  }));

Deno.test("qrscp --no-store takes nothing and writes nothing", () =>
  withDirectory(async (directory) => {
    await writeInstances(directory, "1.1");
    const bench = new ToolBench();
    const { code } = await start(bench, directory, "--no-store", "--json");
    assert.ok(bench.lines.includes("I: Instances are not taken"), bench.stderr);
    const peer = await bench.callStorage();
    await peer.beginStore("1.2");
    // The presentation context was not accepted.
    await peer.expect("A-ABORT");
    peer.transport.close();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
    assert.equal(eventsOf(readEvents(bench.stdout), "listening")[0]?.directory, null);
    const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assert.deepEqual(names, ["1.1"]);
  }));

Deno.test("qrscp refuses folders that it cannot serve, and listens nowhere", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const cases: [args: string[], sentence: string][] = [
      [
        ["--no-store", `${directory}/none`],
        `Cannot serve ${directory}/none: there is no such folder`,
      ],
      [["--no-store", `${directory}/file`], `Cannot serve ${directory}/file: it is no folder`],
      [
        [`${directory}/own`, `${directory}/none`],
        `Cannot serve ${directory}/none: there is no such folder`,
      ],
      [
        [`${directory}/file`],
        `Cannot make output directory ${directory}/file: there is a file of that name`,
      ],
      [
        ["11112"],
        "Cannot serve 11112: there is no such folder; if it is the port, give it by -p 11112",
      ],
      [
        [directory, "--destinations", "none.txt"],
        "Cannot use the destinations of none.txt: there is no such file",
      ],
      [
        [directory, "--index", `${directory}/file/index`],
        `Cannot open the index ${directory}/file/index: unable to open database file: ` +
        `${directory}/file/index`,
      ],
      [
        [directory, "--handler-option", "on-exist=skip"],
        "Cannot use handler option on-exist: the archive has -od, --filename, --on-exist and " +
        "--durable instead",
      ],
    ];
    for (const [args, sentence] of cases) {
      const bench = new ToolBench();
      assert.equal(await main(args, bench.io), 2, sentence);
      assert.equal(bench.stderr, `E: ${sentence}\n`);
      assert.deepEqual(bench.calls, []);
      assert.equal(bench.signalListeners, 0);
    }
  }));

Deno.test("qrscp refuses an index that another one has", () =>
  withDirectory(async (directory) => {
    const first = new ToolBench();
    const { code } = await start(first, directory);
    const second = new ToolBench();
    assert.equal(await main([directory], second.io), 2);
    const index = await Deno.realPath(`${directory}/.dimse-index.sqlite`);
    assert.equal(second.stderr, `E: Cannot open the index ${index}: another process has it\n`);
    await first.signal("SIGTERM");
    assert.equal(await code, 0);
  }));

Deno.test("qrscp that is told to stop while it looks through its folders never listens", () =>
  withDirectory(async (directory) => {
    await writeInstances(directory, ...Array.from({ length: 200 }, (_, index) => `1.${index + 1}`));
    const bench = new ToolBench();
    const code = main([directory, "--json"], { ...bench.io, stderrColumns: 80 });
    while (!bench.stderr.includes("files")) await settle();
    await bench.signal("SIGINT");
    assert.equal(await code, 0);
    assert.match(
      bench.stderr,
      /I: Stopped after \d+ files: what was found by then is in the index/,
    );
    assert.deepEqual(bench.calls, []);
    const events = readEvents(bench.stdout);
    assert.deepEqual([summaryOf(events).exitCode, events.length], [0, 1]);
    assert.equal(bench.signalListeners, 0);
  }));

Deno.test("qrscp stores what it receives, and names the file", () =>
  withDirectory(async (directory) => {
    const bench = new ToolBench();
    const args = ["-od", directory, "--filename", "{SOPInstanceUID}.dcm", "--json", "-v"];
    const { code } = await start(bench, ...args);
    const peer = await bench.callStorage();
    // What has no study cannot be found again.
    assert.equal(await peer.store("1.2.3"), 0xa900);
    const facts = { sopClassUid: CT, sopInstanceUid: "1.2.4", transferSyntaxUid: EXPLICIT };
    await peer.sendMessage(1, {
      type: "C-STORE-RQ",
      messageId: 9,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: facts.sopInstanceUid,
      priority: 0,
      hasDataSet: true,
    }, instanceDataSet(facts));
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    await peer.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, 6);
    const events = readEvents(bench.stdout);
    const told = eventsOf(events, "instance").map(({ status, path }) => [status, path]);
    const path = `${await Deno.realPath(directory)}/1.2.4.dcm`;
    assert.deepEqual(told, [[0xa900, null], [0, path]]);
    const { size } = await Deno.stat(path);
    assert.deepEqual([summaryOf(events).received, summaryOf(events).bytes], [1, size]);
    assert.match(bench.stderr, /^I: Storing DICOM file: .+1\.2\.4\.dcm$/m);
  }));

Deno.test("qrscp names the file that holds what it receives, where it lies in another folder", () =>
  withDirectory(async (directory) => {
    const folder = `${directory}/old`;
    await writeInstances(folder, "1.2.4");
    const bench = new ToolBench();
    const { code } = await start(bench, folder, "-od", `${directory}/new`, "--json", "-v");
    const peer = await bench.callStorage();
    const facts = { sopClassUid: CT, sopInstanceUid: "1.2.4", transferSyntaxUid: EXPLICIT };
    await peer.sendMessage(1, {
      type: "C-STORE-RQ",
      messageId: 9,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: facts.sopInstanceUid,
      priority: 0,
      hasDataSet: true,
    }, instanceDataSet(facts));
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    await peer.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
    const path = `${await Deno.realPath(folder)}/1.2.4`;
    assert.deepEqual(
      eventsOf(readEvents(bench.stdout), "instance").map((event) => [event.status, event.path]),
      [[0, path]],
    );
    assert.ok(bench.lines.includes(`I: DICOM file already exists: ${path}`), bench.stderr);
    assert.doesNotMatch(bench.stderr, /^W:|Storing/m);
  }));

/** Puts a query at level STUDY, or retrieves a study, and tells the final status and the names that came. */
async function find(
  bench: ToolBench,
  ...keys: readonly string[]
): Promise<{ readonly status: number; readonly names: readonly string[] }> {
  await using association = await associate({
    ...PEER,
    connect: bench.storeNetwork.connect,
    presentationContexts: [{ abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [EXPLICIT] }],
  });
  const names: string[] = [];
  let status = 0;
  const identifier = identifierOf("PatientName", "StudyInstanceUID", ...keys);
  for await (const each of cFind(association, { sopClassUid: STUDY_ROOT_FIND, identifier })) {
    if (each.identifier !== undefined) names.push(each.identifier.getString(0x00100010) ?? "");
    status = each.status;
  }
  return { status, names: names.sort() };
}

const PEER = {
  hostname: "memory",
  port: 11112,
  callingAeTitle: "WS1",
  calledAeTitle: "QRSCP",
} as const;

function identifierOf(...keys: readonly string[]): DataSet {
  const identifier = new DataSet();
  for (const key of ["QueryRetrieveLevel=STUDY", ...keys]) applyKeywordPath(identifier, key);
  return identifier;
}

/** A folder with a study of each of three patients. */
async function writeStudies(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for (const [index, name] of ["Doe^Jane", "doe^john", "Roe^Ann"].entries()) {
    const sopInstanceUid = `1.${index + 1}`;
    const facts = { sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT };
    const keys = [
      ...[`PatientName=${name}`, `PatientID=${index}`],
      ...[`StudyInstanceUID=2.${index + 1}`, `SeriesInstanceUID=3.${index + 1}`],
    ];
    await Deno.writeFile(`${directory}/${index}`, instanceFile({ ...facts, keys }));
  }
}

const QUERIES: readonly (readonly [
  args: readonly string[],
  key: string,
  names: readonly string[],
  status: number,
])[] = [
  [[], "PatientName=Doe*", ["Doe^Jane"], 0x0000],
  [["--fold-person-names"], "PatientName=Doe*", ["Doe^Jane", "doe^john"], 0x0000],
  [["--match-pn-icase"], "PatientName=ROE*", ["Roe^Ann"], 0x0000],
  [["--max-matches", "3"], "PatientName", ["Doe^Jane", "Roe^Ann", "doe^john"], 0x0000],
  [["--max-matches", "2"], "PatientName", ["Doe^Jane", "doe^john"], 0xa700],
];

for (const [args, key, names, status] of QUERIES) {
  Deno.test(`qrscp ${args.join(" ")} answers ${key}`, () =>
    withDirectory(async (directory) => {
      await writeStudies(directory);
      const bench = new ToolBench();
      const { code } = await start(bench, directory, "--no-store", ...args);
      assert.deepEqual(await find(bench, key), { status, names });
      await bench.signal("SIGTERM");
      await bench.clock.advance(2_000);
      assert.equal(await code, 0);
    }));
}

Deno.test("qrscp refuses a C-MOVE to whom it does not know, and says what to do", () =>
  withDirectory(async (directory) => {
    await writeStudies(directory);
    const bench = new ToolBench();
    const { code } = await start(bench, directory, "--no-store", "--destination", "WS2=ws2:104");
    await using association = await associate({
      ...PEER,
      connect: bench.storeNetwork.connect,
      presentationContexts: [{ abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes: [EXPLICIT] }],
    });
    const identifier = identifierOf("StudyInstanceUID=2.1");
    const options = { sopClassUid: STUDY_ROOT_MOVE, identifier, moveDestination: "WS9" };
    const [response] = await Array.fromAsync(cMove(association, options));
    assert.equal(response?.status, 0xa801);
    await association.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
    assert.ok(bench.lines.includes("I: Destinations of C-MOVE: WS2"), bench.stderr);
    assert.ok(
      bench.lines.includes(
        "W: Cannot send to WS9: no address is known for it; give one by " +
          "--destination WS9=host:port, or in the file of --destinations",
      ),
      bench.stderr,
    );
  }));

Deno.test("qrscp sends to a destination, and tells what is taken and what is not", () =>
  withDirectory(async (directory) => {
    await writeStudies(directory);
    const bench = new ToolBench();
    // The destination of the test: it takes the first instance and refuses the others.
    const network = memoryNetwork();
    let stored = 0;
    await using _destination = serve({
      port: 104,
      listen: network.listen,
      clock: bench.clock,
      handlers: { store: () => stored++ === 0 ? 0x0000 : 0xa700 },
    });
    const io = { ...bench.io, connect: network.connect };
    const code = main([directory, "--json", "--destination", "WS2=ws2:104"], io);
    while (!bench.stderr.includes("Listening")) await settle();
    await using association = await associate({
      ...PEER,
      connect: bench.storeNetwork.connect,
      presentationContexts: [{ abstractSyntax: STUDY_ROOT_MOVE, transferSyntaxes: [EXPLICIT] }],
    });
    const identifier = identifierOf("StudyInstanceUID=2.1\\2.2\\2.3");
    const options = { sopClassUid: STUDY_ROOT_MOVE, identifier, moveDestination: "WS2" };
    const responses = await Array.fromAsync(cMove(association, options));
    assert.equal(responses.at(-1)?.status, 0xb000);
    await association.release();
    await bench.signal("SIGTERM");
    await bench.clock.advance(2_000);
    assert.equal(await code, 6);
    const lines = bench.lines.filter((line) => line.startsWith("W: "));
    assert.match(
      lines[0] ?? "",
      /^W: WS2 \(.+\) refused 1\.2: 0xA700 \(refused: out of resources\)/,
    );
    assert.match(
      lines[2] ?? "",
      /^W: C-MOVE at level STUDY from WS1 .+, for WS2: 0xB000 .+; 1 ins/,
    );
    const events = readEvents(bench.stdout);
    const [request, ...more] = eventsOf(events, "request");
    assert.deepEqual(more, []);
    assert.ok(request);
    const { service, level, destination, matches, completed, failed } = request;
    assert.deepEqual(
      [service, level, destination, matches, completed, failed],
      ["C-MOVE", "STUDY", "WS2", null, 1, 2],
    );
    const sent = eventsOf(events, "instance").map(({ direction, status }) => [direction, status]);
    assert.deepEqual(sent, [["sent", 0x0000], ["sent", 0xa700], ["sent", 0xa700]]);
    const summary = summaryOf(events);
    assert.deepEqual([summary.sent, summary.failed, summary.received], [1, 2, 0]);
  }));
