import assert from "node:assert/strict";
import type { Body } from "../../../build/demo/ellipsoid.ts";
import { storedT1, t1Slices } from "../../../build/demo/mr_series.ts";
import type { Series } from "../../../build/demo/series.ts";
import { HEAD_MR } from "../../../build/demo/study.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { readKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { storedNumbers } from "./stored_numbers.ts";

const SERIES: Series = {
  study: HEAD_MR,
  number: 1,
  folder: "mr",
  modality: "MR",
  description: "A ball",
  delay: 0,
  keys: [],
};

Deno.test("t1Slices() makes slices in which fat is bright", { permissions: "none" }, () => {
  const body: Body = [{ tissue: "fat", center: [0, 0, 0], radii: [60, 60, 60] }];
  const stack = { origin: [-127.5, -127.5, 0], spacing: 1, step: 7, slices: 2 } as const;
  const files = [...t1Slices(SERIES, body, stack)].map(({ bytes }) => decodeFile(bytes).dataSet);
  assert.equal(files.length, 2);
  const [first] = files;
  assert.ok(first);
  assert.deepEqual(readKeywordPath(first, "SliceThickness"), ["6"]);
  assert.deepEqual(readKeywordPath(first, "SpacingBetweenSlices"), ["7"]);
  const pixels = storedNumbers(first);
  assert.ok(Math.abs((pixels[128 * 256 + 128] ?? 0) - storedT1("fat")) <= 26);
  assert.ok((pixels[0] ?? Infinity) < 60);
});
