import assert from "node:assert/strict";
import type { Plane } from "../../../build/demo/ellipsoid.ts";
import { picture } from "../../../build/demo/secondary_capture.ts";
import type { Series } from "../../../build/demo/series.ts";
import { CHEST_CT } from "../../../build/demo/study.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";

const SERIES: Series = {
  study: CHEST_CT,
  number: 3,
  folder: "picture",
  modality: "OT",
  description: "A picture",
  delay: 0,
  keys: [],
};

Deno.test("picture() has two planes side by side, with a ring", { permissions: "none" }, () => {
  const axial: Plane = {
    origin: [-16, -16, 0],
    orientation: [[1, 0, 0], [0, 1, 0]],
    spacing: 1,
    columns: 32,
    rows: 32,
  };
  const coronal: Plane = { ...axial, origin: [-16, 0, 16], orientation: [[1, 0, 0], [0, 0, -1]] };
  const body = [{ tissue: "bone", center: [0, 0, 0], radii: [3, 3, 3] }] as const;
  const mark = { center: [0, 0, 0], radius: 10 } as const;
  const { dataSet } = decodeFile(picture(SERIES, body, [axial, coronal], mark).bytes);
  assert.deepEqual(dataSet.getNumbers(0x00280011), [64]);
  const pixels = dataSet.get(0x7fe00010)?.value;
  assert.ok(pixels instanceof Uint8Array);
  assert.equal(pixels.length, 64 * 32 * 3);
  const colorAt = (
    row: number,
    column: number,
  ): number[] => [...pixels.subarray((row * 64 + column) * 3, (row * 64 + column + 1) * 3)];
  for (const left of [0, 32]) {
    assert.deepEqual(colorAt(16, left + 16), [255, 255, 255], "bone");
    assert.deepEqual(colorAt(16, left + 26), [255, 196, 0], "the ring");
    assert.deepEqual(colorAt(0, left), [0, 0, 0], "air");
  }
});
