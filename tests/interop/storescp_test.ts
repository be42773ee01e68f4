/**
 * Our storescp as a process, with real senders: what they send is there, whoever they are, and
 * whatever ends it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { concatBytes } from "../../lib/bytes.ts";
import { connectTcp } from "../../lib/net/deno_transport.ts";
import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { instance, StoringPeer } from "../cli/tool_bench.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { OurStorescp } from "../support/our_storescp.ts";
import { runTool, storedFiles } from "../support/our_tools.ts";
import {
  type CommandOutput,
  compareAllElements,
  type CompareOptions,
  dataSetBytes,
  fileMeta,
  freePort,
  type PeerName,
  peerTest,
  pynetdicomPython,
  realFiles,
  run,
  SENT_VERSUS_HELD,
} from "../support/peers.ts";
import { ONE_PATIENT, withDirectory } from "../support/retrieval.ts";
import { instanceFile } from "../support/synthetic_instances.ts";

const EXPLICIT = "1.2.840.10008.1.2.1";

/** Who sends. */
interface Sender {
  readonly name: string;
  readonly needs: readonly PeerName[];
  send(port: number, paths: readonly string[]): Promise<CommandOutput>;
  /** What it changes on the way; where it is not told, it sends every byte. */
  readonly rewrites?: CompareOptions;
}

const SENDERS: readonly Sender[] = [
  {
    name: "DCMTK's storescu",
    needs: ["dcmtk"],
    send: (port, paths) => run("storescu", ["-R", "-xe", "127.0.0.1", `${port}`, ...paths]),
    rewrites: SENT_VERSUS_HELD.dcmqrscp,
  },
  {
    name: "DCMTK's dcmsend",
    needs: ["dcmtk"],
    send: (port, paths) => run("dcmsend", ["127.0.0.1", `${port}`, ...paths]),
    rewrites: SENT_VERSUS_HELD.dcmqrscp,
  },
  {
    name: "pynetdicom's storescu",
    needs: ["pynetdicom"],
    send: (port, paths) =>
      run(pynetdicomPython() ?? "", [
        ...["-m", "pynetdicom", "storescu", "127.0.0.1", `${port}`, "-cx", ...paths],
      ]),
    rewrites: SENT_VERSUS_HELD.pynetdicom,
  },
  {
    name: "our storescu",
    needs: [],
    send: (port, paths) => runTool("storescu", ["127.0.0.1", `${port}`, ...paths]),
  },
];

for (const { name, needs, send, rewrites } of SENDERS) {
  peerTest({
    name: `storescp stores what ${name} sends, and tells each instance as described`,
    needs: ["pydicom", ...needs],
    fn: () =>
      withDirectory(async (directory) => {
        await using set = await realFiles(ONE_PATIENT);
        await using storescp = await OurStorescp.start(["-od", "in", "--json"], directory);
        const output = await send(storescp.port, set.files.map(({ path }) => path));
        assert.equal(output.code, 0, output.stderr + output.stdout);
        const { code, stdout, stderr } = await storescp.stop();
        assert.equal(code, 0, stderr);
        const stored = storedFiles(`${directory}/in`);
        assert.deepEqual(
          [...stored.keys()].sort(),
          set.files.map((file) => file.sopInstanceUid).sort(),
        );
        const pairs = set.files.map(({ path, sopInstanceUid }) =>
          [path, stored.get(sopInstanceUid) ?? ""] as const
        );
        if (rewrites === undefined) {
          for (const [path, held] of pairs) {
            assert.deepEqual(dataSetBytes(held), dataSetBytes(path), path);
          }
        } else {
          assert.deepEqual((await compareAllElements(pairs, rewrites)).flat(), []);
        }
        const events = readEvents(stdout);
        const [listening] = eventsOf(events, "listening");
        assert.deepEqual(
          [listening?.aeTitle, listening?.address, listening?.port, listening?.directory],
          ["STORESCP", "127.0.0.1", storescp.port, "in"],
        );
        const told = eventsOf(events, "instance");
        assert.deepEqual(
          told.map((event) => event.sopInstanceUid).sort(),
          [...stored.keys()].sort(),
        );
        for (const { path, bytes, status } of told) {
          assert.equal((await Deno.stat(`${directory}/${path}`)).size, bytes);
          assert.equal(status, 0);
        }
        const { received, failed, exitCode } = summaryOf(events);
        assert.deepEqual([received, failed, exitCode], [stored.size, 0, 0]);
        const size = `${stored.size} instances, [0-9.]+ [kM]?B in [0-9.]+ s`;
        assert.match(stderr, new RegExp(`^I: Association from .* released: ${size}$`, "m"));
        for (const { patientId } of set.files) assert.ok(!stderr.includes(patientId), patientId);
      }),
  });
}

