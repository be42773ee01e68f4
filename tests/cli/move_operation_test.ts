import assert from "node:assert/strict";
import { main } from "../../cli/movescu.ts";
import { ECHO } from "../support/core_pair.ts";
import { settle } from "../support/fake_clock.ts";
import { counters, moveResponse, ToolBench } from "./tool_bench.ts";

const KEYS = ["-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientName="];
const PEER = ["127.0.0.1", "11112"];
const STORE = ["--store", "--ignore"];

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map((entry) => entry.name);
}

/** Starts movescu and gives it the time to call. */
function start(bench: ToolBench, ...args: string[]): Promise<number> {
  return main([...PEER, ...KEYS, ...args], bench.io);
}

const REQUEST = [
  "I: Requesting Association",
  "I: Association Accepted",
  "I: Sending Move Request: MsgID 1",
  "I: ",
  "I: # Request Identifier",
  "I: (0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
  "I: (0010,0010) PN (no value available)                     # 0 PatientName",
  "I: ",
];

pure("movescu writes the lines of pynetdicom's when a third AE is the destination", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const { peer, destination } = await bench.acceptMove();
  assert.equal(destination, "STORESCP");
  await peer.sendMessage(1, moveResponse(0xff00, counters(0, 1)));
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines, [
    ...REQUEST,
    "I: Move SCP Response: 1 - 0xFF00 (Pending)",
    "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
    "I: Move SCP Result: 0x0000 (Success)",
    "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
    "I: Releasing Association",
    "I: 1 instance sent to STORESCP in 0.0 s; 0 failed",
  ]);
  assert.equal(bench.stdout, "");
  assert.deepEqual(bench.calls, ["connect 127.0.0.1 11112"]);
});

pure("movescu receives by its own Storage SCP with --store", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  const archive = await bench.callStorage();
  assert.equal(await archive.store("1.2.3"), 0x0000);
  await archive.release();
  await settle();
  await peer.sendMessage(1, moveResponse(0xff00, counters(0, 1)));
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines, [
    ...REQUEST,
    "I: Accepting Association",
    "I: Received Store Request",
    "I: Association Released",
    "I: Move SCP Response: 1 - 0xFF00 (Pending)",
    "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
    "I: Move SCP Result: 0x0000 (Success)",
    "I: Sub-Operations Remaining: 0, Completed: 1, Failed: 0, Warning: 0",
    "I: Releasing Association",
    "I: Received 1 instance in 0.0 s; 1 promised, 0 failed, 0 missing",
  ]);
  assert.deepEqual(bench.calls, ["listen * 11113", "connect 127.0.0.1 11112"]);
  assert.equal(bench.signalListeners, 0);
});

pure("movescu's Storage SCP takes associations at once, and answers C-ECHO", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  const first = await bench.callStorage();
  const second = await bench.callStorage();
  assert.equal(await second.store("1.2.1"), 0x0000);
  assert.equal(await first.store("1.2.2"), 0x0000);
  await first.sendMessage(3, {
    type: "C-ECHO-RQ",
    messageId: 9,
    affectedSopClassUid: ECHO,
    hasDataSet: false,
  });
  assert.equal((await first.expectMessage("C-ECHO-RSP")).status, 0x0000);
  await first.release();
  await second.release();
  const third = await bench.callStorage();
  assert.equal(await third.store("1.2.3"), 0x0000);
  await third.release();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 3)));
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.equal(
    bench.lines.at(-1),
    "I: Received 3 instances in 0.0 s; 3 promised, 0 failed, 0 missing",
  );
});

pure("movescu goes on listening until what was promised has arrived", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE, "--linger", "5");
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
  await peer.acceptRelease();
  await bench.clock.advance(4_999);
  const archive = await bench.callStorage();
  await archive.store("1.2.1");
  await bench.clock.advance(4_999);
  await archive.store("1.2.2");
  await archive.release();
  // The archive counted what it had queued: more may come on another association.
  await bench.clock.advance(1_999);
  const another = await bench.callStorage();
  await another.store("1.2.3");
  await another.release();
  await bench.clock.advance(2_000);
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines.slice(-9), [
    "I: Waiting for 2 more instances, until nothing has arrived for 5 s",
    "I: Accepting Association",
    "I: Received Store Request",
    "I: Received Store Request",
    "I: Association Released",
    "I: Accepting Association",
    "I: Received Store Request",
    "I: Association Released",
    "I: Received 3 instances in 14.0 s; 2 promised, 0 failed, 0 missing",
  ]);
});

