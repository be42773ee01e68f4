/**
 * MR images (PS3.3 section A.4).
 *
 * @module
 */

import { MR_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { planesOf, type Stack } from "./ct_series.ts";
import { type Body, image } from "./ellipsoid.ts";
import { type Instance, makeInstance } from "./instance.ts";
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
import { t1Signal, type Tissue } from "./tissue.ts";

/** What the strongest signal is stored as. */
const STRONGEST = 1400;

/** What a tissue is stored as in a T1-weighted image. */
export function storedT1(tissue: Tissue): number {
  return t1Signal(tissue) * STRONGEST;
}

/**
 * Axial T1-weighted slices.
 *
 * @param series The series.
 * @param body The body.
 * @param stack Where the slices lie.
 * @returns The instances.
 */
export function* t1Slices(series: Series, body: Body, stack: Stack): Generator<Instance> {
  for (const [index, plane] of planesOf(stack).entries()) {
    const number = index + 1;
    const { study } = series;
    const pixels = addGrain(image(body, plane, storedT1), GRAIN, study.number * 1000 + index);
    yield makeInstance({
      path: instancePath(series, number),
      sopClassUid: MR_IMAGE_STORAGE,
      sopInstanceUid: instanceUid(series, number),
      keys: [
        ...seriesKeys(series, number),
        ...planeKeys(study, plane),
        ...pixelKeys(plane),
        "ImageType=ORIGINAL\\PRIMARY\\OTHER",
        `AcquisitionDate=${study.date}`,
        `AcquisitionTime=${timeOf(series)}`,
        `AcquisitionNumber=${series.number}`,
        "ScanningSequence=SE",
        "SequenceVariant=NONE",
        "ScanOptions=",
        "MRAcquisitionType=2D",
        "RepetitionTime=520",
        "EchoTime=11",
        "EchoTrainLength=1",
        "MagneticFieldStrength=1.5",
        "ImagingFrequency=63.87",
        "ImagedNucleus=1H",
        "FlipAngle=90",
        `SliceThickness=${stack.step - GAP}`,
        `SpacingBetweenSlices=${stack.step}`,
        `SliceLocation=${plane.origin[2]}`,
      ],
      pixelData: { vr: "OW", value: storePixels(pixels) },
    });
  }
}

/** What is left out between slices, in millimetres. */
const GAP = 1;

const GRAIN = 26;
