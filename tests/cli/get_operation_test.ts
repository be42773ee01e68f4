import assert from "node:assert/strict";
import { main } from "../../cli/getscu.ts";
import { settle } from "../support/fake_clock.ts";
import { readEvents } from "../support/event_schema.ts";
import { type ArchiveWays, GetArchive, type Held } from "./get_archive.ts";
import { ToolBench } from "./tool_bench.ts";

const CT = "1.2.840.10008.5.1.4.1.1.2";
const SC = "1.2.840.10008.5.1.4.1.1.7";
const PRIVATE = "1.3.46.670589.11.0.0.12.1";
const EXPLICIT = "1.2.840.10008.1.2.1";
const IMPLICIT = "1.2.840.10008.1.2";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70";
const HTJ2K = "1.2.840.10008.1.2.4.203";
const KEYS = ["-k", "QueryRetrieveLevel=SERIES", "-k", "StudyInstanceUID=1.2"];
const SERIES = [...KEYS, "-k", "SeriesInstanceUID=1.2.1"];
const PEER = ["127.0.0.1", "11112"];

const CT_1: Held = { uid: "1.2.1.1", sopClassUid: CT, transferSyntaxUid: EXPLICIT };
const CT_2: Held = { uid: "1.2.1.2", sopClassUid: CT, transferSyntaxUid: JPEG_LOSSLESS };
const SC_3: Held = { uid: "1.2.1.3", sopClassUid: SC, transferSyntaxUid: IMPLICIT };
const PRIVATE_4: Held = { uid: "1.2.1.4", sopClassUid: PRIVATE, transferSyntaxUid: EXPLICIT };

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

/** The C-FIND answers of an archive that tells all. */
function findsOf(holds: readonly Held[]): NonNullable<ArchiveWays["finds"]> {
  return {
    SERIES: [["SeriesInstanceUID=1.2.1", "Modality=CT"]],
    IMAGE: holds.map(({ uid, sopClassUid }) => [
      `SOPInstanceUID=${uid}`,
      `SOPClassUID=${sopClassUid}`,
    ]),
  };
}

interface Run {
  readonly code: number;
  readonly bench: ToolBench;
  readonly archive: GetArchive;
}

async function run(ways: ArchiveWays, ...args: string[]): Promise<Run> {
  const bench = new ToolBench();
  const archive = new GetArchive(bench, ways);
  const code = await main([...PEER, ...SERIES, "--ignore", ...args], bench.io);
  return { code, bench, archive };
}

/** The transfer syntaxes that were proposed for a class, in order. */
function proposed({ archive }: Run, index: number, sopClassUid: string): string[] {
  return archive.gets[index]?.request.presentationContexts
    .filter(({ abstractSyntaxes: [uid] }) => uid === sopClassUid)
    .map(({ transferSyntaxes }) => transferSyntaxes.join()) ?? [];
}

const REQUEST = [
  "I: Requesting Association",
  "I: Association Accepted",
  "I: Sending Get Request: MsgID 1",
  "I: ",
  "I: # Request Identifier",
  "I: (0008,0052) CS [SERIES]                                 # 1 QueryRetrieveLevel",
  "I: (0020,000D) UI [1.2]                                    # 1 StudyInstanceUID",
  "I: (0020,000E) UI [1.2.1]                                  # 1 SeriesInstanceUID",
  "I: ",
];

pure("getscu writes the lines of pynetdicom's, whether it asks beforehand or not", async () => {
  for (const finds of [undefined, findsOf([CT_1])]) {
    const { code, bench, archive } = await run({ holds: [CT_1], ...(finds ? { finds } : {}) });
    assert.equal(code, 0);
    assert.deepEqual(bench.lines, [
      ...REQUEST,
      "I: Received Store Request",
      "I: Get SCP Response: 1 - 0xFF00 (Pending)",
      "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
      "I: Get SCP Result: 0x0000 (Success)",
      "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
      "I: Releasing Association",
      "I: Received 1 instance in 0.0 s; 1 promised, 0 failed, 0 missing",
    ]);
    assert.equal(bench.stdout, "");
    assert.deepEqual(bench.calls, ["connect 127.0.0.1 11112", "connect 127.0.0.1 11112"]);
    assert.equal(archive.associations.length, 2);
    assert.equal(bench.signalListeners, 0);
  }
});

