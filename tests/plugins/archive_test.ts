import assert from "node:assert/strict";
import { dirname } from "node:path";
import { instanceDataSet, type InstanceFacts } from "../support/synthetic_instances.ts";
import {
  ArchiveArea,
  facts,
  findRequest,
  found,
  foundValues,
  keptLog,
  located,
  scanned,
  stored,
} from "./archive_area.ts";

const IMPLICIT = "1.2.840.10008.1.2";
const BY_STUDY = ["StudyInstanceUID=1.2.3"];

Deno.test("openArchive() finds at once what it stores, and sends it back byte for byte", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await area.open();
  const instance = facts("1.1", "StudyDescription=Knee");
  assert.deepEqual(await stored(archive, instance), { status: 0x0000 });
  assert.deepEqual(await found(archive, findRequest("STUDY", ["StudyDescription=Kn*"])), [
    ["QueryRetrieveLevel=STUDY", "StudyDescription=Knee", "StudyInstanceUID=1.2.3"],
  ]);
  const [located1] = await located(archive, "STUDY", BY_STUDY);
  assert.deepEqual(located1?.bytes, instanceDataSet(instance));
  const path = `${area.root}/received/1.2.3/1.2.3.4/1.1.dcm`;
  assert.ok((await Deno.stat(path)).isFile);
  const again = await scanned(archive);
  assert.deepEqual([again?.files, again?.added], [1, 0]);
});

Deno.test("an archive that is opened again knows what it had without a scan", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1"));
  {
    await using archive = await area.opened();
    await stored(archive, facts("1.2"));
  }
  await using archive = await area.open();
  assert.equal(archive.counts.instances, 2);
});

Deno.test("an archive that is opened removes what a killed process left", async () => {
  await using area = await ArchiveArea.make();
  const part = `${area.root}/received/.1.1.dcm.4711-${crypto.randomUUID()}.part`;
  await Deno.mkdir(dirname(part));
  await Deno.writeTextFile(part, "");
  await using _archive = await area.open();
  await assert.rejects(Deno.lstat(part), Deno.errors.NotFound);
});

Deno.test("the index is made anew when it is lost, damaged or to be", async () => {
  await using area = await ArchiveArea.make();
  {
    await using archive = await area.open();
    await stored(archive, facts("1.1"));
  }
  const losses: readonly (() => Promise<unknown>)[] = [
    () => Deno.remove(area.index),
    () => Deno.writeTextFile(area.index, "damaged ".repeat(2000)),
  ];
  for (const lose of losses) {
    await lose();
    await using archive = await area.open();
    assert.equal(archive.counts.instances, 0);
    await scanned(archive);
    assert.equal(archive.counts.instances, 1);
  }
  assert.match(area.lines.join(), /The index ROOT\/received\/.dimse-index.sqlite is damaged/);
  await using archive = await area.open({ reindex: true });
  assert.equal(archive.counts.instances, 0);
});

Deno.test("damage that a scan meets has the index made anew", async () => {
  await using area = await ArchiveArea.make();
  for (let number = 0; number < 200; number++) await area.put(`${number}`, facts(`1.${number}`));
  await (await area.opened())[Symbol.asyncDispose]();
  const { size } = await Deno.stat(area.index);
  {
    using file = await Deno.open(area.index, { write: true });
    // The first page stays: the schema is in order, and what it leads to is not.
    await file.seek(12 * 4096, Deno.SeekMode.Start);
    await file.write(new Uint8Array(size - 12 * 4096).fill(0xa5));
  }
  await using archive = await area.opened();
  assert.equal(archive.counts.instances, 200);
  assert.match(area.lines.join(), /is damaged: it is kept as/);
});

Deno.test("reindex() reads everything again", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1"));
  await using archive = await area.opened();
  const progress = await Array.fromAsync(archive.reindex());
  assert.deepEqual([progress.at(-1)?.added, archive.counts.instances], [1, 1]);
});

Deno.test("an instance that comes many times at once is stored once", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await area.open();
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => stored(archive, facts("1.1"))),
  );
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([0x0000]));
  assert.equal(archive.counts.instances, 1);
  assert.equal((await scanned(archive))?.files, 1);
});

Deno.test("many instances come at once", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await area.open();
  const scan = scanned(archive);
  const uids = Array.from({ length: 60 }, (_, number) => `1.${number}`);
  await Promise.all(uids.map((uid) => stored(archive, facts(uid))));
  await scan;
  const instances = await located(archive, "STUDY", BY_STUDY);
  assert.deepEqual(instances.map(({ uid }) => uid).sort(), uids.sort());
});

