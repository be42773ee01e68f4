import assert from "node:assert/strict";
import { main } from "../../cli/echoscu.ts";
import type { Io } from "../../cli/io.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { settle } from "../support/fake_clock.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { refuses, ToolBench } from "./tool_bench.ts";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

async function answer(peer: ScriptedPeer, status = 0x0000, errorComment?: string): Promise<void> {
  const { messageId } = await peer.expectMessage("C-ECHO-RQ");
  await peer.sendMessage(1, {
    type: "C-ECHO-RSP",
    messageIdBeingRespondedTo: messageId,
    status,
    hasDataSet: false,
    ...(errorComment === undefined ? {} : { errorComment }),
  });
}

pure("echoscu is silent when the peer answers", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104"], bench.io);
  const { peer, request } = await bench.acceptAssociation();
  assert.deepEqual([request.callingAeTitle, request.calledAeTitle], ["ECHOSCU", "ANY-SCP"]);
  assert.deepEqual(request.presentationContexts, [{
    id: 1,
    abstractSyntaxes: ["1.2.840.10008.1.1"],
    transferSyntaxes: [
      "1.2.840.10008.1.2.1",
      "1.2.840.10008.1.2",
      "1.2.840.10008.1.2.1.99",
      "1.2.840.10008.1.2.2",
    ],
  }]);
  await answer(peer);
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.equal(bench.stderr, "");
  assert.deepEqual(bench.calls, ["connect pacs 104"]);
  assert.equal(bench.signalListeners, 0);
});

pure("echoscu -v --repeat 2 tells of each request", async () => {
  const bench = new ToolBench();
  const code = main(["-v", "PACS@[::1]:104", "--repeat", "2", "-xi", "-aet", "ME"], bench.io);
  const { peer, request } = await bench.acceptAssociation();
  assert.deepEqual([request.callingAeTitle, request.calledAeTitle], ["ME", "PACS"]);
  await answer(peer);
  await answer(peer);
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Presentation context 1: 1.2.840.10008.1.1 accepted with 1.2.840.10008.1.2",
    "I: Sending Echo Request: MsgID 1",
    "I: Received Echo Response (Status: 0x0000 - Success)",
    "I: Sending Echo Request: MsgID 2",
    "I: Received Echo Response (Status: 0x0000 - Success)",
    "I: Releasing Association",
  ]);
});

pure("echoscu returns 7 when one of the answers is a failure", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104", "--repeat", "2"], bench.io);
  const { peer } = await bench.acceptAssociation();
  await answer(peer, 0x0122, "not today");
  await answer(peer);
  await peer.acceptRelease();
  assert.equal(await code, 7);
  assert.deepEqual(bench.lines, [
    "E: The peer says: refused: SOP class not supported (0x0122)",
    "E: Error Comment: not today",
  ]);
});

pure("echoscu --abort aborts instead of releasing", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104", "--abort"], bench.io);
  const { peer } = await bench.acceptAssociation();
  await answer(peer);
  assert.deepEqual(await peer.expect("A-ABORT"), { type: "A-ABORT", source: 0, reason: 0 });
  peer.transport.close();
  assert.equal(await code, 0);
});

pure("echoscu returns 4 when Verification is not accepted", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104"], bench.io);
  const peer = await bench.accept();
  const request = await peer.expect("A-ASSOCIATE-RQ");
  await peer.send({
    ...request,
    type: "A-ASSOCIATE-AC",
    presentationContexts: [{ id: 1, result: 3, transferSyntax: "" }],
  });
  await peer.acceptRelease();
  assert.equal(await code, 4);
  assert.equal(bench.lines[0], "E: No accepted presentation contexts");
  assert.match(bench.lines[1] ?? "", /^E: Cannot use the association: /);
});

pure("echoscu returns 5 when the peer says nothing", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104", "-ta", "1.5"], bench.io);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await settle();
  await bench.clock.advance(1_500);
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 5);
  assert.equal(
    bench.lines[0],
    "E: ACSE timeout reached while waiting for response to association request",
  );
});

pure("echoscu returns 130 at Ctrl-C", async () => {
  const bench = new ToolBench();
  const code = main(["pacs", "104"], bench.io);
  const { peer } = await bench.acceptAssociation();
  await peer.expectMessage("C-ECHO-RQ");
  await bench.signal("SIGINT");
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 130);
  assert.deepEqual(bench.lines, ["E: Cancelled"]);
});

Deno.test("echoscu returns 3 when nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const bench = new ToolBench();
  const { connect: _connect, ...io } = bench.io;
  assert.equal(await main(["127.0.0.1", `${port}`], io), 3);
  assert.equal(bench.lines[0], "E: Association request failed: unable to connect to remote");
  assert.match(bench.lines[1] ?? "", /^E: TCP Initialisation Error: .*refused/i);
  assert.equal(bench.lines.length, 2);
});

const USAGE: readonly (readonly [args: readonly string[], sentence: string])[] = [
  [["h", "104", "x"], 'Unexpected option or argument: "x"'],
  [["h:104", "x"], 'Cannot use argument "x": nothing may follow the address'],
  [["h", "104", "-xe", "-xb"], "Cannot combine -xe, -xb and -xi: give one of them"],
  [
    ["h", "104", "--repeat", "0"],
    '--repeat: Cannot use "0" as a number of repetitions: it must be 1 to 1000000000',
  ],
  [
    ["h", "104", "--repaet", "2"],
    'Unexpected option or argument: "--repaet". Did you mean --repeat?',
  ],
];

