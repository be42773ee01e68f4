/**
 * The real movescu on a real terminal, and its events from a real archive.
 *
 * @module
 */

import assert from "node:assert/strict";
import { connectTcp, listenTcp } from "../../lib/net/deno_transport.ts";
import { counters, moveResponse, StoringPeer } from "../cli/tool_bench.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { studiesOf } from "../support/levels.ts";
import { ourMove } from "../support/our_tools.ts";
import {
  fileMeta,
  freePort,
  type MoveDestination,
  peerTest,
  type RealFile,
  realFiles,
  startDcmqrscp,
} from "../support/peers.ts";
import { destination, ONE_PATIENT, withDirectory } from "../support/retrieval.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import {
  ERASE,
  hasTerminal,
  screenOf,
  TERMINAL_COLUMNS,
  TerminalTool,
} from "../support/terminal.ts";

/** An archive that follows the test's script, over TCP. */
async function acceptMove(listener: ReturnType<typeof listenTcp>): Promise<ScriptedPeer> {
  const peer = new ScriptedPeer(await listener.accept());
  await peer.acceptAssociation();
  await peer.expectMessage("C-MOVE-RQ");
  await peer.expect("data");
  return peer;
}

async function callStorage(port: number): Promise<StoringPeer> {
  const { signal } = new AbortController();
  const peer = new StoringPeer(await connectTcp({ hostname: "127.0.0.1", port, signal }));
  await peer.associate();
  return peer;
}

function moveArguments(archive: number, storePort: number, ...more: string[]): string[] {
  return [
    ...["127.0.0.1", `${archive}`, "-k", "StudyInstanceUID=1.2", "--store", "--ignore"],
    ...["--store-port", `${storePort}`, ...more],
  ];
}

Deno.test({
  name: "movescu's status line appears on a terminal, is drawn again, and vanishes",
  ignore: !hasTerminal,
  fn: async () => {
    using listener = closing(listenTcp({ hostname: "127.0.0.1", port: 0 }));
    const storePort = freePort();
    await using tool = new TerminalTool("movescu", moveArguments(listener.port, storePort));
    const peer = await acceptMove(listener);
    await tool.until(/\r⌫[^\r]*0 instances, 0:00/);
    const archive = await callStorage(storePort);
    for (const done of [1, 2, 3]) {
      assert.equal(await archive.store(`1.2.${done}`), 0x0000);
      await peer.sendMessage(1, moveResponse(0xff00, counters(3 - done, done)));
      await tool.until(new RegExp(`[\n⌫]${done}/3 instances, [^\r\n]*$`));
      // Below the log, and one at a time.
      const lines = screenOf(tool.output);
      assert.match(lines.at(-1) ?? "", new RegExp(`^${done}/3 instances, \\d`));
      assert.deepEqual(lines.slice(0, -1).filter((line) => !line.startsWith("I: ")), []);
      assert.ok((lines.at(-1) ?? "").length < TERMINAL_COLUMNS);
    }
    // Nothing happens: the time goes on all the same.
    await tool.until(/3\/3 instances, [^\r]*, 0:0[1-9]$/);
    await archive.release();
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 3)));
    await peer.acceptRelease();
    peer.transport.close();
    assert.equal(await tool.end(), 0);
    const lines = screenOf(tool.output);
    assert.equal(lines.pop(), "", "nothing is left in the last line");
    assert.deepEqual(lines.filter((line) => !line.startsWith("I: ")), []);
    assert.match(lines.at(-1) ?? "", /^I: Received 3 instances in .* 3 promised, 0 failed, 0 miss/);
  },
});

for (const option of ["--no-progress", "--quiet"]) {
  Deno.test({
    name: `movescu ${option} draws nothing on a terminal`,
    ignore: !hasTerminal,
    fn: async () => {
      using listener = closing(listenTcp({ hostname: "127.0.0.1", port: 0 }));
      const args = moveArguments(listener.port, freePort(), option);
      await using tool = new TerminalTool("movescu", args);
      const peer = await acceptMove(listener);
      await peer.sendMessage(1, moveResponse(0xff00, counters(0, 0)));
      await peer.sendMessage(1, moveResponse(0x0000, counters(0, 0)));
      await peer.acceptRelease();
      peer.transport.close();
      assert.equal(await tool.end(), 0);
      assert.ok(!tool.output.includes(ERASE), JSON.stringify(tool.output));
      if (option === "--quiet") assert.equal(tool.output, "");
    },
  });
}