Deno.test("an instance that comes again with other data is kept too, and the first is served", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await area.open();
  await stored(archive, facts("1.1", "PatientName=First"));
  assert.deepEqual(await stored(archive, facts("1.1", "PatientName=Second")), { status: 0x0000 });
  const request = findRequest("STUDY", ["PatientName"]);
  assert.deepEqual(await foundValues(archive, request, "PatientName"), ["First"]);
  assert.match(area.lines.join(), /Another file is served for the instance 1.1 of .*1\.1-1\.dcm/);
});

Deno.test("an instance that is served from another file is not stored again", async () => {
  await using area = await ArchiveArea.make();
  const path = await area.put("old/IM0", facts("1.1"));
  for (const durable of [true, false]) {
    await using archive = await area.opened({ durable });
    const index = area.index;
    assert.deepEqual(await stored(archive, facts("1.1")), { status: 0x0000 });
    const names = await Array.fromAsync(Deno.readDir(dirname(index)), ({ name }) => name);
    assert.deepEqual(names.filter((name) => !name.startsWith(".")), []);
    assert.equal(archive.counts.instances, 1);
  }
  const line = `debug: DICOM file already exists with the same data: ${path}`;
  assert.deepEqual(area.lines, Array(2).fill(line.replaceAll(area.root, "ROOT")));
});

/** What differs from an instance that is served from another file. */
const DIFFERENT: readonly (readonly [string, InstanceFacts])[] = [
  ["data", facts("1.1", "PatientName=Second")],
  ["transfer syntax", { ...facts("1.1"), transferSyntaxUid: IMPLICIT }],
];

for (const [what, instance] of DIFFERENT) {
  Deno.test(`an instance with another ${what} than in the file that is served is kept`, async () => {
    await using area = await ArchiveArea.make();
    await area.put("old/IM0", facts("1.1"));
    await using archive = await area.opened();
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await stored(archive, instance), { status: 0x0000 });
    }
    const received = "ROOT/received/1.2.3/1.2.3.4";
    assert.deepEqual(area.lines, [
      `warn: Another file is served for the instance 1.1 of ${received}/1.1.dcm`,
      `debug: DICOM file already exists with the same data: ${received}/1.1.dcm`,
    ]);
    const [served] = await located(archive, "STUDY", BY_STUDY);
    assert.deepEqual(served?.bytes, instanceDataSet(facts("1.1")));
  });
}

Deno.test("an instance whose served file is gone by now is stored", async () => {
  await using area = await ArchiveArea.make();
  const path = await area.put("old/IM0", facts("1.1"));
  await using archive = await area.opened();
  await Deno.remove(path);
  assert.deepEqual(await stored(archive, facts("1.1")), { status: 0x0000 });
  await scanned(archive);
  const [served] = await located(archive, "STUDY", BY_STUDY);
  assert.deepEqual(served?.bytes, instanceDataSet(facts("1.1")));
});

Deno.test("an instance that replaces another is served at once", async () => {
  await using area = await ArchiveArea.make();
  await using archive = await area.open({ onExist: "overwrite" });
  await stored(archive, facts("1.1", "PatientName=First"));
  await stored(archive, facts("1.1", "PatientName=Second"));
  const request = findRequest("STUDY", ["PatientName"]);
  assert.deepEqual(await foundValues(archive, request, "PatientName"), ["Second"]);
  assert.equal((await located(archive, "STUDY", BY_STUDY)).length, 1);
});

Deno.test("an archive looks through its folders by itself", async () => {
  await using area = await ArchiveArea.make();
  const { promise, resolve } = Promise.withResolvers<string>();
  const log = { ...keptLog().log, info: resolve };
  await using archive = await area.open({ rescanInterval: 10, log });
  await area.put("1", facts("1.1"));
  assert.equal(await promise, "Files in the folders: 1 new, 0 changed, 0 gone");
  assert.equal(archive.counts.instances, 1);
});

Deno.test("folders within folders are looked through once", async () => {
  await using area = await ArchiveArea.make();
  await area.put("sub/1", facts("1.1"));
  await using archive = await area.open({ folders: [area.folder, `${area.folder}/sub`] });
  assert.equal((await scanned(archive))?.files, 1);
});

Deno.test("an index in memory keeps nothing", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1"));
  for (let time = 0; time < 2; time++) {
    await using archive = await area.open({ index: ":memory:" });
    assert.equal((await scanned(archive))?.added, 1);
  }
  await assert.rejects(Deno.stat(area.index), Deno.errors.NotFound);
});

Deno.test("a second archive on the same index is refused", async () => {
  await using area = await ArchiveArea.make();
  await using _archive = await area.open();
  await assert.rejects(area.open(), /another process has it/);
});

Deno.test("an archive that is closed ends its scan", async () => {
  await using area = await ArchiveArea.make();
  for (let number = 0; number < 100; number++) await area.put(`${number}`, facts(`1.${number}`));
  const archive = await area.open();
  await assert.rejects(async () => {
    for await (const _ of archive.scan()) await archive[Symbol.asyncDispose]();
  }, /The archive is closed/);
});
