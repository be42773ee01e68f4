import assert from "node:assert/strict";
import type { Body, Plane } from "../../../build/demo/ellipsoid.ts";
import { storedT1 } from "../../../build/demo/mr_series.ts";
import { reformat } from "../../../build/demo/multi_frame.ts";
import { instanceUid, type Series } from "../../../build/demo/series.ts";
import { HEAD_MR } from "../../../build/demo/study.ts";
import { decodeFile } from "../../../lib/data_set/file.ts";
import { readKeywordPath } from "../../../lib/data_set/keyword_path.ts";
import { storedNumbers } from "./stored_numbers.ts";

const BALL: Body = [{ tissue: "fat", center: [0, 0, 0], radii: [10, 10, 10] }];

const SLICES: Series = {
  study: HEAD_MR,
  number: 1,
  folder: "mr",
  modality: "MR",
  description: "Axial",
  delay: 0,
  keys: [],
};

const CORONAL: Series = { ...SLICES, number: 2, folder: "coronal", description: "Coronal" };

const plane = (y: number): Plane => ({
  origin: [-16, y, 16],
  orientation: [[1, 0, 0], [0, 0, -1]],
  spacing: 1,
  columns: 32,
  rows: 32,
});

Deno.test("reformat() makes one instance of many frames", { permissions: "none" }, () => {
  const sources = { series: SLICES, instances: 3 };
  const planes = [plane(-4), plane(0), plane(4), plane(40)] as const;
  const { dataSet } = decodeFile(reformat(CORONAL, BALL, [...planes], 4, sources).bytes);
  const read = (path: string): string[] => readKeywordPath(dataSet, path);

  assert.deepEqual(read("NumberOfFrames"), ["4"]);
  const frames = dataSet.getItems(0x52009230);
  assert.deepEqual(
    frames.map((frame) =>
      readKeywordPath(frame, "PlanePositionSequence[0].ImagePositionPatient").join()
    ),
    ["-16,-4,16", "-16,0,16", "-16,4,16", "-16,40,16"],
  );
  assert.deepEqual(
    frames.map((frame) => readKeywordPath(frame, "FrameContentSequence[0].DimensionIndexValues")),
    [["1"], ["2"], ["3"], ["4"]],
  );
  const shared = "SharedFunctionalGroupsSequence[0]";
  assert.deepEqual(read(`${shared}.PixelMeasuresSequence[0].SliceThickness`), ["4"]);
  const derivation = `${shared}.DerivationImageSequence[0]`;
  for (const index of [0, 1, 2]) {
    const uid = [instanceUid(SLICES, index + 1)];
    const source = `${derivation}.SourceImageSequence[${index}]`;
    assert.deepEqual(read(`${source}.ReferencedSOPInstanceUID`), uid);
    const evidence = "SourceImageEvidenceSequence[0].ReferencedSeriesSequence[0]";
    const reference = `${evidence}.ReferencedSOPSequence[${index}]`;
    assert.deepEqual(read(`${reference}.ReferencedSOPInstanceUID`), uid);
  }

  const pixels = storedNumbers(dataSet);
  assert.equal(pixels.length, 4 * 32 * 32);
  const middles = [0, 1, 2, 3].map((frame) => pixels[frame * 32 * 32 + 16 * 32 + 16]);
  const [fat, air] = [storedT1("fat"), storedT1("air")];
  assert.deepEqual(middles, [fat, fat, fat, air]);
});
