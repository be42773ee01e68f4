/**
 * Points and directions in the patient's coordinates (PS3.3 section C.7.6.2.1.1), in millimetres: x to
 * the left, y to the back, z to the head.
 *
 * Only the operations that IEEE 754 rounds correctly are used, so that a phantom has the same bytes on
 * every machine: a turn is given by the tangent of half its angle, and not by the angle.
 *
 * @module
 */

/** A point or a direction. */
export type Vector = readonly [x: number, y: number, z: number];

/** Three directions at right angles to each other, of length 1. */
export type Axes = readonly [Vector, Vector, Vector];

/** A point on a line: `start` and `length` times `direction`. */
export function along(start: Vector, direction: Vector, length: number): Vector {
  return [
    start[0] + direction[0] * length,
    start[1] + direction[1] * length,
    start[2] + direction[2] * length,
  ];
}

/** The way from one point to another. */
export function between(from: Vector, to: Vector): Vector {
  return [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
}

/** The scalar product. */
export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** The vector product. */
export function cross(a: Vector, b: Vector): Vector {
  return [
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  ];
}

/** The direction of a vector, which is not zero. */
export function unit(vector: Vector): Vector {
  const length = Math.sqrt(dot(vector, vector));
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}

/** The patient's own axes. */
export const PATIENT_AXES: Axes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

/**
 * Cosine and sine of an angle.
 *
 * @param half The tangent of half the angle.
 */
export function circle(half: number): readonly [cosine: number, sine: number] {
  const divisor = 1 + half * half;
  return [(1 - half * half) / divisor, (2 * half) / divisor];
}

/**
 * Axes turned about z, from x towards y.
 *
 * @param half The tangent of half the angle.
 */
export function turned(half: number): Axes {
  const [cosine, sine] = circle(half);
  return [[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]];
}

/** Axes of which the first is a given direction. */
export function axesAlong(direction: Vector): Axes {
  const first = unit(direction);
  // Any direction that is not nearly the same will do for the others.
  const second = unit(cross(first, Math.abs(first[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0]));
  return [first, second, cross(first, second)];
}
