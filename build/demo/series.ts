/**
 * What the series of the demo have in common.
 *
 * @module
 */

import type { Plane } from "./ellipsoid.ts";
import { demoUid } from "./instance.ts";
import type { Study } from "./study.ts";

/** A series of a study. */
export interface Series {
  readonly study: Study;
  /** Series Number; tells its UIDs from those of other series. */
  readonly number: number;
  /** Where its files lie, relative to the study's. */
  readonly folder: string;
  readonly modality: string;
  readonly description: string;
  /** Seconds from the study's time to the series'. */
  readonly delay: number;
  /** The attributes that all its instances have, beside those that follow from the above. */
  readonly keys: readonly string[];
}

/**
 * The attributes of an instance that come from its patient, study, series and equipment.
 *
 * @param series The series.
 * @param number Instance Number.
 * @returns The keys.
 */
export function seriesKeys(series: Series, number: number): readonly string[] {
  const { study } = series;
  const time = timeOf(series);
  return [
    ...study.keys,
    `Modality=${series.modality}`,
    `SeriesInstanceUID=${demoUid(study.number, series.number)}`,
    `SeriesNumber=${series.number}`,
    `SeriesDescription=${series.description}`,
    `SeriesDate=${study.date}`,
    `SeriesTime=${time}`,
    `ContentDate=${study.date}`,
    `ContentTime=${time}`,
    "Manufacturer=DICOM DIMSE",
    "ManufacturerModelName=Phantom",
    "DeviceSerialNumber=1",
    "SoftwareVersions=1",
    "InstitutionName=Phantom Hospital",
    `InstanceNumber=${number}`,
    ...series.keys,
  ];
}

/** The SOP Instance UID of an instance of a series. */
export function instanceUid(series: Series, number: number): string {
  return demoUid(series.study.number, series.number, number);
}

/** Where the file of an instance lies. */
export function instancePath(series: Series, number: number): string {
  const { study, folder } = series;
  return `${study.folder}/${folder}/${String(number).padStart(4, "0")}.dcm`;
}

/** Series Time, and the time of what is in it. */
export function timeOf({ study, delay }: Series): string {
  const digits = (at: number): number => Number(study.time.slice(at, at + 2));
  const seconds = (digits(0) * 60 + digits(2)) * 60 + digits(4) + delay;
  return [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0")).join("");
}

/**
 * Where the patient lies in the coordinates of an image (PS3.3 sections C.7.4.1 and C.7.6.2).
 *
 * @param study All images of a study have the same coordinates.
 * @param plane The plane.
 * @returns The keys.
 */
export function planeKeys(study: Study, plane: Plane): readonly string[] {
  return [
    "PatientPosition=HFS",
    `FrameOfReferenceUID=${demoUid(study.number, 0)}`,
    "PositionReferenceIndicator=",
    `ImageOrientationPatient=${plane.orientation.flat().join("\\")}`,
    `ImagePositionPatient=${plane.origin.join("\\")}`,
    `PixelSpacing=${plane.spacing}\\${plane.spacing}`,
  ];
}

/**
 * How 16-bit pixels are stored (PS3.3 section C.7.6.3).
 *
 * @param size Rows and columns.
 * @returns The keys.
 */
export function pixelKeys(size: Pick<Plane, "rows" | "columns">): readonly string[] {
  return [
    "SamplesPerPixel=1",
    "PhotometricInterpretation=MONOCHROME2",
    `Rows=${size.rows}`,
    `Columns=${size.columns}`,
    "BitsAllocated=16",
    "BitsStored=12",
    "HighBit=11",
    "PixelRepresentation=0",
  ];
}
