/**
 * Data sets in hexadecimal, sound and broken, for the tests of decoder, encoder and scanner.
 *
 * @module
 */

import type { DataSet } from "../../lib/data_set/data_set.ts";
import { formatTag } from "../../lib/data_set/tag.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  JPEG_BASELINE,
} from "../../lib/transfer_syntax.ts";

/** A sound data set. */
export interface SoundCase {
  readonly name: string;
  readonly syntax: string;
  readonly hex: string;
  /** What is in it, as {@linkcode outline} writes it. */
  readonly outline: readonly string[];
  /** Whether the encoder writes the same bytes. */
  readonly canonical: boolean;
}

/** A broken data set. */
export interface BrokenCase {
  readonly name: string;
  readonly syntax: string;
  readonly hex: string;
  readonly message: string;
  readonly offset: number;
  readonly tag?: number;
  /** What the scanner says, which does not know how long the data set is, where it differs. */
  readonly scanner?: string;
}

const ILE = IMPLICIT_VR_LITTLE_ENDIAN;
const ELE = EXPLICIT_VR_LITTLE_ENDIAN;
const EBE = EXPLICIT_VR_BIG_ENDIAN;

const ITEM_DELIMITATION = "feff0de0 00000000";
const SEQUENCE_DELIMITATION = "feffdde0 00000000";

