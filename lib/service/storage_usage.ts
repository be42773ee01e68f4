/**
 * How storage SOP classes and transfer syntaxes are used: what a requestor proposes that does not know
 * what it will get. PS3.3 section C.7.3.1.1.1 lists the modalities; which SOP classes their instances
 * have is practice.
 *
 * @module
 */

import { CURRENT_STORAGE_ROWS, RETIRED_STORAGE_ROWS } from "../storage_sop_class.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  HEVC_MAIN_10_PROFILE,
  HEVC_MAIN_PROFILE,
  HTJ2K,
  HTJ2K_LOSSLESS,
  HTJ2K_LOSSLESS_RPCL,
  IMPLICIT_VR_LITTLE_ENDIAN,
  JPEG_2000,
  JPEG_2000_LOSSLESS,
  JPEG_BASELINE,
  JPEG_EXTENDED,
  JPEG_LOSSLESS,
  JPEG_LOSSLESS_FIRST_ORDER,
  JPEG_LS_LOSSLESS,
  JPEG_LS_NEAR_LOSSLESS,
  JPEG_XL,
  JPEG_XL_LOSSLESS,
  JPEG_XL_RECOMPRESSION,
  MPEG2_HIGH_LEVEL,
  MPEG2_MAIN_LEVEL,
  MPEG4_BD_COMPATIBLE,
  MPEG4_HIGH_PROFILE,
  RLE_LOSSLESS,
} from "../transfer_syntax.ts";

const BRANCH = "1.2.840.10008.5.1.4.1.1.";

function classes(...suffixes: readonly string[]): string[] {
  return suffixes.map((suffix) => BRANCH + suffix);
}

/** The classes that nearly all instances of an archive have, the most used first. */
export const MOST_USED_CLASSES: readonly string[] = classes(
  ...["2", "4", "1", "1.1", "7", "6.1", "3.1", "12.1", "1.2", "128", "20"],
);

/** What comes with images in many studies: documents, presentation states, plans, enhanced images. */
export const OFTEN_USED_CLASSES: readonly string[] = classes(
  ...["88.11", "88.22", "88.33", "88.59", "88.67", "11.1", "104.1", "2.1", "4.1", "481.1"],
  ...["481.2", "481.3", "481.5", "66.4", "66", "7.2", "7.4", "7.3", "13.1.3", "12.2"],
  ...[
    "9.1.1",
    "9.1.2",
    "77.1.4",
    "77.1.1",
    "77.1.5.1",
    "77.1.5.4",
    "77.1.6",
    "66.1",
    "88.34",
    "1.3",
  ],
);

/** Every storage SOP class, the most used first and the retired ones last. */
export const CLASSES_BY_USE: readonly string[] = [
  ...new Set([
    ...MOST_USED_CLASSES,
    ...OFTEN_USED_CLASSES,
    ...CURRENT_STORAGE_ROWS.map(([uid]) => uid),
    ...RETIRED_STORAGE_ROWS.map(([uid]) => uid),
  ]),
];

/** Image, document or video: what the pixel data of a class may be encoded in. */
export type StorageKind = "image" | "video" | "document";

const NAMES = new Map(
  [...CURRENT_STORAGE_ROWS, ...RETIRED_STORAGE_ROWS].map(([uid, _name, keyword]) => [uid, keyword]),
);

const VIDEO = /Video|VLEndoscopic|VLMicroscopic|VLPhotographic|UltrasoundMultiFrame|TrueColor/;
const IMAGE =
  /Image|Segmentation|Dose(?!SR)|ParametricMap|USVolume|OphthalmicThicknessMap|CornealTopography|HardcopyGray/;

/**
 * What kind of instances a storage SOP class has.
 *
 * @param sopClassUid Its UID.
 * @returns Image for what is not known, private classes for instance.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, storageKind } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(storageKind(CT_IMAGE_STORAGE), "image");
 * assert.equal(storageKind("1.2.840.10008.5.1.4.1.1.88.11"), "document");
 * ```
 */
export function storageKind(sopClassUid: string): StorageKind {
  const keyword = NAMES.get(sopClassUid);
  if (keyword === undefined) return "image";
  if (VIDEO.test(keyword)) return "video";
  return IMAGE.test(keyword) ? "image" : "document";
}

const UNCOMPRESSED = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
const RARE_UNCOMPRESSED = [DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN];
const USUAL_IMAGE = [
  JPEG_LOSSLESS_FIRST_ORDER,
  JPEG_BASELINE,
  JPEG_2000_LOSSLESS,
  JPEG_LS_LOSSLESS,
];
const OTHER_IMAGE = [JPEG_2000, RLE_LOSSLESS, JPEG_EXTENDED];
const RARE_IMAGE = [
  JPEG_LS_NEAR_LOSSLESS,
  JPEG_LOSSLESS,
  HTJ2K_LOSSLESS,
  HTJ2K_LOSSLESS_RPCL,
  HTJ2K,
  JPEG_XL_LOSSLESS,
  JPEG_XL_RECOMPRESSION,
  JPEG_XL,
];
const USUAL_VIDEO = [MPEG4_HIGH_PROFILE, MPEG2_MAIN_LEVEL];
const RARE_VIDEO = [
  MPEG4_BD_COMPATIBLE,
  MPEG2_HIGH_LEVEL,
  HEVC_MAIN_PROFILE,
  HEVC_MAIN_10_PROFILE,
  "1.2.840.10008.1.2.4.104",
  "1.2.840.10008.1.2.4.105",
  "1.2.840.10008.1.2.4.106",
];
/** Frame by frame deflated, or encapsulated as they are: for single-bit and other uncommon images. */
const LAST = ["1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98"];

