/**
 * Phantoms: bodies made of ellipsoids, as Shepp and Logan made a head of them, and images of planes
 * through them.
 *
 * @module
 */

import type { Tissue } from "./tissue.ts";
import { along, type Axes, between, cross, dot, PATIENT_AXES, type Vector } from "./vector.ts";

/** An ellipsoid of one tissue. */
export interface Ellipsoid {
  readonly tissue: Tissue;
  readonly center: Vector;
  /** Half its length along each of its axes. */
  readonly radii: Vector;
  /** Its axes; those of the patient unless told. */
  readonly axes?: Axes;
}

/** A body: what comes later lies inside of what comes before, and takes its place. */
export type Body = readonly Ellipsoid[];

/** A plane as it is imaged (PS3.3 section C.7.6.2), in square pixels. */
export interface Plane {
  /** The centre of the first pixel: Image Position (Patient). */
  readonly origin: Vector;
  /** Where the pixels of a row follow each other, and the rows: Image Orientation (Patient). */
  readonly orientation: readonly [row: Vector, column: Vector];
  /** From pixel to pixel, in millimetres. */
  readonly spacing: number;
  readonly columns: number;
  readonly rows: number;
}

/** An image in numbers that are not yet the stored ones, row by row. */
export type Pixels = Float64Array<ArrayBuffer>;

/**
 * Images a plane. Edges are smooth: a pixel that a tissue fills in part has its share of it.
 *
 * @param body What to image.
 * @param plane Where.
 * @param signal What a tissue looks like.
 * @returns The image.
 */
export function image(body: Body, plane: Plane, signal: (tissue: Tissue) => number): Pixels {
  const { rows, columns } = plane;
  const pixels = new Float64Array(rows * columns);
  const normal = cross(...plane.orientation);
  const met = body.filter(({ center, radii }) =>
    Math.abs(dot(normal, between(plane.origin, center))) < Math.max(...radii)
  ).map((ellipsoid) => new Section(ellipsoid, plane, signal(ellipsoid.tissue)));
  const background = signal("air");
  const line = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const target = pixels.subarray(row * columns, (row + 1) * columns);
    for (let part = 0; part < LINES; part++) {
      line.fill(background);
      const at = row + (part + 0.5) / LINES - 0.5;
      for (const section of met) section.draw(line, at);
      for (let column = 0; column < columns; column++) {
        target[column] = (target[column] ?? 0) + (line[column] ?? 0) / LINES;
      }
    }
  }
  return pixels;
}

/** How many lines a row is made of. */
const LINES = 3;

/** An ellipsoid as a plane meets it, in coordinates in which it is the unit sphere. */
class Section {
  readonly #value: number;
  readonly #plane: Plane;
  readonly #ellipsoid: Ellipsoid;
  /** A millimetre along the row. */
  readonly #step: Vector;
  readonly #stepSquare: number;

  constructor(ellipsoid: Ellipsoid, plane: Plane, value: number) {
    this.#ellipsoid = ellipsoid;
    this.#plane = plane;
    this.#value = value;
    this.#step = this.#inUnits(plane.orientation[0]);
    this.#stepSquare = dot(this.#step, this.#step);
  }

  /** Draws what one line of the plane has of the ellipsoid. */
  draw(line: Float64Array, row: number): void {
    const { origin, orientation, spacing } = this.#plane;
    const start = along(origin, orientation[1], row * spacing);
    const from = this.#inUnits(between(this.#ellipsoid.center, start));
    // |from + t step| = 1, solved for t.
    const linear = dot(from, this.#step);
    const discriminant = linear * linear - this.#stepSquare * (dot(from, from) - 1);
    if (discriminant <= 0) return;
    const half = Math.sqrt(discriminant);
    const begin = (-linear - half) / this.#stepSquare / spacing + 0.5;
    const end = (-linear + half) / this.#stepSquare / spacing + 0.5;
    const last = Math.min(Math.ceil(end), line.length);
    for (let column = Math.max(Math.floor(begin), 0); column < last; column++) {
      const share = Math.min(end, column + 1) - Math.max(begin, column);
      const below = line[column] ?? 0;
      line[column] = below + share * (this.#value - below);
    }
  }

  #inUnits(vector: Vector): Vector {
    const { axes = PATIENT_AXES, radii } = this.#ellipsoid;
    return [
      dot(axes[0], vector) / radii[0],
      dot(axes[1], vector) / radii[1],
      dot(axes[2], vector) / radii[2],
    ];
  }
}
