import assert from "node:assert/strict";
import { main } from "../../cli/qrscp.ts";
import { CT, EXPLICIT } from "../support/core_pair.ts";
import { eventsOf, type JsonEvent, readEvents, summaryOf } from "../support/event_schema.ts";
import { settle } from "../support/fake_clock.ts";
import { instanceDataSet, instanceFile } from "../support/synthetic_instances.ts";
import { ToolBench } from "./tool_bench.ts";

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeInstances(directory: string, ...uids: readonly string[]): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for (const sopInstanceUid of uids) {
    const facts = { sopClassUid: CT, sopInstanceUid, transferSyntaxUid: EXPLICIT };
    await Deno.writeFile(`${directory}/${sopInstanceUid}`, instanceFile(facts));
  }
}

/** A qrscp under test that listens, or has ended. */
async function start(
  bench: ToolBench,
  ...args: readonly string[]
): Promise<{ readonly code: Promise<number> }> {
  let hasEnded = false;
  const code = main(args, bench.io).finally(() => hasEnded = true);
  while (!hasEnded && !bench.stderr.includes("Listening")) await settle();
  return { code };
}

async function runToItsEnd(bench: ToolBench, ...args: readonly string[]): Promise<number> {
  const { code } = await start(bench, ...args);
  await bench.signal("SIGTERM");
  return await code;
}

function indexed(stdout: string): Partial<JsonEvent> {
  const [event, ...more] = eventsOf(readEvents(stdout), "indexed");
  assert.deepEqual(more, []);
  return event ?? {};
}

Deno.test("qrscp serves folders, tells how much is in them, and keeps its index", () =>
  withDirectory(async (directory) => {
    const [own, other] = [`${directory}/own`, `${directory}/other`];
    await writeInstances(own, "1.1", "1.2");
    await writeInstances(other, "1.3");
    await Deno.writeTextFile(`${other}/notes.txt`, "no DICOM file");
    const bench = new ToolBench();
    assert.equal(await runToItsEnd(bench, own, other, "--json"), 0);
    assert.deepEqual(
      bench.lines.map((line) => line.replace(/in [0-9.]+ s/, "in TIME").replaceAll(directory, "")),
      [
        "I: Looked through 4 files in TIME: 3 new, 0 changed, 0 gone",
        "I: Listening as QRSCP on port 11112 of memory",
        "I: Serving 1 patient, 1 study, 1 series, 3 instances of /own, /other",
        "I: Instances go to /own",
        "I: No destination of C-MOVE is known: see --destination",
        "I: Stopping",
        "I: Received 0 instances by 0 associations in TIME; 0 failed",
      ],
    );
    const { patients, studies, series, instances, files, added } = indexed(bench.stdout);
    assert.deepEqual([patients, studies, series, instances], [1, 1, 1, 3]);
    assert.deepEqual([files, added], [4, 3]);
    assert.deepEqual(readEvents(bench.stdout).map(({ event }) => event), [
      "indexed",
      "listening",
      "stopping",
      "summary",
    ]);
    assert.ok((await Deno.stat(`${own}/.dimse-index.sqlite`)).isFile);
    // The next start reads only what is new.
    await writeInstances(other, "1.4");
    await Deno.remove(`${own}/1.1`);
    const again = new ToolBench();
    assert.equal(await runToItsEnd(again, own, other, "--json"), 0);
    const then = indexed(again.stdout);
    assert.deepEqual([then.instances, then.added, then.removed], [3, 1, 1]);
    const anew = new ToolBench();
    assert.equal(await runToItsEnd(anew, own, other, "--json", "--reindex"), 0);
    assert.deepEqual([indexed(anew.stdout).instances, indexed(anew.stdout).added], [3, 3]);
  }));

Deno.test("qrscp --no-store takes nothing and writes nothing", () =>
  withDirectory(async (directory) => {
    await writeInstances(directory, "1.1");
    const bench = new ToolBench();
    const { code } = await start(bench, directory, "--no-store", "--json");
    assert.ok(bench.lines.includes("I: Instances are not taken"), bench.stderr);
    const peer = await bench.callStorage();
    await peer.beginStore("1.2");
    // The presentation context was not accepted.
    await peer.expect("A-ABORT");
    peer.transport.close();
    await bench.signal("SIGTERM");
    assert.equal(await code, 0);
    assert.equal(eventsOf(readEvents(bench.stdout), "listening")[0]?.directory, null);
    const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assert.deepEqual(names, ["1.1"]);
  }));

