import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { ToolLog } from "../../cli/log.ts";
import { OwnMoves } from "../../cli/move_originator.ts";
import { RetrieveLedger } from "../../cli/retrieve_ledger.ts";
import type { StorageChoice } from "../../cli/storage_options.ts";
import { StorageScp, type StorageScpOptions } from "../../cli/storage_scp.ts";
import { settle } from "../support/fake_clock.ts";
import { ToolBench } from "./tool_bench.ts";

interface Started {
  readonly bench: ToolBench;
  readonly ledger: RetrieveLedger;
  readonly scp: StorageScp;
  /** How many signs of life there were. */
  readonly signs: () => number;
}

async function start(options: Partial<StorageScpOptions> = {}): Promise<Started> {
  const bench = new ToolBench();
  const ledger = new RetrieveLedger();
  ledger.begin();
  const scp = await StorageScp.start({
    hostname: undefined,
    port: 11113,
    choice: choiceOf(undefined),
    timeouts: {},
    ledger,
    log: new ToolLog("info", bench.io.stderr),
    io: bench.io,
    ...options,
  });
  let signs = 0;
  scp.onActivity = () => void signs++;
  return { bench, ledger, scp, signs: () => signs };
}

function pure(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("StorageScp tells what is arriving and who is associated", async () => {
  const { bench, ledger, scp, signs } = await start();
  assert.equal(scp.port, 11113);
  assert.deepEqual([scp.isAssociated, scp.isReceiving], [false, false]);
  const archive = await bench.callStorage();
  assert.deepEqual([scp.isAssociated, scp.isReceiving], [true, false]);
  const before = signs();
  assert.equal(await archive.store("1.2.3"), 0x0000);
  assert.ok(signs() > before);
  assert.deepEqual([scp.isAssociated, scp.isReceiving], [true, false]);
  assert.equal(ledger.balance.received, 1);
  await archive.release();
  await settle();
  assert.deepEqual([scp.isAssociated, scp.isReceiving], [false, false]);
  assert.equal(scp.reception.isReached, true);
  await scp[Symbol.asyncDispose]();
});

pure(
  "StorageScp counts an instance that takes long as a sign of life, until it is lost",
  async () => {
    const { bench, scp, signs } = await start();
    const archive = await bench.callStorage();
    await archive.sendMessage(1, {
      type: "C-STORE-RQ",
      messageId: 1,
      affectedSopClassUid: "1.2.840.10008.5.1.4.1.1.2",
      affectedSopInstanceUid: "1.2.3",
      priority: 0,
      hasDataSet: true,
    });
    await settle();
    assert.equal(scp.isReceiving, true);
    const before = signs();
    await bench.clock.advance(5_000);
    assert.equal(signs() - before, 5);
    archive.transport.close();
    await settle();
    assert.equal(scp.isReceiving, false);
    const after = signs();
    await bench.clock.advance(5_000);
    assert.equal(signs(), after);
    await scp[Symbol.asyncDispose]();
  },
);

pure("StorageScp watches over all that arrives by one timer a second", async () => {
  const { bench, scp } = await start();
  const { clock } = bench;
  const schedule = clock.schedule.bind(clock);
  let watches = 0;
  clock.schedule = (delay, callback) => {
    if (delay === 1000) watches += 1;
    return schedule(delay, callback);
  };
  const archive = await bench.callStorage();
  for (const uid of ["1.1", "1.2", "1.3"]) assert.equal(await archive.store(uid), 0x0000);
  assert.equal(watches, 1);
  // Nothing arrives: nobody watches on.
  await clock.advance(5_000);
  assert.equal(watches, 1);
  assert.equal(await archive.store("1.4"), 0x0000);
  assert.equal(watches, 2);
  await archive.release();
  await scp[Symbol.asyncDispose]();
});

pure("StorageScp tells what comes for others, which is no sign of life of ours", async () => {
  const moves = new OwnMoves({
    ...{ callingAeTitle: "ME", calledAeTitle: "PACS", moveDestination: "ME" },
  });
  moves.add(1);
  const { bench, ledger, scp, signs } = await start({ moves });
  ledger.expected = ["1.9"];
  const archive = await bench.callStorage();
  assert.equal(await archive.store("1.1", { aeTitle: "ME", messageId: 1 }), 0x0000);
  const before = signs();
  assert.equal(await archive.store("1.2", { aeTitle: "OTHER", messageId: 1 }), 0x0000);
  assert.equal(signs(), before);
  assert.deepEqual([ledger.balance.received, ledger.strays.count], [1, 1]);
  // What the archive has named is ours, whoever brings it.
  assert.equal(await archive.store("1.9", { aeTitle: "OTHER", messageId: 1 }), 0x0000);
  assert.ok(signs() > before);
  assert.deepEqual([...ledger.received], ["1.1", "1.9"]);
  await archive.beginLongStore("1.3", { aeTitle: "OTHER", messageId: 1 });
  await settle();
  assert.equal(scp.isReceiving, false);
  const last = signs();
  archive.transport.close();
  await settle();
  assert.ok(signs() > last, "who waits for the end of all associations is told");
  assert.deepEqual([ledger.balance.received, ledger.strays], [2, { count: 1, aeTitle: "OTHER" }]);
  await scp[Symbol.asyncDispose]();
});

pure("StorageScp aborts what stands when it is disposed of", async () => {
  const { bench, scp } = await start();
  const archive = await bench.callStorage();
  const closing = scp[Symbol.asyncDispose]();
  await archive.expect("A-ABORT");
  archive.transport.close();
  await closing;
  assert.equal(scp.isAssociated, false);
  assert.equal(bench.lines.at(-1), "I: Aborting Association");
});

Deno.test("StorageScp makes its directory before it listens, and refuses one it cannot make", async () => {
  const parent = await Deno.makeTempDir();
  try {
    const { scp } = await start({ choice: choiceOf(`${parent}/a/b`) });
    assert.ok((await Deno.stat(`${parent}/a/b`)).isDirectory);
    await scp[Symbol.asyncDispose]();
    await Deno.writeTextFile(`${parent}/file`, "");
    await assert.rejects(start({ choice: choiceOf(`${parent}/file`) }), UsageError);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});

function choiceOf(directory: string | undefined): StorageChoice {
  return {
    handlers: [{ specifier: undefined, options: {} }],
    ignore: directory === undefined,
    directory,
    files: { filename: undefined, onExist: undefined, durable: false, minimumFree: undefined },
    limits: {},
    sandbox: false,
    hosts: [],
  };
}
