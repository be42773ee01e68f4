import assert from "node:assert/strict";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { parseQueryFile, type QueryLine } from "../../lib/data_set/query_file.ts";

const CASES: [name: string, text: string, lines: QueryLine[]][] = [
  ["an empty file", "", []],
  ["one line without a line end", "PatientID=1", [{ line: 1, argument: "PatientID=1" }]],
  [
    "line ends of all systems",
    "PatientID=1\r\nStudyDate\rModality=CT\n",
    [
      { line: 1, argument: "PatientID=1" },
      { line: 2, argument: "StudyDate" },
      { line: 3, argument: "Modality=CT" },
    ],
  ],
  [
    "comments, blank lines and blanks around lines",
    "# all of one patient\n\n   \n\t PatientID=1 \n  # more\n",
    [{ line: 4, argument: "PatientID=1" }],
  ],
  [
    "a hash sign in a value",
    "PatientID=#1 # 2",
    [{ line: 1, argument: "PatientID=#1 # 2" }],
  ],
  ["a byte order mark", "\ufeffPatientID", [{ line: 1, argument: "PatientID" }]],
];

for (const [name, text, lines] of CASES) {
  Deno.test({
    name: `parseQueryFile() reads ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(parseQueryFile(text), lines),
  });
}

Deno.test({
  name: "parseQueryFile() gives arguments that applyKeywordPath() takes",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    const text = "# query\nQueryRetrieveLevel=STUDY\n00100020 = 4711\n0010,0010\n";
    for (const { argument } of parseQueryFile(text)) applyKeywordPath(dataSet, argument);
    assert.deepEqual([...dataSet].map(({ tag }) => [tag, dataSet.getString(tag)]), [
      [0x00080052, "STUDY"],
      [0x00100010, undefined],
      [0x00100020, "4711"],
    ]);
  },
});
