import assert from "node:assert/strict";
import { CHEST_CT, HEAD_CT, HEAD_MR } from "../../../build/demo/study.ts";
import { DataSet } from "../../../lib/data_set/data_set.ts";
import { applyKeywordPath, readKeywordPath } from "../../../lib/data_set/keyword_path.ts";

const CASES = [
  [HEAD_CT, "ISO_IR 100", "Müller^Jörg"],
  [HEAD_MR, "ISO 2022 IR 87", "Suzuki^Hanako=鈴木^花子=すずき^はなこ"],
  [CHEST_CT, "ISO_IR 192", "Lindström^Łucja"],
] as const;

for (const [study, characterSet, name] of CASES) {
  Deno.test(`the study of ${name} has names in ${characterSet}`, { permissions: "none" }, () => {
    const dataSet = new DataSet();
    for (const key of study.keys) applyKeywordPath(dataSet, key);
    assert.equal(dataSet.characterSets.at(-1), characterSet);
    assert.deepEqual(readKeywordPath(dataSet, "PatientName"), [name]);
    assert.deepEqual(readKeywordPath(dataSet, "StudyDate"), [study.date]);
    assert.deepEqual(readKeywordPath(dataSet, "QualityControlSubject"), ["YES"]);
  });
}

Deno.test("the studies differ in number, folder, patient and date", { permissions: "none" }, () => {
  const studies = [HEAD_CT, HEAD_MR, CHEST_CT];
  for (const key of ["number", "folder", "date"] as const) {
    assert.equal(new Set(studies.map((study) => study[key])).size, studies.length);
  }
  const patients = studies.flatMap(({ keys }) =>
    keys.filter((key) => key.startsWith("PatientID="))
  );
  assert.equal(new Set(patients).size, studies.length);
});
