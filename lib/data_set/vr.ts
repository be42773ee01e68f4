/**
 * Value representations (PS3.5 section 6.2) and what the codecs have to know of each.
 *
 * @module
 */

/** A value representation. */
export type Vr =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FD"
  | "FL"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

/** What the codecs have to know of a value representation. */
export interface VrTraits {
  /** `text`: characters; `number`: fixed-size binary numbers; `bytes`: uninterpreted; `items`: SQ. */
  readonly kind: "text" | "number" | "bytes" | "items";
  /** In explicit VR, whether two reserved octets and a 32-bit length follow (PS3.5 table 7.1-1). */
  readonly longLength: boolean;
  /** Bytes that are swapped together in big endian; 1 for text. */
  readonly unit: 1 | 2 | 4 | 8;
  /** What an odd length is padded with (PS3.5 section 6.2): NUL or space. */
  readonly padding: 0x00 | 0x20;
  /** Whether the value may hold several values separated by a backslash. */
  readonly multiple: boolean;
  /** Whether Specific Character Set (0008,0005) applies (PS3.5 section 6.1.2.3). */
  readonly characterSet: boolean;
}

function text(
  options: { readonly single?: true; readonly charset?: true; readonly nul?: true } = {},
  longLength = false,
): VrTraits {
  return {
    kind: "text",
    longLength,
    unit: 1,
    padding: options.nul ? 0x00 : 0x20,
    multiple: !options.single,
    characterSet: options.charset ?? false,
  };
}

function number(unit: 2 | 4 | 8, longLength = false): VrTraits {
  return {
    kind: "number",
    longLength,
    unit,
    padding: 0x00,
    multiple: true,
    characterSet: false,
  };
}

function bytes(unit: 1 | 2 | 4 | 8): VrTraits {
  return {
    kind: "bytes",
    longLength: true,
    unit,
    padding: 0x00,
    multiple: false,
    characterSet: false,
  };
}

/** The traits of every value representation of PS3.5 table 6.2-1. */
export const VR_TRAITS: Readonly<Record<Vr, VrTraits>> = {
  AE: text(),
  AS: text(),
  AT: { ...number(2), unit: 2 },
  CS: text(),
  DA: text(),
  DS: text(),
  DT: text(),
  FD: number(8),
  FL: number(4),
  IS: text(),
  LO: text({ charset: true }),
  LT: text({ single: true, charset: true }),
  OB: bytes(1),
  OD: bytes(8),
  OF: bytes(4),
  OL: bytes(4),
  OV: bytes(8),
  OW: bytes(2),
  PN: text({ charset: true }),
  SH: text({ charset: true }),
  SL: number(4),
  SQ: { ...bytes(1), kind: "items" },
  SS: number(2),
  ST: text({ single: true, charset: true }),
  SV: number(8, true),
  TM: text(),
  UC: text({ charset: true }, true),
  UI: text({ nul: true }),
  UL: number(4),
  UN: bytes(1),
  UR: text({ single: true }, true),
  US: number(2),
  UT: text({ single: true, charset: true }, true),
  UV: number(8, true),
};

/**
 * Whether two characters name a value representation of the standard.
 *
 * @param name Two characters, as found on the wire.
 * @returns True for a VR of PS3.5 table 6.2-1.
 *
 * @example
 * ```ts
 * import { isVr } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.ok(isVr("PN"));
 * assert.ok(!isVr("??"));
 * ```
 */
export function isVr(name: string): name is Vr {
  return Object.hasOwn(VR_TRAITS, name);
}