pure(
  "getscu proposes what the archive holds, each transfer syntax in its own context",
  async () => {
    const holds = [CT_1, CT_2, SC_3, PRIVATE_4];
    const result = await run({ holds, finds: findsOf(holds) });
    assert.equal(result.code, 0, result.bench.stderr);
    const { request, stores } = result.archive.gets[0] ?? assert.fail();
    assert.deepEqual(stores, holds.map(({ uid }) => [uid, 0x0000]));
    const classes = request.presentationContexts.map(({ abstractSyntaxes: [uid] }) => uid);
    assert.deepEqual([...new Set(classes)], [
      "1.2.840.10008.5.1.4.1.2.2.3",
      CT,
      SC,
      PRIVATE,
    ]);
    assert.ok(request.presentationContexts.length <= 128);
    assert.deepEqual(proposed(result, 0, CT).slice(0, 3), [EXPLICIT, IMPLICIT, JPEG_LOSSLESS]);
    assert.ok(proposed(result, 0, PRIVATE).includes(HTJ2K));
    assert.deepEqual(request.userInformation.roleSelections, [
      { sopClassUid: CT, scu: false, scp: true },
      { sopClassUid: SC, scu: false, scp: true },
      { sopClassUid: PRIVATE, scu: false, scp: true },
    ]);
  },
);

pure("getscu takes instances where the archive leaves the roles unanswered", async () => {
  const holds = [CT_1, CT_2];
  const { code, archive } = await run({ holds, finds: findsOf(holds), isMuteOnRoles: true });
  assert.equal(code, 0);
  assert.deepEqual(archive.gets[0]?.stores, [["1.2.1.1", 0x0000], ["1.2.1.2", 0x0000]]);
});

pure("getscu proposes what is used most when it may not ask, or gets no answer", async () => {
  const cases: [ways: ArchiveWays, args: string[], associations: number][] = [
    [{ holds: [CT_1], finds: findsOf([CT_1]) }, ["--no-find"], 1],
    [{ holds: [CT_1] }, [], 2],
    [{ holds: [CT_1], finds: {} }, [], 2],
    [{ holds: [CT_1], refuses: (count) => count === 1 }, [], 2],
  ];
  for (const [ways, args, associations] of cases) {
    const result = await run(ways, ...args);
    assert.equal(result.code, 0, result.bench.stderr);
    assert.equal(result.archive.associations.length, associations);
    const request = result.archive.gets[0]?.request;
    assert.equal(request?.presentationContexts.length, 128);
    assert.equal(request?.userInformation.roleSelections.length, 41);
  }
});

pure("getscu proposes what --sop-class and --transfer-syntax name, and does not ask", async () => {
  const holds = [CT_1, SC_3];
  const result = await run(
    { holds, finds: findsOf(holds) },
    ...["--sop-class", "ctimage", "--sop-class", SC, "--transfer-syntax", EXPLICIT],
    ...["--transfer-syntax", "1.2.840.113619.5.2"],
  );
  assert.ok(result.archive.associations.every(({ finds }) => finds.length === 0));
  assert.deepEqual(proposed(result, 0, CT), [EXPLICIT, "1.2.840.113619.5.2"]);
  assert.deepEqual(proposed(result, 0, SC), [EXPLICIT, "1.2.840.113619.5.2"]);
  assert.equal(result.code, 6);
  assert.deepEqual(result.bench.lines.slice(-3), [
    "W: 1 instance did not come, and the archive does not say of which SOP class",
    "W: Nothing but what --sop-class and --transfer-syntax name was proposed: give more, " +
    "or leave it to getscu",
    "I: Received 1 instance in 0.0 s; 1 promised, 1 failed, 0 missing",
  ]);
});