Deno.test("qrscp refuses folders that it cannot serve, and listens nowhere", () =>
  withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "");
    const cases: [args: string[], sentence: string][] = [
      [
        ["--no-store", `${directory}/none`],
        `Cannot serve ${directory}/none: there is no such folder`,
      ],
      [["--no-store", `${directory}/file`], `Cannot serve ${directory}/file: it is no folder`],
      [
        [`${directory}/own`, `${directory}/none`],
        `Cannot serve ${directory}/none: there is no such folder`,
      ],
      [
        [`${directory}/file`],
        `Cannot make output directory ${directory}/file: there is a file of that name`,
      ],
      [
        [directory, "--destinations", "none.txt"],
        "Cannot use the destinations of none.txt: there is no such file",
      ],
      [
        [directory, "--index", `${directory}/file/index`],
        `Cannot open the index ${directory}/file/index: unable to open database file: ` +
        `${directory}/file/index`,
      ],
      [
        [directory, "--handler-option", "on-exist=skip"],
        "Cannot use handler option on-exist: the archive has -od, --filename, --on-exist and " +
        "--durable instead",
      ],
    ];
    for (const [args, sentence] of cases) {
      const bench = new ToolBench();
      assert.equal(await main(args, bench.io), 2, sentence);
      assert.equal(bench.stderr, `E: ${sentence}\n`);
      assert.deepEqual(bench.calls, []);
      assert.equal(bench.signalListeners, 0);
    }
  }));

Deno.test("qrscp refuses an index that another one has", () =>
  withDirectory(async (directory) => {
    const first = new ToolBench();
    const { code } = await start(first, directory);
    const second = new ToolBench();
    assert.equal(await main([directory], second.io), 2);
    const index = await Deno.realPath(`${directory}/.dimse-index.sqlite`);
    assert.equal(second.stderr, `E: Cannot open the index ${index}: another process has it\n`);
    await first.signal("SIGTERM");
    assert.equal(await code, 0);
  }));

Deno.test("qrscp that is told to stop while it looks through its folders never listens", () =>
  withDirectory(async (directory) => {
    await writeInstances(directory, ...Array.from({ length: 200 }, (_, index) => `1.${index + 1}`));
    const bench = new ToolBench();
    const code = main([directory, "--json"], { ...bench.io, stderrColumns: 80 });
    while (!bench.stderr.includes("files")) await settle();
    await bench.signal("SIGINT");
    assert.equal(await code, 0);
    assert.match(
      bench.stderr,
      /I: Stopped after \d+ files: what was found by then is in the index/,
    );
    assert.deepEqual(bench.calls, []);
    const events = readEvents(bench.stdout);
    assert.deepEqual([summaryOf(events).exitCode, events.length], [0, 1]);
    assert.equal(bench.signalListeners, 0);
  }));

Deno.test("qrscp stores what it receives, and names the file", () =>
  withDirectory(async (directory) => {
    const bench = new ToolBench();
    const args = ["-od", directory, "--filename", "{SOPInstanceUID}.dcm", "--json", "-v"];
    const { code } = await start(bench, ...args);
    const peer = await bench.callStorage();
    // What has no study cannot be found again.
    assert.equal(await peer.store("1.2.3"), 0xa900);
    const facts = { sopClassUid: CT, sopInstanceUid: "1.2.4", transferSyntaxUid: EXPLICIT };
    await peer.sendMessage(1, {
      type: "C-STORE-RQ",
      messageId: 9,
      affectedSopClassUid: CT,
      affectedSopInstanceUid: facts.sopInstanceUid,
      priority: 0,
      hasDataSet: true,
    }, instanceDataSet(facts));
    assert.equal((await peer.expectMessage("C-STORE-RSP")).status, 0);
    await peer.release();
    await bench.signal("SIGTERM");
    assert.equal(await code, 6);
    const events = readEvents(bench.stdout);
    const told = eventsOf(events, "instance").map(({ status, path }) => [status, path]);
    const path = `${await Deno.realPath(directory)}/1.2.4.dcm`;
    assert.deepEqual(told, [[0xa900, null], [0, path]]);
    const { size } = await Deno.stat(path);
    assert.deepEqual([summaryOf(events).received, summaryOf(events).bytes], [1, size]);
    assert.match(bench.stderr, /^I: Storing DICOM file: .+1\.2\.4\.dcm$/m);
  }));