pure(
  "movescu knows an archive that sends on after its final response, whatever it promised",
  async () => {
    const bench = new ToolBench();
    const code = start(bench, ...STORE);
    const { peer } = await bench.acceptMove();
    const archive = await bench.callStorage();
    await archive.store("1.2.1");
    // All that was promised is here, but the association for it still stands.
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 1)));
    await peer.acceptRelease();
    await archive.store("1.2.2");
    await archive.release();
    await bench.clock.advance(1_999);
    const another = await bench.callStorage();
    await another.store("1.2.3");
    await another.release();
    await bench.clock.advance(2_000);
    assert.equal(await code, 0);
    assert.equal(
      bench.lines.at(-1),
      "I: Received 3 instances in 4.0 s; 1 promised, 0 failed, 0 missing",
    );
  },
);

interface Shortfall {
  readonly name: string;
  readonly args?: readonly string[];
  /** What the archive does before the final response. */
  readonly before?: (bench: ToolBench) => Promise<void>;
  readonly status: number;
  readonly message?: ReturnType<typeof counters>;
  readonly code: number;
  /** The lines after `Releasing Association`. */
  readonly lines: readonly string[];
}

const HINT = "E: The archive must know AE title STORESCP at host left, port 11113: " +
  "ask its administrator to enter that";

const SHORTFALLS: readonly Shortfall[] = [
  {
    name: "no connection came",
    status: 0x0000,
    message: counters(0, 2),
    code: 6,
    lines: [
      "I: Waiting for 2 more instances, until nothing has arrived for 10 s",
      "E: No connection came to port 11113: the archive has another address for the move " +
      "destination, or a firewall is in between",
      HINT,
      "I: Received 0 instances in 10.0 s; 2 promised, 0 failed, 2 missing",
    ],
  },
  {
    name: "the archive connected and asked for nothing",
    before: async (bench) => {
      bench.storeNetwork.dial().close();
      await settle();
    },
    status: 0xb000,
    message: counters(0, 0, 2),
    code: 6,
    lines: [
      "E: 1 connection came to port 11113, but no association was requested: the log of the archive may say why",
      HINT,
      "I: Received 0 instances in 0.0 s; 0 promised, 2 failed, 0 missing",
    ],
  },
  {
    name: "the archive associated and sent nothing",
    before: async (bench) => {
      await (await bench.callStorage()).release();
      await settle();
    },
    status: 0xa702,
    message: counters(0, 0, 1),
    code: 7,
    lines: [
      "E: An association stood on port 11113, but the archive sent no instance by it: " +
      "its log may say why",
      "I: Received 0 instances in 0.0 s; 0 promised, 1 failed, 0 missing",
    ],
  },
  {
    name: "one of two is missing",
    args: ["--linger", "0"],
    before: async (bench) => {
      const archive = await bench.callStorage();
      await archive.store("1.2.3");
      await archive.release();
      await settle();
    },
    status: 0x0000,
    message: counters(0, 2),
    code: 6,
    lines: [
      "I: Waiting for 1 more instance, until nothing has arrived for 0 s",
      "W: 1 of 2 promised instances did not arrive",
      "I: Received 1 instance in 0.0 s; 2 promised, 0 failed, 1 missing",
    ],
  },
  {
    name: "nothing matched",
    status: 0x0000,
    message: counters(0, 0),
    code: 0,
    lines: [
      "W: Nothing arrived: the archive found nothing that matches the identifier",
      "I: Received 0 instances in 0.0 s; 0 promised, 0 failed, 0 missing",
    ],
  },
  {
    name: "the destination is unknown",
    args: ["--store-host", "10.1.2.3", "--store-aet", "HERE"],
    status: 0xa801,
    code: 7,
    lines: [
      "E: The archive must know AE title HERE at host 10.1.2.3, port 11113: " +
      "ask its administrator to enter that",
      "I: Received 0 instances in 0.0 s; 0 promised, 0 failed, 0 missing",
    ],
  },
  {
    name: "a failure tells no counters",
    args: ["--linger", "0"],
    status: 0xc001,
    code: 7,
    lines: [
      "E: Some archives answer so when they do not know the move destination",
      HINT,
      "I: Received 0 instances in 0.0 s; 0 promised, 0 failed, 0 missing",
    ],
  },
];

