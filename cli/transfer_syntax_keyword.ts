/**
 * The UID keywords (PS3.6 table A-1) of the transfer syntaxes that people choose between.
 *
 * @module
 */

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
} from "../lib/transfer_syntax.ts";

const UIDS: Readonly<Record<string, string>> = {
  ImplicitVRLittleEndian: IMPLICIT_VR_LITTLE_ENDIAN,
  ExplicitVRLittleEndian: EXPLICIT_VR_LITTLE_ENDIAN,
  DeflatedExplicitVRLittleEndian: DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  ExplicitVRBigEndian: EXPLICIT_VR_BIG_ENDIAN,
  JPEGBaseline8Bit: JPEG_BASELINE,
  JPEGExtended12Bit: JPEG_EXTENDED,
  JPEGLossless: JPEG_LOSSLESS,
  JPEGLosslessSV1: JPEG_LOSSLESS_FIRST_ORDER,
  JPEGLSLossless: JPEG_LS_LOSSLESS,
  JPEGLSNearLossless: JPEG_LS_NEAR_LOSSLESS,
  JPEG2000Lossless: JPEG_2000_LOSSLESS,
  JPEG2000: JPEG_2000,
  MPEG2MPML: MPEG2_MAIN_LEVEL,
  MPEG2MPHL: MPEG2_HIGH_LEVEL,
  MPEG4HP41: MPEG4_HIGH_PROFILE,
  MPEG4HP41BD: MPEG4_BD_COMPATIBLE,
  HEVCMP51: HEVC_MAIN_PROFILE,
  HEVCM10P51: HEVC_MAIN_10_PROFILE,
  JPEGXLLossless: JPEG_XL_LOSSLESS,
  JPEGXLJPEGRecompression: JPEG_XL_RECOMPRESSION,
  JPEGXL: JPEG_XL,
  HTJ2KLossless: HTJ2K_LOSSLESS,
  HTJ2KLosslessRPCL: HTJ2K_LOSSLESS_RPCL,
  HTJ2K,
  RLELossless: RLE_LOSSLESS,
};

const BY_KEYWORD = new Map(Object.entries(UIDS).map(([keyword, uid]) => [fold(keyword), uid]));

/**
 * Looks up a transfer syntax by its keyword.
 *
 * @param keyword Such as `JPEG2000Lossless`, upper case and lower case alike.
 * @returns Its UID; `undefined` when there is none.
 *
 * @example
 * ```ts
 * import { transferSyntaxByKeyword } from "./transfer_syntax_keyword.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(transferSyntaxByKeyword("RLELossless"), "1.2.840.10008.1.2.5");
 * ```
 */
export function transferSyntaxByKeyword(keyword: string): string | undefined {
  return BY_KEYWORD.get(fold(keyword));
}

function fold(keyword: string): string {
  return keyword.toLowerCase();
}