pure("getscu goes on by a further association while instances fail", async () => {
  const rare = { uid: "1.2.1.5", sopClassUid: CT, transferSyntaxUid: HTJ2K };
  const holds = [CT_1, CT_2, rare];
  const result = await run({ holds }, "--no-find");
  assert.equal(result.code, 0, result.bench.stderr);
  assert.deepEqual(result.archive.gets.map(({ stores }) => stores), [
    [["1.2.1.1", 0x0000], ["1.2.1.2", 0x0000]],
    [["1.2.1.5", 0x0000]],
  ]);
  assert.deepEqual(result.bench.lines.slice(-7), [
    "I: Releasing Association",
    "I: 1 instance has not come: trying a further association with other presentation contexts",
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Received Store Request",
    "I: Releasing Association",
    "I: Received 3 instances in 0.0 s; 3 promised, 0 failed, 0 missing",
  ]);
});

pure(
  "getscu gets all from an archive that looks at the first context of a class alone",
  async () => {
    const holds = [CT_1, CT_2, { ...CT_2, uid: "1.2.1.9", transferSyntaxUid: HTJ2K }];
    const result = await run({
      holds,
      finds: findsOf(holds),
      way: "first-context",
      accepts: (_class, syntax) => [EXPLICIT, IMPLICIT, JPEG_LOSSLESS, HTJ2K].includes(syntax),
    });
    assert.equal(result.code, 0, result.bench.stderr);
    assert.deepEqual(result.archive.gets.map((_, index) => proposed(result, index, CT)).slice(1), [
      [JPEG_LOSSLESS],
      [HTJ2K],
    ]);
  },
);

pure("getscu gets all from an archive that gives up at the first it cannot send", async () => {
  const rare = (uid: string, sopClassUid: string, transferSyntaxUid: string): Held => ({
    uid,
    sopClassUid,
    transferSyntaxUid,
  });
  const holds = [
    CT_1,
    rare("1.2.5.1", CT, BIG_ENDIAN),
    SC_3,
    rare("1.2.5.2", SC, HTJ2K),
    CT_2,
    rare("1.2.5.3", "1.2.840.10008.5.1.4.1.1.78.1", EXPLICIT),
    rare("1.2.5.4", CT, "1.2.840.10008.1.2.4.51"),
  ];
  const bench = new ToolBench();
  const archive = new GetArchive(bench, { holds, way: "stops" });
  assert.equal(
    await main([...PEER, ...SERIES, "--ignore", "--no-find"], bench.io),
    0,
    bench.stderr,
  );
  assert.equal(
    bench.lines.at(-1),
    "I: Received 7 instances in 0.0 s; 7 promised, 0 failed, 0 missing",
  );
  const sizes = archive.gets.map(({ request }) => request.presentationContexts.length);
  assert.ok(Math.max(...sizes) <= 128 && sizes.length < 26, sizes.join());
});

/** A study of series with a class each; the C-FIND answers tell all. */
function study(...held: readonly (readonly [sopClassUid: string, syntax: string])[]): ArchiveWays {
  const holds = held.map(([sopClassUid, transferSyntaxUid], index) => ({
    uid: `1.2.${index}.1`,
    seriesUid: `1.2.${index}`,
    sopClassUid,
    transferSyntaxUid,
  }));
  return {
    holds,
    finds: (level, identifier) => {
      if (level === "STUDY") return [["StudyInstanceUID=1.2"]];
      if (level === "SERIES") {
        return holds.map(({ seriesUid }) => [`SeriesInstanceUID=${seriesUid}`]);
      }
      const series = identifier.getString(0x0020000e);
      return holds.filter(({ seriesUid }) => seriesUid === series).map((each) => [
        `SOPInstanceUID=${each.uid}`,
        `SOPClassUID=${each.sopClassUid}`,
      ]);
    },
  };
}

