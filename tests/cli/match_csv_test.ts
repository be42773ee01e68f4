import assert from "node:assert/strict";
import { UsageError } from "../../cli/exit_code.ts";
import { csvColumns, csvHeader, csvRow } from "../../cli/match_csv.ts";
import { DataSet } from "../../lib/data_set/data_set.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const COLUMNS: readonly (readonly [text: string, columns: string[]])[] = [
  ["PatientName", ["PatientName"]],
  ["PatientName, PatientID", ["PatientName", "PatientID"]],
  ["(0010,0010),00100020", ["(0010,0010)", "00100020"]],
  ['(0009,"ACME",01),PatientID', ['(0009,"ACME",01)', "PatientID"]],
  ["RequestedProcedureCodeSequence[0].CodeValue", ["RequestedProcedureCodeSequence[0].CodeValue"]],
];

for (const [text, columns] of COLUMNS) {
  pure(`csvColumns() reads ${text}`, () => assert.deepEqual(csvColumns(text), columns));
}

const REFUSED: readonly (readonly [text: string, sentence: string])[] = [
  ["", "Cannot use --csv : a keyword is missing between the commas"],
  ["PatientID,", "Cannot use --csv PatientID,: a keyword is missing between the commas"],
  ["PatientID=1", 'Cannot use --csv PatientID=1: "PatientID=1" has a value; matching is by -k'],
  [
    "Name",
    'Cannot use --csv Name: Cannot use "Name": component "Name" is not in the data dictionary',
  ],
];

for (const [text, sentence] of REFUSED) {
  pure(`csvColumns() refuses "${text}"`, () => {
    assert.throws(
      () => csvColumns(text),
      (error) => error instanceof UsageError && error.message.startsWith(sentence),
    );
  });
}

pure("csvHeader() writes the columns as they were given", () => {
  assert.equal(csvHeader(["PatientName", "(0010,0020)"]), 'PatientName,"(0010,0020)"\n');
});

const ROWS: readonly (readonly [key: string, column: string, field: string])[] = [
  ["PatientName=Doe^John", "PatientName", "Doe^John"],
  ["PatientName=Doe, John", "PatientName", '"Doe, John"'],
  ['PatientName=Doe "J"', "PatientName", '"Doe ""J"""'],
  ["PatientName=", "PatientName", ""],
  ["PatientID=1", "PatientName", ""],
  ["ModalitiesInStudy=CT\\MR", "ModalitiesInStudy", "CT\\MR"],
  ["Rows=512", "Rows", "512"],
  ["PatientComments=a\r\nb\tc", "PatientComments", '"a\r\nb\tc"'],
  ["PatientComments=a\x07\u202eb", "PatientComments", "a\\x07\\u202eb"],
  ["BeamSequence[1].BeamName=x", "BeamSequence[1].BeamName", "x"],
  ["BeamSequence[1].BeamName=x", "BeamSequence.BeamName", ""],
  ["BeamSequence[1].BeamName=x", "BeamSequence[2].BeamName", ""],
  ["BeamSequence[1].BeamName=x", "BeamSequence", ""],
];

for (const [key, column, field] of ROWS) {
  pure(`csvRow() writes ${JSON.stringify(field)} for ${column} of ${JSON.stringify(key)}`, () => {
    const match = new DataSet();
    applyKeywordPath(match, key);
    assert.equal(csvRow([column, "StudyDate"], match), `${field},\n`);
  });
}
