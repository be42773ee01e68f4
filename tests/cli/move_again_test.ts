import assert from "node:assert/strict";
import type { Io } from "../../cli/io.ts";
import { main } from "../../cli/movescu.ts";
import { systemClock } from "../../lib/net/clock.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { MoveArchive, type MoveArchiveWays, type MoveWay } from "./move_archive.ts";
import { ToolBench } from "./tool_bench.ts";

const STUDY = ["h", "104", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1"];
const TO_US = [...STUDY, "--store", "--linger", "0", "--json", "-ll", "info"];
const RETRY = ["--retry", "3", "--retry-delay", "0"];
const HOLDS = { "1.1": ["1.1.1", "1.1.2", "1.1.3"], "1.2": ["1.2.1"] };
const ALL = Object.values(HOLDS).flat();

interface Outcome {
  readonly code: number;
  readonly archive: MoveArchive;
  readonly events: readonly JsonEvent[];
  readonly lines: readonly string[];
  /** The last event. */
  readonly summary: JsonEvent;
}

/** Runs movescu against an archive of two series, and lets it have the time it wants. */
async function moving(args: readonly string[], ways: Partial<MoveArchiveWays>): Promise<Outcome> {
  const bench = new ToolBench();
  const archive = new MoveArchive(bench, { holds: HOLDS, ...ways });
  const io: Io = { ...bench.io, clock: systemClock };
  const code = await main(args, io);
  const events = readEvents(bench.stdout);
  return { code, archive, events, lines: bench.lines, summary: summaryOf(events) };
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
  return entries.map(({ name }) => name).sort();
}

/** What the last line says of the instances. */
function reckoning({ lines }: Outcome): string {
  return lines.at(-1)?.replace(/ \([^)]*\) in .* s/, "") ?? "";
}

const SHORT: readonly {
  readonly name: string;
  readonly moves: readonly MoveWay[];
  readonly args?: readonly string[];
  readonly code: number;
  readonly missing: readonly string[];
  readonly failed?: readonly string[];
  readonly unexpected?: readonly string[];
  readonly line: string;
}[] = [
  {
    name: "answers Success and sends nothing",
    moves: [{ sends: [], counters: {} }],
    code: 6,
    missing: ALL,
    line: "W: 4 of 4 instances that the archive named are not here: 1.1.1, 1.1.2, 1.1.3, 1.2.1",
  },
  {
    name: "counts nothing as nothing",
    moves: [{ sends: [], counters: { completed: 0, failed: 0, warning: 0 } }],
    code: 6,
    missing: ALL,
    line: "W: 4 of 4 instances that the archive named are not here: 1.1.1, 1.1.2, 1.1.3, 1.2.1",
  },
  {
    name: "counts all and sends some",
    moves: [{ sends: ["1.1.1", "1.2.1"], counters: { completed: 4, failed: 0, warning: 0 } }],
    code: 6,
    missing: ["1.1.2", "1.1.3"],
    line: "W: 2 of 4 instances that the archive named are not here: 1.1.2, 1.1.3",
  },
  {
    name: "sends one several times instead of the others",
    moves: [{ sends: ["1.1.1", "1.1.1", "1.1.1", "1.1.1"] }],
    code: 6,
    missing: ["1.1.2", "1.1.3", "1.2.1"],
    line: "W: 3 of 4 instances that the archive named are not here: 1.1.2, 1.1.3, 1.2.1",
  },
  {
    name: "sends others instead of those that were asked for",
    moves: [{ sends: ["1.1.1", "1.1.2", "1.1.3", "9.9.9"] }],
    code: 6,
    missing: ["1.2.1"],
    unexpected: ["9.9.9"],
    line: "W: 1 of 4 instances that the archive named is not here: 1.2.1",
  },
  {
    name: "names what failed",
    moves: [{ sends: ["1.1.1", "1.1.2", "1.1.3"], failed: ["1.2.1"], status: 0xb000 }],
    code: 6,
    missing: ["1.2.1"],
    failed: ["1.2.1"],
    line: "W: 1 of 4 instances that the archive named is not here: 1.2.1",
  },
  {
    name: "says that some failed which came",
    moves: [{ failed: ["1.2.1"], counters: { completed: 3, failed: 1, warning: 0 } }],
    code: 6,
    missing: [],
    line: "I: Verified: 4 of 4 instances that the archive named are here",
  },
  {
    name: "sends all, and more",
    moves: [{ sends: [...ALL, "9.9.9"] }],
    code: 0,
    missing: [],
    unexpected: ["9.9.9"],
    line: "W: 1 instance came that the archive had not named: 9.9.9",
  },
  {
    name: "sends all, one of them twice",
    moves: [{ sends: [...ALL, "1.1.1"] }],
    code: 0,
    missing: [],
    line: "I: Verified: 4 of 4 instances that the archive named are here",
  },
];

