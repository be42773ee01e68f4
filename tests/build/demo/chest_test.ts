import assert from "node:assert/strict";
import { CHEST } from "../../../build/demo/chest.ts";
import { hounsfield } from "../../../build/demo/tissue.ts";
import type { Vector } from "../../../build/demo/vector.ts";
import { ctNumberAt } from "./ct_number.ts";

const PLACES: readonly [name: string, place: Vector, number: number][] = [
  ["before the chest", [0, -130, 0], -1000],
  ["the right lung", [-100, -20, 0], hounsfield("lung")],
  ["the nodule, on the right", [-82, 28, 22], hounsfield("nodule")],
  ["its like on the left", [82, 28, 22], hounsfield("lung")],
  ["the left ventricle", [46, -18, -58], hounsfield("contrast")],
  ["the aorta before the spine", [22, 40, -60], hounsfield("contrast")],
  ["the windpipe", [0, 12, 108], hounsfield("air")],
  ["a vertebra", [0, 66, 0], hounsfield("marrow")],
  ["the spinal cord", [0, 85, 40], hounsfield("whiteMatter")],
  ["the liver, on the right", [-64, 2, -140], hounsfield("liver")],
  ["the breastbone", [0, -92, 20], hounsfield("marrow")],
];

for (const [name, place, number] of PLACES) {
  Deno.test(`the chest has what belongs there: ${name}`, { permissions: "none" }, () => {
    assert.equal(ctNumberAt(CHEST, place), number);
  });
}
