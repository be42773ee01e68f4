import assert from "node:assert/strict";
import { lookupKeyword } from "../../../lib/data_set/dictionary.ts";
import { decodeStrings } from "../../../lib/data_set/value.ts";
import { ArchiveIndex } from "../../../plugins/archive/archive_index.ts";
import { computedLevel, computeElement } from "../../../plugins/archive/computed.ts";
import { IN_MEMORY, openDatabase } from "../../../plugins/archive/database.ts";
import { EXPLICIT, identifierOf, keptLog } from "../archive_area.ts";

/** Of one patient: study, series, modality, SOP class. */
const HELD: readonly (readonly string[])[] = [
  ["1", "1.1", "CT", "2.1"],
  ["1", "1.1", "CT", "2.1"],
  ["1", "1.2", "SR", "2.2"],
  ["1", "1.3", "", "2.1"],
  ["1", "1.4", "MR\\CT", "2.1"],
  ["2", "2.1", "CT", "2.1"],
];

/** The attribute of the patient, the first study or the first series. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  NumberOfPatientRelatedStudies: ["2"],
  NumberOfPatientRelatedSeries: ["5"],
  NumberOfPatientRelatedInstances: ["6"],
  NumberOfStudyRelatedSeries: ["4"],
  NumberOfStudyRelatedInstances: ["5"],
  NumberOfSeriesRelatedInstances: ["2"],
  ModalitiesInStudy: ["CT", "MR", "SR"],
  SOPClassesInStudy: ["2.1", "2.2"],
};

Deno.test("computeElement() counts and gathers", async () => {
  using index = new ArchiveIndex(await openDatabase(IN_MEMORY, keptLog().log));
  index.enter(HELD.map(([study, series, modality, sopClassUid = ""], number) => ({
    directory: "/a",
    name: `${number}`,
    content: {
      kind: "instance",
      stamp: { size: 1, modified: 1, inode: 1 },
      head: {
        attributes: identifierOf(
          "PatientID=P",
          `StudyInstanceUID=${study}`,
          `SeriesInstanceUID=${series}`,
          `Modality=${modality}`,
          `SOPClassUID=${sopClassUid}`,
          `SOPInstanceUID=3.${number}`,
        ),
        sopClassUid,
        sopInstanceUid: `3.${number}`,
        transferSyntaxUid: EXPLICIT,
        dataSetOffset: 0,
      },
    },
  })));
  for (const [keyword, expected] of Object.entries(EXPECTED)) {
    const entry = lookupKeyword(keyword);
    const element = computeElement(index, entry?.tag ?? 0, 1);
    assert.ok(element?.value instanceof Uint8Array);
    assert.equal(element.vr, entry?.vr);
    assert.deepEqual(decodeStrings(element.vr, element.value, []), expected, keyword);
    assert.notEqual(computedLevel(element.tag), undefined);
  }
  assert.equal(computeElement(index, 0x00100020, 1), undefined);
});