/**
 * The transfer syntaxes of each kind by use, in steps: an association that has not room for all takes
 * the first step of every class before the second of any. An archive that sends all instances of a
 * class in the first context that it accepted (DCMTK's dcmqrscp does) can at least convert to the first.
 */
export const SYNTAX_STEPS: Readonly<Record<StorageKind, readonly (readonly string[])[]>> = {
  image: [
    UNCOMPRESSED,
    USUAL_IMAGE,
    OTHER_IMAGE,
    RARE_UNCOMPRESSED,
    RARE_IMAGE,
    LAST,
    [...USUAL_VIDEO, ...RARE_VIDEO],
  ],
  video: [
    UNCOMPRESSED,
    [...USUAL_VIDEO, JPEG_BASELINE, JPEG_LOSSLESS_FIRST_ORDER, JPEG_2000_LOSSLESS],
    [...RARE_VIDEO, RLE_LOSSLESS, JPEG_2000, JPEG_LS_LOSSLESS, JPEG_EXTENDED],
    RARE_UNCOMPRESSED,
    RARE_IMAGE,
    LAST,
  ],
  document: [
    UNCOMPRESSED,
    RARE_UNCOMPRESSED,
    [...USUAL_IMAGE, ...OTHER_IMAGE],
    [...RARE_IMAGE, ...LAST],
  ],
};

const BY_MODALITY: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  CR: classes("1", "1.1"),
  CT: classes("2", "2.1", "2.2"),
  DX: classes("1.1", "1.1.1", "1"),
  ECG: classes("9.1.1", "9.1.2", "9.1.3", "9.1.4", "104.1"),
  ES: classes("77.1.1", "77.1.1.1"),
  DOC: classes("104.1", "104.2"),
  GM: classes("77.1.2", "77.1.2.1", "77.1.4"),
  HD: classes("9.2.1"),
  IO: classes("1.3", "1.3.1", "1.1"),
  IVOCT: classes("14.1", "14.2"),
  IVUS: classes("6.1", "3.1"),
  KO: classes("88.59"),
  M3D: classes("104.3", "104.4", "104.5"),
  MG: classes("1.2", "1.2.1", "13.1.3", "13.1.4", "13.1.5"),
  MR: classes("4", "4.1", "4.2", "4.3", "4.4"),
  NM: classes("20"),
  OP: classes("77.1.5.1", "77.1.5.2", "77.1.5.5", "77.1.5.6"),
  OPT: classes("77.1.5.4", "77.1.5.7", "77.1.5.8"),
  OT: classes("7", "7.2", "7.3", "7.4", "7.1", "66"),
  PR: classes("11.1", "11.2", "11.3", "11.4", "11.5", "11.8"),
  PT: classes("128", "130", "128.1"),
  PX: classes("1.1", "1.1.1", "1"),
  REG: classes("66.1", "66.2", "66.3"),
  RF: classes("12.2", "12.2.1", "12.1"),
  RG: classes("1", "1.1"),
  RTDOSE: classes("481.2"),
  RTIMAGE: classes("481.1"),
  RTPLAN: classes("481.5", "481.8"),
  RTRECORD: classes("481.4", "481.6", "481.7", "481.9"),
  RTSTRUCT: classes("481.3"),
  RWV: classes("67"),
  SC: classes("7", "7.2", "7.3", "7.4"),
  SEG: classes("66.4", "66.5", "66.7"),
  SM: classes("77.1.6", "77.1.3"),
  SR: classes("88.11", "88.22", "88.33", "88.34", "88.67", "88.50", "88.40", "88.71"),
  US: classes("6.1", "3.1", "6.2"),
  XA: classes("12.1", "12.1.1", "13.1.1", "12.2"),
  XC: classes("77.1.4", "77.1.4.1"),
}));

/** What scanners and workstations add to their series, whatever the modality. */
const BESIDES = classes("7", "66", "88.11", "88.59", "11.1");

/**
 * The storage SOP classes that the instances of a series may have.
 *
 * @param modality Modality (0008,0060).
 * @returns The likely ones, the most likely first; none when the modality tells nothing.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, sopClassesOfModality } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(sopClassesOfModality("CT")[0], CT_IMAGE_STORAGE);
 * ```
 */
export function sopClassesOfModality(modality: string): readonly string[] {
  const own = BY_MODALITY.get(modality);
  return own === undefined ? [] : [...new Set([...own, ...BESIDES])];
}