for (const [args, sentence] of USAGE) {
  pure(`echoscu ${args.join(" ")} is refused in one sentence`, async () => {
    await refuses(main, args, `echoscu: error: ${sentence}\n`);
  });
}

pure("echoscu --version prints the version", async () => {
  const bench = new ToolBench();
  assert.equal(await main(["--version"], bench.io), 0);
  assert.match(bench.stdout, /^echoscu \d+\.\d+\.\d+\n$/);
});

Deno.test("echoscu loads neither dictionary, plugins nor any package but the parser, to start fast", async () => {
  const tool = new URL("../../cli/echoscu.ts", import.meta.url).pathname;
  const output = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", tool] })
    .output();
  const graph: { modules: { specifier: string }[] } = JSON.parse(
    new TextDecoder().decode(output.stdout),
  );
  const names = graph.modules.map((module) => module.specifier);
  assert.ok(names.length > 30, "the graph must be there to be looked at");
  assert.deepEqual(names.filter((name) => /dictionary|plugins|mod\.ts/.test(name)), []);
  const packages = names.filter((name) => name.startsWith("npm:"));
  assert.ok(packages.every((name) => name.startsWith("npm:/@optique/core@")), packages.join());
});

const RETRY = ["-v", "pacs", "104", "--retry", "3", "--retry-delay", "5"];

pure("echoscu --retry goes on where the association was lost", async () => {
  const bench = new ToolBench();
  const code = main([...RETRY, "--repeat", "2"], bench.io);
  const rejected = await bench.accept();
  await rejected.expect("A-ASSOCIATE-RQ");
  await rejected.send({ type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
  await bench.clock.advance(5000);
  const { peer: lost } = await bench.acceptAssociation();
  await answer(lost);
  await lost.expectMessage("C-ECHO-RQ");
  lost.transport.close();
  await settle();
  await bench.clock.advance(9999);
  assert.equal(bench.calls.length, 2, "not before its time");
  await bench.clock.advance(1);
  const { peer } = await bench.acceptAssociation();
  await answer(peer);
  await peer.acceptRelease();
  assert.equal(await code, 0);
  assert.deepEqual(bench.lines.filter((line) => !/Presentation context/.test(line)), [
    "I: Requesting Association",
    "E: Association Rejected",
    "E: Result: Rejected Transient, Source: Service Provider (Presentation)",
    "E: Reason: Local limit exceeded",
    "W: Trying again in 5 s (1 of 3): Association rejected: rejected transiently by the service " +
    "provider (presentation), local limit exceeded",
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Sending Echo Request: MsgID 1",
    "I: Received Echo Response (Status: 0x0000 - Success)",
    "I: Sending Echo Request: MsgID 2",
    "E: Connection closed while waiting for DIMSE message",
    "W: Trying again in 10 s (2 of 3): Lost the connection: the peer closed it",
    "I: Requesting Association",
    "I: Association Accepted",
    "I: Sending Echo Request: MsgID 2",
    "I: Received Echo Response (Status: 0x0000 - Success)",
    "I: Releasing Association",
  ]);
});

pure("echoscu --retry does not try again what was rejected for good", async () => {
  const bench = new ToolBench();
  const code = main(RETRY, bench.io);
  const peer = await bench.accept();
  await peer.expect("A-ASSOCIATE-RQ");
  await peer.send({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 });
  assert.equal(await code, 4);
  assert.deepEqual(bench.calls, ["connect pacs 104"]);
});

pure("echoscu --retry returns the code of the last try", async () => {
  const bench = new ToolBench();
  let calls = 0;
  const refused = (): Promise<never> => Promise.reject(new ConnectionError("Cannot connect"));
  const io: Io = {
    ...bench.io,
    // First an association that is lost, then nobody is there.
    connect: (options) => calls++ === 0 ? bench.peerNetwork.connect(options) : refused(),
  };
  const code = main(RETRY, io);
  const { peer } = await bench.acceptAssociation();
  peer.transport.close();
  await bench.clock.advance(35_000);
  assert.equal(await code, 3);
  assert.equal(calls, 4);
});

pure("echoscu --retry tells of each try without -v too", async () => {
  const bench = new ToolBench();
  const io: Io = {
    ...bench.io,
    connect: () => Promise.reject(new ConnectionError("Cannot connect")),
  };
  const code = main(["pacs", "104", "--retry", "1"], io);
  await bench.clock.advance(1000);
  assert.equal(await code, 3);
  assert.equal(bench.lines[0], "W: Trying again in 1 s (1 of 1): Cannot connect");
});

pure("echoscu --retry ends at once when the user stops it in a pause", async () => {
  const bench = new ToolBench();
  const io: Io = {
    ...bench.io,
    connect: () => Promise.reject(new ConnectionError("Cannot connect")),
  };
  const code = main(RETRY, io);
  await settle();
  await bench.signal("SIGINT");
  assert.equal(await code, 130);
  assert.equal(bench.clock.pending, 0);
  assert.deepEqual(bench.lines, [
    "I: Requesting Association",
    "W: Trying again in 5 s (1 of 3): Cannot connect",
    "E: Cancelled",
  ]);
});
