import assert from "node:assert/strict";
import { ArchiveIndex, type FoundFile } from "../../../plugins/archive/archive_index.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { CT, EXPLICIT, identifierOf, keptLog } from "../archive_area.ts";

async function emptyIndex(): Promise<ArchiveIndex> {
  return new ArchiveIndex(await openDatabase(IN_MEMORY, keptLog().log));
}

/** A file that was read. */
function file(path: string, uid: string | undefined, ...keys: readonly string[]): FoundFile {
  const [directory = "", name = ""] = path.split(":");
  const stamp = { size: 10, modified: 1.5, inode: 7 };
  if (uid === undefined) return { directory, name, content: { kind: "other", stamp } };
  const attributes = identifierOf(
    `SOPClassUID=${CT}`,
    `SOPInstanceUID=${uid}`,
    "PatientID=P",
    "StudyInstanceUID=1",
    "SeriesInstanceUID=1.1",
    ...keys,
  );
  const head = {
    attributes,
    sopClassUid: CT,
    sopInstanceUid: uid,
    transferSyntaxUid: EXPLICIT,
    dataSetOffset: 0,
  };
  return { directory, name, content: { kind: "instance", stamp, head } };
}

function counts(index: ArchiveIndex): number[] {
  const { patients, studies, series, instances } = index.counts;
  return [patients, studies, series, instances];
}

function idsIn(index: ArchiveIndex, directory: string): number[] {
  return index.filesOf(directory, "", 100).map(({ id }) => id);
}

Deno.test("enter() says what became of each file", async () => {
  using index = await emptyIndex();
  const entries = index.enter([
    file("/a:1", "1.1.1"),
    file("/a:2", "1.1.2"),
    file("/b:1", "1.1.1"),
    file("/b:2", undefined),
  ]);
  assert.deepEqual(entries, ["added", "added", "duplicate", "passed"]);
  assert.deepEqual(index.enter([file("/a:1", "1.1.1")]), ["changed"]);
  assert.deepEqual(counts(index), [1, 1, 1, 2]);
});

Deno.test("fileOf() names the file that is served", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1"), file("/b:1", "1.1.1")]);
  assert.equal(index.fileOf("1.1.1"), "/a/1");
  assert.equal(index.fileOf("1.1.2"), undefined);
});

Deno.test("remove() takes out what nothing belongs to any more", async () => {
  using index = await emptyIndex();
  index.enter([
    file("/a:1", "1.1.1"),
    file("/a:2", "1.2.1", "SeriesInstanceUID=1.2"),
    file("/a:3", "2.1.1", "StudyInstanceUID=2", "SeriesInstanceUID=2.1"),
    file("/a:4", "3.1.1", "PatientID=Q", "StudyInstanceUID=3", "SeriesInstanceUID=3.1"),
  ]);
  assert.deepEqual(counts(index), [2, 3, 4, 4]);
  const expected = [[2, 3, 3, 3], [2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 0, 0]];
  for (const id of idsIn(index, "/a")) {
    index.remove([id]);
    assert.deepEqual(counts(index), expected.shift());
  }
});

Deno.test("remove() tells which files hold the same instance", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1"), file("/b:1", "1.1.1"), file("/b:2", "1.1.2")]);
  assert.deepEqual(index.remove(idsIn(index, "/a")), ["/b/1"]);
  assert.deepEqual(index.known("/b", ["1", "2"]).map(({ name }) => name), ["2"]);
});

Deno.test("known() and filesOf() tell of files as they were", async () => {
  using index = await emptyIndex();
  index.enter(["1", "2", "3"].map((name) => file(`/a:${name}`, undefined)));
  assert.deepEqual(index.known("/a", ["2", "x"]), [
    { id: 2, name: "2", size: 10, modified: 1.5, inode: 7 },
  ]);
  assert.deepEqual(index.filesOf("/a", "1", 1).map(({ name }) => name), ["2"]);
  assert.deepEqual(index.known("/b", ["1"]), []);
});

Deno.test("the study of two patients is a study of each", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1"), file("/a:2", "1.1.2", "PatientID=Q")]);
  assert.deepEqual(counts(index), [2, 2, 2, 2]);
});

Deno.test("the first instance says what its study is like, until a file changes", async () => {
  using index = await emptyIndex();
  const description = (): unknown => index.row("SELECT study_description AS text FROM study")?.text;
  index.enter([file("/a:1", "1.1.1", "StudyDescription=first")]);
  index.enter([file("/a:2", "1.1.2", "StudyDescription=second")]);
  assert.equal(description(), "first");
  index.enter([file("/a:2", "1.1.2", "StudyDescription=mended")]);
  assert.equal(description(), "mended");
});

Deno.test("enter() takes all or nothing", async () => {
  using index = await emptyIndex();
  const broken = file("/a:2", "1.1.2");
  assert.throws(() =>
    index.enter([file("/a:1", "1.1.1"), {
      ...broken,
      content: { ...broken.content, stamp: { size: NaN, modified: 0, inode: 0 } },
    }])
  );
  assert.deepEqual(counts(index), [0, 0, 0, 0]);
  assert.deepEqual(index.enter([file("/a:1", "1.1.1")]), ["added"]);
  assert.deepEqual(index.directories, ["/a"]);
});

Deno.test("clear() and removeEmptyDirectory() forget", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1")]);
  index.clear();
  assert.deepEqual([counts(index), index.directories], [[0, 0, 0, 0], []]);
  index.enter([file("/a:1", undefined)]);
  index.removeEmptyDirectory("/a");
  assert.deepEqual(index.directories, ["/a"]);
  index.remove(idsIn(index, "/a"));
  index.removeEmptyDirectory("/a");
  assert.deepEqual(index.directories, []);
  assert.deepEqual(index.enter([file("/a:1", "1.1.1")]), ["added"]);
});

Deno.test("an index that threads share knows what another has removed, and what it has entered", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/index.sqlite`;
  const { log } = keptLog();
  // One has it alone, and lets the others have it then.
  (await openDatabase(path, log)).close();
  {
    using one = new ArchiveIndex(await openDatabase(path, log, "shared"));
    using other = new ArchiveIndex(await openDatabase(path, log, "shared"));
    assert.deepEqual(one.enter([file("/a:1", "1.1.1")]), ["added"]);
    assert.deepEqual(counts(other), [1, 1, 1, 1]);
    assert.deepEqual(other.enter([file("/a:1", "1.1.1")]), ["changed"]);
    other.remove(idsIn(other, "/a"));
    other.removeEmptyDirectory("/a");
    // The number of the directory that the first knows is another's now.
    assert.deepEqual(other.enter([file("/b:1", undefined)]), ["passed"]);
    assert.deepEqual(one.enter([file("/a:1", "1.1.1")]), ["added"]);
    assert.deepEqual(other.directories, ["/a", "/b"]);
    assert.equal(other.fileOf("1.1.1"), "/a/1");
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("hasOddRows() is asked by level", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1", "Modality=CT\\MR")]);
  assert.equal(index.hasOddRows("SERIES"), true);
  assert.equal(index.hasOddRows("STUDY"), false);
});

Deno.test("iterate() goes on while others write", async () => {
  using index = await emptyIndex();
  index.enter([file("/a:1", "1.1.1"), file("/a:2", "1.1.2")]);
  let rows = 0;
  for (const _ of index.iterate("SELECT id FROM instance WHERE id <= ?", [2])) {
    index.enter([file(`/a:x${rows++}`, `1.1.9${rows}`)]);
  }
  assert.equal(rows, 2);
  assert.equal(index.counts.instances, 4);
});
