import assert from "node:assert/strict";
import { main } from "../../cli/storescp.ts";
import { main as qrscp } from "../../cli/qrscp.ts";
import { eventsOf, summaryOf } from "../support/event_schema.ts";
import type { StoringPeer } from "./tool_bench.ts";
import { inDirectory, WITHOUT_WORKERS, WorkerBench } from "./worker_bench.ts";

function threads(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: WITHOUT_WORKERS, fn });
}

/** Tells who has stored an instance: each worker has its own, from its start to its end. */
const TELLING = `
export default ({ log, options }) => {
  const me = crypto.randomUUID();
  return {
    async store(request) {
      for await (const _ of request.dataSet);
      log.warn("stored by " + me);
      const [last] = options.until ?? [];
      if (last === request.sopInstanceUid) Deno.exit(0);
      if (request.sopInstanceUid.endsWith(".666")) setTimeout(() => { throw new Error("boom"); });
      return 0x0000;
    },
    [Symbol.asyncDispose]: async () => log.warn("disposed of " + me),
  };
};
`;

/** An association with each of two workers, by what the worker calls itself. */
async function both(bench: WorkerBench): Promise<Map<string, StoringPeer>> {
  const found = new Map<string, StoringPeer>();
  for (let count = 0; found.size < 2; count++) {
    assert.ok(count < 64, "one of the workers is given nothing");
    const peer = await bench.associate();
    const from = bench.stderr.length;
    assert.equal(await peer.store(`1.2.${count}`), 0);
    const [, who = ""] = await bench.until(/stored by (\S+)\n/, from);
    if (found.has(who)) await peer.release();
    else found.set(who, peer);
  }
  return found;
}

