import assert from "node:assert/strict";
import { isWithin } from "../../../plugins/archive/scan.ts";
import type { Archive } from "../../../plugins/archive.ts";
import { instanceFile } from "../../support/synthetic_instances.ts";
import { ArchiveArea, facts, findRequest, foundValues, scanned } from "../archive_area.ts";

/** What a scan did, in short. */
async function scan(archive: Archive): Promise<string> {
  const progress = await scanned(archive);
  assert.ok(progress?.isDone);
  const { files, ...rest } = progress;
  const done = Object.entries(rest).filter(([, count]) => typeof count === "number" && count > 0);
  return [`${files} files`, ...done.map(([what, count]) => `${count} ${what}`)].join(", ");
}

async function names(archive: Archive): Promise<string[]> {
  return await foundValues(archive, findRequest("STUDY", ["PatientName"]), "PatientName");
}

Deno.test("a scan finds instances at any depth, and passes over the rest", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1.dcm", facts("1.1"));
  await area.put("deep/down/below/IM1", facts("1.2"));
  await area.put(".hidden", facts("1.3"));
  await area.put(".hidden.d/1", facts("1.4"));
  await area.put("DICOMDIR", { ...facts("1.5"), sopClassUid: "1.2.840.10008.1.3.10" });
  await Deno.writeFile(`${area.folder}/bare`, instanceFile(facts("1.6")).subarray(132));
  await Deno.writeTextFile(`${area.folder}/notes.txt`, "No images here. ".repeat(20));
  await Deno.writeFile(`${area.folder}/empty`, new Uint8Array(0));
  await area.put("nobody.dcm", facts("1.7", "StudyInstanceUID="));
  await using archive = await area.open();
  assert.equal(await scan(archive), "7 files, 3 added, 1 unusable");
  assert.equal(archive.counts.instances, 3);
  assert.deepEqual(area.lines, [
    "warn: Cannot serve ROOT/folder/nobody.dcm: it has no Study Instance UID",
  ]);
  assert.equal(await scan(archive), "7 files");
  assert.equal(area.lines.length, 1, "nothing is read, and nothing is said, twice");
});

Deno.test("a scan follows links to files, and not to directories", async () => {
  await using area = await ArchiveArea.make();
  await Deno.mkdir(`${area.root}/elsewhere`);
  await Deno.writeFile(`${area.root}/elsewhere/1`, instanceFile(facts("1.1")));
  await Deno.symlink(`${area.root}/elsewhere/1`, `${area.folder}/one`);
  await Deno.symlink(area.folder, `${area.folder}/round`);
  await Deno.symlink(`${area.root}/nowhere`, `${area.folder}/broken`);
  await using archive = await area.open();
  assert.equal(await scan(archive), "3 files, 1 added");
});

Deno.test("a scan picks up what changed", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1.dcm", facts("1.1", "PatientName=Wrong"));
  await using archive = await area.opened();
  assert.deepEqual(await names(archive), ["Wrong"]);
  await area.put("1.dcm", facts("1.1", "PatientName=Mended"));
  assert.equal(await scan(archive), "1 files, 1 changed");
  assert.deepEqual(await names(archive), ["Mended"]);
  await area.put("1.dcm", facts("1.2", "StudyInstanceUID=7", "PatientName=Other"));
  assert.equal(await scan(archive), "1 files, 1 changed");
  assert.deepEqual(await names(archive), ["Other"]);
});

Deno.test("a scan forgets what is gone", async () => {
  await using area = await ArchiveArea.make();
  await area.put("a/1", facts("1.1"));
  await area.put("a/b/2", facts("1.2"));
  await area.put("3", facts("1.3"));
  await using archive = await area.opened();
  await Deno.remove(`${area.folder}/a`, { recursive: true });
  assert.equal(await scan(archive), "1 files, 2 removed");
  await Deno.remove(`${area.folder}/3`);
  assert.equal(await scan(archive), "0 files, 1 removed");
  assert.deepEqual(archive.counts, { patients: 0, studies: 0, series: 0, instances: 0 });
});

Deno.test("of two files with one instance the first is served, and then the other", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1", "PatientName=First"));
  await area.put("2", facts("1.1", "PatientName=Second"));
  await using archive = await area.open();
  assert.equal(await scan(archive), "2 files, 1 added, 1 duplicates");
  assert.deepEqual(await names(archive), ["First"]);
  await Deno.remove(`${area.folder}/1`);
  assert.equal(await scan(archive), "1 files, 1 added, 1 removed");
  assert.deepEqual(await names(archive), ["Second"]);
});

Deno.test("a folder that is not named any more is not served", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1"));
  {
    await using archive = await area.opened();
    assert.equal(archive.counts.instances, 1);
  }
  await using archive = await area.open({ folders: [] });
  assert.equal(await scan(archive), "0 files, 1 removed");
  assert.equal(archive.counts.instances, 0);
});

Deno.test("what cannot be listed for now is not forgotten", async () => {
  await using area = await ArchiveArea.make();
  await area.put("mount/1", facts("1.1"));
  await using archive = await area.opened({ folders: [`${area.folder}/mount`] });
  await Deno.rename(`${area.folder}/mount`, `${area.folder}/away`);
  assert.equal(await scan(archive), "0 files, 1 unusable");
  assert.equal(archive.counts.instances, 1);
  assert.match(area.lines.at(-1) ?? "", /^warn: Cannot look through ROOT\/folder\/mount: /);
});

Deno.test("a folder that must not be written to is served", async () => {
  await using area = await ArchiveArea.make();
  await area.put("1", facts("1.1"));
  await Deno.chmod(`${area.folder}/1`, 0o444);
  await Deno.chmod(area.folder, 0o555);
  await using archive = await area.opened();
  assert.equal(archive.counts.instances, 1);
  await Deno.chmod(area.folder, 0o755);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(area.folder), ({ name }) => name), ["1"]);
});

Deno.test("a scan ends when it is told to, and what it found stays", async () => {
  await using area = await ArchiveArea.make();
  for (let number = 0; number < 100; number++) await area.put(`${number}`, facts(`1.${number}`));
  await using archive = await area.open();
  const stop = new AbortController();
  await assert.rejects(async () => {
    for await (const { added } of archive.scan({ signal: stop.signal })) {
      if (added >= 40) stop.abort(new Error("stopped"));
    }
  }, /stopped/);
  const { instances } = archive.counts;
  assert.ok(instances >= 40 && instances < 100, `${instances}`);
  assert.equal(await scan(archive), `100 files, ${100 - instances} added`);
});

Deno.test("isWithin() knows folders by whole names", { permissions: "none" }, () => {
  const cases = [["/a", "/a", true], ["/a/b", "/a", true], ["/ab", "/a", false], ["/a", "/", true]];
  for (const [path, folder, expected] of cases) {
    assert.equal(isWithin(String(path), String(folder)), expected, `${path} in ${folder}`);
  }
});
