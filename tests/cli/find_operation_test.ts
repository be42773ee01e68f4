import assert from "node:assert/strict";
import { main } from "../../cli/findscu.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { decodeFile } from "../../lib/data_set/file.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { FindResponseMessage } from "../../lib/dimse/message.ts";
import { settle } from "../support/fake_clock.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { ToolBench } from "./tool_bench.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.2.1";
const ARGS = ["h", "104", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName"];
const TABLE = [...ARGS, "-ll", "warning", "--csv", "PatientName"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

function dataSet(...keys: string[]): DataSet {
  const made = new DataSet();
  for (const key of keys) applyKeywordPath(made, key);
  return made;
}

/** The archive, once it has the query. */
class QueriedPeer {
  readonly peer: ScriptedPeer;

  constructor(peer: ScriptedPeer) {
    this.peer = peer;
  }

  /** Takes the association and the C-FIND of the tool. */
  static async accept(bench: ToolBench): Promise<QueriedPeer> {
    const { peer } = await bench.acceptAssociation();
    await peer.expectMessage("C-FIND-RQ");
    await peer.expect("data");
    return new QueriedPeer(peer);
  }

  async match(match: DataSet | Uint8Array): Promise<void> {
    const bytes = match instanceof DataSet ? encodeDataSet(match, IMPLICIT) : match;
    await this.respond({ status: 0xff00, hasDataSet: true }, bytes);
  }

  async respond(change: Partial<FindResponseMessage>, identifier?: Uint8Array): Promise<void> {
    await this.peer.sendMessage(1, {
      type: "C-FIND-RSP",
      messageIdBeingRespondedTo: 1,
      status: 0,
      hasDataSet: false,
      ...change,
    }, identifier);
  }

  /** The final response, and the end of the association. */
  async finish(status: number): Promise<void> {
    await this.respond({ status });
    await this.peer.acceptRelease();
    await settle();
  }
}

pure("findscu writes the seed's lines, and what it found", async () => {
  const bench = new ToolBench();
  const code = main(ARGS, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(dataSet("QueryRetrieveLevel=STUDY", "PatientName=Doe^John"));
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Sending Find Request: MsgID 1",
    "I: ",
    "I: # Request Identifier",
    "I: (0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel",
    "I: (0010,0010) PN (no value available)                     # 0 PatientName",
    "I: ",
    "I: Find SCP Response: 1 - 0xFF00 (Pending)",
    "I: ",
    "I: # Response Identifier",
    "I: (0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel",
    "I: (0010,0010) PN [Doe^John]                               # 1 PatientName",
    "I: ",
    "I: Find SCP Result: 0x0000 (Success)",
    "I: Found 1 match in 0.0 s",
    "I: Releasing Association",
  ]);
  assert.equal(bench.stdout, "");
  assert.equal(bench.signalListeners, 0);
});

const OUTCOMES: readonly (readonly [response: Partial<FindResponseMessage>, number, string[]])[] = [
  [{ status: 0x0000 }, 0, []],
  [{ status: 0xb001 }, 6, ["W: The peer says: unspecified warning (0xB001)"]],
  [{ status: 0xfe00 }, 130, ["W: The peer says: matching terminated by cancel (0xFE00)"]],
  [{ status: 0xa700, errorComment: "too many" }, 7, [
    "E: The peer says: refused: out of resources (0xA700)",
    "E: Error Comment: too many",
  ]],
  [{ status: 0xa900, offendingElements: [0x00080052] }, 7, [
    "E: The peer says: identifier does not match SOP class (0xA900)",
    "E: Offending Element: (0008,0052)",
  ]],
];

for (const [response, expected, lines] of OUTCOMES) {
  const status = response.status?.toString(16);
  pure(`findscu returns ${expected} for a final status ${status}`, async () => {
    const bench = new ToolBench();
    const code = main([...ARGS, "-ll", "warning"], bench.io);
    const archive = await QueriedPeer.accept(bench);
    await archive.respond(response);
    await archive.peer.acceptRelease();
    await settle();
    assert.equal(await code, expected);
    assert.deepEqual(bench.lines, lines);
  });
}

pure("findscu --json writes one object per match, decoded, and nothing else", async () => {
  const bench = new ToolBench();
  const code = main([...ARGS, "-q", "--json"], bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(dataSet("SpecificCharacterSet=\\ISO 2022 IR 87", "PatientName=Y=山田"));
  await archive.match(dataSet("PatientName=Doe^John"));
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stderr, "");
  assert.deepEqual(bench.stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line)), [
    {
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: "Y", Ideographic: "山田" }] },
    },
    { "00100010": { vr: "PN", Value: [{ Alphabetic: "Doe^John" }] } },
  ]);
});

