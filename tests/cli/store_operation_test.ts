import assert from "node:assert/strict";
import { main } from "../../cli/storescu.ts";
import { concatBytes } from "../../lib/bytes.ts";
import type { StoreResponseMessage } from "../../lib/dimse/message.ts";
import { settle } from "../support/fake_clock.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { readEvents, summaryOf } from "../support/event_schema.ts";
import { CT, ct, EXPLICIT, type Files, IMPLICIT, JPEG, MR, sending, withFiles } from "./sending.ts";
import { ToolBench } from "./tool_bench.ts";

const THREE: Files = { "1.dcm": ct("1.1"), "2.dcm": ct("1.2"), "3.dcm": ct("1.3") };

/** Runs storescu against a peer that follows a script. */
function scripted(
  files: Files,
  args: readonly string[],
  script: (bench: ToolBench, running: Promise<number>) => Promise<void>,
): Promise<{ code: number; lines: string[]; stdout: string }> {
  return withFiles(files, async (directory) => {
    const bench = new ToolBench();
    const running = main([...args, "h", "104", directory], bench.io);
    await script(bench, running);
    await settle();
    const code = await running;
    assert.equal(bench.signalListeners, 0);
    const lines = bench.lines.map((line) =>
      line.replaceAll(directory, "DIR").replace(/ in \d+\.\d s;/, " in T;")
    );
    return { code, lines, stdout: bench.stdout };
  });
}

function response(status: number, messageId: number): StoreResponseMessage {
  return {
    type: "C-STORE-RSP",
    messageIdBeingRespondedTo: messageId,
    status,
    hasDataSet: false,
  };
}

/** Takes an instance and answers; tells its UID. */
async function take(peer: ScriptedPeer, status = 0): Promise<string> {
  const { messageId, affectedSopInstanceUid } = await peer.expectMessage("C-STORE-RQ");
  await peer.expect("data");
  await peer.sendMessage(1, response(status, messageId));
  return affectedSopInstanceUid;
}

/** Takes an association and the next command, and ends the association in the middle. */
async function abortAtFirst(bench: ToolBench): Promise<string> {
  const { peer } = await bench.acceptAssociation();
  const { affectedSopInstanceUid } = await peer.expectMessage("C-STORE-RQ");
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  peer.transport.close();
  return affectedSopInstanceUid;
}

const STATUSES: readonly {
  readonly statuses: readonly number[];
  readonly code: number;
  readonly summary: string;
}[] = [
  { statuses: [0, 0, 0], code: 0, summary: "Sent 3 instances (1.1 kB) in T; 0 failed" },
  {
    statuses: [0, 0xb000, 0xb006],
    code: 6,
    summary: "Sent 3 instances (1.1 kB) in T; 2 with a warning, 0 failed",
  },
  { statuses: [0xa700, 0, 0xc000], code: 6, summary: "Sent 1 instance (352 B) in T; 2 failed" },
  { statuses: [0xa700, 0x0122, 0xc000], code: 7, summary: "Sent 0 instances in T; 3 failed" },
];

for (const { statuses, code, summary } of STATUSES) {
  const names = statuses.map((status) => status.toString(16)).join(", ");
  Deno.test(`StoreOperation ends with ${code} when the statuses are ${names}`, async () => {
    let index = 0;
    const answer = (): number => statuses[index++] ?? 0;
    const outcome = await sending(["-v", "h", "104", "DIR"], THREE, { answer });
    assert.equal(outcome.code, code);
    assert.equal(outcome.lines.at(-1), `I: ${summary}`);
    assert.equal(outcome.arrivals.length, 3);
  });
}

Deno.test("StoreOperation stops at the first failure when it is to", async () => {
  const outcome = await sending(["-v", "--fail-first", "h", "104", "DIR"], THREE, {
    answer: (request) => request.sopInstanceUid === "1.2" ? 0xa700 : 0,
  });
  assert.equal(outcome.code, 6);
  assert.deepEqual(outcome.arrivals.map((arrival) => arrival.sopInstanceUid), ["1.1", "1.2"]);
  assert.equal(
    outcome.lines.at(-1),
    "I: Sent 1 instance (352 B) in T; 1 failed, 1 not tried",
  );
});