export const SOUND: readonly SoundCase[] = [
  {
    name: "implicit VR",
    syntax: ILE,
    hex: "10002000 04000000 34373131" + // (0010,0020) LO, 4 bytes, "4711"
      "28001000 02000000 0002", // (0028,0010) US, 2 bytes, 512
    outline: ["(0010,0020) LO 34373131", "(0028,0010) US 0002"],
    canonical: true,
  },
  {
    name: "explicit VR with 16-bit and 32-bit lengths",
    syntax: ELE,
    hex: "10002000 4c4f 0400 34373131" + // LO, 16 bits
      "40001001 5554 0000 02000000 4120" + // UT, 2 reserved bytes, 32 bits
      "40001101 5554 beef 00000000", // reserved bytes that are not zero
    outline: ["(0010,0020) LO 34373131", "(0040,0110) UT 4120", "(0040,0111) UT "],
    canonical: false,
  },
  {
    name: "explicit VR big endian, each unit of byte order",
    syntax: EBE,
    hex: "00080005 4353 0004 41424344" + // CS: not swapped
      "00280009 4154 0004 00280010" + // AT: two 16-bit halves
      "00280010 5553 0002 0200" + // US
      "00280034 534c 0004 fffffffe" + // SL
      "00280040 4644 0008 0102030405060708" + // FD
      "00280050 4f57 0000 00000004 01020304" + // OW
      "00280051 4f42 0000 00000002 0102" + // OB: not swapped
      "00280052 4f56 0000 00000008 0102030405060708", // OV
    outline: [
      "(0008,0005) CS 41424344",
      "(0028,0009) AT 28001000",
      "(0028,0010) US 0002",
      "(0028,0034) SL feffffff",
      "(0028,0040) FD 0807060504030201",
      "(0028,0050) OW 02010403",
      "(0028,0051) OB 0102",
      "(0028,0052) OV 0807060504030201",
    ],
    canonical: true,
  },
  {
    name: "big endian value that is not a whole number of units",
    syntax: EBE,
    hex: "00280010 5553 0003 020011",
    outline: ["(0028,0010) US 000211"],
    canonical: false,
  },
  {
    name: "sequence and item of explicit length",
    syntax: ELE,
    hex: "08004011 5351 0000 1a000000" + // (0008,1140) SQ, 26 bytes
      "feff00e0 0a000000" + // item, 10 bytes
      "08005511 5549 0200 3100" + // (0008,1155) UI "1"
      "feff00e0 00000000" + // empty item
      "10002000 4c4f 0000",
    outline: [
      "(0008,1140) SQ 2",
      "(0008,1140)[0](0008,1155) UI 3100",
      "(0010,0020) LO ",
    ],
    canonical: true,
  },
  {
    name: "sequence and items of undefined length",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" +
      "feff00e0 ffffffff" + "08005511 5549 0200 3100" + ITEM_DELIMITATION +
      "feff00e0 00000000" + // an empty item of explicit length
      "feff00e0 ffffffff" + ITEM_DELIMITATION + // and one of undefined length
      SEQUENCE_DELIMITATION +
      "10002000 4c4f 0000",
    outline: [
      "(0008,1140) SQ 3",
      "(0008,1140)[0](0008,1155) UI 3100",
      "(0010,0020) LO ",
    ],
    canonical: false,
  },
  {
    name: "empty sequences of both lengths",
    syntax: ELE,
    hex: "08004011 5351 0000 00000000" + "08004a11 5351 0000 ffffffff" + SEQUENCE_DELIMITATION,
    outline: ["(0008,1140) SQ 0", "(0008,114A) SQ 0"],
    canonical: false,
  },
  {
    name: "sequence in an item",
    syntax: ILE,
    hex: "08001511 22000000" + // (0008,1115), 34 bytes
      "feff00e0 1a000000" + // item, 26 bytes
      "08009911 12000000" + // (0008,1199), 18 bytes
      "feff00e0 0a000000" + // item, 10 bytes
      "08005511 02000000 3100",
    outline: [
      "(0008,1115) SQ 1",
      "(0008,1115)[0](0008,1199) SQ 1",
      "(0008,1115)[0](0008,1199)[0](0008,1155) UI 3100",
    ],
    canonical: true,
  },
  {
    name: "big endian sequence",
    syntax: EBE,
    hex: "00081140 5351 0000 00000012" + "fffee000 0000000a" + "00280010 5553 0002 0200",
    outline: ["(0008,1140) SQ 1", "(0008,1140)[0](0028,0010) US 0002"],
    canonical: true,
  },
  {
    name: "UN of undefined length: an implicit VR sequence",
    syntax: ELE,
    hex: "09001010 554e 0000 ffffffff" +
      "feff00e0 ffffffff" + "10002000 02000000 3120" + ITEM_DELIMITATION +
      SEQUENCE_DELIMITATION + "10002000 4c4f 0200 3220",
    outline: [
      "(0009,1010) SQ 1",
      "(0009,1010)[0](0010,0020) LO 3120",
      "(0010,0020) LO 3220",
    ],
    canonical: false,
  },
  {
    name: "UN of undefined length in big endian: little endian all the same",
    syntax: EBE,
    hex: "00091010 554e 0000 ffffffff" +
      "feff00e0 0a000000" + "28001000 02000000 0002" + SEQUENCE_DELIMITATION +
      "00280010 5553 0002 0200",
    outline: [
      "(0009,1010) SQ 1",
      "(0009,1010)[0](0028,0010) US 0002",
      "(0028,0010) US 0002",
    ],
    canonical: false,
  },
  {
    name: "UN of explicit length",
    syntax: ELE,
    hex: "09001010 554e 0000 08000000 feff00e000000000",
    outline: ["(0009,1010) UN feff00e000000000"],
    canonical: true,
  },
  {
    name: "private elements in implicit VR: creator, value, sequence of undefined length",
    syntax: ILE,
    hex: "09001000 04000000 41434d45" + // private creator
      "09000110 02000000 0102" +
      "09000210 ffffffff" + "feff00e0 0a000000" + "10002000 02000000 3120" + SEQUENCE_DELIMITATION,
    outline: [
      "(0009,0010) LO 41434d45",
      "(0009,1001) UN 0102",
      "(0009,1002) SQ 1",
      "(0009,1002)[0](0010,0020) LO 3120",
    ],
    canonical: true,
  },
  {
    name: "pixel representation decides on ambiguous VRs, inside items too",
    syntax: ILE,
    hex: "28000301 02000000 0100" + // (0028,0103) 1: signed
      "28000601 02000000 ffff" + // (0028,0106)
      "28000030 12000000 feff00e0 0a000000" + // (0028,3000), an item
      "28000601 02000000 ffff",
    outline: [
      "(0028,0103) US 0100",
      "(0028,0106) SS ffff",
      "(0028,3000) SQ 1",
      "(0028,3000)[0](0028,0106) SS ffff",
    ],
    canonical: true,
  },
  {
    name: "encapsulated pixel data",
    syntax: JPEG_BASELINE,
    hex: "e07f1000 4f42 0000 ffffffff" +
      "feff00e0 00000000" + // empty Basic Offset Table
      "feff00e0 04000000 ffd8ffd9" +
      "feff00e0 08000000 feffdde000000000" + // a delimiter inside a fragment
      SEQUENCE_DELIMITATION,
    outline: ["(7FE0,0010) OB fragments , ffd8ffd9, feffdde000000000"],
    canonical: true,
  },
  {
    name: "encapsulated pixel data in a private transfer syntax, and an odd fragment",
    syntax: "1.2.3.4",
    hex: "e07f1000 4f57 0000 ffffffff" + "feff00e0 01000000 ff" + SEQUENCE_DELIMITATION,
    outline: ["(7FE0,0010) OW fragments ff"],
    canonical: false,
  },
  {
    name: "encapsulated icon in an item of explicit length",
    syntax: JPEG_BASELINE,
    hex: "88000002 5351 0000 26000000" + // (0088,0200), 38 bytes
      "feff00e0 1e000000" + // 30 bytes
      "e07f1000 4f42 0000 ffffffff" + "feff00e0 02000000 ffd8" + SEQUENCE_DELIMITATION,
    outline: ["(0088,0200) SQ 1", "(0088,0200)[0](7FE0,0010) OB fragments ffd8"],
    canonical: true,
  },
  {
    name: "odd lengths",
    syntax: ELE,
    hex: "10002000 4c4f 0300 343731" + "10004000 4353 0100 4d",
    outline: ["(0010,0020) LO 343731", "(0010,0040) CS 4d"],
    canonical: false,
  },
  {
    name: "descending tags and a duplicate: the first counts",
    syntax: ELE,
    hex: "10002000 4c4f 0200 3120" + "08005000 5348 0200 3220" + "10002000 4c4f 0200 3320",
    outline: ["(0008,0050) SH 3220", "(0010,0020) LO 3120"],
    canonical: false,
  },
  {
    name: "group length is kept",
    syntax: ELE,
    hex: "08000000 554c 0400 0a000000" + "08005000 5348 0200 3220",
    outline: ["(0008,0000) UL 0a000000", "(0008,0050) SH 3220"],
    canonical: false,
  },
  {
    name: "unknown VR of two capitals: UN with a 32-bit length",
    syntax: ELE,
    hex: "10002000 5a5a 0000 02000000 0102",
    outline: ["(0010,0020) UN 0102"],
    canonical: false,
  },
  {
    name: "delimiters with a length that means nothing",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" + "feff00e0 ffffffff" + "feff0de0 01000000" +
      "feffdde0 ffffffff",
    outline: ["(0008,1140) SQ 1"],
    canonical: false,
  },
  {
    name: "private group 0001",
    syntax: ELE,
    hex: "01000100 4c4f 0200 3120",
    outline: ["(0001,0001) LO 3120"],
    canonical: true,
  },
  {
    name: "deflated",
    syntax: DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    // One stored block of 10 bytes, then the NUL that makes the length even.
    hex: "01 0a00 f5ff" + "10002000 4c4f 0200 3120" + "00",
    outline: ["(0010,0020) LO 3120"],
    canonical: false,
  },
];