for (const { name, args = [], before, status, message, code, lines } of SHORTFALLS) {
  pure(`movescu says why not all is here, and returns ${code}, when ${name}`, async () => {
    const bench = new ToolBench();
    const result = start(bench, ...STORE, ...args);
    const { peer } = await bench.acceptMove();
    await before?.(bench);
    await peer.sendMessage(1, moveResponse(status, message));
    await peer.acceptRelease();
    await settle();
    await bench.clock.advance(20_000);
    assert.equal(await result, code);
    const after = bench.lines.indexOf("I: Releasing Association") + 1;
    assert.deepEqual(bench.lines.slice(after), lines);
  });
}

pure("movescu says what a failure means, and names what failed", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const { peer } = await bench.acceptMove();
  const failed = Uint8Array.fromHex("08005800" + "55490800" + "312e325c312e3300");
  await peer.sendMessage(
    1,
    {
      ...moveResponse(0xa702, counters(0, 0, 2)),
      hasDataSet: true,
      errorComment: "disk on fire",
      offendingElements: [0x00100020],
    },
    // The first proposed transfer syntax, which the script accepts, is Implicit VR Little Endian.
    Uint8Array.of(...failed.subarray(0, 4), 8, 0, 0, 0, ...failed.subarray(8)),
  );
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.deepEqual(bench.lines.slice(REQUEST.length), [
    "I: Move SCP Result: 0xA702 (Failure)",
    "I: Sub-Operations Remaining: 0, Completed: 0, Failed: 2, Warning: 0",
    "I: ",
    "I: # Response Identifier",
    "I: (0008,0058) UI [1.2\\1.3]                                # 2 FailedSOPInstanceUIDList",
    "I: ",
    "E: The peer says: refused: out of resources, cannot perform sub-operations (0xA702)",
    "E: Error Comment: disk on fire",
    "E: Offending Element: (0010,0020)",
    "E: Failed SOP Instance UID: 1.2",
    "E: Failed SOP Instance UID: 1.3",
    "I: Releasing Association",
    "I: 0 instances sent to STORESCP in 0.0 s; 2 failed",
  ]);
});

pure("movescu tells whom to ask when a third AE is unknown to the archive", async () => {
  const bench = new ToolBench();
  const code = start(bench, "-aem", "OTHER");
  const { peer, destination } = await bench.acceptMove();
  assert.equal(destination, "OTHER");
  await peer.sendMessage(1, moveResponse(0xa801));
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.deepEqual(bench.lines.slice(-5), [
    "I: Sub-Operations Remaining: 0, Completed: 0, Failed: 0, Warning: 0",
    "E: The peer says: refused: move destination unknown (0xA801)",
    "I: Releasing Association",
    "E: The archive must know AE title OTHER, and the host and port where it listens: " +
    "ask its administrator to enter that",
    "I: 0 instances sent to OTHER in 0.0 s; 0 failed",
  ]);
});

pure("movescu sends C-CANCEL at the first Ctrl-C and ends in good order", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0xff00, counters(3, 0)));
  await settle();
  await bench.signal("SIGINT");
  const cancel = await peer.expectMessage("C-CANCEL-RQ");
  assert.equal(cancel.messageIdBeingRespondedTo, 1);
  await peer.sendMessage(1, moveResponse(0xfe00, counters(3, 0)));
  await peer.acceptRelease();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines.slice(REQUEST.length), [
    "I: Move SCP Response: 1 - 0xFF00 (Pending)",
    "I: Sub-Operations Remaining: 3, Completed: 0, Failed: 0, Warning: 0",
    "I: Sending C-CANCEL request",
    "I: Move SCP Result: 0xFE00 (Cancel)",
    "I: Sub-Operations Remaining: 3, Completed: 0, Failed: 0, Warning: 0",
    "W: The peer says: sub-operations terminated by cancel (0xFE00)",
    "I: Releasing Association",
    "I: Received 0 instances in 0.0 s; 0 promised, 0 failed, 0 missing",
  ]);
  assert.equal(bench.signalListeners, 0);
});

