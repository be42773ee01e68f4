import assert from "node:assert/strict";
import { hounsfield, t1Signal, type Tissue } from "../../../build/demo/tissue.ts";

Deno.test("tissues differ in CT as they do in a patient", { permissions: "none" }, () => {
  const rising: readonly Tissue[] = [
    ...["air", "lung", "fat", "fluid", "whiteMatter", "greyMatter"] as const,
    ...["hematoma", "contrast", "bone", "denseBone"] as const,
  ];
  const numbers = rising.map(hounsfield);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.equal(numbers[0], -1000);
});

Deno.test("tissues differ in T1 as they do in a patient", { permissions: "none" }, () => {
  const rising: readonly Tissue[] = ["air", "bone", "fluid", "greyMatter", "whiteMatter", "fat"];
  const signals = rising.map(t1Signal);
  assert.deepEqual(signals, [...signals].sort((a, b) => a - b));
  assert.equal(signals.at(-1), 1);
});
