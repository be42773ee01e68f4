/**
 * CT numbers of the demo's bodies.
 *
 * @module
 */
import { type Body, image } from "../../../build/demo/ellipsoid.ts";
import { hounsfield } from "../../../build/demo/tissue.ts";
import type { Vector } from "../../../build/demo/vector.ts";

/** The CT number of a body at a point, in Hounsfield units: that of an axial image of one small pixel. */
export function ctNumberAt(body: Body, point: Vector): number {
  const pixel = {
    origin: point,
    orientation: [[1, 0, 0], [0, 1, 0]],
    spacing: 0.1,
    columns: 1,
    rows: 1,
  } as const;
  return Math.round(image(body, pixel, hounsfield)[0] ?? NaN);
}