pure("movescu aborts at the second Ctrl-C", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  await bench.signal("SIGINT");
  await peer.expectMessage("C-CANCEL-RQ");
  await bench.signal("SIGINT");
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines.slice(REQUEST.length), [
    "I: Sending C-CANCEL request",
    "I: Aborting Association",
    "E: Cancelled",
    "I: Received 0 instances in 0.0 s; an unknown number promised, 0 failed, 0 missing",
  ]);
});

pure("movescu aborts at SIGTERM", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const { peer } = await bench.acceptMove();
  await bench.signal("SIGTERM");
  let seen = await peer.receive();
  if (seen.type === "message") seen = await peer.receive();
  assert.equal(seen.type, "A-ABORT");
  peer.transport.close();
  assert.equal(await code, 130);
});

pure("movescu gives up connecting at Ctrl-C", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await bench.signal("SIGINT");
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "I: Aborting Association",
    "E: Cancelled",
  ]);
});

pure("movescu stops waiting for instances at Ctrl-C", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
  await peer.acceptRelease();
  await settle();
  await bench.signal("SIGINT");
  assert.equal(await code, 130);
  assert.equal(
    bench.lines.at(-1),
    "I: Received 0 instances in 0.0 s; 2 promised, 0 failed, 2 missing",
  );
});

pure("movescu returns 5 when no response comes in time", async () => {
  const bench = new ToolBench();
  const code = start(bench, "-td", "2");
  const { peer } = await bench.acceptMove();
  await settle();
  await bench.clock.advance(2_000);
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 5);
  assert.deepEqual(bench.lines.slice(REQUEST.length, REQUEST.length + 2), [
    "E: DIMSE timeout reached while waiting for message response",
    "I: Aborting Association",
  ]);
});

pure("instances that arrive restart the DIMSE timeout of movescu", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE, "-td", "2");
  const { peer } = await bench.acceptMove();
  const archive = await bench.callStorage();
  for (const uid of ["1.1", "1.2", "1.3"]) {
    await bench.clock.advance(1_500);
    assert.equal(await archive.store(uid), 0x0000);
    await settle();
  }
  await bench.clock.advance(1_500);
  await archive.release();
  await peer.sendMessage(1, moveResponse(0x0000, counters(0, 3)));
  await peer.acceptRelease();
  assert.equal(await code, 0);
});

pure("movescu returns 4 when the archive aborts, and tells what had arrived", async () => {
  const bench = new ToolBench();
  const code = start(bench, ...STORE);
  const { peer } = await bench.acceptMove();
  const archive = await bench.callStorage();
  await archive.store("1.2.3");
  await archive.release();
  await settle();
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  peer.transport.close();
  assert.equal(await code, 4);
  assert.deepEqual(bench.lines.slice(-3), [
    "E: Association Aborted",
    "E: Association aborted by the peer's application",
    "I: Received 1 instance in 0.0 s; an unknown number promised, 0 failed, 0 missing",
  ]);
});

pure("movescu returns 4 when the archive vanishes", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const { peer } = await bench.acceptMove();
  peer.transport.close();
  assert.equal(await code, 4);
  assert.equal(
    bench.lines.at(REQUEST.length),
    "E: Connection closed while waiting for DIMSE message",
  );
});

pure("movescu returns 4 when the archive talks nonsense", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await peer.sendBytes(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 4);
  assert.ok(bench.lines.every((line) => /^[IE]: [^{}]*$/.test(line)), bench.stderr);
});

