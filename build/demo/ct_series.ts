/**
 * CT images (PS3.3 section A.3).
 *
 * @module
 */

import { CT_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { RLE_LOSSLESS } from "../../lib/transfer_syntax.ts";
import { type Body, image, type Plane } from "./ellipsoid.ts";
import { type Instance, makeInstance } from "./instance.ts";
import { encodeRunLengths } from "./run_length.ts";
import {
  instancePath,
  instanceUid,
  pixelKeys,
  planeKeys,
  type Series,
  seriesKeys,
  timeOf,
} from "./series.ts";
import { addGrain, storePixels } from "./stored_pixels.ts";
import { hounsfield, type Tissue } from "./tissue.ts";

/** A stack of axial slices. */
export interface Stack {
  /** The first pixel of the lowest slice, in millimetres. */
  readonly origin: Plane["origin"];
  readonly spacing: number;
  /** From slice to slice. */
  readonly step: number;
  readonly slices: number;
}

/** The planes of a stack, from below. */
export function planesOf(stack: Stack): Plane[] {
  const { origin: [x, y, z], spacing, step } = stack;
  return Array.from({ length: stack.slices }, (_, slice): Plane => ({
    origin: [x, y, z + slice * step],
    orientation: [[1, 0, 0], [0, 1, 0]],
    spacing,
    columns: SIZE,
    rows: SIZE,
  }));
}

const SIZE = 256;

/** Where the stored numbers begin, in Hounsfield units. */
const INTERCEPT = -1024;

/**
 * Axial slices.
 *
 * @param series The series; its keys have the window.
 * @param body The body.
 * @param stack Where the slices lie.
 * @returns The instances.
 */
export function* axialSlices(series: Series, body: Body, stack: Stack): Generator<Instance> {
  for (const [index, plane] of planesOf(stack).entries()) {
    const number = index + 1;
    const stored = (tissue: Tissue): number => hounsfield(tissue) - INTERCEPT;
    const pixels = addGrain(image(body, plane, stored), GRAIN, series.study.number * 1000 + index);
    yield makeInstance({
      path: instancePath(series, number),
      sopClassUid: CT_IMAGE_STORAGE,
      sopInstanceUid: instanceUid(series, number),
      keys: [
        ...imageKeys(series, plane, number),
        "ImageType=ORIGINAL\\PRIMARY\\AXIAL",
        `SliceThickness=${stack.step}`,
        `SliceLocation=${plane.origin[2]}`,
        "RescaleType=HU",
      ],
      pixelData: { vr: "OW", value: storePixels(pixels) },
    });
  }
}

/** In Hounsfield units. */
const GRAIN = 14;

/**
 * A localizer: what the rays from front to back let through, as an X-ray image has it. RLE Lossless.
 *
 * @param series The series.
 * @param body The body.
 * @param plane A coronal plane.
 * @param depth How far the body goes to the front and to the back of the origin.
 * @returns The instance.
 */
export function localizer(series: Series, body: Body, plane: Plane, depth: number): Instance {
  const sum = new Float64Array(plane.rows * plane.columns);
  const density = (tissue: Tissue): number => hounsfield(tissue) - hounsfield("air");
  for (let layer = 0; layer < LAYERS; layer++) {
    const [x, , z] = plane.origin;
    const y = ((2 * layer + 1) / LAYERS - 1) * depth;
    const pixels = image(body, { ...plane, origin: [x, y, z] }, density);
    for (const [index, value] of pixels.entries()) sum[index] = (sum[index] ?? 0) + value;
  }
  const stored = storePixels(sum.map((value) => value / LAYERS * BRIGHTNESS));
  const fragment = encodeRunLengths({
    stride: plane.columns * 2,
    bytesPerPixel: 2,
    isOneNumber: true,
    pixels: stored,
  });
  const number = 1;
  return makeInstance({
    path: instancePath(series, number),
    sopClassUid: CT_IMAGE_STORAGE,
    sopInstanceUid: instanceUid(series, number),
    transferSyntaxUid: RLE_LOSSLESS,
    keys: [
      ...imageKeys(series, plane, number),
      "ImageType=ORIGINAL\\PRIMARY\\LOCALIZER",
      `SliceThickness=${2 * depth}`,
      "RescaleType=US",
    ],
    // An offset table is not needed for one frame, but its item is.
    pixelData: { vr: "OB", value: { fragments: [new Uint8Array(0), fragment] } },
  });
}

/** How many planes a localizer is the sum of. */
const LAYERS = 60;

/** From the mean density along a ray, which is that of water at most, to stored numbers. */
const BRIGHTNESS = 2;

function imageKeys(series: Series, plane: Plane, number: number): readonly string[] {
  const { study } = series;
  return [
    ...seriesKeys(series, number),
    ...planeKeys(study, plane),
    ...pixelKeys(plane),
    `AcquisitionDate=${study.date}`,
    `AcquisitionTime=${timeOf(series)}`,
    `AcquisitionNumber=${series.number}`,
    "KVP=120",
    `RescaleIntercept=${INTERCEPT}`,
    "RescaleSlope=1",
  ];
}
