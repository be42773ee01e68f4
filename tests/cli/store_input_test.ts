import assert from "node:assert/strict";
import { ToolLog } from "../../cli/log.ts";
import { readInstances } from "../../cli/store_input.ts";
import { StoreTally } from "../../cli/store_tally.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { concatBytes } from "../../lib/bytes.ts";
import { ct, EXPLICIT, type Files, withFiles } from "./sending.ts";

const TEXT = new TextEncoder().encode("This is no DICOM file.");

function dicomdir(...fileIds: string[]): Uint8Array<ArrayBuffer> {
  const dataSet = new DataSet();
  applyKeywordPath(dataSet, "FileSetID=CD");
  for (const [index, fileId] of fileIds.entries()) {
    applyKeywordPath(dataSet, `DirectoryRecordSequence[${index}].ReferencedFileID=${fileId}`);
  }
  const meta = encodeFileMeta({
    sopClassUid: "1.2.840.10008.1.3.10",
    sopInstanceUid: "1.2.3",
    transferSyntaxUid: EXPLICIT,
    implementationClassUid: "1.2.3",
  });
  return concatBytes([meta, encodeDataSet(dataSet, EXPLICIT)]);
}

const FILES: Files = {
  "a.dcm": ct("1.1"),
  "b.txt": TEXT,
  "c.dcm": ct("1.3", { meta: { sopInstanceUid: "1.9" } }),
  "long.dcm": ct(`1.${"2".repeat(63)}`),
  "cd/DICOMDIR": dicomdir("B", "A", "GONE", "..\\a.dcm", "README"),
  "cd/A": ct("1.4"),
  "cd/B": ct("1.5"),
  "cd/README": TEXT,
  "broken/DICOMDIR": dicomdir(),
  "empty/sub/x": TEXT,
};

interface Case {
  readonly name: string;
  readonly paths: readonly string[];
  readonly failFirst?: boolean;
  readonly uids: readonly string[];
  readonly lines?: readonly string[];
  readonly failed?: number;
}

const CASES: readonly Case[] = [
  {
    name: "gives what is DICOM in a directory, and skips the rest by name",
    paths: ["DIR"],
    uids: ["1.1", "1.3"],
    lines: [
      "E: Bad DICOM file: DIR/b.txt",
      "W: DIR/c.dcm: its SOP Instance UID is 1.3, its file meta information says 1.9",
      "E: Cannot send DIR/long.dcm: its SOP Instance UID has 65 characters, more than the 64 of a UID",
    ],
    failed: 1,
  },
  {
    name: "counts as failed what was named and is not DICOM, or not there",
    paths: ["DIR/b.txt", "DIR/a.dcm", "DIR/nope"],
    uids: ["1.1"],
    lines: ["E: Cannot access path: DIR/nope", "E: Bad DICOM file: DIR/b.txt"],
    failed: 2,
  },
  {
    name: "stops at the first that fails when it is to",
    paths: ["DIR/nope", "DIR/a.dcm", "DIR/b.txt"],
    failFirst: true,
    uids: [],
    lines: ["E: Cannot access path: DIR/nope"],
    failed: 1,
  },
  {
    name: "gives what a DICOMDIR refers to, in order of the paths",
    paths: ["DIR/cd/DICOMDIR", "DIR/a.dcm", "DIR/cd/A"],
    uids: ["1.1", "1.4", "1.5"],
    lines: [
      'E: Cannot send what DIR/cd/DICOMDIR refers to: "../a.dcm" is no path below it',
      "E: Cannot read DIR/cd/GONE: there is no such file",
      "E: Bad DICOM file: DIR/cd/README",
    ],
    failed: 3,
  },
  {
    name: "only tells of a DICOMDIR that it finds",
    paths: ["DIR/cd"],
    uids: ["1.4", "1.5"],
    lines: [
      "W: DIR/cd/DICOMDIR is a DICOMDIR: name it to send what it refers to",
      "E: Bad DICOM file: DIR/cd/README",
    ],
    failed: 0,
  },
  {
    name: "tells of a DICOMDIR without records",
    paths: ["DIR/broken/DICOMDIR"],
    uids: [],
    lines: [
      "E: Cannot read DICOMDIR DIR/broken/DICOMDIR: There is no Directory Record Sequence (0004,1220)",
    ],
    failed: 1,
  },
  { name: "finds nothing in a directory without files", paths: ["DIR/empty"], uids: [] },
];

for (const { name, paths, failFirst = false, uids, lines = [], failed = 0 } of CASES) {
  Deno.test(`readInstances() ${name}`, () =>
    withFiles(FILES, async (directory) => {
      let written = "";
      const tally = new StoreTally();
      const progress = { done: 0, total: 0 };
      const heads = await readInstances(paths.map((path) => path.replace("DIR", directory)), {
        recursive: false,
        standardInput: () => new Blob([]).stream(),
        signal: new AbortController().signal,
        log: new ToolLog("warning", (text) => void (written += text)),
        tally,
        progress,
        failFirst,
      });
      assert.deepEqual(heads.map((head) => head.sopInstanceUid), uids);
      assert.deepEqual(written.replaceAll(directory, "DIR").split("\n").slice(0, -1), lines);
      assert.equal(tally.failedCount, failed);
      if (!failFirst) assert.equal(progress.done, progress.total);
    }));
}

Deno.test("readInstances() tells of a file that it may not read", () =>
  withFiles(FILES, async (directory) => {
    await Deno.chmod(`${directory}/a.dcm`, 0o000);
    // The superuser may read everything.
    const isReadable = await Deno.readFile(`${directory}/a.dcm`).then(() => true, () => false);
    let written = "";
    const tally = new StoreTally();
    await readInstances([`${directory}/a.dcm`], {
      recursive: false,
      standardInput: () => new Blob([]).stream(),
      signal: new AbortController().signal,
      log: new ToolLog("warning", (text) => void (written += text)),
      tally,
      progress: { done: 0, total: 0 },
      failFirst: false,
    });
    const expected = isReadable ? "" : `E: Cannot read ${directory}/a.dcm: permission denied\n`;
    assert.equal(written, expected);
    assert.equal(tally.failedCount, isReadable ? 0 : 1);
  }));
