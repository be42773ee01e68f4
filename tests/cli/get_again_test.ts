import assert from "node:assert/strict";
import { main } from "../../cli/getscu.ts";
import type { Io } from "../../cli/io.ts";
import { main as movescu } from "../../cli/movescu.ts";
import type { DataSet } from "../../lib/data_set/data_set.ts";
import { systemClock } from "../../lib/net/clock.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { type ArchiveWays, GetArchive } from "./get_archive.ts";
import { MoveArchive } from "./move_archive.ts";
import { ToolBench } from "./tool_bench.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const MR = "1.2.840.10008.5.1.4.1.1.4";
const EXPLICIT = "1.2.840.10008.1.2.1";
const JPEG = "1.2.840.10008.1.2.4.50";
const STUDY = ["h", "104", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1"];
const ARGS = [...STUDY, "--json"];
const RETRY = ["--retry", "3", "--retry-delay", "0"];
const HOLDS = [
  { uid: "1.1.1", seriesUid: "1.1", sopClassUid: CT, transferSyntaxUid: EXPLICIT },
  { uid: "1.1.2", seriesUid: "1.1", sopClassUid: CT, transferSyntaxUid: EXPLICIT },
  { uid: "1.1.3", seriesUid: "1.1", sopClassUid: CT, transferSyntaxUid: JPEG },
  { uid: "1.2.1", seriesUid: "1.2", sopClassUid: MR, transferSyntaxUid: EXPLICIT },
];
const ALL = HOLDS.map(({ uid }) => uid);

function finds(level: string, identifier: DataSet): string[][] {
  const series = identifier.getString(0x0020000e) ?? "";
  switch (level) {
    case "STUDY":
      return [["StudyInstanceUID=1"]];
    case "SERIES":
      return [["SeriesInstanceUID=1.1", "Modality=CT"], ["SeriesInstanceUID=1.2", "Modality=MR"]];
    default:
      return HOLDS.filter(({ seriesUid }) => seriesUid === series).map(({ uid, sopClassUid }) => [
        `SOPInstanceUID=${uid}`,
        `SOPClassUID=${sopClassUid}`,
      ]);
  }
}

interface Outcome {
  readonly code: number;
  /** What was asked for by each C-GET: level, series and instances. */
  readonly gets: readonly string[];
  readonly archive: GetArchive;
  readonly events: readonly JsonEvent[];
  readonly summary: JsonEvent;
  readonly lines: readonly string[];
}

async function getting(args: readonly string[], ways: Partial<ArchiveWays>): Promise<Outcome> {
  const bench = new ToolBench();
  const archive = new GetArchive(bench, { holds: HOLDS, finds, ...ways });
  const io: Io = { ...bench.io, clock: systemClock };
  const code = await main(args, io);
  const events = readEvents(bench.stdout);
  const gets = archive.gets.flatMap(({ gets }) => gets).map((identifier) =>
    [
      identifier.getString(0x00080052),
      identifier.getString(0x0020000e),
      identifier.getStrings(0x00080018).join(","),
    ].filter((part) => part !== undefined && part !== "").join(" ")
  );
  return { code, gets, archive, events, lines: bench.lines, summary: summaryOf(events) };
}

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_again_" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map(({ name }) => name.replace(/^[A-Z]+\./, "")).sort();
}

const AGAIN: readonly {
  readonly name: string;
  readonly ways: Partial<ArchiveWays>;
  readonly args?: readonly string[];
  readonly gets: readonly string[];
  readonly causes: readonly string[];
}[] = [
  {
    name: "for the instances that are missing, when the association was lost",
    ways: { breaksAt: (get) => get === 1 ? 1 : undefined },
    gets: ["STUDY", "IMAGE 1.1 1.1.2,1.1.3", "SERIES 1.2"],
    causes: ["connection"],
  },
  {
    name: "for whole series",
    ways: { breaksAt: (get) => get === 1 ? 3 : undefined },
    gets: ["STUDY", "SERIES 1.2"],
    causes: ["connection"],
  },
  {
    name: "time and again",
    ways: { breaksAt: (get) => get < 4 ? 1 : undefined },
    gets: ["STUDY", "IMAGE 1.1 1.1.2,1.1.3", "IMAGE 1.1 1.1.3", "SERIES 1.2"],
    causes: ["connection", "connection"],
  },
  {
    name: "for what is missing, when the archive does not say of which SOP classes it is",
    ways: {
      finds: (level, identifier) =>
        finds(level, identifier).map((keys) => keys.filter((key) => !key.startsWith("SOPClass"))),
      breaksAt: (get) => get === 1 ? 1 : undefined,
    },
    gets: ["STUDY", "IMAGE 1.1 1.1.2,1.1.3", "SERIES 1.2"],
    causes: ["connection"],
  },
  {
    name: "for what was counted and did not come",
    ways: { skips: (uid, get) => uid === "1.1.2" && get === 1 },
    gets: ["STUDY", "IMAGE 1.1 1.1.2"],
    causes: ["incomplete"],
  },
  {
    name: "for all, when it is not known what is missing",
    ways: { breaksAt: (get) => get === 1 ? 2 : undefined },
    args: ["--no-find", "--sop-class", CT, "--sop-class", MR],
    gets: ["STUDY", "STUDY"],
    causes: ["connection"],
  },
  {
    name: "with the contexts that the user gave",
    ways: { breaksAt: (get) => get === 1 ? 3 : undefined },
    args: ["--verify", "--sop-class", CT, "--sop-class", MR],
    gets: ["STUDY", "SERIES 1.2"],
    causes: ["connection"],
  },
];

