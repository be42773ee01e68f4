/**
 * An enhanced MR image (PS3.3 section A.36): many frames in one instance, with functional groups.
 *
 * @module
 */

import { concatBytes } from "../../lib/bytes.ts";
import { MR_IMAGE_STORAGE } from "../../lib/sop_class.ts";
import { type Body, image, type Plane } from "./ellipsoid.ts";
import { codeKeys, demoUid, type Instance, makeInstance, under } from "./instance.ts";
import { storedT1 } from "./mr_series.ts";
import { instancePath, instanceUid, pixelKeys, type Series, seriesKeys, timeOf } from "./series.ts";
import { storePixels } from "./stored_pixels.ts";

const ENHANCED_MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4.1";

/** What images were made of: all instances of a series. */
export interface Sources {
  readonly series: Series;
  /** How many there are. */
  readonly instances: number;
}

/**
 * Images of many planes, made of the axial slices of another series.
 *
 * @param series The series.
 * @param body The body.
 * @param planes The planes, all of one orientation and size, at equal distances.
 * @param thickness That distance.
 * @param sources The slices.
 * @returns The instance.
 */
export function reformat(
  series: Series,
  body: Body,
  planes: readonly [Plane, ...Plane[]],
  thickness: number,
  sources: Sources,
): Instance {
  const number = 1;
  const [first] = planes;
  return makeInstance({
    path: instancePath(series, number),
    sopClassUid: ENHANCED_MR_IMAGE_STORAGE,
    sopInstanceUid: instanceUid(series, number),
    keys: [
      ...seriesKeys(series, number),
      ...pixelKeys(first),
      ...descriptionKeys(series),
      ...dimensionKeys(series),
      `NumberOfFrames=${planes.length}`,
      ...sourceKeys(sources),
      ...sharedGroups(first, thickness, sources),
      ...planes.flatMap((plane, frame) => frameGroups(plane, frame, dateTimeOf(series))),
    ],
    pixelData: {
      vr: "OW",
      value: concatBytes(planes.map((plane) => storePixels(image(body, plane, storedT1)))),
    },
  });
}

function dateTimeOf(series: Series): string {
  return `${series.study.date}${timeOf(series)}`;
}

/** What the frames have in common (PS3.3 sections C.8.13.1 and C.8.13.2). */
function descriptionKeys(series: Series): readonly string[] {
  return [
    "PatientPosition=HFS",
    `FrameOfReferenceUID=${demoUid(series.study.number, 0)}`,
    "PositionReferenceIndicator=",
    ...["ImageType=DERIVED\\PRIMARY\\VOLUME\\RESAMPLED", ...CONTRAST],
    `AcquisitionDateTime=${dateTimeOf(series)}`,
    "AcquisitionNumber=1",
    "ContentQualification=RESEARCH",
    "ResonantNucleus=1H",
    "MagneticFieldStrength=1.5",
    "ApplicableSafetyStandardAgency=IEC",
    "BurnedInAnnotation=NO",
    "LossyImageCompression=00",
    "PresentationLUTShape=IDENTITY",
    // How the images were made is in the slices.
    "AcquisitionContextSequence=",
  ];
}

/** PS3.3 section C.8.13.3.1.1, and table C.8-12. */
const CONTRAST: readonly string[] = [
  "PixelPresentation=MONOCHROME",
  "VolumetricProperties=VOLUME",
  "VolumeBasedCalculationTechnique=MPR",
  "ComplexImageComponent=MAGNITUDE",
  "AcquisitionContrast=T1",
];

/** What the frames are ordered by (PS3.3 section C.7.6.17): where they lie in their stack. */
function dimensionKeys(series: Series): readonly string[] {
  const uid = `DimensionOrganizationUID=${demoUid(series.study.number, series.number, 0)}`;
  return [
    ...under("DimensionOrganizationSequence[0]", [uid]),
    ...under("DimensionIndexSequence[0]", [
      uid,
      "DimensionIndexPointer=InStackPositionNumber",
      "FunctionalGroupPointer=FrameContentSequence",
      "DimensionDescriptionLabel=In-Stack Position Number",
    ]),
  ];
}

/** Where the slices are found (PS3.3 section C.8.13.2). */
function sourceKeys(sources: Sources): readonly string[] {
  const { study, number } = sources.series;
  return under("SourceImageEvidenceSequence[0]", [
    `StudyInstanceUID=${demoUid(study.number)}`,
    ...under("ReferencedSeriesSequence[0]", [
      `SeriesInstanceUID=${demoUid(study.number, number)}`,
      ...references("ReferencedSOPSequence", sources, []),
    ]),
  ]);
}

function references(
  path: string,
  { series, instances }: Sources,
  more: readonly string[],
): readonly string[] {
  return Array.from({ length: instances }, (_, index) =>
    under(`${path}[${index}]`, [
      `ReferencedSOPClassUID=${MR_IMAGE_STORAGE}`,
      `ReferencedSOPInstanceUID=${instanceUid(series, index + 1)}`,
      ...more,
    ])).flat();
}

function sharedGroups(
  plane: Plane,
  thickness: number,
  sources: Sources,
): readonly string[] {
  return under("SharedFunctionalGroupsSequence[0]", [
    ...under("MRImageFrameTypeSequence[0]", [
      "FrameType=DERIVED\\PRIMARY\\VOLUME\\RESAMPLED",
      ...CONTRAST,
    ]),
    ...under("PixelMeasuresSequence[0]", [
      `PixelSpacing=${plane.spacing}\\${plane.spacing}`,
      `SliceThickness=${thickness}`,
      `SpacingBetweenSlices=${thickness}`,
    ]),
    `PlaneOrientationSequence[0].ImageOrientationPatient=${plane.orientation.flat().join("\\")}`,
    "FrameAnatomySequence[0].FrameLaterality=U",
    ...under("FrameAnatomySequence[0]", codeKeys("AnatomicRegionSequence", HEAD_REGION)),
    ...under("PixelValueTransformationSequence[0]", [
      "RescaleIntercept=0",
      "RescaleSlope=1",
      "RescaleType=US",
    ]),
    ...under("FrameVOILUTSequence[0]", ["WindowCenter=700", "WindowWidth=1400"]),
    ...under("DerivationImageSequence[0]", [
      ...codeKeys("DerivationCodeSequence", ["113072", "DCM", "Multiplanar reformatting"]),
      ...references("SourceImageSequence", sources, codeKeys(PURPOSE, SOURCE_IMAGE)),
    ]),
  ]);
}

const HEAD_REGION = ["69536005", "SCT", "Head"] as const;
const PURPOSE = "PurposeOfReferenceCodeSequence";
const SOURCE_IMAGE = ["121322", "DCM", "Source image for image processing operation"] as const;

function frameGroups(plane: Plane, frame: number, dateTime: string): readonly string[] {
  return under(`PerFrameFunctionalGroupsSequence[${frame}]`, [
    ...under("FrameContentSequence[0]", [
      `FrameAcquisitionDateTime=${dateTime}`,
      `FrameReferenceDateTime=${dateTime}`,
      "StackID=1",
      `InStackPositionNumber=${frame + 1}`,
      `DimensionIndexValues=${frame + 1}`,
    ]),
    `PlanePositionSequence[0].ImagePositionPatient=${plane.origin.join("\\")}`,
  ]);
}
