import assert from "node:assert/strict";
import { demoUid } from "../../../build/demo/instance.ts";
import type { Series } from "../../../build/demo/series.ts";
import { HEAD_CT } from "../../../build/demo/study.ts";
import { report } from "../../../build/demo/text_report.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { readKeywordPath } from "../../../lib/data_set/keyword_path.ts";

const IMAGES: Series = {
  study: HEAD_CT,
  number: 1,
  folder: "ct",
  modality: "CT",
  description: "Images",
  delay: 0,
  keys: [],
};

Deno.test("report() has a tree of findings and a conclusion", { permissions: "none" }, () => {
  const series: Series = { ...IMAGES, number: 2, folder: "report", modality: "SR" };
  const { dataSet } = decodeFile(
    report(series, {
      findings: ["Ödem", "Größe"],
      conclusion: "Blutung",
      observer: "Groß^Änne",
      image: { series: IMAGES, number: 7 },
    }).bytes,
  );
  const read = (path: string): string | undefined => readKeywordPath(dataSet, path)[0];
  assert.equal(read("VerifyingObserverSequence[0].VerifyingObserverName"), "Groß^Änne");
  const [findings, conclusions, ...rest] = dataSet.getItems(0x0040a730);
  assert.ok(findings && conclusions);
  assert.equal(rest.length, 0);
  assert.deepEqual(
    [...findings.getItems(0x0040a730), ...conclusions.getItems(0x0040a730)].map((item) => [
      item.getString(0x0040a040),
      readKeywordPath(item, "ConceptNameCodeSequence[0].CodeMeaning")[0],
      item.getString(0x0040a160),
    ]),
    [
      ["TEXT", "Finding", "Ödem"],
      ["TEXT", "Finding", "Größe"],
      ["IMAGE", "Best illustration of finding", undefined],
      ["TEXT", "Conclusion", "Blutung"],
    ],
  );
  const image = demoUid(1, 1, 7);
  assert.equal(
    read("ContentSequence[0].ContentSequence[2].ReferencedSOPSequence[0].ReferencedSOPInstanceUID"),
    image,
  );
  const evidence = "CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]";
  assert.equal(read(`${evidence}.ReferencedSOPSequence[0].ReferencedSOPInstanceUID`), image);
  assert.equal(read(`${evidence}.SeriesInstanceUID`), demoUid(1, 1));
});
