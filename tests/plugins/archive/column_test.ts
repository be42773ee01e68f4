import assert from "node:assert/strict";
import { lookupTag } from "../../../lib/data_set/dictionary.ts";
import {
  COLUMNS,
  columnValue,
  comparableDate,
  comparableName,
  comparableText,
  componentGroups,
  isFoldable,
} from "../../../plugins/archive/column.ts";
import { levelOf, LEVELS } from "../../../plugins/archive/level.ts";
import { identifierOf } from "../archive_area.ts";

const pure = { permissions: "none" } as const;

Deno.test("each column is on the level and of the VR that its attribute has", pure, () => {
  for (const level of LEVELS) {
    for (const { tag, vr } of COLUMNS[level]) {
      assert.equal(levelOf(tag), level);
      assert.equal(lookupTag(tag)?.vr, vr);
    }
  }
});

/** What a column holds, and whether that makes the row odd. */
const VALUES: readonly (readonly [key: string, value: string | number | null, isOdd: boolean])[] = [
  ["PatientID=", null, false],
  ["PatientID= 4711 ", "4711", false],
  ["PatientID=A\\B", "A\\B", true],
  ["PatientName=Doe^Jane^^", "\ndoe^jane\n", false],
  ["PatientName=İpek", "\ni̇pek\n", true],
  ["PatientBirthDate=19991231", "19991231", false],
  ["PatientBirthDate=1999.12.31", "19991231", false],
  ["PatientBirthDate=19990231", null, true],
  ["PatientBirthDate=soon", null, true],
  ["SeriesNumber=007", 7, false],
  ["SeriesNumber=1\\2", null, true],
];

Deno.test("columnValue() holds what compares, and says when it cannot", pure, () => {
  const columns = LEVELS.flatMap((level) => COLUMNS[level]);
  for (const [key, value, isOdd] of VALUES) {
    const dataSet = identifierOf(`SpecificCharacterSet=ISO_IR 192`, key);
    const column = columns.find(({ tag }) => dataSet.has(tag));
    assert.ok(column !== undefined, key);
    assert.deepEqual(columnValue(column, dataSet), { value, isOdd }, key);
  }
});

Deno.test("comparableText() composes", pure, () => {
  assert.equal(comparableText("Mu\u0308ller"), "M\u00fcller");
});

Deno.test("names are folded by character, so that ? stands for one", pure, () => {
  assert.deepEqual(componentGroups("ΟΔΟΣ^A^^=X"), ["οδοσ^a", "x"]);
  assert.equal(comparableName("A=B"), "\na\nb\n");
  assert.ok(isFoldable("ÄΣẞ"));
  assert.ok(!isFoldable("I\u0307")); // Composes to the capital with a dot.
});

Deno.test("comparableDate() takes days of the calendar only", pure, () => {
  const cases = [["20240229", "20240229"], ["20230229", undefined], ["2023", undefined]] as const;
  for (const [text, expected] of cases) assert.equal(comparableDate(text), expected, text);
});
