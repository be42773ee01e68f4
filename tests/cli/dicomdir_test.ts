import assert from "node:assert/strict";
import { readDicomdir, referencedFile } from "../../cli/dicomdir.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { encodeDataSet } from "../../lib/data_set/encoder.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { EXPLICIT, IMPLICIT, withFiles } from "./sending.ts";

function dicomdir(records: readonly (readonly string[])[], syntax = EXPLICIT): Uint8Array {
  const dataSet = new DataSet();
  applyKeywordPath(dataSet, "FileSetID=CD");
  for (const [index, keys] of records.entries()) {
    for (const key of keys) applyKeywordPath(dataSet, `DirectoryRecordSequence[${index}].${key}`);
  }
  return encodeDataSet(dataSet, syntax);
}

for (const syntax of [EXPLICIT, IMPLICIT]) {
  Deno.test({
    name: `\`readDicomdir()\` gives the files of the records in use, in ${syntax}`,
    permissions: "none",
    fn: () => {
      const content = readDicomdir(dicomdir([
        ["RecordInUseFlag=65535", "PatientID=4711"],
        ["RecordInUseFlag=65535", "ReferencedFileID=IMAGES\\B\\IM2"],
        ["RecordInUseFlag=0", "ReferencedFileID=IMAGES\\GONE"],
        ["ReferencedFileID=IM1"],
        ["RecordInUseFlag=65535", "ReferencedFileID=IMAGES\\B\\IM2"],
        ["ReferencedFileID="],
        ["ReferencedFileID=..\\..\\PASSWD"],
        ["ReferencedFileID=A/B"],
        ["ReferencedFileID=.\\IM3"],
      ], syntax));
      assert.deepEqual(content, {
        references: [["IMAGES", "B", "IM2"], ["IM1"]],
        refused: ["../../PASSWD", "A/B", "./IM3"],
      });
    },
  });
}

Deno.test({
  name: "`readDicomdir()` refuses what is no DICOMDIR",
  permissions: "none",
  fn: () => {
    assert.throws(() => readDicomdir(dicomdir([])), {
      name: "DataSetError",
      message: "There is no Directory Record Sequence (0004,1220)",
    });
    assert.throws(() => readDicomdir(new TextEncoder().encode("This is no DICOM file.")), {
      name: "DataSetError",
    });
  },
});

Deno.test("referencedFile() finds a file by its name, or by its name in lower case", () =>
  withFiles({ "cd/A/B": new Uint8Array(), "cd/c/d": new Uint8Array() }, async (directory) => {
    const dir = `${directory}/cd/DICOMDIR`;
    assert.equal(await referencedFile(dir, ["A", "B"]), `${directory}/cd/A/B`);
    assert.equal(await referencedFile(dir, ["C", "D"]), `${directory}/cd/c/d`);
    assert.equal(await referencedFile(dir, ["E", "F"]), `${directory}/cd/E/F`);
    assert.equal(await referencedFile("DICOMDIR", ["E", "F"]), "E/F");
  }));