Deno.test("StoreOperation sends bytes as they are, and converts where it has to", async () => {
  const facts = { sopClassUid: CT, sopInstanceUid: "1.1", transferSyntaxUid: IMPLICIT };
  const files = { "1.dcm": ct("1.1", { transferSyntaxUid: IMPLICIT }) };
  const asItIs = await sending(["h", "104", "DIR"], files);
  assert.deepEqual(asItIs.arrivals, [{ ...facts, dataSet: instanceDataSet(facts) }]);
  const converted = await sending(["-xe", "h", "104", "DIR"], files);
  const wanted = { ...facts, transferSyntaxUid: EXPLICIT };
  assert.deepEqual(converted.arrivals, [{ ...wanted, dataSet: instanceDataSet(wanted) }]);
});

Deno.test("StoreOperation keeps back a broken data set, unless it is told not to look", async () => {
  const cut = ct("1.2").subarray(0, -10);
  const files = { ...THREE, "2.dcm": cut };
  const { code, arrivals, requests, lines } = await sending(["h", "104", "DIR"], files);
  assert.equal(code, 6);
  assert.deepEqual(arrivals.map((arrival) => arrival.sopInstanceUid), ["1.1", "1.3"]);
  assert.equal(requests.length, 1);
  assert.equal(lines[0], "E: Store failed: DIR/2.dcm");
  assert.match(lines[1] ?? "", /^E: Cannot send DIR\/2\.dcm: cannot decode .* bytes left/);
  const outcome = await sending(["--no-check", "h", "104", "DIR"], files, {
    serve: { keepBrokenDataSets: true },
  });
  assert.equal(outcome.arrivals.length, 3);
});

Deno.test("StoreOperation aborts in the middle of a broken data set, and sends the rest", async () => {
  const open = concatBytes([
    ct("1.2"),
    Uint8Array.fromHex("e07f1000" + "4f420000" + "ffffffff"),
    ...Array.from({ length: 60 }, () => [
      Uint8Array.fromHex("feff00e0" + "00200000"),
      new Uint8Array(8192),
    ]).flat(),
  ]);
  const { code, arrivals, requests, lines } = await sending(["-v", "h", "104", "DIR"], {
    ...THREE,
    "2.dcm": open,
  });
  assert.equal(code, 6);
  assert.deepEqual(arrivals.map((arrival) => arrival.sopInstanceUid), ["1.1", "1.3"]);
  assert.equal(requests.length, 2);
  assert.ok(lines.includes("E: Store failed: DIR/2.dcm"));
  assert.ok(lines.includes("I: Aborting Association"));
  assert.match(lines.at(-1) ?? "", /^I: Sent 2 instances .*; 1 failed$/);
});

Deno.test("StoreOperation names every file when the peer accepts none of the contexts", async () => {
  const files = { ...THREE, "4.dcm": ct("1.4", { sopClassUid: MR, transferSyntaxUid: JPEG }) };
  const { code, lines } = await scripted(files, [], async (bench) => {
    const peer = await bench.accept();
    const request = await peer.expect("A-ASSOCIATE-RQ");
    await peer.send({
      ...request,
      type: "A-ASSOCIATE-AC",
      presentationContexts: request.presentationContexts.map(({ id }) => ({
        id,
        result: 4,
        transferSyntax: IMPLICIT,
      })),
    });
    await peer.acceptRelease();
  });
  assert.equal(code, 4);
  const why = "the peer accepted no presentation context for it";
  const first = [1, 2, 3].flatMap((number) => [
    `E: Store failed: DIR/${number}.dcm`,
    `E: Cannot send CT Image Storage in Explicit VR Little Endian: ${why}`,
  ]);
  assert.deepEqual(lines.slice(0, 8), [
    "E: No accepted presentation contexts",
    ...first,
    "E: Store failed: DIR/4.dcm",
  ]);
  assert.ok(lines[8]?.endsWith(why));
  assert.equal(lines.length, 9);
});

