/**
 * The outputs of whole tools: events, status line, and what must be in none of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { main as echoscu } from "../../cli/echoscu.ts";
import type { LogLevel } from "../../cli/log.ts";
import { main as movescu } from "../../cli/movescu.ts";
import { ToolOutput } from "../../cli/output.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { counters, moveResponse, ToolBench } from "./tool_bench.ts";

const MOVE = ["pacs", "104", "-k", "StudyInstanceUID=1.2"];
const STORE = [...MOVE, "--store", "--ignore"];
const CLEAR = "\r\x1b[K";

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

const SHOWN: readonly (readonly [LogLevel, boolean])[] = [
  ["quiet", false],
  ["critical", false],
  ["error", true],
  ["warning", true],
  ["info", true],
  ["verbose", true],
  ["debug", false],
];

for (const [level, isShown] of SHOWN) {
  pure(`ToolOutput shows ${isShown ? "a" : "no"} status line at level ${level}`, () => {
    const io = { ...new ToolBench().io, stderrColumns: 80 };
    const make = (noProgress: boolean): ToolOutput =>
      new ToolOutput(level, { json: false, noProgress }, io);
    assert.equal(make(false).progress.isShown, isShown);
    assert.equal(make(true).progress.isShown, false);
  });
}

pure("ToolOutput takes the status line away when it is disposed of", () => {
  const bench = new ToolBench();
  const io = { ...bench.io, stderrColumns: 80 };
  {
    using output = new ToolOutput("info", { json: true, noProgress: false }, io);
    output.progress.start(() => ({ done: 0 }));
    output.log.info("waits");
  }
  assert.equal(bench.stderr, `${CLEAR}0 instances, 0:00${CLEAR}I: waits\n`);
});

pure("movescu --json writes an event for all that happens, and the log as ever", async () => {
  const bench = new ToolBench();
  const code = movescu([...STORE, "--json", "-q"], bench.io);
  const { peer } = await bench.acceptMove();
  const archive = await bench.callStorage();
  assert.equal(await archive.store("1.2.3"), 0x0000);
  await peer.sendMessage(1, moveResponse(0xff00, counters(1, 1)));
  await bench.clock.advance(40);
  assert.equal(await archive.store("1.2.4"), 0x0000);
  await archive.release();
  const identifier = new DataSet();
  applyKeywordPath(identifier, "FailedSOPInstanceUIDList=1.2.5");
  applyKeywordPath(identifier, "PatientName=Secret");
  await peer.sendMessage(
    1,
    { ...moveResponse(0xb000, counters(0, 2, 1)), hasDataSet: true },
    encodeDataSet(identifier, "1.2.840.10008.1.2"),
  );
  await peer.acceptRelease();
  assert.equal(await code, 6);
  assert.equal(bench.stderr, "");
  assert.doesNotMatch(bench.stdout, /Secret/);
  const events = readEvents(bench.stdout);
  assert.deepEqual(
    eventsOf(events, "association").map(({ role, state }) => `${role} ${state}`),
    [
      "requestor requested",
      "requestor accepted",
      "acceptor requested",
      "acceptor accepted",
      "acceptor released",
      "requestor released",
    ],
  );
  assert.deepEqual(
    eventsOf(events, "instance").map(({ sopInstanceUid, status, atMs }) => [
      sopInstanceUid,
      status,
      atMs,
    ]),
    [["1.2.3", 0, 0], ["1.2.4", 0, 40]],
  );
  assert.deepEqual(eventsOf(events, "pending"), [{
    event: "pending",
    atMs: 0,
    service: "C-MOVE",
    number: 1,
    status: 0xff00,
    ...{ remaining: 1, completed: 1, failed: 0, warning: 0 },
  }]);
  assert.deepEqual(eventsOf(events, "response"), [{
    event: "response",
    atMs: 40,
    service: "C-MOVE",
    status: 0xb000,
    category: "warning",
    meaning: "sub-operations complete, one or more failures or warnings",
    ...{ remaining: 0, completed: 2, failed: 1, warning: 0 },
    failedSopInstanceUids: ["1.2.5"],
    durationMs: 40,
  }]);
  assert.deepEqual(events.at(-1), {
    event: "summary",
    atMs: 40,
    received: 2,
    sent: null,
    promised: 2,
    failed: 1,
    missing: 0,
    failedSopInstanceUids: ["1.2.5"],
    missingSopInstanceUids: [],
    bytes: 0,
    elapsedMs: 40,
    exitCode: 6,
  });
});

pure("movescu --json says that it does not know which instances are missing", async () => {
  const bench = new ToolBench();
  const code = movescu([...STORE, "--json", "--linger", "0"], bench.io);
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
  await peer.acceptRelease();
  assert.equal(await code, 6);
  const { received, promised, missing, missingSopInstanceUids } = summaryOf(
    readEvents(bench.stdout),
  );
  assert.deepEqual([received, promised, missing, missingSopInstanceUids], [0, 2, 2, null]);
});

pure("movescu --json has no counts of what goes to a third application entity", async () => {
  const bench = new ToolBench();
  const code = movescu([...MOVE, "--json"], bench.io);
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0x0000));
  await peer.acceptRelease();
  assert.equal(await code, 0);
  const { received, promised, missing, exitCode } = summaryOf(readEvents(bench.stdout));
  assert.deepEqual([received, promised, missing, exitCode], [null, null, 0, 0]);
});

pure("movescu --json writes the summary when it could not begin", async () => {
  const directory = "/received";
  const bench = new ToolBench();
  const code = movescu([...MOVE, "--store", "--json", "-od", directory], bench.io);
  // Without the permission to write there.
  assert.equal(await code, 2);
  const [summary, ...others] = readEvents(bench.stdout);
  assert.deepEqual(others, []);
  assert.deepEqual([summary?.exitCode, summary?.elapsedMs], [2, 0]);
});

Deno.test("movescu --json tells path and size of what it stored", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const bench = new ToolBench();
    const code = movescu([...MOVE, "--store", "--json", "-od", directory], bench.io);
    const { peer } = await bench.acceptMove();
    const archive = await bench.callStorage();
    assert.equal(await archive.store("1.2.3"), 0x0000);
    assert.equal(await archive.store("1.2.3"), 0x0000);
    await archive.release();
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
    await peer.acceptRelease();
    assert.equal(await code, 0);
    const events = readEvents(bench.stdout);
    const path = `${directory}/CT.1.2.3`;
    const { size } = await Deno.stat(path);
    assert.deepEqual(
      eventsOf(events, "instance").map((event) => [event.path, event.bytes]),
      [[path, size], [path, size]],
    );
    assert.equal(summaryOf(events).bytes, 2 * size);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function answerEcho(peer: ScriptedPeer, status: number): Promise<void> {
  const { messageId } = await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    status,
    hasDataSet: false,
    errorComment: "of Secret",
  });
}

pure("echoscu --json writes a response for each echo", async () => {
  const bench = new ToolBench();
  const code = echoscu(["pacs", "104", "--json", "--repeat", "2"], bench.io);
  const { peer } = await bench.acceptAssociation();
  await answerEcho(peer, 0x0000);
  await answerEcho(peer, 0x0122);
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.doesNotMatch(bench.stdout, /Secret/);
  const events = readEvents(bench.stdout);
  assert.deepEqual(
    eventsOf(events, "response").map(({ service, category }) => `${service} ${category}`),
    ["C-ECHO success", "C-ECHO failure"],
  );
  const { received, failed, exitCode } = summaryOf(events);
  assert.deepEqual([received, failed, exitCode], [null, 1, 7]);
});

pure("echoscu --json ends with the summary when nobody listens", async () => {
  const bench = new ToolBench();
  const io = { ...bench.io, connect: () => Promise.reject(new TypeError("x")) };
  assert.equal(await echoscu(["pacs", "104", "--json"], io), 1);
  assert.deepEqual(readEvents(bench.stdout).map(({ event, exitCode }) => [event, exitCode]), [
    ["summary", 1],
  ]);
});

pure("movescu shows its status line on a terminal, below the log, and takes it away", async () => {
  const bench = new ToolBench();
  const code = movescu(STORE, { ...bench.io, stderrColumns: 60 });
  const { peer } = await bench.acceptMove();
  await bench.clock.advance(200);
  const archive = await bench.callStorage();
  assert.equal(await archive.store("1.2.3"), 0x0000);
  await peer.sendMessage(1, moveResponse(0xff00, counters(1, 1)));
  await settle();
  await bench.clock.advance(200);
  assert.equal(await archive.store("1.2.4"), 0x0000);
  await archive.release();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
  await peer.acceptRelease();
  assert.equal(await code, 0);
  const drawn = bench.stderr.split(CLEAR);
  assert.ok(drawn.length > 4);
  assert.match(drawn[1] ?? "", /^(I: .*\n)*0 instances, 0:00$/);
  assert.ok(
    drawn.some((text) => /\n1\/2 instances, \d+ B, 0\.0 MB\/s, ETA 0:00$/.test(text)),
    JSON.stringify(drawn),
  );
  assert.match(drawn.at(-1) ?? "", /^(I: .*\n)+$/, "the last line of all is of the log");
  const log = drawn.map((text) => text.slice(0, text.lastIndexOf("\n") + 1)).join("");
  assert.match(log, /^(I: .*\n)+$/);
  assert.equal(log.match(/Received Store Request/g)?.length, 2);
  assert.equal(bench.clock.pending, 0);
});

for (const args of [["-q"], ["--no-progress"], ["-d"], ["-ll", "critical"]]) {
  pure(`movescu ${args.join(" ")} shows no status line on a terminal`, async () => {
    const bench = new ToolBench();
    const code = movescu([...MOVE, ...args], { ...bench.io, stderrColumns: 60 });
    const { peer } = await bench.acceptMove();
    await bench.clock.advance(1_000);
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
    await peer.acceptRelease();
    assert.equal(await code, 0);
    assert.ok(!bench.stderr.includes("\r"));
  });
}

pure("echoscu -v --repeat 3 counts on a terminal", async () => {
  const bench = new ToolBench();
  const args = ["pacs", "104", "-v", "--repeat", "3"];
  const code = echoscu(args, { ...bench.io, stderrColumns: 60 });
  const { peer } = await bench.acceptAssociation();
  await answerEcho(peer, 0x0000);
  await bench.clock.advance(1_000);
  await answerEcho(peer, 0x0000);
  await answerEcho(peer, 0x0000);
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.ok(bench.stderr.includes("1/3 echoes, "), JSON.stringify(bench.stderr));
  assert.ok(bench.stderr.endsWith("I: Releasing Association\n"));
});

const SECRET = "correct-horse";

for (const level of ["-d", "-v", "-q"]) {
  pure(`movescu ${level} sends user name and password, and shows neither`, async () => {
    const bench = new ToolBench();
    bench.files.set("p", new TextEncoder().encode(`${SECRET}\n`));
    const args = [...MOVE, level, "--json", "--user", "anna", "--password-file", "p"];
    const code = movescu([...args, "--user-response"], bench.io);
    const { peer, request } = await bench.acceptAssociation({
      userIdentityResponse: new TextEncoder().encode(SECRET),
    });
    const identity = request.userInformation.userIdentity;
    assert.ok(identity);
    assert.deepEqual([identity.type, identity.positiveResponseRequested], [2, true]);
    assert.equal(new TextDecoder().decode(identity.secondaryField), SECRET);
    await peer.expectMessage("C-MOVE-RQ");
    await peer.expect("data");
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
    await peer.acceptRelease();
    assert.equal(await code, 0);
    const bytes = [...new TextEncoder().encode(SECRET)].join();
    for (const text of [SECRET, "anna", btoa(SECRET), bytes]) {
      assert.ok(!bench.stderr.includes(text), text);
      assert.ok(!bench.stdout.includes(text), text);
    }
  });
}

for (
  const [name, main, args] of [["movescu", movescu, MOVE], [
    "echoscu",
    echoscu,
    ["pacs", "104"],
  ]] as const
) {
  pure(`${name} returns 4 when the peer does not confirm the user as asked`, async () => {
    const bench = new ToolBench();
    bench.files.set("token", new TextEncoder().encode("a.b.c"));
    const code = main([...args, "--jwt-file", "token", "--user-response"], bench.io);
    const { peer } = await bench.acceptAssociation();
    await peer.acceptRelease();
    assert.equal(await code, 4);
    assert.equal(
      bench.lines.at(-1),
      "E: Cannot use the association: the peer accepted it without confirming the user identity, " +
        "which --user-response asks for",
    );
  });

  pure(
    `${name} returns 2 when the file of the user identity is missing, and calls nobody`,
    async () => {
      const bench = new ToolBench();
      assert.equal(await main([...args, "--saml-file", "none"], bench.io), 2);
      assert.equal(bench.lines.at(-1), "E: Cannot read SAML file none: there is no such file");
      assert.deepEqual(bench.calls, []);
    },
  );

  for (const given of [["--password", SECRET], [`--password=${SECRET}`], [`-pwd=${SECRET}`]]) {
    pure(`${name} refuses ${given[0]?.split("=")[0]}, and does not repeat it`, async () => {
      const bench = new ToolBench();
      assert.equal(await main([...args, ...given], bench.io), 2);
      assert.equal(
        bench.stderr,
        `${name}: error: Cannot take a password by ${
          given[0]?.split("=")[0]
        }: others can see the ` +
          "command line; use --password-file\n",
      );
    });
  }
}
