/**
 * The transfer syntaxes of DICOM (PS3.6 table A-1), with what one has to know of each to read or
 * pass on a data set.
 *
 * @module
 */

/** A transfer syntax (PS3.5 section 10). */
export interface TransferSyntax {
  /** UID value of PS3.6 table A-1. */
  readonly uid: string;
  /** UID name of PS3.6 table A-1. */
  readonly name: string;
  /** Whether each element carries its VR (PS3.5 section 7.1.2). */
  readonly explicitVr: boolean;
  /** Byte order of the data set (PS3.5 section 7.3). */
  readonly littleEndian: boolean;
  /** Whether the whole data set is deflated (PS3.5 section A.5). */
  readonly deflated: boolean;
  /** Whether pixel data is encapsulated in fragments (PS3.5 section A.4). */
  readonly encapsulated: boolean;
  /** Whether the standard has retired it; peers may still send it. */
  readonly retired: boolean;
}

/** Implicit VR Little Endian, the default transfer syntax (PS3.5 section A.1). */
export const IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2";
/** Explicit VR Little Endian (PS3.5 section A.2). */
export const EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
/** Deflated Explicit VR Little Endian (PS3.5 section A.5). */
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99";
/** Explicit VR Big Endian, retired (PS3.5 section A.3). */
export const EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2";
/** JPEG Baseline (Process 1): lossy, 8 bits. */
export const JPEG_BASELINE = "1.2.840.10008.1.2.4.50";
/** JPEG Extended (Process 2 and 4): lossy, 12 bits. */
export const JPEG_EXTENDED = "1.2.840.10008.1.2.4.51";
/** JPEG Lossless, Non-Hierarchical (Process 14). */
export const JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57";
/** JPEG Lossless, First-Order Prediction (Process 14, Selection Value 1). */
export const JPEG_LOSSLESS_FIRST_ORDER = "1.2.840.10008.1.2.4.70";
/** JPEG-LS Lossless. */
export const JPEG_LS_LOSSLESS = "1.2.840.10008.1.2.4.80";
/** JPEG-LS Lossy (Near-Lossless). */
export const JPEG_LS_NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81";
/** JPEG 2000 (Lossless Only). */
export const JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90";
/** JPEG 2000. */
export const JPEG_2000 = "1.2.840.10008.1.2.4.91";
/** MPEG2 Main Profile / Main Level. */
export const MPEG2_MAIN_LEVEL = "1.2.840.10008.1.2.4.100";
/** MPEG2 Main Profile / High Level. */
export const MPEG2_HIGH_LEVEL = "1.2.840.10008.1.2.4.101";
/** MPEG-4 AVC/H.264 High Profile / Level 4.1. */
export const MPEG4_HIGH_PROFILE = "1.2.840.10008.1.2.4.102";
/** MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1. */
export const MPEG4_BD_COMPATIBLE = "1.2.840.10008.1.2.4.103";
/** HEVC/H.265 Main Profile / Level 5.1. */
export const HEVC_MAIN_PROFILE = "1.2.840.10008.1.2.4.107";
/** HEVC/H.265 Main 10 Profile / Level 5.1. */
export const HEVC_MAIN_10_PROFILE = "1.2.840.10008.1.2.4.108";
/** JPEG XL Lossless. */
export const JPEG_XL_LOSSLESS = "1.2.840.10008.1.2.4.110";
/** JPEG XL JPEG Recompression. */
export const JPEG_XL_RECOMPRESSION = "1.2.840.10008.1.2.4.111";
/** JPEG XL. */
export const JPEG_XL = "1.2.840.10008.1.2.4.112";
/** High-Throughput JPEG 2000 (Lossless Only). */
export const HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201";
/** High-Throughput JPEG 2000 with RPCL Options (Lossless Only). */
export const HTJ2K_LOSSLESS_RPCL = "1.2.840.10008.1.2.4.202";
/** High-Throughput JPEG 2000. */
export const HTJ2K = "1.2.840.10008.1.2.4.203";
/** RLE Lossless. */
export const RLE_LOSSLESS = "1.2.840.10008.1.2.5";

const LITTLE = { littleEndian: true, deflated: false, encapsulated: false };
const IMPLICIT = { ...LITTLE, explicitVr: false };
const EXPLICIT = { ...LITTLE, explicitVr: true };
const BIG = { ...EXPLICIT, littleEndian: false };
const DEFLATED = { ...EXPLICIT, deflated: true };
const ENCAPSULATED = { ...EXPLICIT, encapsulated: true };

type Row = [uid: string, name: string, encoding: typeof IMPLICIT, retired?: true];