Deno.test("StoreOperation tells a rejection, and what was not tried", async () => {
  const { code, lines, stdout } = await scripted(THREE, ["--json"], async (bench) => {
    const peer = await bench.accept();
    await peer.expect("A-ASSOCIATE-RQ");
    await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
    await peer.expect("closed");
    peer.transport.close();
  });
  assert.equal(code, 4);
  assert.deepEqual(lines, [
    "E: Association Rejected",
    "E: Result: Rejected Permanent, Source: Service User",
    "E: Reason: Called AE title not recognised",
    "E: The peer has another AE title: set it with -aec",
  ]);
  const { sent, failed, missing, missingSopInstanceUids } = summaryOf(readEvents(stdout));
  assert.deepEqual([sent, failed, missing, missingSopInstanceUids], [0, 0, 3, null]);
});

Deno.test("StoreOperation tries the file under way once more when the association is lost", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-ll", "warn"], async (bench) => {
    seen.push(await abortAtFirst(bench));
    const { peer } = await bench.acceptAssociation();
    for (let count = 0; count < 3; count++) seen.push(await take(peer));
    await peer.acceptRelease();
  });
  assert.equal(code, 0);
  assert.deepEqual(seen, ["1.1", "1.1", "1.2", "1.3"]);
  assert.ok(lines.includes("W: The association was lost: requesting another"), lines.join("\n"));
});

Deno.test("StoreOperation goes on behind a file that ends each association", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-v"], async (bench) => {
    seen.push(await abortAtFirst(bench), await abortAtFirst(bench));
    const { peer } = await bench.acceptAssociation();
    seen.push(await take(peer), await take(peer));
    await peer.acceptRelease();
  });
  assert.equal(code, 6);
  assert.deepEqual(seen, ["1.1", "1.1", "1.2", "1.3"]);
  assert.ok(lines.includes("E: Store failed: DIR/1.dcm"), lines.join("\n"));
  assert.equal(lines.at(-1), "I: Sent 2 instances (704 B) in T; 1 failed");
});

Deno.test("StoreOperation gives up after three associations in a row without a response", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-v"], async (bench) => {
    for (let count = 0; count < 3; count++) seen.push(await abortAtFirst(bench));
  });
  assert.equal(code, 4);
  assert.deepEqual(seen, ["1.1", "1.1", "1.2"]);
  assert.equal(lines.at(-1), "I: Sent 0 instances in T; 1 failed, 2 not tried");
});

/** Takes an association with so many operations at once, and so many instances; tells their message IDs. */
async function takeUnanswered(
  bench: ToolBench,
  operations: number,
  count: number,
): Promise<{ peer: ScriptedPeer; messageIds: number[]; uids: string[]; proposed?: number }> {
  const window = { invoked: operations, performed: 1 };
  const { peer, request } = await bench.acceptAssociation({ asynchronousOperationsWindow: window });
  const { asynchronousOperationsWindow } = request.userInformation;
  const messageIds: number[] = [];
  const uids: string[] = [];
  for (let index = 0; index < count; index++) {
    const { messageId, affectedSopInstanceUid } = await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    messageIds.push(messageId);
    uids.push(affectedSopInstanceUid);
  }
  await settle();
  return {
    ...{ peer, messageIds, uids },
    ...(asynchronousOperationsWindow && { proposed: asynchronousOperationsWindow.invoked }),
  };
}

/** The paths of what this process has open. */
function openFiles(): string[] {
  return [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // That of the directory itself.
      return [];
    }
  });
}

async function abort(peer: ScriptedPeer): Promise<void> {
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  peer.transport.close();
}

