import assert from "node:assert/strict";
import { mock } from "node:test";
import { main } from "../../cli/storescp.ts";
import type { StoreRequestMessage } from "../../lib/dimse/message.ts";
import { CT } from "../support/core_pair.ts";
import { eventsOf, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import { instance, StoringPeer, ToolBench } from "./tool_bench.ts";

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

async function start(
  bench: ToolBench,
  ...args: readonly string[]
): Promise<Promise<number>[]> {
  const code = main(["--ignore", ...args], bench.io);
  await settle();
  // In an array, so that it is not waited for.
  return [code];
}

function storeRequest(messageId: number, sopInstanceUid: string): StoreRequestMessage {
  return {
    type: "C-STORE-RQ",
    messageId,
    affectedSopClassUid: CT,
    affectedSopInstanceUid: sopInstanceUid,
    priority: 0,
    hasDataSet: true,
  };
}

/** Sends all of an instance but its last bytes. */
async function beginStore(peer: StoringPeer, sopInstanceUid: string): Promise<void> {
  await peer.sendTruncated(1, storeRequest(9, sopInstanceUid), instance(sopInstanceUid));
  await settle();
}

pure("storescp tells each association in a line, and the sum at the end", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench);
  const peer = await bench.callStorage();
  assert.equal(await peer.store("1.2.3"), 0x0000);
  assert.equal(await peer.store("1.2.4"), 0x0000);
  await bench.clock.advance(2_000);
  await peer.release();
  const other = await bench.callStorage();
  await other.sendMessage(1, storeRequest(1, "1.2.5"), instance("1.2.6"));
  assert.equal((await other.expectMessage("C-STORE-RSP")).status, 0xa900);
  other.transport.close();
  await settle();
  await bench.signal("SIGTERM");
  assert.equal(await code, 6);
  const size = /[0-9.]+ k?B/;
  const masked = bench.lines.map((line) => line.replace(size, "SIZE"));
  assert.deepEqual(masked, [
    "I: Listening as STORESCP on port 11112 of memory",
    "I: Instances are not kept",
    "I: Association from ARCHIVE (left:104) to STORESCP released: 2 instances, SIZE in 2.0 s",
    "E: Refused 1.2.5 (CT Image Storage) from ARCHIVE (left:104) to STORESCP: " +
    "0xA900 (data set does not match SOP class): SOP Instance UID is not the command's",
    "W: Association from ARCHIVE (left:104) to STORESCP lost: 0 instances, SIZE in 0.0 s, 1 failed",
    "I: Stopping",
    "I: Received 2 instances by 2 associations in 2.0 s; 1 failed",
  ]);
});

pure("storescp finishes what is being received when it is told to stop", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const bench = new ToolBench();
    const [code] = await start(bench, "--json");
    const peer = await bench.callStorage();
    await beginStore(peer, "1.2.3");
    await bench.signal(signal);
    await peer.sendRest();
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0x0000);
    // What comes after that is refused.
    await peer.beginStore("1.2.4");
    await peer.expect("A-ABORT");
    peer.transport.close();
    assert.equal(await code, 0);
    assert.ok(
      bench.lines.includes(
        "I: Stopping: 1 association under way, 1 instance being received; the next signal aborts",
      ),
      bench.stderr,
    );
    const events = readEvents(bench.stdout);
    assert.deepEqual(events.map(({ event, state }) => state ?? event), [
      "listening",
      "requested",
      "accepted",
      "stopping",
      "instance",
      "aborted",
      "summary",
    ]);
    const [stopping] = eventsOf(events, "stopping");
    assert.deepEqual([stopping?.associations, stopping?.receiving], [1, 1]);
    const { received, failed, exitCode } = summaryOf(events);
    assert.deepEqual([received, failed, exitCode], [1, 0, 0]);
  }
});