pure("getscu gets the series that lack instances where contexts were left out", async () => {
  const classes = ["2", "4", "1", "7", "20", "128"].map((end) => `1.2.840.10008.5.1.4.1.1.${end}`);
  for (const way of ["by-instance", "stops"] as const) {
    const ways = study(
      ...classes.map((sopClassUid) => [sopClassUid, EXPLICIT] as const),
      [CT, "1.2.840.10008.1.2.4.107"],
      [SC, "1.2.840.10008.1.2.4.106"],
    );
    const bench = new ToolBench();
    const archive = new GetArchive(bench, { ...ways, way });
    const keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"];
    assert.equal(await main([...PEER, ...keys, "--ignore"], bench.io), 0, bench.stderr);
    const identifiers = archive.gets.map(({ gets }) =>
      gets.map((identifier) => identifier.getString(0x0020000e))
    );
    assert.deepEqual(identifiers, [[undefined], ["1.2.6", "1.2.7"]], way);
    assert.deepEqual(archive.gets.map(({ stores }) => stores.map(([uid]) => uid)), [
      classes.map((_, index) => `1.2.${index}.1`),
      ["1.2.6.1", "1.2.7.1"],
    ]);
    assert.equal(
      bench.lines.at(-1),
      "I: Received 8 instances in 0.0 s; 8 promised, 0 failed, 0 missing",
    );
  }
});

pure("getscu tells of which class it is that does not come, and what to do", async () => {
  const holds = [CT_1, SC_3, PRIVATE_4];
  const cases: [accepts: NonNullable<ArchiveWays["accepts"]>, args: string[], lines: string[]][] = [
    [(sopClass) => sopClass === CT, [], [
      "W: 1 instance of Secondary Capture Image Storage did not come: the archive accepted no " +
      "presentation context for it",
      `W: 1 instance of ${PRIVATE} did not come: the archive accepted no presentation context for it`,
      "W: The archive does not send this by C-GET: use movescu",
      "I: Received 1 instance in 0.0 s; 1 promised, 2 failed, 0 missing",
    ]],
    [(sopClass, syntax) => sopClass !== SC && syntax === EXPLICIT, [], [
      "W: 1 instance of Secondary Capture Image Storage did not come: the archive accepted no " +
      "presentation context for it",
      "W: The archive accepted no compressed transfer syntax",
      "W: What it holds compressed it may send to movescu",
      "I: Received 2 instances in 0.0 s; 2 promised, 1 failed, 0 missing",
    ]],
  ];
  for (const [accepts, args, lines] of cases) {
    const { code, bench } = await run({ holds, finds: findsOf(holds), accepts }, ...args);
    assert.equal(code, 6);
    assert.deepEqual(bench.lines.slice(-lines.length), lines);
  }
});

pure("getscu misses what the archive has named by C-FIND and does not send", async () => {
  const { code, bench } = await run({ holds: [CT_1], finds: findsOf([CT_1, SC_3]) }, "--json");
  assert.equal(code, 6);
  assert.equal(
    bench.lines.at(-1),
    "I: Received 1 instance in 0.0 s; 1 promised, 0 failed, 1 missing",
  );
  const summary = readEvents(bench.stdout).at(-1);
  assert.deepEqual(summary?.missingSopInstanceUids, ["1.2.1.3"]);
  assert.equal(summary?.received, 1);
  assert.equal(summary?.exitCode, 6);
});