Deno.test({
  name: "movescu --json writes its events above the status line of the same terminal",
  ignore: !hasTerminal,
  fn: async () => {
    using listener = closing(listenTcp({ hostname: "127.0.0.1", port: 0 }));
    const storePort = freePort();
    const args = moveArguments(listener.port, storePort, "--json");
    await using tool = new TerminalTool("movescu", args);
    const peer = await acceptMove(listener);
    const archive = await callStorage(storePort);
    assert.equal(await archive.store("1.2.3"), 0x0000);
    await tool.until(/[\n⌫]1 instance, /);
    await archive.release();
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
    await peer.acceptRelease();
    peer.transport.close();
    assert.equal(await tool.end(), 0);
    const lines = screenOf(tool.output);
    assert.equal(lines.pop(), "");
    const events = lines.filter((line) => line.startsWith("{")).map((line) => `${line}\n`);
    assert.equal(eventsOf(readEvents(events.join("")), "instance").length, 1);
    assert.deepEqual(lines.filter((line) => !/^(\{|I: )/.test(line)), []);
  },
});

/** What the events say arrived, in the order of the files. */
function arrivals(events: readonly JsonEvent[]): unknown[][] {
  return eventsOf(events, "instance").map((event) => [
    event.sopInstanceUid,
    event.sopClassUid,
    event.transferSyntaxUid,
    event.status,
  ]).sort();
}

async function assertEvents(
  events: readonly JsonEvent[],
  wanted: readonly RealFile[],
  { aeTitle }: MoveDestination,
): Promise<void> {
  assert.deepEqual(
    arrivals(events),
    wanted.map((file) => [file.sopInstanceUid, file.sopClassUid, file.transferSyntaxUid, 0]).sort(),
  );
  let bytes = 0;
  for (const { path, bytes: size, sopInstanceUid } of eventsOf(events, "instance")) {
    assert.equal(fileMeta(`${path}`).get("0002,0003"), sopInstanceUid);
    assert.equal((await Deno.stat(`${path}`)).size, size);
    bytes += Number(size);
  }
  const states = eventsOf(events, "association").filter(({ role }) => role === "acceptor");
  assert.deepEqual(states.map(({ state }) => state), ["requested", "accepted", "released"]);
  assert.ok(states.every(({ calledAeTitle }) => calledAeTitle === aeTitle));
  assert.equal(eventsOf(events, "pending").length, wanted.length);
  const [response, ...others] = eventsOf(events, "response");
  assert.deepEqual(others, []);
  assert.deepEqual([response?.status, response?.completed], [0, wanted.length]);
  const { atMs: _atMs, elapsedMs: _elapsedMs, ...summary } = summaryOf(events);
  assert.deepEqual(summary, {
    event: "summary",
    received: wanted.length,
    sent: null,
    promised: wanted.length,
    failed: 0,
    missing: 0,
    failedSopInstanceUids: [],
    missingSopInstanceUids: [],
    bytes,
    exitCode: 0,
  });
}

const SYNTAX = "1.2.840.10008.1.2.1";

peerTest({
  name: "movescu --json tells every instance from dcmqrscp, line by line as described",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using archive = await startDcmqrscp({ moveDestinations: [to], sendSyntax: SYNTAX });
      const { taken } = await archive.load(set.files);
      const keys = studiesOf(taken);
      const args = ["--json"];
      const result = await ourMove({ from: archive, to, keys, directory, args });
      assert.equal(result.code, 0, result.stderr);
      await assertEvents(readEvents(result.stdout), taken, to);
      assert.match(result.stderr, /^(I: .*\n)+$/, "the log is on the standard error, line by line");
      const names = set.files.map((file) => file.patientId).filter((id) => id !== "");
      for (const id of names) assert.ok(!result.stderr.includes(`[${id}]`), "no patient data");
    }),
});

peerTest({
  name: "movescu shows its status line while its events go to a file",
  needs: ["dcmtk", "pydicom"],
  fn: () =>
    withDirectory(async (directory) => {
      if (!hasTerminal) return;
      await using set = await realFiles(ONE_PATIENT);
      const to = destination();
      await using archive = await startDcmqrscp({ moveDestinations: [to], sendSyntax: SYNTAX });
      const { taken } = await archive.load(set.files);
      const file = `${directory}/events.ndjson`;
      await using tool = new TerminalTool("movescu", [
        ...["127.0.0.1", `${archive.port}`, "-aec", archive.aeTitle, "--store", "--json"],
        ...["--store-aet", to.aeTitle, "--store-port", `${to.port}`, "-od", `${directory}/in`],
        ...studiesOf(taken).flatMap((key) => ["-k", key]),
      ], `> '${file}'`);
      assert.equal(await tool.end(), 0, tool.output);
      assert.match(tool.output, /\r⌫[^\r]*0 instances, 0:00/);
      const lines = screenOf(tool.output);
      assert.equal(lines.pop(), "");
      assert.deepEqual(lines.filter((line) => !line.startsWith("I: ")), []);
      await assertEvents(readEvents(await Deno.readTextFile(file)), taken, to);
    }),
});

function closing<T extends { close(): void }>(resource: T): T & Disposable {
  return Object.assign(resource, { [Symbol.dispose]: () => resource.close() });
}
