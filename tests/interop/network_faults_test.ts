/**
 * Each tool over a network that breaks: it ends with the right code and says why, and with `--retry` it
 * comes to the end all the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { main as echoscu } from "../../cli/echoscu.ts";
import { main as findscu } from "../../cli/findscu.ts";
import { main as getscu } from "../../cli/getscu.ts";
import { denoIo, type Io } from "../../cli/io.ts";
import { main as movescu } from "../../cli/movescu.ts";
import { main as storescu } from "../../cli/storescu.ts";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { eventsOf, type JsonEvent, readEvents } from "../support/event_schema.ts";
import { type Fault, FaultyProxy } from "../support/faulty_proxy.ts";
import { OurStorescp } from "../support/our_storescp.ts";
import { QRSCP, startQrscp } from "../support/our_qrscp.ts";
import { storedFiles } from "../support/our_tools.ts";
import {
  dataSetBytes,
  freePort,
  type PeerName,
  peerTest,
  type RealFile,
  startDcmqrscp,
  startOrthanc,
} from "../support/peers.ts";
import { withDirectory } from "../support/retrieval.ts";
import { startStorescp } from "../support/storage_acceptor.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

const COUNT = 10;
const SIZE = 100_000;
const KEYS = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3"];
const RETRY = ["--retry", "20", "--retry-delay", "0.02"];

interface Outcome {
  readonly code: number;
  readonly stderr: string;
  readonly events: readonly JsonEvent[];
}

async function run(
  main: (args: readonly string[], io: Io) => Promise<number>,
  args: readonly string[],
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const io: Io = {
    ...denoIo,
    columns: undefined,
    stderrColumns: undefined,
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    onSignal: () => () => {},
  };
  const code = await main(args, io);
  const events = args.includes("--json") && main !== findscu ? readEvents(stdout) : [];
  return { code, stderr, events };
}

/** Writes a study of two series. */
async function writeStudy(directory: string): Promise<RealFile[]> {
  const files: RealFile[] = [];
  await Deno.mkdir(directory);
  for (let index = 1; index <= COUNT; index++) {
    const seriesUid = `1.2.3.${index % 2 + 4}`;
    const sopInstanceUid = `${seriesUid}.${100 + index}`;
    const transferSyntaxUid = "1.2.840.10008.1.2.1";
    const facts = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntaxUid };
    const path = `${directory}/${sopInstanceUid}.dcm`;
    const keys = [
      `SeriesInstanceUID=${seriesUid}`,
      "StudyDate=20240101",
      "StudyTime=120000",
      "AccessionNumber=1",
      "StudyID=1",
      "SeriesNumber=1",
      `InstanceNumber=${index}`,
      "Modality=CT",
      `TextValue=${"x".repeat(SIZE)}`,
    ];
    await Deno.writeFile(path, instanceFile({ ...facts, keys }));
    const name = `${sopInstanceUid}.dcm`;
    const known = { ...facts, studyUid: "1.2.3", seriesUid };
    files.push({ name, path, origin: "original", edits: [], patientId: "4711", ...known });
  }
  return files;
}

/** The last of what is sent, byte for byte, and nothing beside. */
function assertAll(files: readonly RealFile[], directory: string): void {
  const stored = storedFiles(directory);
  assert.deepEqual([...stored.keys()].sort(), files.map((file) => file.sopInstanceUid).sort());
  for (const { sopInstanceUid, path } of files) {
    assert.deepEqual(dataSetBytes(stored.get(sopInstanceUid) ?? ""), dataSetBytes(path));
  }
}

/** Somebody who has the study, and sends it to `ME`. */
interface Holder extends AsyncDisposable {
  readonly aeTitle: string;
  readonly port: number;
}