for (const { name, ways, args = [], gets, causes } of AGAIN) {
  Deno.test(`getscu --retry asks ${name}`, () =>
    withDirectory(async (directory) => {
      const outcome = await getting([...ARGS, ...RETRY, ...args, "-od", directory], ways);
      assert.equal(outcome.code, 0, outcome.lines.join("\n"));
      assert.deepEqual(outcome.gets, gets);
      const retries = eventsOf(outcome.events, "retry");
      assert.deepEqual(retries.map(({ cause }) => cause), causes);
      assert.deepEqual(await namesIn(directory), ALL);
      assert.deepEqual([outcome.summary["missing"], outcome.summary["failed"]], [0, 0]);
    }));
}

const LIES: readonly {
  readonly name: string;
  readonly skips: (uid: string) => boolean;
  readonly missing: readonly string[];
}[] = [
  { name: "answers Success and sends nothing", skips: () => true, missing: ALL },
  { name: "leaves out one", skips: (uid) => uid === "1.1.2", missing: ["1.1.2"] },
  { name: "sends all", skips: () => false, missing: [] },
];

for (const { name, skips, missing } of LIES) {
  for (const verify of [[], ["--verify"]]) {
    Deno.test(`getscu ${verify.join()} tells by UID what is missing when the archive ${name}`, () =>
      withDirectory(async (directory) => {
        const outcome = await getting([...ARGS, ...verify, "-od", directory], { skips });
        assert.equal(outcome.code, missing.length === 0 ? 0 : 6);
        assert.deepEqual(outcome.summary["missingSopInstanceUids"], missing);
        const [verification] = eventsOf(outcome.events, "verification");
        const told = verification?.["missingSopInstanceUids"];
        assert.deepEqual(told, verify.length > 0 ? missing : undefined);
      }));
  }
}

Deno.test("getscu --verify returns 6 when the archive does not name its instances", () =>
  withDirectory(async (directory) => {
    const levels = (level: string): string[][] =>
      level === "STUDY" ? [["StudyInstanceUID=1", "ModalitiesInStudy=CT\\MR"]] : [];
    const outcome = await getting([...ARGS, "--verify", "-od", directory], { finds: levels });
    assert.equal(outcome.code, 6);
    assert.equal(outcome.summary["received"], 4);
    assert.ok(outcome.lines.some((line) => line.startsWith("W: Cannot verify the retrieve")));
  }));

Deno.test("getscu --resume goes on where the last run ended", () =>
  withDirectory(async (directory) => {
    const journal = `${directory}/journal`;
    const args = [...ARGS, "--resume", journal, "-od", `${directory}/in`];
    const lost = await getting(args, { breaksAt: () => 2 });
    assert.equal(lost.code, 4);
    assert.match(await Deno.readTextFile(journal), /[0-9a-f]{64}\nstored 1.1.1\nstored 1.1.2\n$/);
    const second = await getting([...args, "--verify"], {});
    assert.equal(second.code, 0, second.lines.join("\n"));
    assert.deepEqual(second.gets, ["IMAGE 1.1 1.1.3", "SERIES 1.2"]);
    assert.equal(second.summary["received"], 2);
    assert.deepEqual(await namesIn(`${directory}/in`), ALL);
    const third = await getting([...args, "--verify"], {});
    assert.deepEqual([third.code, third.gets], [0, []]);
    const [verification] = eventsOf(third.events, "verification");
    assert.deepEqual([verification?.["expected"], verification?.["complete"]], [4, 4]);
  }));

Deno.test("movescu --resume goes on by the journal of getscu", () =>
  withDirectory(async (directory) => {
    const again = ["--resume", `${directory}/journal`, "-od", `${directory}/in`];
    assert.equal((await getting([...ARGS, ...again], { breaksAt: () => 2 })).code, 4);
    const bench = new ToolBench();
    const holds = { "1.1": ["1.1.1", "1.1.2", "1.1.3"], "1.2": ["1.2.1"] };
    const archive = new MoveArchive(bench, { holds });
    const io: Io = { ...bench.io, clock: systemClock };
    const args = [...ARGS, ...again, "--store", "--linger", "0"];
    assert.equal(await movescu(args, io), 0, bench.stderr);
    assert.deepEqual(archive.moves, ["IMAGE 1.1 1.1.3", "SERIES 1.2"]);
    assert.deepEqual(await namesIn(`${directory}/in`), ALL);
  }));

Deno.test("getscu --verify asks for as many series as there are", async () => {
  const holds = Array.from({ length: 250 }, (_, index) => (
    { uid: `1.${index}.1`, seriesUid: `1.${index}`, sopClassUid: CT, transferSyntaxUid: EXPLICIT }
  ));
  const ways: Partial<ArchiveWays> = {
    holds,
    finds: (level, identifier) => {
      if (level === "STUDY") return [["StudyInstanceUID=1"]];
      if (level === "SERIES") {
        return holds.map(({ seriesUid }) => [`SeriesInstanceUID=${seriesUid}`, "Modality=CT"]);
      }
      const series = identifier.getString(0x0020000e) ?? "";
      return [[`SOPInstanceUID=${series}.1`, `SOPClassUID=${CT}`]];
    },
  };
  const whole = await getting([...ARGS, "--ignore", "--verify"], ways);
  assert.equal(whole.code, 0, whole.lines.slice(-3).join("\n"));
  const [verification] = eventsOf(whole.events, "verification");
  assert.deepEqual([verification?.["expected"], verification?.["complete"]], [250, 250]);
  // Without, it is asked for the presentation contexts alone, and two hundred series tell enough.
  const plain = await getting([...ARGS, "--ignore"], ways);
  const queries = plain.archive.associations.reduce((sum, { finds }) => sum + finds.length, 0);
  assert.deepEqual([plain.code, queries], [0, 200]);
});