pure("getscu warns when nothing matches", async () => {
  const nothing = await run({ holds: [] });
  assert.equal(nothing.code, 0);
  assert.equal(
    nothing.bench.lines.at(-2),
    "W: Nothing arrived: the archive found nothing that matches the identifier",
  );
  const refused = await run({ holds: [], finds: findsOf([CT_1, CT_2]) });
  assert.equal(refused.code, 6);
  assert.equal(refused.archive.gets.length, 1);
  assert.equal(
    refused.bench.lines.at(-2),
    "W: Nothing arrived: by C-FIND the archive finds 2, by C-GET nothing: it wants unique keys, " +
      "such as StudyInstanceUID",
  );
});

pure("getscu settles for what has come when a further association fails", async () => {
  const holds = [CT_1, { ...CT_2, transferSyntaxUid: HTJ2K }];
  const { code, bench } = await run({ holds, refuses: (count) => count === 2 }, "--no-find");
  assert.equal(code, 6);
  assert.ok(bench.lines.includes("E: Association Rejected"));
  assert.equal(
    bench.lines.at(-1),
    "I: Received 1 instance in 0.0 s; 1 promised, 1 failed, 0 missing",
  );
});

pure("getscu tells all of it as events", async () => {
  const holds = [CT_1, CT_2];
  const { bench } = await run({ holds, finds: findsOf(holds) }, "--json");
  const events = readEvents(bench.stdout);
  assert.deepEqual(events.map(({ event }) => event), [
    ...["association", "association", "association"],
    ...["association", "association", "instance", "pending", "instance", "pending", "response"],
    ...["association", "summary"],
  ]);
  assert.deepEqual(
    events.filter(({ event }) => event === "instance").map((each) => each.transferSyntaxUid),
    [EXPLICIT, JPEG_LOSSLESS],
  );
});

/** Takes the association and the C-GET without asking beforehand. */
async function acceptGet(bench: ToolBench): Promise<Awaited<ReturnType<ToolBench["accept"]>>> {
  const { peer } = await bench.acceptAssociation();
  await peer.expectMessage("C-GET-RQ");
  await peer.expect("data");
  return peer;
}

function start(bench: ToolBench, ...args: string[]): Promise<number> {
  return main([...PEER, ...SERIES, "--no-find", "--ignore", ...args], bench.io);
}

pure("getscu sends C-CANCEL at the first Ctrl-C, and asks no more", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await acceptGet(bench);
  await settle();
  await bench.signal("SIGINT");
  const cancel = await peer.expectMessage("C-CANCEL-RQ");
  assert.equal(cancel.messageIdBeingRespondedTo, 1);
  await peer.sendMessage(1, {
    type: "C-GET-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xfe00,
    hasDataSet: false,
    remaining: 3,
    completed: 0,
    failed: 1,
    warning: 0,
  });
  await peer.acceptRelease();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines.slice(REQUEST.length), [
    "I: Sending C-CANCEL request",
    "I: Get SCP Result: 0xFE00 (Cancel)",
    "I: Sub-Operations Remaining: 3, Completed: 0, Failed: 1, Warning: 0",
    "W: The peer says: sub-operations terminated by cancel (0xFE00)",
    "I: Releasing Association",
    "I: Received 0 instances in 0.0 s; 0 promised, 1 failed, 0 missing",
  ]);
});

pure("getscu aborts at the second Ctrl-C", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await acceptGet(bench);
  await bench.signal("SIGINT");
  await peer.expectMessage("C-CANCEL-RQ");
  await bench.signal("SIGINT");
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 130);
  assert.equal(bench.lines.at(-2), "E: Cancelled");
});

pure("getscu gives up at Ctrl-C while it asks the archive", async () => {
  const bench = new ToolBench();
  const code = main([...PEER, ...SERIES, "--ignore"], bench.io);
  const { peer } = await bench.acceptAssociation();
  await peer.expectMessage("C-FIND-RQ");
  await peer.expect("data");
  await bench.signal("SIGINT");
  await peer.expectMessage("C-CANCEL-RQ");
  await peer.sendMessage(1, {
    type: "C-FIND-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xfe00,
    hasDataSet: false,
  });
  await peer.acceptRelease();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines, ["I: Requesting Association", "E: Cancelled"]);
});