/** Takes an association and what comes by it, and ends it in the middle when a certain instance comes. */
async function takeAllBut(
  poison: string,
  bench: ToolBench,
  seen: string[],
  operations: number,
): Promise<"lost" | "released"> {
  const { peer } = await bench.acceptAssociation({
    asynchronousOperationsWindow: { invoked: operations, performed: 1 },
  });
  while (true) {
    const next = await peer.receive();
    if (next.type === "A-RELEASE-RQ") {
      await peer.send({ type: "A-RELEASE-RP" });
      await peer.expect("closed");
      peer.transport.close();
      return "released";
    }
    assert.ok(next.type === "message" && next.message.type === "C-STORE-RQ");
    const { messageId, affectedSopInstanceUid } = next.message;
    await peer.expect("data");
    seen.push(affectedSopInstanceUid);
    if (affectedSopInstanceUid === poison) {
      // What is sent ahead is on its way by now.
      await settle();
      await abort(peer);
      return "lost";
    }
    await peer.sendMessage(1, response(0, messageId));
  }
}

/** What is said when an association is lost with so many. */
function lostWith(unanswered: number): string {
  return `W: The association was lost with ${unanswered} instances unanswered: requesting another, ` +
    "where they are sent one at a time";
}

Deno.test("StoreOperation sends ahead what the peer agrees to, and takes responses as they come", async () => {
  const { code, lines } = await scripted(THREE, ["-v", "--window", "7"], async (bench) => {
    const { peer, messageIds, uids, proposed } = await takeUnanswered(bench, 2, 2);
    assert.equal(proposed, 7);
    assert.deepEqual(uids, ["1.1", "1.2"]);
    // There is no third yet.
    await peer.sendMessage(1, response(0xa700, messageIds[1] ?? 0));
    assert.equal(await take(peer), "1.3");
    await peer.sendMessage(1, response(0, messageIds[0] ?? 0));
    await peer.acceptRelease();
  });
  assert.equal(code, 6);
  const [, second] = lines.filter((line) => line.startsWith("I: Sending Store Request: "));
  assert.equal(second, "I: Sending Store Request: MsgID 2, (CT)");
  const at = lines.indexOf("I: Received Store Response: MsgID 2 (Status: 0xA700 - Failure)");
  assert.deepEqual(lines.slice(at + 1, at + 2), ["E: Store failed: DIR/2.dcm"]);
  assert.ok(lines.includes("I: Received Store Response: MsgID 1 (Status: 0x0000 - Success)"));
  assert.equal(lines.at(-1), "I: Sent 2 instances (704 B) in T; 1 failed");
});

for (
  const [args, proposed] of [
    [[], undefined],
    [["--window", "1"], undefined],
    [["--window", "2"], 2],
    [["--window", "1000"], 1000],
    [["--window", "2", "--fail-first"], undefined],
  ] as const
) {
  Deno.test(`StoreOperation proposes a window of ${proposed} with ${args.join(" ")}`, async () => {
    const { requests } = await sending([...args, "h", "104", "DIR"], THREE);
    const [request] = requests;
    assert.deepEqual(
      request?.userInformation.asynchronousOperationsWindow,
      proposed && { invoked: proposed, performed: 1 },
    );
  });
}

Deno.test("StoreOperation sends one by one to a peer that agrees to no window, and says so", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-v", "--window", "9"], async (bench) => {
    const { peer } = await bench.acceptAssociation();
    for (let count = 0; count < 3; count++) {
      const { messageId, affectedSopInstanceUid } = await peer.expectMessage("C-STORE-RQ");
      await peer.expect("data");
      seen.push(affectedSopInstanceUid);
      await peer.sendMessage(1, response(0, messageId));
    }
    await peer.acceptRelease();
  });
  assert.equal(code, 0);
  assert.deepEqual(seen, ["1.1", "1.2", "1.3"]);
  const said = lines.filter((line) => line.includes("--window"));
  assert.deepEqual(said, ["I: The peer takes one instance at a time: --window has no effect"]);
  assert.ok(lines.includes("I: Received Store Response (Status: 0x0000 - Success)"));
});

