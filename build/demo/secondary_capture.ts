/**
 * A secondary capture (PS3.3 section A.8): a picture for those who ask, in colour.
 *
 * @module
 */

import { SECONDARY_CAPTURE_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { type Body, image, type Plane } from "./ellipsoid.ts";
import { type Instance, makeInstance } from "./instance.ts";
import { instancePath, instanceUid, type Series, seriesKeys } from "./series.ts";
import { windowed } from "./stored_pixels.ts";
import { hounsfield } from "./tissue.ts";
import { between, dot, type Vector } from "./vector.ts";

/** A ring round what is to be seen. */
export interface Mark {
  /** In the patient. */
  readonly center: Vector;
  /** In millimetres. */
  readonly radius: number;
}

/**
 * Pictures of two planes, side by side.
 *
 * @param series The series.
 * @param body The body.
 * @param planes The planes, of one size.
 * @param mark What is to be seen.
 * @returns The instance.
 */
export function picture(
  series: Series,
  body: Body,
  planes: readonly [Plane, Plane],
  mark: Mark,
): Instance {
  const [{ rows, columns }] = planes;
  const width = columns * planes.length;
  const pixels = new Uint8Array(width * rows * 3);
  for (const [index, plane] of planes.entries()) {
    for (const [at, value] of image(body, plane, hounsfield).entries()) {
      const [row, column] = [Math.floor(at / columns), at % columns];
      const grey = windowed(value, WINDOW.center, WINDOW.width);
      const share = ringAt(plane, mark, row, column);
      const color = RING.map((part) => Math.round(grey + (part - grey) * share));
      pixels.set(color, (row * width + index * columns + column) * 3);
    }
  }
  const number = 1;
  return makeInstance({
    path: instancePath(series, number),
    sopClassUid: SECONDARY_CAPTURE_IMAGE_STORAGE,
    sopInstanceUid: instanceUid(series, number),
    keys: [
      ...seriesKeys(series, number),
      "PatientOrientation=",
      "ConversionType=WSD",
      "ImageType=DERIVED\\SECONDARY",
      "BurnedInAnnotation=YES",
      "SamplesPerPixel=3",
      "PhotometricInterpretation=RGB",
      "PlanarConfiguration=0",
      `Rows=${rows}`,
      `Columns=${width}`,
      "BitsAllocated=8",
      "BitsStored=8",
      "HighBit=7",
      "PixelRepresentation=0",
    ],
    pixelData: { vr: "OB", value: pixels },
  });
}

/** That of the soft tissue of a chest. */
const WINDOW = { center: 60, width: 500 };

const RING = [255, 196, 0] as const;

/** How much of a pixel the ring covers. */
function ringAt(plane: Plane, { center, radius }: Mark, row: number, column: number): number {
  const { origin, orientation, spacing } = plane;
  const to = between(origin, center);
  const across = dot(to, orientation[0]) - column * spacing;
  const down = dot(to, orientation[1]) - row * spacing;
  const off = Math.abs(Math.sqrt(across * across + down * down) - radius) / spacing;
  return Math.min(Math.max(1.4 - off, 0), 1);
}