async function withTelling(use: (handler: string) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/telling.js`, TELLING);
    await use(`${directory}/telling.js`);
  });
}

threads(
  "workers serve at one port, and the program tells of all of them as of one",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(main, "0", "--workers", "2", "--handler", handler);
      const peers = [...(await both(bench)).values()];
      for (const peer of peers) await peer.release();
      assert.equal(await bench.stop(), 0);
      const { events } = bench;
      const names = events.map(({ event }) => event);
      assert.deepEqual(
        ["listening", "stopping", "summary"].map((name) => names.filter((e) => e === name).length),
        [1, 1, 1],
      );
      assert.equal(names[0], "listening");
      assert.equal(names.at(-1), "summary");
      const states = eventsOf(events, "association");
      const ids = [...new Set(states.map(({ association }) => association))];
      const stored = bench.stderr.match(/: stored by /g)?.length ?? 0;
      assert.equal(ids.length, stored, "the associations are told apart");
      for (const id of ids) {
        const own = states.filter(({ association }) => association === id);
        assert.deepEqual(own.map(({ state }) => state), ["requested", "accepted", "released"]);
      }
      assert.equal(summaryOf(events).received, stored);
      const lines = bench.stderr.split("\n");
      assert.equal(lines.filter((line) => line.startsWith("I: Listening as ")).length, 1);
      assert.equal(lines.filter((line) => line.includes(": disposed of ")).length, 2);
      assert.match(
        lines.at(-2) ?? "",
        new RegExp(`^I: Received ${stored} instances by ${stored} associations in `),
      );
    }),
);

threads(
  "the first signal drains all workers, the second aborts what stands on any",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(main, "0", "--workers", "2", "--handler", handler, "--grace", "0", "-d");
      const [first, second] = (await both(bench)).values();
      assert.ok(first && second);
      for (const peer of [first, second]) await peer.beginLongStore("1.9");
      await bench.until(/("affectedSopInstanceUid":"1\.9"[^]*){2}/);
      bench.signal();
      await bench.until(/Stopping: \d+ associations under way, 2 instances being received/);
      // Soon none of them listens any more.
      const isListening = (): Promise<boolean> =>
        bench.dial().then((peer) => (peer.transport.close(), true), () => false);
      while (await isListening());
      await first.sendRest();
      assert.equal((await first.expectMessage("C-STORE-RSP")).status, 0);
      await first.release();
      bench.signal();
      await second.expect("A-ABORT");
      second.transport.close();
      assert.equal(await bench.end(), 6);
      const { failed, failedSopInstanceUids } = summaryOf(bench.events);
      assert.deepEqual([failed, failedSopInstanceUids], [1, ["1.9"]]);
    }),
);

threads("--max-associations is a limit of all workers together", async () => {
  const bench = new WorkerBench();
  await bench.start(main, "0", "--workers", "2", "--ignore", "--max-associations", "6");
  const peers: StoringPeer[] = [];
  // Half of them may be of one address.
  for (let count = 0; count < 3; count++) peers.push(await bench.associate());
  const request = async (): Promise<StoringPeer | undefined> => {
    const peer = await bench.dial();
    await peer.requestAssociation();
    const answer = await peer.receive();
    if (answer.type === "A-ASSOCIATE-AC") return peer;
    assert.deepEqual(answer, { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 });
    peer.transport.close();
    return undefined;
  };
  for (let count = 0; count < 8; count++) assert.equal(await request(), undefined);
  await peers.pop()?.release();
  // The place is free when the connection is closed, which the peer is not told.
  for (let found = false; !found;) {
    const peer = await request();
    found = peer !== undefined;
    peers.push(...(peer === undefined ? [] : [peer]));
  }
  for (const peer of peers) await peer.release();
  assert.equal(await bench.stop(), 0);
});

threads(
  "an instance that comes to several workers at once is in one file",
  () =>
    inDirectory(async (directory) => {
      const bench = new WorkerBench();
      const part = (number: number): string =>
        `.CT.1.4711-00000000-0000-4000-8000-00000000000${number}.part`;
      // One of another worker that is at it, and one of a process that was killed.
      using live = await Deno.open(`${directory}/${part(1)}`, { write: true, createNew: true });
      await live.lock(true);
      await Deno.writeTextFile(`${directory}/${part(2)}`, "");
      await bench.start(main, "0", "--workers", "2", "-od", directory);
      const peers = await Promise.all(Array.from({ length: 12 }, () => bench.associate()));
      for (const uid of ["1.2.3", "1.2.4", "1.2.5"]) {
        const statuses = await Promise.all(peers.map((peer) => peer.store(uid)));
        assert.deepEqual(statuses, peers.map(() => 0));
      }
      for (const peer of peers) await peer.release();
      assert.equal(await bench.stop(), 0);
      const names = (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
      assert.deepEqual(names, [
        part(1),
        "CT.1.2.3",
        "CT.1.2.4",
        "CT.1.2.5",
      ]);
    }),
);

threads(
  "a worker that dies is replaced, and its end is told by the exit code",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(
        main,
        ...["0", "--workers", "2", "--handler", handler, "--handler-option", "until=1.6"],
      );
      const before = await both(bench);
      const [[dead, killer] = [], [, survivor] = []] = [...before];
      assert.ok(dead !== undefined && killer && survivor);
      bench.advance = 60_000;
      await killer.beginStore("1.6");
      await bench.until(
        /^E: Worker [12] has died, and its associations with it: it ended itself; another takes its place$/m,
      );
      // The other goes on, and so does the server.
      assert.equal(await survivor.store("1.7"), 0);
      await bench.until(/^I: Worker [12] serves again$/m);
      const after = await both(bench);
      assert.ok(!after.has(dead));
      for (const peer of [...before.values(), ...after.values()]) peer.transport.close();
      assert.equal(await bench.stop(), 1);
      assert.equal(summaryOf(bench.events).exitCode, 1);
      assert.ok(Number(summaryOf(bench.events).received) >= 3);
    }),
);

threads(
  "a worker that dies at once ends the server in good order",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(
        main,
        ...["0", "--workers", "2", "--handler", handler, "--handler-option", "until=1.6"],
      );
      const peer = await bench.associate();
      await peer.beginStore("1.6");
      assert.equal(await bench.end(), 1);
      assert.match(
        bench.stderr,
        /^E: Worker [12] has died, .*: it ended itself; it had just begun/m,
      );
      peer.transport.close();
    }),
);

threads(
  "an error that a handler's timer throws is told, and the worker goes on",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(main, "0", "--workers", "2", "--handler", handler);
      const peer = await bench.associate();
      assert.equal(await peer.store("1.666"), 0);
      await bench.until(/^E: Nobody caught an error, perhaps of handler telling: boom$/m);
      assert.equal(await peer.store("1.7"), 0);
      await peer.release();
      assert.equal(await bench.stop(), 0);
    }),
);

threads(
  "a handler in a sandbox is in a worker of each worker",
  () =>
    withTelling(async (handler) => {
      const bench = new WorkerBench();
      await bench.start(main, "0", "--workers", "2", "--handler", handler, "--sandbox");
      const peers = [...(await both(bench)).values()];
      for (const peer of peers) await peer.release();
      assert.equal(await bench.stop(), 0);
      assert.equal(bench.stderr.match(/runs in a sandbox: it may neither/g)?.length, 1);
      assert.equal(bench.stderr.match(/disposed of /g)?.length, 2);
    }),
);

threads(
  "what one worker cannot begin with, all cannot, and it is told once",
  () =>
    inDirectory(async (directory) => {
      await Deno.writeTextFile(`${directory}/file`, "");
      for (
        const [args, words] of [
          [["--handler", `${directory}/none.ts`], /^E: Cannot load handler /m],
          [["-od", `${directory}/file`], /^E: Cannot make output directory /m],
        ] as const
      ) {
        const bench = new WorkerBench();
        await bench.start(main, "0", "--workers", "2", ...args);
        assert.equal(await bench.end(), 2);
        assert.match(bench.stderr, words);
        assert.equal(bench.stderr.split("\n").filter((line) => line.startsWith("E: ")).length, 1);
      }
    }),
);

threads("workers are told to stop before they have begun", async () => {
  const bench = new WorkerBench();
  const started = bench.start(main, "0", "--workers", "2", "--ignore");
  await bench.heeding;
  bench.signal();
  await started;
  assert.equal(await bench.end(), 0);
  assert.equal(summaryOf(bench.events).received, 0);
});

Deno.test("workers are refused where they cannot be", async () => {
  const network = () => Promise.reject(new Error("no network"));
  for (
    const [run, args, change, words] of [
      [main, ["--ignore"], { connect: network }, /brings its own network/],
      [
        main,
        [],
        { bakedHandler: { specifier: "mine.ts", module: { default: () => ({}) } } },
        /for one thread only/,
      ],
      [qrscp, ["--no-store", "."], {}, /with an index in memory: workers share its file/],
    ] as const
  ) {
    const bench = new WorkerBench();
    const code = await run(["--workers", "2", ...args], { ...bench.io, ...change });
    assert.equal(code, 2);
    assert.match(bench.stderr, /error: Cannot use --workers 2|^E: Cannot use --workers 2/);
    assert.match(bench.stderr, words);
  }
});

Deno.test({
  name: "workers are refused where their program cannot be read",
  ignore: WITHOUT_WORKERS,
  permissions: { net: true },
  fn: async () => {
    const bench = new WorkerBench();
    assert.equal(await main(["0", "--workers", "2", "--ignore"], bench.io), 2);
    assert.match(bench.stderr, /^E: Cannot use --workers 2: it needs --allow-read=\S+ too, where /);
  },
});
