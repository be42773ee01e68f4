import assert from "node:assert/strict";
import {
  along,
  type Axes,
  axesAlong,
  between,
  circle,
  cross,
  dot,
  PATIENT_AXES,
  turned,
  unit,
  type Vector,
} from "../../../build/demo/vector.ts";

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

Deno.test("along() and between() are each other's inverse", { permissions: "none" }, () => {
  assert.deepEqual(along([1, 2, 3], [0, 0, 1], 4), [1, 2, 7]);
  assert.deepEqual(along([1, 2, 3], between([1, 2, 3], [9, 8, 7]), 1), [9, 8, 7]);
});

Deno.test("dot(), cross() and unit() are those of space", { permissions: "none" }, () => {
  assert.equal(dot([1, 2, 3], [4, -5, 6]), 12);
  assert.deepEqual(cross([1, 0, 0], [0, 1, 0]), [0, 0, 1]);
  assert.deepEqual(unit([0, 3, 4]), [0, 0.6, 0.8]);
});

Deno.test("circle() takes the tangent of half the angle", { permissions: "none" }, () => {
  assert.deepEqual(circle(0), [1, 0]);
  assert.deepEqual(circle(1), [0, 1]);
  const [cosine, sine] = circle(Math.tan(0.35));
  near(cosine, Math.cos(0.7));
  near(sine, Math.sin(0.7));
});

Deno.test("axes are at right angles, of length 1 and right-handed", { permissions: "none" }, () => {
  const cases: readonly Axes[] = [
    PATIENT_AXES,
    turned(0.3),
    turned(-2),
    axesAlong([3, -1, 2]),
    axesAlong([0, 0, -5]),
    axesAlong([0.01, 0, 1]),
  ];
  for (const [a, b, c] of cases) {
    for (const axis of [a, b, c]) near(dot(axis, axis), 1);
    near(dot(a, b), 0);
    cross(a, b).forEach((part, index) => near(part, c[index] ?? NaN));
  }
});

Deno.test("axesAlong() begins with the direction, turned() with x turned to y", {
  permissions: "none",
}, () => {
  const direction: Vector = [0, 3, 4];
  assert.deepEqual(axesAlong(direction)[0], [0, 0.6, 0.8]);
  assert.deepEqual(turned(1), [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]);
});
