import assert from "node:assert/strict";
import { HEAD } from "../../../build/demo/head.ts";
import { hounsfield } from "../../../build/demo/tissue.ts";
import type { Vector } from "../../../build/demo/vector.ts";
import { ctNumberAt } from "./ct_number.ts";

const PLACES: readonly [name: string, place: Vector, number: number][] = [
  ["before the face", [0, -130, 0], -1000],
  ["the skull on the right", [-70.7, 0, 0], hounsfield("bone")],
  ["the ventricle on the left", [9, -27, 12], hounsfield("fluid")],
  ["the ventricle on the right", [-9, -27, 12], hounsfield("fluid")],
  ["the pineal gland", [0, 17, 6], hounsfield("calcification")],
  ["the bleeding, on the right", [-29, 16, 21], hounsfield("hematoma")],
  ["its like on the left", [29, 16, 21], hounsfield("whiteMatter")],
  ["the left eye", [33, -71, -32], hounsfield("fluid")],
  ["behind it", [33, -52, -36], hounsfield("fat")],
  ["the sphenoid sinus", [0, -31, -46], hounsfield("air")],
];

for (const [name, place, number] of PLACES) {
  Deno.test(`the head has what belongs there: ${name}`, { permissions: "none" }, () => {
    assert.equal(ctNumberAt(HEAD, place), number);
  });
}