pure("findscu --csv writes the header even when nothing matches", async () => {
  const bench = new ToolBench();
  const columns = ["--csv", "PatientID,PatientName", "--csv", "(0020,000d)"];
  const code = main([...ARGS, "-q", ...columns], bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stdout, 'PatientID,PatientName,"(0020,000d)"\n');
});

pure("findscu --max cancels when there are matches enough, and drops the rest", async () => {
  for (const final of [0xfe00, 0x0000]) {
    const bench = new ToolBench();
    const code = main([...TABLE, "-ll", "info", "--max", "2"], bench.io);
    const archive = await QueriedPeer.accept(bench);
    for (const name of ["A", "B"]) await archive.match(dataSet(`PatientName=${name}`));
    const cancel = await archive.peer.expectMessage("C-CANCEL-RQ");
    assert.equal(cancel.messageIdBeingRespondedTo, 1);
    await archive.match(dataSet("PatientName=C"));
    await archive.finish(final);
    assert.equal(await code, 0);
    assert.equal(bench.stdout, "PatientName\nA\nB\n");
    assert.ok(bench.lines.includes("I: Sending C-CANCEL request"));
    assert.ok(bench.lines.includes("I: Found 2 matches in 0.0 s; no more were asked for"));
    assert.ok(!bench.stderr.includes("Find SCP Response: 3"));
  }
});