Deno.test("StoreOperation sends again one by one when an association is lost with several", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-v", "--window", "32"], async (bench) => {
    const first = await takeUnanswered(bench, 32, 3);
    await first.peer.sendMessage(1, response(0, first.messageIds[0] ?? 0));
    await settle();
    await abort(first.peer);
    const { peer, request } = await bench.acceptAssociation();
    assert.equal(request.userInformation.asynchronousOperationsWindow?.invoked, 32);
    for (let count = 0; count < 2; count++) seen.push(await take(peer));
    await peer.acceptRelease();
  });
  assert.equal(code, 0, lines.join("\n"));
  assert.deepEqual(seen.sort(), ["1.2", "1.3"]);
  assert.ok(lines.includes(lostWith(2)), lines.join("\n"));
  assert.equal(lines.at(-1), "I: Sent 3 instances (1.1 kB) in T; 0 failed");
});

for (
  const [poison, count, window] of [
    ["1.1", 2, 1],
    ["1.1", 2, 2],
    ["1.1", 2, 32],
    ["1.1", 10, 32],
    ["1.2", 3, 32],
    ["1.5", 10, 3],
    ["1.10", 10, 32],
  ] as const
) {
  const name = `${poison} of ${count}, by a window of ${window}`;
  Deno.test(`StoreOperation blames the one that the peer cannot take: ${name}`, async () => {
    const uids = Array.from({ length: count }, (_, index) => `1.${index + 1}`);
    const files = Object.fromEntries(uids.map((uid) => [`${uid}.dcm`, ct(uid)]));
    const seen: string[] = [];
    const args = ["-v", "--window", `${window}`];
    const { code, lines } = await scripted(files, args, async (bench) => {
      while (await takeAllBut(poison, bench, seen, window) === "lost");
    });
    assert.equal(code, 6, lines.join("\n"));
    assert.deepEqual([...new Set(seen)].sort(), uids.sort());
    assert.ok(lines.includes(`E: Store failed: DIR/${poison}.dcm`), lines.join("\n"));
    const sum = `I: Sent ${count - 1} ${count === 2 ? "instance" : "instances"} `;
    assert.ok(lines.at(-1)?.startsWith(sum), lines.at(-1));
    assert.ok(lines.at(-1)?.endsWith("; 1 failed"), lines.at(-1));
  });
}

Deno.test("StoreOperation asks for no window when two associations were lost by it", async () => {
  const proposals: (number | undefined)[] = [];
  const files = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`${index}.dcm`, ct(`1.${index}`)]),
  );
  const { code, lines } = await scripted(files, ["-v", "--window", "3"], async (bench) => {
    for (let lost = 0; lost < 2; lost++) {
      // A peer that cannot cope with several: first with all that are new, then behind those sent alone.
      const { peer, request } = await bench.acceptAssociation({
        asynchronousOperationsWindow: { invoked: 3, performed: 1 },
      });
      proposals.push(request.userInformation.asynchronousOperationsWindow?.invoked);
      for (let alone = 0; alone < 3 * lost; alone++) await take(peer);
      for (let several = 0; several < 3; several++) {
        await peer.expectMessage("C-STORE-RQ");
        await peer.expect("data");
      }
      await settle();
      await abort(peer);
    }
    const { peer, request } = await bench.acceptAssociation();
    proposals.push(request.userInformation.asynchronousOperationsWindow?.invoked);
    for (let count = 0; count < 3; count++) await take(peer);
    await peer.acceptRelease();
  });
  assert.deepEqual(proposals, [3, 3, undefined]);
  assert.equal(code, 0, lines.join("\n"));
  assert.match(lines.at(-1) ?? "", /^I: Sent 6 instances .* 0 failed$/);
});

Deno.test({
  name: "StoreOperation has no file open whose last byte is sent",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await scripted(THREE, ["--window", "9"], async (bench) => {
      const { peer, messageIds } = await takeUnanswered(bench, 9, 3);
      assert.deepEqual(openFiles().filter((path) => path.endsWith(".dcm")), []);
      for (const messageId of messageIds) await peer.sendMessage(1, response(0, messageId));
      await peer.acceptRelease();
    });
  },
});

Deno.test("StoreOperation says that --window and --fail-first do not go together", async () => {
  const { lines } = await sending(["--window", "2", "--fail-first", "h", "104", "DIR"], THREE);
  assert.deepEqual(lines, [
    "W: --window has no effect with --fail-first: what is sent cannot be called back",
  ]);
});