for (const { name, moves, code, missing, failed = [], unexpected = [], line } of SHORT) {
  Deno.test(`movescu --verify returns ${code} when the archive ${name}`, () =>
    withDirectory(async (directory) => {
      const outcome = await moving([...TO_US, "--verify", "-od", directory], { moves });
      assert.equal(outcome.code, code);
      assert.ok(outcome.lines.includes(line), outcome.lines.join("\n"));
      const [verification] = eventsOf(outcome.events, "verification");
      assert.deepEqual(
        { ...verification, atMs: 0 },
        {
          event: "verification",
          atMs: 0,
          expected: 4,
          complete: 4 - missing.length,
          missingSopInstanceUids: missing,
          unexpectedSopInstanceUids: unexpected,
        },
      );
      assert.deepEqual(outcome.summary["failedSopInstanceUids"], failed);
      assert.deepEqual(outcome.archive.moves, ["STUDY"]);
    }));
}

Deno.test("movescu returns 6 without --verify too, as far as the counters tell", () =>
  withDirectory(async (directory) => {
    const moves = [{ sends: ["1.1.1"], counters: { completed: 4, failed: 0, warning: 0 } }];
    const outcome = await moving([...TO_US, "-od", directory], { moves });
    assert.equal(outcome.code, 6);
    assert.equal(outcome.archive.finds, 0);
    assert.equal(outcome.summary["missingSopInstanceUids"], null);
  }));

Deno.test("movescu --verify returns 6 when the archive does not name its instances", () =>
  withDirectory(async (directory) => {
    const outcome = await moving([...TO_US, "--verify", "-od", directory], { finds: false });
    assert.equal(outcome.code, 6);
    assert.ok(
      outcome.lines.includes(
        "W: Cannot verify the retrieve: by C-FIND, the archive names no instances of what is asked for",
      ),
    );
  }));

Deno.test("movescu --verify asks for as many series as there are", () =>
  withDirectory(async (directory) => {
    const holds = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [`1.${index}`, [`1.${index}.1`]]),
    );
    const outcome = await moving([...TO_US, "--verify", "-od", directory], { holds });
    assert.equal(outcome.code, 0, outcome.lines.slice(-3).join("\n"));
    const [verification] = eventsOf(outcome.events, "verification");
    assert.deepEqual([verification?.["expected"], verification?.["complete"]], [250, 250]);
  }));

Deno.test("movescu --verify compares what went to somebody else by its number", async () => {
  const args = [...STUDY, "--json", "-aem", "OTHER", "--verify"];
  const sends: string[] = [];
  const short = await moving(args, { moves: [{ sends, counters: { completed: 3 } }] });
  assert.equal(short.code, 6);
  const [line] = short.lines.filter((each) => each.startsWith("W: "));
  assert.equal(line, "W: 1 of 4 instances that the archive named is not among those it sent");
  const whole = await moving(args, { moves: [{ sends, counters: { completed: 4 } }] });
  assert.equal(whole.code, 0);
});