pure("getscu returns the documented codes when there is no association", async () => {
  const cases: [code: number, reply: (bench: ToolBench) => Promise<void>, line: string][] = [
    [4, async (bench) => {
      const peer = await bench.accept();
      await peer.expect("A-ASSOCIATE-RQ");
      await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
      peer.transport.close();
    }, "E: The peer has another AE title: set it with -aec"],
    [4, async (bench) => {
      const peer = await acceptGet(bench);
      await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
      peer.transport.close();
    }, "E: Association aborted by the peer's application"],
    [5, async (bench) => {
      const peer = await acceptGet(bench);
      await settle();
      await bench.clock.advance(30_000);
      await peer.expect("A-ABORT");
      peer.transport.close();
    }, "E: DIMSE timeout reached while waiting for message response"],
  ];
  for (const [expected, reply, line] of cases) {
    const bench = new ToolBench();
    const code = start(bench);
    await reply(bench);
    assert.equal(await code, expected);
    assert.ok(bench.lines.includes(line), bench.stderr);
  }
});

pure("getscu returns 7 when the archive refuses the request, and does not repeat it", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await acceptGet(bench);
  await peer.sendMessage(1, {
    type: "C-GET-RSP",
    messageIdBeingRespondedTo: 1,
    status: 0xa900,
    hasDataSet: false,
  });
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.equal(bench.calls.length, 1);
});

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("getscu stores what comes, and what comes again once", () =>
  withDirectory(async (directory) => {
    const bench = new ToolBench();
    const holds = [CT_1, { ...CT_2, transferSyntaxUid: HTJ2K }, PRIVATE_4];
    new GetArchive(bench, { holds, way: "stops" });
    const args = [...PEER, ...SERIES, "-od", `${directory}/in`, "--no-find", "--json"];
    // The private class is known to nobody: it stays away.
    assert.equal(await main(args, bench.io), 7);
    const names = (await Array.fromAsync(Deno.readDir(`${directory}/in`))).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["CT.1.2.1.1", "CT.1.2.1.2"]);
    const stored = bench.lines.filter((line) => line.startsWith("I: Storing DICOM file"));
    assert.deepEqual(stored, [
      "I: Storing DICOM file: CT.1.2.1.1",
      "I: Storing DICOM file: CT.1.2.1.2",
    ]);
    assert.match(bench.lines.at(-1) ?? "", /^I: Received 2 instances \(\d+ B\) in .*1 failed/);
  }));

Deno.test("getscu answers 0xA700 and returns 8 when the directory cannot be written", () =>
  withDirectory(async (parent) => {
    const directory = `${parent}/in`;
    const bench = new ToolBench();
    const code = main([...PEER, ...SERIES, "-od", directory], bench.io);
    const archive = new GetArchive(bench, {
      holds: [CT_1],
      finds: findsOf([CT_1]),
      refuses: (count) => {
        // Even root cannot make a file below a file.
        if (count === 2) {
          Deno.removeSync(directory);
          Deno.writeTextFileSync(directory, "");
        }
        return false;
      },
    });
    assert.equal(await code, 8);
    assert.deepEqual(archive.gets.map(({ stores }) => stores), [[["1.2.1.1", 0xa700]]]);
    assert.ok(bench.lines.some((line) => line.startsWith("W: Store Response: 0xA700")));
  }));

for (const limit of ["--max-instance-size", "--max-inflated-size"]) {
  pure(`getscu refuses what is longer than ${limit}`, async () => {
    const held = { ...SC_3, transferSyntaxUid: DEFLATED };
    const ways = { holds: [held], finds: findsOf([held]) };
    const { code, archive } = await run(ways, limit, "10", "--transfer-syntax", DEFLATED);
    assert.deepEqual(archive.gets[0]?.stores, [[held.uid, 0xa700]]);
    assert.equal(code, 7);
  });
}