Deno.test("StoreOperation does not blame those that wait behind one without a response in time", async () => {
  const seen: string[] = [];
  const args = ["-v", "-td", "7", "--window", "32"];
  const { code, lines } = await scripted(THREE, args, async (bench) => {
    const first = await takeUnanswered(bench, 32, 3);
    await bench.clock.advance(7000);
    await first.peer.expect("A-ABORT");
    first.peer.transport.close();
    const { peer } = await bench.acceptAssociation();
    for (let count = 0; count < 3; count++) seen.push(await take(peer));
    await peer.acceptRelease();
  });
  assert.deepEqual(seen.sort(), ["1.1", "1.2", "1.3"]);
  assert.ok(lines.includes(lostWith(3)), lines.join("\n"));
  assert.equal(code, 0, lines.join("\n"));
});

Deno.test("StoreOperation ends with 5 when the peer does not answer in time", async () => {
  const { code, lines } = await scripted({ "1.dcm": ct("1.1") }, ["-td", "7"], async (bench) => {
    const { peer } = await bench.acceptAssociation();
    await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await settle();
    await bench.clock.advance(7000);
    await peer.expect("A-ABORT");
    peer.transport.close();
  });
  assert.equal(code, 5);
  assert.ok(
    lines.includes("E: DIMSE timeout reached while waiting for message response"),
    lines.join("\n"),
  );
  assert.ok(lines.includes("E: Store failed: DIR/1.dcm"));
});

Deno.test("StoreOperation finishes the file under way at the first Ctrl-C", async () => {
  const { code, lines } = await scripted(THREE, ["-v"], async (bench) => {
    const { peer } = await bench.acceptAssociation();
    const { messageId } = await peer.expectMessage("C-STORE-RQ");
    await peer.expect("data");
    await bench.signal("SIGINT");
    await peer.sendMessage(1, response(0, messageId));
    await peer.acceptRelease();
  });
  assert.equal(code, 130);
  assert.deepEqual(lines.slice(-2), [
    "E: Cancelled",
    "I: Sent 1 instance (352 B) in T; 0 failed, 2 not tried",
  ]);
});

for (const window of [1, 3]) {
  Deno.test(`StoreOperation aborts at the second Ctrl-C, with ${window} under way`, async () => {
    const { code, lines } = await scripted(
      THREE,
      ["-v", "--window", `${window}`],
      async (bench) => {
        const { peer } = await takeUnanswered(bench, window, window);
        await bench.signal("SIGINT");
        await bench.signal("SIGINT");
        await peer.expect("A-ABORT");
        peer.transport.close();
      },
    );
    assert.equal(code, 130);
    assert.equal(lines.at(-1), "I: Sent 0 instances in T; 0 failed, 3 not tried");
  });
}

Deno.test("StoreOperation shares the work among associations, and goes on with fewer", async () => {
  const seen: string[] = [];
  const { code, lines } = await scripted(THREE, ["-ll", "warn", "--jobs", "2"], async (bench) => {
    const { peer } = await bench.acceptAssociation();
    const other = await bench.accept();
    await other.expect("A-ASSOCIATE-RQ");
    await other.send({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
    await other.expect("closed");
    other.transport.close();
    for (let count = 0; count < 3; count++) seen.push(await take(peer));
    await peer.acceptRelease();
  });
  assert.equal(code, 0, lines.join("\n"));
  assert.deepEqual(seen.sort(), ["1.1", "1.2", "1.3"]);
  assert.ok(lines.some((line) => line.startsWith("W: ")), lines.join("\n"));
});

Deno.test("StoreOperation sends nothing when the peer does not confirm the user", async () => {
  const { code, lines } = await scripted(
    THREE,
    ["--user", "me", "--user-response"],
    async (bench) => {
      const { peer } = await bench.acceptAssociation();
      await peer.expect("A-RELEASE-RQ");
      await peer.send({ type: "A-RELEASE-RP" });
      await peer.expect("closed");
      peer.transport.close();
    },
  );
  assert.equal(code, 4);
  assert.match(lines.join("\n"), /^E: Cannot use the association: .* without confirming the user/m);
});
