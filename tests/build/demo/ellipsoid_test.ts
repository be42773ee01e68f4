import assert from "node:assert/strict";
import { type Body, image, type Pixels, type Plane } from "../../../build/demo/ellipsoid.ts";
import type { Tissue } from "../../../build/demo/tissue.ts";
import { turned } from "../../../build/demo/vector.ts";

/** 40 mm by 40 mm, with its middle at the origin. */
const AXIAL: Plane = {
  origin: [-19.5, -19.5, 0],
  orientation: [[1, 0, 0], [0, 1, 0]],
  spacing: 1,
  columns: 40,
  rows: 40,
};

const CORONAL: Plane = { ...AXIAL, origin: [-19.5, 0, 19.5], orientation: [[1, 0, 0], [0, 0, -1]] };

const one = (tissue: Tissue): number => tissue === "air" ? 0 : tissue === "fat" ? 1 : 2;

const total = (pixels: Pixels): number => pixels.reduce((sum, value) => sum + value, 0);

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < expected * 0.01, `${actual} is not ${expected}`);
}

Deno.test(
  "image() shows an ellipsoid with the area of its section",
  { permissions: "none" },
  () => {
    const cases: readonly { name: string; body: Body; plane: Plane; area: number }[] = [
      {
        name: "a ball through its middle",
        body: [{ tissue: "fat", center: [0, 0, 0], radii: [10, 10, 10] }],
        plane: AXIAL,
        area: Math.PI * 100,
      },
      {
        name: "a ball, 6 mm off",
        body: [{ tissue: "fat", center: [2, -3, 6], radii: [10, 10, 10] }],
        plane: AXIAL,
        area: Math.PI * 64,
      },
      {
        name: "axes of their own",
        body: [{ tissue: "fat", center: [0, 0, 0], radii: [15, 5, 8], axes: turned(0.4) }],
        plane: AXIAL,
        area: Math.PI * 75,
      },
      {
        name: "another orientation",
        body: [{ tissue: "fat", center: [0, 0, 0], radii: [15, 5, 8] }],
        plane: CORONAL,
        area: Math.PI * 120,
      },
      {
        name: "finer pixels",
        body: [{ tissue: "fat", center: [0, 0, 0], radii: [5, 5, 5] }],
        plane: { ...AXIAL, origin: [-9.75, -9.75, 0], spacing: 0.5 },
        area: Math.PI * 25 * 4,
      },
    ];
    for (const { body, plane, area } of cases) assertNear(total(image(body, plane, one)), area);
  },
);

Deno.test("image() shows nothing of what the plane does not meet", { permissions: "none" }, () => {
  const bodies: readonly Body[] = [
    [],
    [{ tissue: "fat", center: [0, 0, 11], radii: [10, 10, 10] }],
    [{ tissue: "fat", center: [60, 0, 0], radii: [10, 10, 10] }],
    [{ tissue: "fat", center: [0, -60, 0], radii: [10, 10, 10] }],
  ];
  for (const body of bodies) assert.equal(total(image(body, AXIAL, one)), 0);
});

Deno.test("image() shows what is partly outside of the image", { permissions: "none" }, () => {
  const body: Body = [{ tissue: "fat", center: [20, 20, 0], radii: [10, 10, 10] }];
  assertNear(total(image(body, AXIAL, one)), Math.PI * 25);
});

Deno.test("image() puts what comes later in the place of what was there", {
  permissions: "none",
}, () => {
  const body: Body = [
    { tissue: "fat", center: [0, 0, 0], radii: [10, 10, 10] },
    { tissue: "bone", center: [0, 0, 0], radii: [5, 5, 5] },
    { tissue: "air", center: [0, 0, 0], radii: [2, 2, 2] },
  ];
  const pixels = image(body, AXIAL, one);
  assertNear(total(pixels), Math.PI * (100 + 25 - 2 * 4));
  assert.equal(pixels[20 * 40 + 20], 0);
  assert.equal(pixels[20 * 40 + 23], 2);
  assert.equal(pixels[20 * 40 + 27], 1);
});

Deno.test("image() has the left of the patient on the right, and the back below", {
  permissions: "none",
}, () => {
  const body: Body = [{ tissue: "fat", center: [10.5, 5.5, 0], radii: [1, 1, 1] }];
  const pixels = image(body, AXIAL, one);
  assert.equal(pixels.indexOf(Math.max(...pixels)), 25 * 40 + 30);
});