const AGAIN: readonly {
  readonly name: string;
  readonly ways: Partial<MoveArchiveWays>;
  readonly moves: readonly string[];
  readonly causes: readonly string[];
}[] = [
  {
    name: "for all, when the archive is busy",
    ways: { isBusy: (association) => association < 3 },
    moves: ["STUDY"],
    // The second is the question what there is, without which it can do.
    causes: ["rejected"],
  },
  {
    name: "for the series and the instances that are missing, when the association was lost",
    ways: { moves: [{ sends: ["1.1.1", "1.1.2"], breaks: true }, {}] },
    moves: ["STUDY", "IMAGE 1.1 1.1.3", "SERIES 1.2"],
    causes: ["connection"],
  },
  {
    name: "for those that failed",
    ways: { moves: [{ sends: ALL.slice(0, 3), failed: ["1.2.1"], status: 0xb000 }, {}] },
    moves: ["STUDY", "SERIES 1.2"],
    causes: ["incomplete"],
  },
  {
    name: "for those that were counted and did not come",
    ways: { moves: [{ sends: ["1.1.2"], counters: { completed: 4 } }, {}] },
    moves: ["STUDY", "IMAGE 1.1 1.1.1,1.1.3", "SERIES 1.2"],
    causes: ["incomplete"],
  },
  {
    name: "for all, when the archive had no room, and nothing had come",
    ways: { moves: [{ sends: [], status: 0xa702, counters: {} }, {}] },
    moves: ["STUDY", "STUDY"],
    causes: ["status"],
  },
  {
    name: "time and again, as long as something is missing",
    ways: {
      moves: [
        { sends: ["1.1.1", "1.1.2", "1.1.3"], counters: { completed: 4 } },
        { sends: [], counters: { completed: 1 } },
        { sends: [], breaks: true },
        {},
      ],
    },
    moves: ["STUDY", "SERIES 1.2", "SERIES 1.2", "SERIES 1.2"],
    causes: ["incomplete", "incomplete", "connection"],
  },
  {
    name: "for all, when it is not known what is missing; what is here is not stored again",
    ways: { finds: false, moves: [{ sends: ["1.1.1"], breaks: true }, {}] },
    moves: ["STUDY", "STUDY"],
    causes: ["connection"],
  },
];

for (const { name, ways, moves, causes } of AGAIN) {
  Deno.test(`movescu --retry asks ${name}`, () =>
    withDirectory(async (directory) => {
      const outcome = await moving([...TO_US, ...RETRY, "-od", directory], ways);
      assert.equal(outcome.code, 0, outcome.lines.join("\n"));
      assert.deepEqual(outcome.archive.moves, moves);
      const retries = eventsOf(outcome.events, "retry");
      assert.deepEqual(retries.map(({ cause }) => cause), causes);
      const files = await namesIn(directory);
      assert.deepEqual(files, ALL.map((uid) => `CT.${uid}`));
      assert.deepEqual(outcome.summary["missing"], 0);
      assert.match(reckoning(outcome), /, 0 failed, 0 missing$/);
    }));
}

Deno.test("movescu --retry --verify asks again what there is, as often as it takes", () =>
  withDirectory(async (directory) => {
    const args = [...TO_US, ...RETRY, "--verify", "-od", directory];
    const outcome = await moving(args, { isBusy: (association) => association < 3 });
    assert.equal(outcome.code, 0);
    assert.equal(eventsOf(outcome.events, "retry").length, 2);
    const [verification] = eventsOf(outcome.events, "verification");
    assert.deepEqual([verification?.["expected"], verification?.["complete"]], [4, 4]);
  }));

const FOR_GOOD: readonly { name: string; moves: readonly MoveWay[]; code: number }[] = [
  { name: "the move destination is not known", moves: [{ sends: [], status: 0xa801 }], code: 7 },
  { name: "the identifier does not fit", moves: [{ sends: [], status: 0xa900 }], code: 7 },
  { name: "all has come", moves: [{}], code: 0 },
];