// The JPIP and SMPTE syntaxes keep their pixels outside the data set: nothing is encapsulated in it.
const ROWS: readonly Row[] = [
  ["1.2.840.10008.1.2", "Implicit VR Little Endian", IMPLICIT],
  ["1.2.840.10008.1.2.1", "Explicit VR Little Endian", EXPLICIT],
  ["1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", ENCAPSULATED],
  ["1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", DEFLATED],
  ["1.2.840.10008.1.2.2", "Explicit VR Big Endian", BIG, true],
  ["1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.52", "JPEG Extended (Process 3 and 5)", ENCAPSULATED, true],
  [
    "1.2.840.10008.1.2.4.53",
    "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.54",
    "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.55",
    "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.56",
    "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)",
    ENCAPSULATED,
    true,
  ],
  ["1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.58", "JPEG Lossless, Non-Hierarchical (Process 15)", ENCAPSULATED, true],
  ["1.2.840.10008.1.2.4.59", "JPEG Extended, Hierarchical (Process 16 and 18)", ENCAPSULATED, true],
  ["1.2.840.10008.1.2.4.60", "JPEG Extended, Hierarchical (Process 17 and 19)", ENCAPSULATED, true],
  [
    "1.2.840.10008.1.2.4.61",
    "JPEG Spectral Selection, Hierarchical (Process 20 and 22)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.62",
    "JPEG Spectral Selection, Hierarchical (Process 21 and 23)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.63",
    "JPEG Full Progression, Hierarchical (Process 24 and 26)",
    ENCAPSULATED,
    true,
  ],
  [
    "1.2.840.10008.1.2.4.64",
    "JPEG Full Progression, Hierarchical (Process 25 and 27)",
    ENCAPSULATED,
    true,
  ],
  ["1.2.840.10008.1.2.4.65", "JPEG Lossless, Hierarchical (Process 28)", ENCAPSULATED, true],
  ["1.2.840.10008.1.2.4.66", "JPEG Lossless, Hierarchical (Process 29)", ENCAPSULATED, true],
  [
    "1.2.840.10008.1.2.4.70",
    "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
    ENCAPSULATED,
  ],
  ["1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression", ENCAPSULATED],
  [
    "1.2.840.10008.1.2.4.92",
    "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)",
    ENCAPSULATED,
  ],
  ["1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.94", "JPIP Referenced", EXPLICIT],
  ["1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", DEFLATED],
  ["1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", ENCAPSULATED],
  [
    "1.2.840.10008.1.2.4.102.1",
    "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.103",
    "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.103.1",
    "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.104",
    "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.104.1",
    "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.105",
    "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.105.1",
    "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
    ENCAPSULATED,
  ],
  ["1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", ENCAPSULATED],
  [
    "1.2.840.10008.1.2.4.106.1",
    "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
    ENCAPSULATED,
  ],
  ["1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.110", "JPEG XL Lossless", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.112", "JPEG XL", ENCAPSULATED],
  [
    "1.2.840.10008.1.2.4.201",
    "High-Throughput JPEG 2000 Image Compression (Lossless Only)",
    ENCAPSULATED,
  ],
  [
    "1.2.840.10008.1.2.4.202",
    "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
    ENCAPSULATED,
  ],
  ["1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression", ENCAPSULATED],
  ["1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", EXPLICIT],
  ["1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", DEFLATED],
  ["1.2.840.10008.1.2.5", "RLE Lossless", ENCAPSULATED],
  ["1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation", EXPLICIT, true],
  ["1.2.840.10008.1.2.6.2", "XML Encoding", EXPLICIT, true],
  ["1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", EXPLICIT],
  ["1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", EXPLICIT],
  ["1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", EXPLICIT],
  ["1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", ENCAPSULATED],
  ["1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian", IMPLICIT, true],
];

/** Every transfer syntax of PS3.6 table A-1, in order of UID, the retired ones too. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = ROWS.map(
  ([uid, name, encoding, retired = false]) => Object.freeze({ uid, name, ...encoding, retired }),
);

const BY_UID = new Map(TRANSFER_SYNTAXES.map((syntax) => [syntax.uid, syntax]));

/**
 * Looks up a transfer syntax.
 *
 * @param uid Its UID, without padding.
 * @returns The transfer syntax, or `undefined` when it is private or not known.
 *
 * @example
 * ```ts
 * import { transferSyntax } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(transferSyntax("1.2.840.10008.1.2.1")?.explicitVr, true);
 * assert.equal(transferSyntax("1.2.3"), undefined);
 * ```
 */
export function transferSyntax(uid: string): TransferSyntax | undefined {
  return BY_UID.get(uid);
}

/**
 * The transfer syntaxes that need no image codec, as pynetdicom proposes them: what is offered for
 * queries and for Verification. Implicit VR Little Endian, the default of PS3.5 section 10.1, is first.
 */
export const UNCOMPRESSED_TRANSFER_SYNTAXES: readonly string[] = [
  IMPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
];