pure("findscu goes on after a match that cannot be decoded, and returns 6", async () => {
  const bench = new ToolBench();
  const code = main(TABLE, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(new TextEncoder().encode("no data set!"));
  await archive.match(dataSet("PatientName=A"));
  await archive.respond({ status: 0xff00 });
  await archive.finish(0x0000);
  assert.equal(await code, 6);
  assert.equal(bench.stdout, "PatientName\nA\n");
  assert.equal(bench.lines[0], "E: Failed to decode the received Identifier dataset");
  assert.deepEqual(bench.lines.slice(2), ["E: A match came without identifier"]);
});

pure("findscu returns 6 when a match came without its identifier", async () => {
  const bench = new ToolBench();
  const code = main(TABLE, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.respond({ status: 0xff00 });
  await archive.match(dataSet("PatientName=A"));
  await archive.finish(0x0000);
  assert.equal(await code, 6);
  assert.equal(bench.stdout, "PatientName\nA\n");
  assert.deepEqual(bench.lines, ["E: A match came without identifier"]);
});

/** A name in Latin-1 of an archive that does not say so. */
function unnamed(): DataSet {
  const value = Uint8Array.of(0xc4, 0x6e, 0x65, 0x61);
  return new DataSet().set({ tag: 0x00100010, vr: "PN", value });
}

pure("findscu --assume-charset reads the text of matches that name no set", async () => {
  const bench = new ToolBench();
  const code = main([...TABLE, "--assume-charset", "ISO_IR 100"], bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(unnamed());
  const empty = unnamed().set({ tag: 0x00080005, vr: "CS", value: new Uint8Array(0) });
  await archive.match(empty);
  await archive.match(dataSet("SpecificCharacterSet=ISO_IR 144", "PatientName=Люк"));
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stdout, "PatientName\nÄnea\nÄnea\nЛюк\n");
  assert.equal(bench.stderr, "");
});

pure("findscu says once what to do about text of an unknown set", async () => {
  const bench = new ToolBench();
  const code = main(TABLE, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(unnamed());
  const items = [unnamed()];
  await archive.match(new DataSet().set({ tag: 0x00400100, vr: "SQ", value: items }));
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stdout, "PatientName\n\ufffdnea\n\n");
  assert.deepEqual(bench.lines, [
    "W: The peer names no character set for text that is not ASCII: tell it with --assume-charset",
  ]);
});

pure("findscu shows control characters of a match, and obeys none (U17)", async () => {
  const bench = new ToolBench();
  const code = main([...ARGS, "--csv", "PatientName"], bench.io);
  const archive = await QueriedPeer.accept(bench);
  const value = new TextEncoder().encode("A\x07\x9b2J\x0b");
  await archive.match(
    dataSet("SpecificCharacterSet=ISO_IR 192").set({ tag: 0x00100010, vr: "PN", value }),
  );
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stdout, "PatientName\nA\\x07\\x9b2J\\x0b\n");
  assert.doesNotMatch(bench.stderr, /[^\n\x20-\x7e]/);
});

pure("Ctrl-C cancels the query, and ends with 130", async () => {
  const bench = new ToolBench();
  const code = main(TABLE, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await archive.match(dataSet("PatientName=A"));
  await settle();
  await bench.signal("SIGINT");
  await archive.peer.expectMessage("C-CANCEL-RQ");
  // What comes on its way is shown.
  await archive.match(dataSet("PatientName=B"));
  await archive.finish(0xfe00);
  assert.equal(await code, 130);
  assert.equal(bench.stdout, "PatientName\nA\nB\n");
});

pure("a second Ctrl-C aborts the association", async () => {
  const bench = new ToolBench();
  const code = main(TABLE, bench.io);
  const archive = await QueriedPeer.accept(bench);
  await bench.signal("SIGINT");
  await archive.peer.expectMessage("C-CANCEL-RQ");
  await bench.signal("SIGINT");
  await archive.peer.expect("A-ABORT");
  archive.peer.transport.close();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines, ["E: Cancelled"]);
});

pure("findscu returns 5 when no response comes in time, and 4 when the peer aborts", async () => {
  const late = new ToolBench();
  const lateCode = main([...ARGS, "-ll", "error", "-td", "5"], late.io);
  const silent = await QueriedPeer.accept(late);
  await late.clock.advance(5000);
  await silent.peer.expect("A-ABORT");
  silent.peer.transport.close();
  assert.equal(await lateCode, 5);

  const aborted = new ToolBench();
  const abortedCode = main([...ARGS, "-q"], aborted.io);
  const rude = await QueriedPeer.accept(aborted);
  await rude.peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  rude.peer.transport.close();
  assert.equal(await abortedCode, 4);
});

Deno.test("findscu -w writes files as pynetdicom names them, and returns 8 when it cannot", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const bench = new ToolBench();
    const code = main([...ARGS, "-q", "-w", "-od", `${directory}/new/in`], bench.io);
    const archive = await QueriedPeer.accept(bench);
    const match = dataSet("SpecificCharacterSet=\\ISO 2022 IR 149", "PatientName=Hong=洪");
    await archive.match(match);
    await archive.match(dataSet("PatientName=B"));
    await archive.finish(0x0000);
    assert.equal(await code, 0);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(`${directory}/new/in`)) names.push(name);
    assert.deepEqual(names.sort(), ["rsp000001.dcm", "rsp000002.dcm"]);
    const file = decodeFile(await Deno.readFile(`${directory}/new/in/rsp000001.dcm`));
    assert.equal(file.transferSyntaxUid, IMPLICIT);
    assert.equal(file.meta.getString(0x00020002), STUDY_ROOT);
    assert.equal(file.dataSet.getString(0x00100010), "Hong=洪");
    assert.deepEqual([...file.dataSet], [...match]);

    await Deno.mkdir(`${directory}/rsp000001.dcm`);
    const second = new ToolBench();
    const failed = main([...ARGS, "-ll", "error", "-w", "-od", directory], second.io);
    const other = await QueriedPeer.accept(second);
    await other.match(match);
    await other.peer.expectMessage("C-CANCEL-RQ");
    await other.peer.acceptRelease();
    assert.equal(await failed, 8);
    assert.deepEqual(second.lines, [
      `E: Cannot write ${directory}/rsp000001.dcm: it is a directory`,
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

const RETRY = [...TABLE, "--retry", "2"];

function named(name: string): DataSet {
  return dataSet("QueryRetrieveLevel=STUDY", `PatientName=${name}`);
}

pure("findscu --retry asks again, and tells once what it was told twice", async () => {
  const bench = new ToolBench();
  const code = main(RETRY, bench.io);
  const lost = await QueriedPeer.accept(bench);
  await lost.match(named("A"));
  await lost.match(named("B"));
  await settle();
  lost.peer.transport.close();
  await bench.clock.advance(1000);
  const busy = await QueriedPeer.accept(bench);
  await busy.match(named("B"));
  await busy.finish(0xa700);
  await bench.clock.advance(2000);
  const archive = await QueriedPeer.accept(bench);
  for (const name of ["C", "B", "A"]) await archive.match(named(name));
  await archive.finish(0x0000);
  assert.equal(await code, 0);
  assert.equal(bench.stdout, "PatientName\nA\nB\nC\n");
  assert.deepEqual(bench.lines, [
    "E: Connection closed while waiting for DIMSE message",
    "W: Trying again in 1 s (1 of 2): Lost the connection: the peer closed it",
    "E: The peer says: refused: out of resources (0xA700)",
    "W: Trying again in 2 s (2 of 2): The peer says: refused: out of resources (0xA700)",
  ]);
});

pure("findscu --retry does not ask again what the archive does not understand", async () => {
  const bench = new ToolBench();
  const code = main(RETRY, bench.io);
  await (await QueriedPeer.accept(bench)).finish(0xa900);
  assert.equal(await code, 7);
  assert.equal(bench.calls.length, 1);
});