const NESTED_65 = "08004011 ffffffff feff00e0 ffffffff".repeat(65);

export const BROKEN: readonly BrokenCase[] = [
  {
    name: "header cut",
    syntax: ELE,
    hex: "10002000 4c4f 0200 3120" + "10002000 4c",
    message: "Cannot decode the data set at byte 10: the 5 bytes left are no element",
    offset: 10,
    scanner: "Cannot decode the data set at byte 10: it ends 5 bytes into a header",
  },
  {
    name: "long header cut",
    syntax: ELE,
    hex: "40001001 5554 0000 0200",
    message: "Cannot decode (0040,0110) at byte 0: the 10 bytes left are no element",
    offset: 0,
    tag: 0x00400110,
    scanner: "Cannot decode the data set at byte 0: it ends 10 bytes into a header",
  },
  {
    name: "value longer than the data set",
    syntax: ELE,
    hex: "10002000 4c4f 0c00 3437313134373131",
    message: "Cannot decode (0010,0020) at byte 0: length 12 exceeds the 8 bytes left",
    offset: 0,
    tag: 0x00100020,
    scanner: "Cannot decode (0010,0020) at byte 0: the data set ends 4 bytes before the value does",
  },
  {
    name: "value of nearly 4 GiB",
    syntax: ILE,
    hex: "10002000 feffffff 3437",
    message: "Cannot decode (0010,0020) at byte 0: length 4294967294 exceeds the 2 bytes left",
    offset: 0,
    tag: 0x00100020,
    scanner: "Cannot decode (0010,0020) at byte 0: " +
      "the data set ends 4294967292 bytes before the value does",
  },
  {
    name: "value longer than its item",
    syntax: ELE,
    hex: "08004011 5351 0000 12000000" + "feff00e0 0a000000" + "08005511 5549 0400 31003200",
    message: "Cannot decode (0008,1155) at byte 20: length 4 exceeds the 2 bytes left",
    offset: 20,
    tag: 0x00081155,
  },
  {
    name: "header longer than its item",
    syntax: ELE,
    hex: "08004011 5351 0000 0e000000" + "feff00e0 06000000" + "08005511 5549 0200 3100",
    message: "Cannot decode (0008,1140) at byte 20: the 6 bytes left of the item are no element",
    offset: 20,
    tag: 0x00081140,
  },
  {
    name: "long header longer than its item",
    syntax: ELE,
    hex: "08004011 5351 0000 12000000" + "feff00e0 0a000000" + "40001001 5554 0000 0000",
    message: "Cannot decode (0040,0110) at byte 20: the 10 bytes left of the item are no element",
    offset: 20,
    tag: 0x00400110,
  },
  {
    name: "item longer than its sequence",
    syntax: ELE,
    hex: "08004011 5351 0000 12000000" + "feff00e0 0c000000" + "08005511 5549 0400 31003200",
    message: "Cannot decode (0008,1140) at byte 12: length 12 exceeds the 10 bytes left",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "item header longer than its sequence",
    syntax: ELE,
    hex: "08004011 5351 0000 04000000" + "feff00e0 00000000",
    message:
      "Cannot decode (0008,1140) at byte 12: the 4 bytes left of the sequence are no element",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "sequence longer than the data set",
    syntax: ELE,
    hex: "08004011 5351 0000 0a000000" + "feff00e0 00000000",
    message: "Cannot decode (0008,1140) at byte 0: length 10 exceeds the 8 bytes left",
    offset: 0,
    tag: 0x00081140,
    scanner: "Cannot decode (0008,1140) at byte 0: the data set ends before the sequence does",
  },
  {
    name: "item longer than the data set",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" + "feff00e0 0a000000",
    message: "Cannot decode (0008,1140) at byte 12: length 10 exceeds the 0 bytes left",
    offset: 12,
    tag: 0x00081140,
    scanner: "Cannot decode (0008,1140) at byte 12: the data set ends before the item does",
  },
  {
    name: "fragment longer than the data set",
    syntax: JPEG_BASELINE,
    hex: "e07f1000 4f42 0000 ffffffff" + "feff00e0 04000000 ffd8",
    message: "Cannot decode (7FE0,0010) at byte 12: length 4 exceeds the 2 bytes left",
    offset: 12,
    tag: 0x7fe00010,
    scanner:
      "Cannot decode (7FE0,0010) at byte 12: the data set ends 2 bytes before the value does",
  },
  {
    name: "sequence never closed",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" + "feff00e0 00000000",
    message: "Cannot decode (0008,1140) at byte 0: no delimiter closes the sequence",
    offset: 0,
    tag: 0x00081140,
  },
  {
    name: "item never closed",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" + "feff00e0 ffffffff",
    message: "Cannot decode (0008,1140) at byte 12: no delimiter closes the item",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "fragments never closed",
    syntax: JPEG_BASELINE,
    hex: "e07f1000 4f42 0000 ffffffff" + "feff00e0 02000000 ffd8",
    message: "Cannot decode (7FE0,0010) at byte 0: no delimiter closes the fragments",
    offset: 0,
    tag: 0x7fe00010,
  },
  {
    name: "item not closed before its sequence ends",
    syntax: ELE,
    hex: "08004011 5351 0000 08000000" + "feff00e0 ffffffff" + "10002000 4c4f 0000",
    message: "Cannot decode (0008,1140) at byte 12: no delimiter closes the item",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "sequence not closed before its item ends",
    syntax: ILE,
    hex: "08004011 10000000" + "feff00e0 08000000" + "08004011 ffffffff" + "10002000 00000000",
    message: "Cannot decode (0008,1140) at byte 16: no delimiter closes the sequence",
    offset: 16,
    tag: 0x00081140,
  },
  {
    name: "sequence delimiter alone",
    syntax: ELE,
    hex: SEQUENCE_DELIMITATION,
    message: "Cannot decode (FFFE,E0DD) at byte 0: no open sequence or item takes it",
    offset: 0,
    tag: 0xfffee0dd,
  },
  {
    name: "item delimiter alone",
    syntax: ILE,
    hex: "10002000 00000000" + ITEM_DELIMITATION,
    message: "Cannot decode (FFFE,E00D) at byte 8: no open sequence or item takes it",
    offset: 8,
    tag: 0xfffee00d,
  },
  {
    name: "item alone",
    syntax: ELE,
    hex: "feff00e0 00000000",
    message: "Cannot decode (FFFE,E000) at byte 0: no open sequence or item takes it",
    offset: 0,
    tag: 0xfffee000,
  },
  {
    name: "item delimiter in an item of explicit length",
    syntax: ELE,
    hex: "08004011 5351 0000 10000000" + "feff00e0 08000000" + ITEM_DELIMITATION,
    message: "Cannot decode (FFFE,E00D) at byte 20: no open sequence or item takes it",
    offset: 20,
    tag: 0xfffee00d,
  },
  {
    name: "sequence delimiter in a sequence of explicit length",
    syntax: ELE,
    hex: "08004011 5351 0000 08000000" + SEQUENCE_DELIMITATION,
    message: "Cannot decode (0008,1140) at byte 12: expected an item, found (FFFE,E0DD)",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "element where an item is expected",
    syntax: ELE,
    hex: "08004011 5351 0000 ffffffff" + "08005511 5549 0200 3100",
    message: "Cannot decode (0008,1140) at byte 12: expected an item, found (0008,1155)",
    offset: 12,
    tag: 0x00081140,
  },
  {
    name: "element where a fragment is expected",
    syntax: JPEG_BASELINE,
    hex: "e07f1000 4f42 0000 ffffffff" + "ffd8ffe0 00104a46",
    message: "Cannot decode (7FE0,0010) at byte 12: expected a fragment, found (D8FF,E0FF)",
    offset: 12,
    tag: 0x7fe00010,
  },
  {
    name: "fragment of undefined length",
    syntax: JPEG_BASELINE,
    hex: "e07f1000 4f42 0000 ffffffff" + "feff00e0 ffffffff",
    message: "Cannot decode (7FE0,0010) at byte 12: a fragment has undefined length",
    offset: 12,
    tag: 0x7fe00010,
  },
  {
    name: "undefined length of a VR that has none",
    syntax: ELE,
    hex: "40001001 5554 0000 ffffffff",
    message:
      "Cannot decode (0040,0110) at byte 0: its length is undefined, which UT does not allow",
    offset: 0,
    tag: 0x00400110,
  },
  {
    name: "undefined length of an implicit VR that has none",
    syntax: ILE,
    hex: "10002000 ffffffff",
    message:
      "Cannot decode (0010,0020) at byte 0: its length is undefined, which LO does not allow",
    offset: 0,
    tag: 0x00100020,
  },
  {
    name: "VR in lower case",
    syntax: ELE,
    hex: "10002000 6c6f 0200 3120",
    message: "Cannot decode (0010,0020) at byte 0: it has no value representation",
    offset: 0,
    tag: 0x00100020,
  },
  {
    name: "VR of question marks",
    syntax: ELE,
    hex: "10002000 3f3f 0000 02000000 3120",
    message: "Cannot decode (0010,0020) at byte 0: it has no value representation",
    offset: 0,
    tag: 0x00100020,
  },
  {
    name: "implicit VR where explicit VR is expected",
    syntax: ELE,
    hex: "10002000 04000000 34373131",
    message: "Cannot decode (0010,0020) at byte 0: it has no value representation",
    offset: 0,
    tag: 0x00100020,
  },
  {
    name: "explicit VR where implicit VR is expected",
    syntax: ILE,
    hex: "08000500 4353 0a00 49534f5f495220313030",
    message: "Cannot decode (0008,0005) at byte 0: " +
      "it is in explicit VR where implicit VR is expected",
    offset: 0,
    tag: 0x00080005,
  },
  {
    name: "big endian where little endian is expected",
    syntax: ELE,
    hex: "00080005 4353 000a 49534f5f495220313030",
    message: "Cannot decode (0800,0500) at byte 0: its bytes are in the wrong order",
    offset: 0,
    tag: 0x08000500,
  },
  {
    name: "preamble",
    syntax: ILE,
    hex: "00".repeat(128) + "4449434d",
    message: "Cannot decode (0000,0000) at byte 0: its group does not belong in a data set",
    offset: 0,
    tag: 0,
  },
  {
    name: "file meta information",
    syntax: ELE,
    hex: "02001000 5549 0200 3100",
    message: "Cannot decode (0002,0010) at byte 0: its group does not belong in a data set",
    offset: 0,
    tag: 0x00020010,
  },
  {
    name: "bytes FFH",
    syntax: ILE,
    hex: "10002000 00000000" + "ff".repeat(16),
    message: "Cannot decode (FFFF,FFFF) at byte 8: its group does not belong in a data set",
    offset: 8,
    tag: 0xffffffff,
  },
  {
    name: "65 sequences in one another",
    syntax: ILE,
    hex: NESTED_65,
    message: "Cannot decode (0008,1140) at byte 1024: sequences are nested deeper than 64 levels",
    offset: 1024,
    tag: 0x00081140,
  },
];

/** The bytes of a case; spaces are for the reader. */
export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

/** Every element as a line: where it is, its VR, and its bytes or how many items it has. */
export function outline(dataSet: DataSet, path = ""): string[] {
  const lines: string[] = [];
  for (const { tag, vr, value } of dataSet) {
    const head = `${path}${formatTag(tag)}`;
    if (value instanceof Uint8Array) {
      lines.push(`${head} ${vr} ${value.toHex()}`);
    } else if ("fragments" in value) {
      const fragments = value.fragments.map((fragment) => fragment.toHex());
      lines.push(`${head} ${vr} fragments ${fragments.join(", ")}`);
    } else {
      lines.push(`${head} ${vr} ${value.length}`);
      value.forEach((item, index) => lines.push(...outline(item, `${head}[${index}]`)));
    }
  }
  return lines;
}