pure("storescp aborts at the second signal, and tells what it lost", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench, "--json");
  const peer = await bench.callStorage();
  await beginStore(peer, "1.2.3");
  await bench.signal("SIGTERM");
  await bench.signal("SIGTERM");
  await peer.expect("A-ABORT");
  peer.transport.close();
  assert.equal(await code, 6);
  assert.ok(
    bench.lines.includes("W: 1.2.3 from ARCHIVE (left:104) to STORESCP broke off"),
    bench.stderr,
  );
  const { received, failed, failedSopInstanceUids } = summaryOf(readEvents(bench.stdout));
  assert.deepEqual([received, failed, failedSopInstanceUids], [0, 1, ["1.2.3"]]);
});

pure("storescp waits no longer than --grace", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench, "--grace", "5");
  const peer = await bench.callStorage();
  await beginStore(peer, "1.2.3");
  await bench.signal("SIGTERM");
  await bench.clock.advance(4_999);
  const end = peer.expect("A-ABORT");
  await bench.clock.advance(1);
  await end;
  peer.transport.close();
  assert.equal(await code, 6);
});

pure("storescp serves a peer while others are slow, silent or stuck", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench);
  const stuck = await bench.callStorage();
  await beginStore(stuck, "1.9.1");
  const silent = await bench.callStorage();
  const halfOpen = bench.storeNetwork.dial();
  await settle();
  const good = await bench.callStorage();
  for (let number = 0; number < 20; number++) {
    assert.equal(await good.store(`1.2.${number}`), 0x0000);
  }
  await good.release();
  await stuck.sendRest();
  assert.equal((await stuck.expectMessage("C-STORE-RSP")).status, 0x0000);
  await stuck.release();
  await silent.release();
  halfOpen.close();
  await bench.signal("SIGTERM");
  assert.equal(await code, 0);
  assert.equal(bench.lines.at(-1), "I: Received 21 instances by 3 associations in 0.0 s; 0 failed");
});

pure("storescp rejects associations beyond --max-associations for now", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench, "--max-associations", "1");
  const first = await bench.callStorage();
  await assert.rejects(bench.callStorage(), /A-ASSOCIATE-RJ/);
  assert.equal(
    bench.lines.at(-1),
    "W: Association from ARCHIVE (left:104) to STORESCP rejected transiently: local limit exceeded; " +
      "1 stand, the most there may be",
  );
  await first.release();
  await bench.signal("SIGTERM");
  await bench.clock.advance(60_000);
  assert.equal(await code, 0);
});

pure("storescp leaves room for others by --max-associations-per-address", async () => {
  const bench = new ToolBench();
  const [code] = await start(
    bench,
    "--max-associations",
    "4",
    "--max-associations-per-address",
    "1",
  );
  const first = await bench.callStorage();
  await assert.rejects(bench.callStorage(), /A-ASSOCIATE-RJ/);
  assert.equal(
    bench.lines.at(-1),
    "W: Association from ARCHIVE (left:104) to STORESCP rejected transiently: local limit exceeded; " +
      "1 of left stand, the most from one address",
  );
  const other = new StoringPeer(bench.storeNetwork.dial("right"));
  await other.associate();
  await other.release();
  await first.release();
  await bench.signal("SIGTERM");
  await bench.clock.advance(60_000);
  assert.equal(await code, 0);
});

pure("storescp refuses what is longer than --max-instance-size, and says so", async () => {
  const bench = new ToolBench();
  const [code] = await start(bench, "--max-instance-size", "100");
  const peer = await bench.callStorage();
  const statuses = [await peer.store("1.2"), await peer.store(`1.2.${"3".repeat(59)}`)];
  assert.deepEqual(statuses, [0x0000, 0xa700]);
  assert.match(
    bench.lines.at(-1) ?? "",
    /^E: Refused 1\.2\.3+ .*: 0xA700 \(refused: out of resources\): Data set is longer than 100 bytes$/,
  );
  await peer.release();
  await bench.signal("SIGTERM");
  assert.equal(await code, 6);
});