/** Writes files to send, and says where they are. */
async function instances(directory: string, arc: string, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, index) => `${directory}/${arc}.${index + 1}.dcm`);
  for (const [index, path] of paths.entries()) {
    const bytes = instanceFile({
      sopClassUid: CT_IMAGE_STORAGE,
      sopInstanceUid: `${arc}.${index + 1}`,
      transferSyntaxUid: EXPLICIT,
    });
    await Deno.writeFile(path, bytes);
  }
  return paths;
}

async function callStorage(port: number, hostname = "127.0.0.1"): Promise<StoringPeer> {
  const { signal } = new AbortController();
  const peer = new StoringPeer(await connectTcp({ hostname, port, signal }));
  await peer.associate();
  return peer;
}

/** A CT image of more than is gathered before it is written. */
function largeInstance(sopInstanceUid: string): Uint8Array {
  const header = Uint8Array.of(0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 0x10, 0);
  return concatBytes([instance(sopInstanceUid), header, new Uint8Array(0x10_0000)]);
}

/** Sends all of an instance but its last bytes, and waits until a part of it is on the disk. */
async function beginStore(
  peer: StoringPeer,
  sopInstanceUid: string,
  directory: string,
): Promise<void> {
  await peer.sendTruncated(1, {
    type: "C-STORE-RQ",
    messageId: 99,
    affectedSopClassUid: CT_IMAGE_STORAGE,
    affectedSopInstanceUid: sopInstanceUid,
    priority: 0,
    hasDataSet: true,
  }, largeInstance(sopInstanceUid));
  while (!(await names(directory)).some((name) => name.endsWith(".part"))) await turn();
}

async function canConnect(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    assert.ok(error instanceof Deno.errors.ConnectionRefused);
    return false;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function names(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

peerTest({
  name: "storescp takes from all senders at once, with a stuck peer beside them",
  needs: ["dcmtk", "pynetdicom"],
  fn: () =>
    withDirectory(async (directory) => {
      await using storescp = await OurStorescp.start(["-od", "in"], directory);
      const stuck = await callStorage(storescp.port);
      await beginStore(stuck, "1.9", `${directory}/in`);
      await Promise.all(SENDERS.map(async ({ name, send }, index) => {
        const paths = await instances(directory, `1.2.${index}`, 25);
        const output = await send(storescp.port, paths);
        assert.equal(output.code, 0, `${name}\n${output.stderr}${output.stdout}`);
      }));
      await stuck.sendRest();
      assert.equal((await stuck.expectMessage("C-STORE-RSP")).status, 0);
      await stuck.release();
      const { code, stderr } = await storescp.stop();
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^I: Received 101 instances \(.*\) by 5 associations in .*; 0 failed$/m);
      const expected = SENDERS.flatMap((_, sender) =>
        Array.from({ length: 25 }, (_, index) => `CT.1.2.${sender}.${index + 1}`)
      );
      assert.deepEqual(await names(`${directory}/in`), [...expected, "CT.1.9"].sort());
    }),
});

Deno.test("storescp finishes the instance under way at SIGTERM, and refuses the rest", () =>
  withDirectory(async (directory) => {
    await using storescp = await OurStorescp.start(["-od", "in"], directory);
    const peer = await callStorage(storescp.port);
    const idle = await callStorage(storescp.port);
    await beginStore(peer, "1.2.3", `${directory}/in`);
    storescp.signal("SIGTERM");
    await storescp.until(/^I: Stopping: 2 associations under way, 1 instance being received/m);
    while (await canConnect(storescp.port)) await turn();
    await peer.sendRest();
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0000);
    await peer.beginStore("1.2.4");
    await peer.expect("A-ABORT");
    peer.transport.close();
    await idle.expect("A-ABORT");
    idle.transport.close();
    const { code, stderr } = await storescp.end();
    assert.equal(code, 0, stderr);
    assert.deepEqual(await names(`${directory}/in`), ["CT.1.2.3"]);
    assert.deepEqual(dataSetBytes(`${directory}/in/CT.1.2.3`), largeInstance("1.2.3"));
  }));

Deno.test("storescp leaves nothing under a final name when it is killed", () =>
  withDirectory(async (directory) => {
    const held = `${directory}/in`;
    await using killed = await OurStorescp.start(["-od", "in"], directory);
    const peer = await callStorage(killed.port);
    assert.equal(await peer.store("1.2.3"), 0x0000);
    await beginStore(peer, "1.2.4", held);
    killed.signal("SIGKILL");
    assert.equal((await killed.end()).code, 137);
    assert.deepEqual(await peer.receive(), { type: "closed" });
    peer.transport.close();
    const [part, ...whole] = await names(held);
    assert.match(part ?? "", /^\..+\.part$/);
    assert.deepEqual(whole, ["CT.1.2.3"]);
    assert.deepEqual(dataSetBytes(`${held}/CT.1.2.3`), instance("1.2.3"));
    // The next one takes what was lost.
    await using next = await OurStorescp.start(["-od", "in"], directory);
    const again = await callStorage(next.port);
    assert.equal(await again.store("1.2.4"), 0x0000);
    await again.release();
    assert.equal((await next.stop()).code, 0);
    assert.equal(fileMeta(`${held}/CT.1.2.4`).get("0002,0003"), "1.2.4");
  }));

