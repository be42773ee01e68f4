import assert from "node:assert/strict";
import { axialSlices, localizer, planesOf, type Stack } from "../../../build/demo/ct_series.ts";
import type { Body } from "../../../build/demo/ellipsoid.ts";
import type { Series } from "../../../build/demo/series.ts";
import { HEAD_CT } from "../../../build/demo/study.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { readKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { storedNumbers } from "./stored_numbers.ts";

const BALL: Body = [{ tissue: "fluid", center: [0, 0, 0], radii: [60, 60, 60] }];

const SERIES: Series = {
  study: HEAD_CT,
  number: 1,
  folder: "ct",
  modality: "CT",
  description: "A ball",
  delay: 0,
  keys: [],
};

const STACK: Stack = { origin: [-127.5, -127.5, -10], spacing: 1, step: 10, slices: 3 };

Deno.test("planesOf() goes up by steps", { permissions: "none" }, () => {
  assert.deepEqual(planesOf(STACK).map(({ origin }) => origin[2]), [-10, 0, 10]);
});

Deno.test("axialSlices() makes slices in Hounsfield units", { permissions: "none" }, () => {
  const files = [...axialSlices(SERIES, BALL, STACK)].map(({ bytes }) => decodeFile(bytes).dataSet);
  assert.deepEqual(
    files.map((file) => readKeywordPath(file, "ImagePositionPatient").at(-1)),
    ["-10", "0", "10"],
  );
  assert.deepEqual(files.map((file) => readKeywordPath(file, "InstanceNumber")[0]), [
    "1",
    "2",
    "3",
  ]);
  const [, middle] = files;
  const pixels = middle === undefined ? [] : storedNumbers(middle);
  assert.equal(pixels.length, 256 * 256);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const row = pixels.slice(128 * 256, 129 * 256);
  // Stored numbers begin at -1024.
  assert.ok(Math.abs(mean(row.slice(80, 176)) - (1024 + 6)) < 4);
  assert.ok(Math.abs(mean(row.slice(0, 60)) - 24) < 4);
});

Deno.test("localizer() is compressed, and the brighter the more there is in the way", {
  permissions: "none",
}, () => {
  const { bytes } = localizer(SERIES, BALL, {
    origin: [-127.5, 0, 127.5],
    orientation: [[1, 0, 0], [0, 0, -1]],
    spacing: 1,
    columns: 256,
    rows: 256,
  }, 70);
  const { dataSet, transferSyntaxUid } = decodeFile(bytes);
  assert.equal(transferSyntaxUid, "1.2.840.10008.1.2.5");
  const value = dataSet.get(0x7fe00010)?.value;
  assert.ok(value !== undefined && "fragments" in value);
  const [table, fragment, ...more] = value.fragments;
  assert.equal(table?.length, 0);
  assert.equal(more.length, 0);
  assert.ok(fragment !== undefined && fragment.length < 256 * 256);
  assert.equal(fragment[0], 2, "a segment for each byte of a pixel");
});