for (const [args, status, exitCode] of [[[], 0xc000, 6], [["--keep-broken"], 0xb007, 0]] as const) {
  pure(`storescp ${args} answers a broken data set with ${status.toString(16)}`, async () => {
    const bench = new ToolBench();
    const [code] = await start(bench, ...args);
    const peer = await bench.callStorage();
    await peer.sendMessage(1, storeRequest(1, "1.2.3"), instance("1.2.3").subarray(0, -2));
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, status);
    await peer.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, exitCode);
  });
}

pure("storescp shows its associations, instances and pace on a terminal", async () => {
  const bench = new ToolBench();
  const [code] = await start(
    Object.assign(bench, { io: { ...bench.io, stderrColumns: 80 } }),
  );
  assert.match(bench.stderr, /0 associations, 0 instances, 0:00$/);
  const peer = await bench.callStorage();
  assert.equal(await peer.store("1.2.3"), 0x0000);
  await bench.clock.advance(1_000);
  assert.match(bench.stderr, /1 association, 1 instance, [0-9.]+ k?B, 0\.0 MB\/s, 0:01$/);
  await peer.release();
  await bench.signal("SIGTERM");
  assert.equal(await code, 0);
  assert.match(bench.stderr, /0 failed\n$/);
});

Deno.test("storescp stores to its directory, and tells of a disk that refuses", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const bench = new ToolBench();
    const code = main(["-od", `${directory}/in`, "--json"], bench.io);
    while (!bench.stderr.includes("Listening")) await settle();
    const peer = await bench.callStorage();
    assert.equal(await peer.store("1.2.3"), 0x0000);
    const { size } = await Deno.stat(`${directory}/in/CT.1.2.3`);
    // The place of the next file is taken by a directory.
    await Deno.remove(`${directory}/in`, { recursive: true });
    await Deno.writeTextFile(`${directory}/in`, "");
    assert.equal(await peer.store("1.2.4"), 0xa700);
    await peer.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, 8);
    const events = readEvents(bench.stdout);
    const [listening] = eventsOf(events, "listening");
    assert.deepEqual([listening?.port, listening?.directory], [11112, `${directory}/in`]);
    assert.deepEqual(eventsOf(events, "instance").map(({ status, bytes }) => [status, bytes]), [
      [0x0000, size],
      [0xa700, null],
    ]);
    const { bytes, received, failed, failedSopInstanceUids } = summaryOf(events);
    assert.deepEqual([bytes, received, failed, failedSopInstanceUids], [size, 1, 1, ["1.2.4"]]);
    assert.match(bench.stderr, /^E: Cannot store CT\.1\.2\.4 in .+ \(ENOTDIR\)$/m);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

for (const [args, isDurable] of [[[], true], [["--no-durable"], false]] as const) {
  Deno.test(`storescp ${args} waits for the medium: ${isDurable}`, async () => {
    const directory = await Deno.makeTempDir();
    const sync = mock.method(Deno.FsFile.prototype, "sync");
    try {
      const bench = new ToolBench();
      const code = main(["-od", directory, ...args], bench.io);
      while (!bench.stderr.includes("Listening")) await settle();
      const peer = await bench.callStorage();
      assert.equal(await peer.store("1.2.3"), 0x0000);
      // The file, and its directory.
      const calls = sync.mock.callCount();
      assert.ok(isDurable ? calls >= 2 : calls === 0, `${calls} calls`);
      await peer.release();
      await bench.signal("SIGTERM");
      assert.equal(await code, 0);
    } finally {
      sync.mock.restore();
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("storescp listens nowhere when its directory cannot be used", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/file`, "");
    const cannot = [`${directory}/file`, `${directory}/file/in`];
    for (const path of Deno.build.os === "linux" ? [...cannot, "/sys"] : cannot) {
      const bench = new ToolBench();
      assert.equal(await main(["-od", path], bench.io), 2);
      assert.match(bench.stderr, /^E: Cannot (make|write to) output directory .+\n$/);
      assert.deepEqual(bench.calls, []);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