for (const { name, moves, code } of FOR_GOOD) {
  Deno.test(`movescu --retry does not ask again when ${name}`, () =>
    withDirectory(async (directory) => {
      const args = [...TO_US, ...RETRY, "--verify", "-od", directory];
      const outcome = await moving(args, { moves });
      assert.equal(outcome.code, code);
      assert.deepEqual(outcome.archive.moves, ["STUDY"]);
      // Who is refused as a whole has nothing to wait for.
      assert.ok(!outcome.lines.some((line) => line.includes("Waiting for")));
    }));
}

Deno.test("movescu --retry returns the code of the last try", () =>
  withDirectory(async (directory) => {
    const moves = [{ sends: ["1.1.1"], counters: { completed: 4 } }];
    const outcome = await moving([...TO_US, ...RETRY, "-od", directory], { moves });
    assert.equal(outcome.code, 6);
    assert.equal(outcome.archive.associations, 4 + 1, "one to ask what there is");
    assert.deepEqual(outcome.summary["missingSopInstanceUids"], ALL.slice(1));
  }));

Deno.test("movescu --retry asks again for those that failed to go to somebody else", async () => {
  const args = [...STUDY, "--json", "-aem", "OTHER", ...RETRY];
  const moves = [
    { sends: [], counters: { completed: 3, failed: 1 }, failed: ["1.1.2"], status: 0xb000 },
    { sends: [], counters: { completed: 1, failed: 0 } },
  ];
  const outcome = await moving(args, { moves });
  assert.deepEqual(outcome.archive.moves, ["STUDY", "IMAGE 1.1 1.1.2"]);
  assert.equal(outcome.code, 0, outcome.lines.join("\n"));
});

Deno.test("movescu --resume goes on where the last run ended", () =>
  withDirectory(async (directory) => {
    const journal = `${directory}/journal`;
    const args = [...TO_US, "--resume", journal, "-od", `${directory}/in`];
    const lost = await moving(args, { moves: [{ sends: ["1.1.3", "1.2.1"], breaks: true }] });
    assert.equal(lost.code, 4);
    assert.match(
      await Deno.readTextFile(journal),
      /^dimse journal 1: stored from ANY-SCP@h:104, request [0-9a-f]{64}\nstored 1.1.3\nstored 1.2.1\n$/,
    );
    const second = await moving(args, {});
    assert.equal(second.code, 0, second.lines.join("\n"));
    assert.deepEqual(second.archive.moves, ["IMAGE 1.1 1.1.1,1.1.2"]);
    assert.equal(second.summary["received"], 2);
    const third = await moving(args, {});
    assert.deepEqual([third.code, third.archive.moves], [0, []]);
    assert.match(reckoning(third), /; 4 stored before, 0 failed, 0 missing$/);
    const other = [...TO_US.with(5, "StudyInstanceUID=2"), "--resume", journal];
    const refused = new ToolBench();
    assert.equal(await main(other, refused.io), 2);
    assert.match(
      refused.stderr,
      /^E: Cannot resume by .*journal: it is about what was stored from/,
    );
  }));

Deno.test("movescu --resume answers Success to what is here already, and stores it once", () =>
  withDirectory(async (directory) => {
    const args = [...TO_US, "--resume", `${directory}/journal`, "-od", `${directory}/in`];
    const ways = { finds: false };
    await moving(args, { ...ways, moves: [{ sends: ["1.1.3"], breaks: true }] });
    await Deno.remove(`${directory}/in/CT.1.1.3`);
    const second = await moving(args, ways);
    assert.equal(second.code, 0);
    assert.deepEqual(second.archive.stores.map(([, status]) => status), [0, 0, 0, 0]);
    const files = await namesIn(`${directory}/in`);
    assert.deepEqual(files, ["CT.1.1.1", "CT.1.1.2", "CT.1.2.1"]);
  }));
