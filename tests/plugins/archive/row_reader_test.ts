import assert from "node:assert/strict";
import { encodeDataSet } from "../../../lib/data_set/encoder.ts";
import { HEAD_TRANSFER_SYNTAX } from "../../../plugins/archive/row.ts";
import { Head, RowReader, tablesTo } from "../../../plugins/archive/row_reader.ts";
import { ArchiveIndex } from "../../../plugins/archive/archive_index.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { CT, EXPLICIT, identifierOf, keptLog, shown } from "../archive_area.ts";

Deno.test("Head gives its text as it is, and in UTF-8", { permissions: "none" }, () => {
  const dataSet = identifierOf("SpecificCharacterSet=ISO_IR 100", "PatientName=Müller");
  const head = new Head(1, encodeDataSet(dataSet, HEAD_TRANSFER_SYNTAX));
  assert.deepEqual(shown(head.original), shown(dataSet));
  assert.deepEqual(shown(head.utf8), ["SpecificCharacterSet=ISO_IR 192", "PatientName=Müller"]);
  assert.equal(head.original.characterSets[0], "ISO_IR 100");
});

Deno.test("RowReader reads entities with what they belong to, and passes over what is gone", async () => {
  using index = new ArchiveIndex(await openDatabase(IN_MEMORY, keptLog().log));
  for (const [name, patient] of [["1", "P"], ["2", "P"], ["3", "Q"]] as const) {
    index.enter([{
      directory: "/a",
      name,
      content: {
        kind: "instance",
        stamp: { size: 1, modified: 1, inode: 1 },
        head: {
          attributes: identifierOf(
            `PatientID=${patient}`,
            `StudyInstanceUID=${patient}`,
            "SeriesInstanceUID=1",
            `SOPInstanceUID=${name}`,
          ),
          sopClassUid: CT,
          sopInstanceUid: name,
          transferSyntaxUid: EXPLICIT,
          dataSetOffset: 0,
        },
      },
    }]);
  }
  const images = new RowReader(index, "IMAGE").read([1, 2, 3, 4]);
  const texts = images.map(({ PATIENT, IMAGE }) =>
    [PATIENT, IMAGE].flatMap((head) => head === undefined ? [] : shown(head.original)).join(" ")
  );
  assert.deepEqual(texts, [
    "PatientID=P SOPInstanceUID=1",
    "PatientID=P SOPInstanceUID=2",
    "PatientID=Q SOPInstanceUID=3",
  ]);
  assert.equal(images[0]?.PATIENT, images[1]?.PATIENT, "what two belong to is read once");
  const [study] = new RowReader(index, "STUDY").read([2]);
  assert.deepEqual(Object.keys(study ?? {}), ["PATIENT", "STUDY"]);
});

Deno.test("tablesTo() joins from the top", { permissions: "none" }, () => {
  assert.equal(tablesTo("PATIENT"), "patient AS PATIENT");
  assert.equal(
    tablesTo("STUDY"),
    "patient AS PATIENT JOIN study AS STUDY ON STUDY.parent = PATIENT.id",
  );
});
