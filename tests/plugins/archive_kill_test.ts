import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { instanceDataSet } from "../support/synthetic_instances.ts";
import { ArchiveArea, facts, located, scanned } from "./archive_area.ts";

const PROGRAM = fileURLToPath(new URL("./archive_ingest.ts", import.meta.url));
const KILLS = 30;

/** Lets instances be stored until some are answered, and kills the process; returns those. */
async function killed(directory: string, run: number): Promise<string[]> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", PROGRAM, directory, `${run}`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  const answers = 1 + run * 7 % 40;
  let text = "";
  let isKilled = false;
  // The moment of the kill differs by the number of answers, and by what the system makes of it.
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    // What it said before its end still comes.
    if (isKilled || text.split("\n").length <= answers) continue;
    process.kill("SIGKILL");
    isKilled = true;
  }
  const { signal } = await process.status;
  assert.equal(signal, "SIGKILL", await errors);
  await errors;
  return text.split("\n").slice(0, -1);
}

Deno.test("no instance that was answered 0x0000 is lost by kill -9", async () => {
  await using area = await ArchiveArea.make();
  const directory = `${area.root}/received`;
  const answered: string[] = [];
  for (let run = 0; run < KILLS; run++) answered.push(...await killed(directory, run));
  assert.ok(answered.length >= KILLS);
  await using archive = await area.open();
  // Killed between the entry and the answer an instance may be known, and after the answer it is.
  const known = new Set(
    (await located(archive, "STUDY", ["StudyInstanceUID=1.2.3"])).map(({ uid }) => uid),
  );
  assert.deepEqual(answered.filter((uid) => !known.has(uid)), []);
  await scanned(archive);
  const instances = new Map(
    (await located(archive, "STUDY", ["StudyInstanceUID=1.2.3"])).map((
      { uid, bytes },
    ) => [uid, bytes]),
  );
  for (const uid of answered) {
    assert.deepEqual(instances.get(uid), instanceDataSet(facts(uid)), uid);
  }
});

Deno.test("an instance whose entry was lost is found by the next scan", async () => {
  await using area = await ArchiveArea.make();
  const answered = await killed(`${area.root}/received`, 5);
  assert.notDeepEqual(answered, []);
  // As a power cut may leave it: the files are on the medium, and the index is as it was before.
  for (const suffix of ["", "-wal", "-shm"]) {
    await Deno.remove(`${area.index}${suffix}`).catch(() => {});
  }
  await using archive = await area.opened();
  const instances = await located(archive, "STUDY", ["StudyInstanceUID=1.2.3"]);
  const uids = new Set(instances.map(({ uid }) => uid));
  assert.deepEqual(answered.filter((uid) => !uids.has(uid)), []);
});