const HOLDERS: readonly {
  readonly name: string;
  readonly needs: readonly PeerName[];
  start(files: readonly RealFile[], directory: string, port: number): Promise<Holder>;
}[] = [
  {
    name: "our qrscp",
    needs: [],
    start: async (_files, directory, port) => {
      const moveDestinations = [{ aeTitle: "ME", port }];
      const server = await startQrscp({ directory, args: ["study"], moveDestinations });
      return {
        aeTitle: QRSCP,
        port: server.port,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
  ...[
    { name: "dcmqrscp", needs: ["dcmtk"] as const, starts: startDcmqrscp },
    { name: "Orthanc", needs: ["orthanc"] as const, starts: startOrthanc },
  ].map(({ name, needs, starts }) => ({
    name,
    needs,
    start: async (files: readonly RealFile[], _directory: string, port: number) => {
      const archive = await starts({ moveDestinations: [{ aeTitle: "ME", port }] });
      const { refused } = await archive.load(files);
      assert.deepEqual(refused, []);
      return archive;
    },
  })),
];

for (const { name, needs, start } of HOLDERS) {
  peerTest({
    name: `getscu and movescu retrieve all from ${name} over a network that breaks`,
    needs,
    fn: () =>
      withDirectory(async (directory) => {
        const files = await writeStudy(`${directory}/study`);
        const storePort = freePort();
        // The instances of C-MOVE break too, time and again, and a bit later each time.
        const faultOf = (count: number): Fault | undefined =>
          count < 4 ? { direction: "up", after: 150_000 * count, how: "cut" } : undefined;
        await using back = new FaultyProxy(storePort, faultOf);
        await using holder = await start(files, directory, back.port);
        const common = ["-aec", holder.aeTitle, ...KEYS, "--json", "-td", "20"];

        {
          const out = `${directory}/cut`;
          const cut = (count: number): Fault | undefined =>
            count > 1 ? { direction: "down", after: 350_000, how: "cut" } : undefined;
          await using proxy = new FaultyProxy(holder.port, cut);
          const { code, stderr } = await run(
            getscu,
            ["127.0.0.1", `${proxy.port}`, ...common, "-od", out],
          );
          assert.equal(code, 4, stderr);
          assert.match(stderr, /^E: Lost the connection/m);
          assert.equal(storedFiles(out).size, 3, "what had come is kept");
          const retried = await run(
            getscu,
            ["127.0.0.1", `${proxy.port}`, ...common, "-od", `${out}2`, "--verify", ...RETRY],
          );
          assert.equal(retried.code, 0, retried.stderr);
          assertAll(files, `${out}2`);
        }

        const out = `${directory}/moved`;
        const cut = (count: number): Fault | undefined =>
          count < 3 ? { direction: "up", after: 100 * count, how: "cut" } : undefined;
        await using proxy = new FaultyProxy(holder.port, cut);
        const moved = await run(movescu, [
          ...["127.0.0.1", `${proxy.port}`, ...common, "--store", "--store-aet", "ME"],
          ...["--store-port", `${storePort}`, "--store-host", "127.0.0.1", "-od", out],
          ...["--verify", "--linger", "1", ...RETRY],
        ]);
        assert.equal(moved.code, 0, moved.stderr);
        assertAll(files, out);
        assert.ok(back.connections >= 4, "it broke and was tried again");
        const causes = new Set(eventsOf(moved.events, "retry").map(({ cause }) => cause));
        assert.ok(causes.has("connection") && causes.size > 1, [...causes].join());
      }),
  });
}

/** Somebody who takes instances. */
const TAKERS: readonly {
  readonly name: string;
  readonly needs: readonly PeerName[];
  start(directory: string): Promise<
    AsyncDisposable & { readonly port: number; stored(uids: string[]): Promise<Iterable<string>> }
  >;
}[] = [
  {
    name: "our storescp",
    needs: [],
    start: async (directory) => {
      const server = await OurStorescp.start(["-od", `${directory}/in`], directory);
      return {
        port: server.port,
        stored: () => Promise.resolve(storedFiles(`${directory}/in`).keys()),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "DCMTK's storescp",
    needs: ["dcmtk"],
    start: async () => {
      const acceptor = await startStorescp();
      return {
        port: acceptor.port,
        stored: async (uids) => (await acceptor.stored(uids)).keys(),
        [Symbol.asyncDispose]: () => acceptor[Symbol.asyncDispose](),
      };
    },
  },
];

const CUT: (count: number) => Fault = (count) => (
  { direction: "up", after: 120_000 + 10_000 * count, how: "cut" }
);
const STALL: (count: number) => Fault | undefined = (count) =>
  count < 3 ? { direction: "down", after: 700, how: "stall" } : undefined;

for (const { name, needs, start } of TAKERS) {
  for (const [how, faultOf, most] of [["cut", CUT, 12], ["falls silent", STALL, 2]] as const) {
    peerTest({
      name: `storescu --retry --resume sends all to ${name} when the network ${how}`,
      needs,
      fn: () =>
        withDirectory(async (directory) => {
          const files = await writeStudy(`${directory}/study`);
          await using taker = await start(directory);
          await using proxy = new FaultyProxy(taker.port, faultOf);
          const journal = `${directory}/journal`;
          const { code, stderr, events } = await run(storescu, [
            ...["127.0.0.1", `${proxy.port}`, `${directory}/study`, "--json", "-v"],
            ...["--resume", journal, "-td", "0.5", "-ta", "2", ...RETRY],
          ]);
          assert.equal(code, 0, stderr);
          assert.ok(proxy.connections > 2, `${proxy.connections}`);
          const uids = files.map((file) => file.sopInstanceUid).sort();
          assert.deepEqual([...await taker.stored(uids)].sort(), uids);
          const sent = eventsOf(events, "instance").map(({ sopInstanceUid }) => sopInstanceUid);
          assert.equal(sent.length, COUNT, "nothing that was acknowledged was sent again");
          const lines = (await Deno.readTextFile(journal)).split("\n").slice(1, -1);
          assert.deepEqual(lines.sort(), uids.map((uid) => `sent ${uid}`));
          assert.ok(proxy.connections <= COUNT + most);
        }),
    });
  }
}

const SILENT = (direction: Fault["direction"], after: number) => (): Fault => (
  { direction, after, how: "stall" }
);
const BROKEN = (direction: Fault["direction"], after: number) => (): Fault => (
  { direction, after, how: "cut" }
);

/** Without `--retry`, or where the network stays broken. */
const ENDS: readonly {
  readonly name: string;
  readonly faultOf: (count: number) => Fault | undefined;
  readonly run: (port: string, directory: string) => Promise<Outcome>;
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    name: "echoscu is cut off before the association stands",
    faultOf: BROKEN("down", 10),
    run: (port) => run(echoscu, ["127.0.0.1", port]),
    code: 4,
    says: /^E: Lost the connection/m,
  },
  {
    name: "echoscu hears nothing",
    faultOf: SILENT("down", 10),
    run: (port) => run(echoscu, ["127.0.0.1", port, "-ta", "0.3"]),
    code: 5,
    says: /^E: Gave up after 0.3 s: waited for/m,
  },
  {
    name: "echoscu hears nothing, time and again",
    faultOf: SILENT("down", 10),
    run: (port) =>
      run(echoscu, ["127.0.0.1", port, "-ta", "0.1", "--retry", "2", "--retry-delay", "0"]),
    code: 5,
    says: /^E: Gave up after 0.1 s/m,
  },
  {
    name: "findscu is cut off in the middle",
    faultOf: BROKEN("down", 400),
    run: (port) => run(findscu, ["127.0.0.1", port, "-k", "QueryRetrieveLevel=PATIENT", "-P"]),
    code: 4,
    says: /^E: Lost the connection/m,
  },
  {
    name: "findscu hears no response",
    faultOf: SILENT("down", 250),
    run: (port) =>
      run(findscu, [
        ...["127.0.0.1", port, "-k", "QueryRetrieveLevel=PATIENT", "-P", "-td", "0.3"],
        ...["-ta", "0.3"],
      ]),
    code: 5,
    says: /^E: Gave up after 0.3 s/m,
  },
  {
    name: "getscu is cut off as soon as it calls",
    faultOf: BROKEN("up", 20),
    run: (port, directory) => run(getscu, ["127.0.0.1", port, ...KEYS, "-od", directory]),
    code: 4,
    says: /^E: Lost the connection/m,
  },
  {
    name: "movescu hears nothing",
    faultOf: SILENT("down", 10),
    run: (port, directory) =>
      run(movescu, [
        ...["127.0.0.1", port, ...KEYS, "--store", "--store-port", `${freePort()}`],
        ...["--store-host", "127.0.0.1", "-od", directory, "-td", "0.3", "-ta", "0.3"],
      ]),
    code: 5,
    says: /^E: Gave up after 0.3 s/m,
  },
  {
    name: "storescu is cut off in the middle of each association",
    faultOf: BROKEN("up", 50_000),
    run: (port, directory) => run(storescu, ["127.0.0.1", port, `${directory}/study`]),
    code: 4,
    says: /^E: .*(connection|pipe|Connection)/m,
  },
];

for (const { name, faultOf, run, code, says } of ENDS) {
  peerTest({
    name: `The exit code is ${code} when ${name}`,
    needs: [],
    fn: () =>
      withDirectory(async (directory) => {
        await writeStudy(`${directory}/study`);
        await using server = await startQrscp({ directory, args: ["study"] });
        await using proxy = new FaultyProxy(server.port, faultOf);
        const outcome = await run(`${proxy.port}`, directory);
        assert.equal(outcome.code, code, outcome.stderr);
        assert.match(outcome.stderr, says);
      }),
  });
}
