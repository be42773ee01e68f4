import assert from "node:assert/strict";
import { ArchiveIndex } from "../../../plugins/archive/archive_index.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { stampOf } from "../../../plugins/archive/head.ts";
import { indexFile, isSame, report } from "../../../plugins/archive/index_file.ts";
import { ArchiveArea, facts, keptLog } from "../archive_area.ts";

Deno.test("indexFile() takes a file in once, and again when it is another", async () => {
  await using area = await ArchiveArea.make();
  const { log, lines } = keptLog();
  using index = new ArchiveIndex(await openDatabase(IN_MEMORY, log));
  const path = await area.put("1.dcm", facts("1.1"));
  assert.equal(indexFile(index, path, log), "added");
  assert.equal(indexFile(index, path, log), "passed");
  await area.put("1.dcm", facts("1.1", "ImageComments=other"));
  assert.equal(indexFile(index, path, log), "changed");
  assert.equal(indexFile(index, await area.put("2.dcm", facts("1.1")), log), "duplicate");
  assert.equal(indexFile(index, await area.put("3.dcm", facts("")), log), "passed");
  assert.deepEqual(lines.map((line) => line.replace(area.folder, "DIR")), [
    "warn: Another file is served for the instance 1.1 of DIR/2.dcm",
    "warn: Cannot serve DIR/3.dcm: it has no SOP Instance UID",
  ]);
});

Deno.test("isSame() looks at size, time and number", { permissions: "none" }, () => {
  const stamp = { size: 1, modified: 2, inode: 3 };
  assert.ok(isSame(stamp, { ...stamp }));
  for (const key of ["size", "modified", "inode"]) {
    assert.ok(!isSame(stamp, { ...stamp, [key]: 9 }));
  }
});

Deno.test("report() says nothing of what is no DICOM file", async () => {
  const { log, lines } = keptLog();
  const stamp = stampOf(await Deno.stat("."));
  report({ directory: "/a", name: "b", content: { kind: "other", stamp } }, "passed", log);
  assert.deepEqual(lines, []);
});