pure("movescu returns 4 when the association is rejected, with what to do", async () => {
  const bench = new ToolBench();
  const code = start(bench);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 3 });
  peer.transport.close();
  assert.equal(await code, 4);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "E: Association Rejected",
    "E: Result: Rejected Permanent, Source: Service User",
    "E: Reason: Calling AE title not recognised",
    "E: The peer must know our calling AE title: set it with -aet, " +
    "or ask its administrator to enter it",
  ]);
});

pure("movescu proposes one model with the extended negotiation that was asked for", async () => {
  const bench = new ToolBench();
  const code = start(
    bench,
    "-S",
    "--enhanced-conversion",
    "-aet",
    "ME",
    "-aec",
    "YOU",
    "-pdu",
    "0",
  );
  const { peer, request } = await bench.acceptAssociation();
  assert.deepEqual(request.presentationContexts, [{
    id: 1,
    abstractSyntaxes: ["1.2.840.10008.5.1.4.1.2.2.2"],
    transferSyntaxes: [
      "1.2.840.10008.1.2",
      "1.2.840.10008.1.2.1",
      "1.2.840.10008.1.2.1.99",
      "1.2.840.10008.1.2.2",
    ],
  }]);
  const { userInformation } = request;
  assert.deepEqual(userInformation.extendedNegotiations, [
    { sopClassUid: "1.2.840.10008.5.1.4.1.2.2.2", information: Uint8Array.of(0, 1) },
  ]);
  assert.equal(userInformation.maximumLength, 0);
  assert.deepEqual([request.callingAeTitle, request.calledAeTitle], ["ME", "YOU"]);
  await peer.send({ type: "A-ABORT", source: 0, reason: 0 });
  peer.transport.close();
  assert.equal(await code, 4);
});

pure("movescu is silent with -q, whatever happens", async () => {
  const bench = new ToolBench();
  const code = start(bench, "-q");
  const { peer } = await bench.acceptMove();
  await peer.sendMessage(1, moveResponse(0xa801));
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.equal(bench.stderr, "");
});

Deno.test("movescu stores in the directory of -od, which it makes", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const bench = new ToolBench();
    const code = start(bench, "--store", "-od", `${parent}/in`);
    const { peer } = await bench.acceptMove();
    const archive = await bench.callStorage();
    assert.equal(await archive.store("1.2.3"), 0x0000);
    assert.equal(await archive.store("1.2.3"), 0x0000);
    await archive.release();
    await peer.sendMessage(1, moveResponse(0x0000, counters(0, 2)));
    await peer.acceptRelease();
    assert.equal(await code, 0);
    const names = await namesIn(`${parent}/in`);
    assert.deepEqual(names, ["CT.1.2.3"]);
    assert.ok(bench.lines.includes("I: Storing DICOM file: CT.1.2.3"), bench.stderr);
    assert.ok(bench.lines.includes("I: DICOM file already exists: CT.1.2.3"), bench.stderr);
    assert.match(
      bench.lines.at(-1) ?? "",
      /^I: Received 2 instances \(\d+ B\) in 0\.0 s, 1 of them again; 2 promised, 0 failed, 0 missing$/,
    );
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

Deno.test("movescu answers 0xA700 and returns 8 when the directory cannot be written", async () => {
  const parent = await Deno.makeTempDir();
  const directory = `${parent}/in`;
  try {
    const bench = new ToolBench();
    const code = start(bench, "--store", "-od", directory);
    const { peer } = await bench.acceptMove();
    // Even root cannot make a file below a file.
    await Deno.remove(directory);
    await Deno.writeTextFile(directory, "");
    const archive = await bench.callStorage();
    assert.equal(await archive.store("1.2.3"), 0xa700);
    await archive.release();
    await peer.sendMessage(1, moveResponse(0xb000, counters(0, 0, 1)));
    await peer.acceptRelease();
    assert.equal(await code, 8);
    assert.deepEqual(await namesIn(parent), ["in"]);
    assert.ok(bench.lines.some((line) => line.startsWith("W: Store Response: 0xA700")));
    assert.match(bench.stderr, /1 instance came to port 11113, and was not stored: 0xA700/);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