const REJECTIONS: readonly (readonly [args: readonly string[], reason: RegExp, log: RegExp])[] = [
  [
    ["--allow-calling", "CT1"],
    /Reason: Calling AE Title Not Recognized/,
    /^W: Association from STRANGER \(127\.0\.0\.1:\d+\) to ANY-SCP rejected permanently: calling/m,
  ],
  [
    ["--allow-called", "ARCHIVE"],
    /Reason: Called AE Title Not Recognized/,
    /^W: Association from STRANGER \(127\.0\.0\.1:\d+\) to ANY-SCP rejected permanently: called/m,
  ],
  [
    ["--allow-address", "10.0.0.0/8", "--allow-address", "::1"],
    /Peer aborted Association \(or never connected\)/,
    /^W: Connection from 127\.0\.0\.1:\d+ refused: its address is not allowed$/m,
  ],
];

for (const [args, reason, log] of REJECTIONS) {
  peerTest({
    name: `storescp ${args.join(" ")} turns DCMTK's echoscu away`,
    needs: ["dcmtk"],
    fn: () =>
      withDirectory(async (directory) => {
        await using storescp = await OurStorescp.start([...args, "--ignore"], directory);
        const to = ["127.0.0.1", `${storescp.port}`];
        const { code, stderr, stdout } = await run("echoscu", ["-v", "-aet", "STRANGER", ...to]);
        assert.notEqual(code, 0);
        assert.match(stderr + stdout, reason);
        const end = await storescp.stop();
        assert.equal(end.code, 0);
        assert.match(end.stderr, log);
        assert.match(end.stderr, /0 failed, 1 peer turned away$/m);
      }),
  });
}

peerTest({
  name: "storescp lets DCMTK's echoscu in that its lists name",
  needs: ["dcmtk"],
  fn: () =>
    withDirectory(async (directory) => {
      const lists = "--allow-calling CT1 --allow-called ARCHIVE --allow-address 127.0.0.0/8";
      await using storescp = await OurStorescp.start([...lists.split(" "), "--ignore"], directory);
      const to = ["-aet", "CT1", "-aec", "ARCHIVE", "127.0.0.1", `${storescp.port}`];
      assert.equal((await run("echoscu", to)).code, 0);
      const { stderr } = await storescp.stop();
      assert.match(stderr, /^I: Association from CT1 .* to ARCHIVE released: 1 echo in /m);
    }),
});

Deno.test({
  name: "storescp serves by IPv6",
  ignore: !hasIpv6(),
  fn: () =>
    withDirectory(async (directory) => {
      const args = ["--ignore", "--allow-address", "::1", "--json"];
      await using storescp = await OurStorescp.start(args, directory, "::1");
      const peer = await callStorage(storescp.port, "::1");
      assert.equal(await peer.store("1.2.3"), 0x0000);
      await peer.release();
      const { code, stdout, stderr } = await storescp.stop();
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^I: Association from ARCHIVE \(\[::1\]:\d+\) to STORESCP released/m);
      assert.equal(eventsOf(readEvents(stdout), "listening")[0]?.address, "::1");
    }),
});

for (
  const [name, args, sentence] of [
    [
      "the port is in use",
      ["--ignore"],
      /^E: Cannot listen on port \d+ of 127\.0\.0\.1: it is in use; stop the program that has it, or give another port\n$/,
    ],
    [
      "the directory is none",
      ["-od", "file"],
      /^E: Cannot make output directory file: .+\n$/,
    ],
    [
      "the directory may not be written to",
      ["-od", "locked"],
      /^E: Cannot write to output directory locked: permission denied\n$/,
    ],
  ] as const
) {
  Deno.test({
    name: `storescp returns 2 when ${name}`,
    // Root may write anywhere.
    ignore: Deno.build.os === "windows" || (args[1] === "locked" && Deno.uid() === 0),
    fn: () =>
      withDirectory(async (directory) => {
        await Deno.writeTextFile(`${directory}/file`, "");
        await Deno.mkdir(`${directory}/locked`, { mode: 0o555 });
        using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const port = args[0] === "--ignore" ? taken.addr.port : freePort();
        const where = [`${port}`, "-ba", "127.0.0.1"];
        const output = await runTool("storescp", [...where, ...args], { cwd: directory });
        assert.equal(output.code, 2, output.stderr);
        assert.match(output.stderr, sentence);
        assert.equal(output.stdout, "");
      }),
  });
}

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}
