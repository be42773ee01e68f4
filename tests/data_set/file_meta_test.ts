import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "../../lib/bytes.ts";
import { decodeFileMeta, encodeFileMeta } from "../../lib/data_set/file_meta.ts";
import { bytesOf, outline } from "./data_set_cases.ts";

const PREAMBLE = "00".repeat(128) + "4449434d";
const ELE = "1.2.840.10008.1.2.1";
/** (0002,0010) Explicit VR Little Endian. */
const SYNTAX = "02001000 5549 1400 312e322e3834302e31303030382e312e322e3100";
const SYNTAX_LINE = "(0002,0010) UI 312e322e3834302e31303030382e312e322e3100";
/** (0002,0010) Deflated Explicit VR Little Endian. */
const DEFLATED = "02001000 5549 1600 312e322e3834302e31303030382e312e322e312e3939";
/** More than is looked at to recognize a transfer syntax. */
const LONG_DATA_SET = "09001010 4f42 0000 00080000" + "00".repeat(2048);

/** UIDs of an odd and of an even length. */
const IDENTITY = {
  sopClassUid: "1.2.3",
  sopInstanceUid: "1.2.34",
  transferSyntaxUid: "1.2",
  implementationClassUid: "1.5",
};

Deno.test({
  name: "`encodeFileMeta()` writes preamble, prefix and group 0002 with its length",
  permissions: "none",
  fn: () => {
    const bytes = encodeFileMeta({
      ...IDENTITY,
      implementationVersionName: "NAME",
      sourceAeTitle: "AET",
    });
    const expected = PREAMBLE +
      "02000000 554c 0400 4a000000" + // 74 bytes follow
      "02000100 4f42 0000 02000000 0001" +
      "02000200 5549 0600 312e322e3300" +
      "02000300 5549 0600 312e322e3334" +
      "02001000 5549 0400 312e3200" +
      "02001200 5549 0400 312e3500" +
      "02001300 5348 0400 4e414d45" +
      "02001600 4145 0400 41455420";
    const group = expected.slice(PREAMBLE.length).replaceAll(" ", "").length / 2 - 12;
    assert.equal(new DataView(bytes.buffer).getUint32(140, true), group);
    const withLength = expected.replace("4a000000", `${group.toString(16)}000000`);
    assert.equal(bytes.toHex(), withLength.replaceAll(" ", ""));
  },
});

Deno.test({
  name: "`encodeFileMeta()` leaves out what is not given, and takes text as it is",
  permissions: "none",
  fn: () => {
    const bytes = encodeFileMeta({
      sopClassUid: "1.2.3",
      sopInstanceUid: "not a UID\\",
      transferSyntaxUid: ELE,
      implementationClassUid: "1.5",
      sourceAeTitle: "",
    });
    const head = decodeFileMeta(bytes, true);
    assert.deepEqual([...head?.meta ?? []].map(({ tag }) => tag & 0xffff), [0, 1, 2, 3, 16, 18]);
    assert.deepEqual(head?.meta.get(0x00020003)?.value, new TextEncoder().encode("not a UID\\"));
  },
});

Deno.test({
  name: "`encodeFileMeta()` pads UIDs with NUL and other texts with a space",
  permissions: "none",
  fn: () => {
    const bytes = encodeFileMeta({
      ...IDENTITY,
      implementationVersionName: "ODD",
      sourceAeTitle: "é".repeat(3),
    });
    const texts = "02001300 5348 0400 4f444420" + "02001600 4145 0400 e9e9e920";
    assert.ok(
      bytes.toHex().endsWith("02001200 5549 0400 312e3500".concat(texts).replaceAll(" ", "")),
    );
  },
});

const HEADS: readonly {
  readonly name: string;
  readonly hex: string;
  readonly outline: readonly string[];
  readonly offset: number;
  readonly syntax?: string;
}[] = [
  {
    name: "a right group length",
    hex: PREAMBLE + "02000000 554c 0400 1c000000" + SYNTAX,
    outline: ["(0002,0000) UL 1c000000", SYNTAX_LINE],
    offset: 172,
  },
  {
    name: "a group length that is too great",
    hex: PREAMBLE + "02000000 554c 0400 ffff0000" + SYNTAX,
    outline: ["(0002,0000) UL ffff0000", SYNTAX_LINE],
    offset: 172,
  },
  {
    name: "a group length that is too small",
    hex: PREAMBLE + "02000000 554c 0400 00000000" + SYNTAX,
    outline: ["(0002,0000) UL 00000000", SYNTAX_LINE],
    offset: 172,
  },
  {
    name: "no group length",
    hex: PREAMBLE + SYNTAX,
    outline: [SYNTAX_LINE],
    offset: 160,
  },
  {
    name: "no preamble, but the prefix",
    hex: "4449434d" + SYNTAX,
    outline: [SYNTAX_LINE],
    offset: 32,
  },
  {
    name: "neither preamble nor prefix",
    hex: SYNTAX,
    outline: [SYNTAX_LINE],
    offset: 28,
  },
  {
    name: "a preamble that is a TIFF header",
    hex: "49492a0008000000" + "00".repeat(120) + "4449434d" + SYNTAX,
    outline: [SYNTAX_LINE],
    offset: 160,
  },
  {
    name: "implicit VR",
    hex: PREAMBLE + "02001000 14000000 312e322e3834302e31303030382e312e322e3100",
    outline: [SYNTAX_LINE],
    offset: 160,
  },
  {
    name: "a UID with spaces after it",
    hex: PREAMBLE + "02001000 5549 1400 312e322e3834302e31303030382e312e322e3120",
    outline: ["(0002,0010) UI 312e322e3834302e31303030382e312e322e3120"],
    offset: 160,
  },
  {
    name: "the same element twice: the first counts",
    hex: PREAMBLE + SYNTAX + "02001000 5549 0400 312e3200",
    outline: [SYNTAX_LINE],
    offset: 172,
  },
  {
    name: "no transfer syntax",
    hex: PREAMBLE + "02000200 5549 0200 3100" + LONG_DATA_SET,
    outline: ["(0002,0002) UI 3100"],
    offset: 142,
  },
  {
    name: "a prefix and no group 0002",
    hex: PREAMBLE + LONG_DATA_SET,
    outline: [],
    offset: 132,
  },
  {
    name: "a data set only",
    hex: LONG_DATA_SET,
    outline: [],
    offset: 0,
  },
  {
    name: "a deflated data set that begins like group 0002",
    hex: PREAMBLE + "02000000 554c 0400 1e000000" + DEFLATED + "0200554902000000",
    outline: [
      "(0002,0000) UL 1e000000",
      "(0002,0010) UI 312e322e3834302e31303030382e312e322e312e3939",
    ],
    offset: 174,
    syntax: "1.2.840.10008.1.2.1.99",
  },
];

for (const { name, hex, outline: expected, offset, syntax = ELE } of HEADS) {
  Deno.test({
    name: `\`decodeFileMeta()\` reads a head with ${name}, whole and from a growing part`,
    permissions: "none",
    fn: () => {
      const bytes = concatBytes([bytesOf(hex), bytesOf(LONG_DATA_SET)]);
      const whole = decodeFileMeta(bytes, true);
      assert.ok(whole !== undefined);
      assert.deepEqual(outline(whole.meta), expected);
      assert.equal(whole.dataSetOffset, offset);
      assert.equal(whole.transferSyntaxUid, syntax);
      let length = 0;
      let head = decodeFileMeta(bytes.subarray(0, length), false);
      while (head === undefined) {
        assert.ok(length <= offset + 1024 || length < 132, `${length} bytes are not enough`);
        length++;
        head = decodeFileMeta(bytes.subarray(0, length), false);
      }
      assert.deepEqual(outline(head.meta), expected);
      assert.equal(head.dataSetOffset, offset);
      assert.equal(head.transferSyntaxUid, syntax);
    },
  });
}

const WRONG: readonly [name: string, hex: string, message: string, offset: number][] = [
  [
    "no bytes",
    "",
    "Cannot read as DICOM: there is no file meta information, and byte 0 begins no data set",
    0,
  ],
  [
    "a text",
    "48656c6c6f2c20776f726c64",
    "Cannot read as DICOM: there is no file meta information, and byte 0 begins no data set",
    0,
  ],
  [
    "a head without transfer syntax and without data set",
    PREAMBLE + "02000200 5549 0200 3100",
    "Cannot read as DICOM: there is no Transfer Syntax UID (0002,0010), " +
    "and byte 142 begins no data set",
    142,
  ],
  [
    "a value cut",
    PREAMBLE + "02000200 5549 0600 3100",
    "Cannot read as DICOM: file meta information: " +
    "length 6 of (0002,0002) exceeds the 2 bytes left",
    132,
  ],
  [
    "a header cut",
    PREAMBLE + "02000200 5549",
    "Cannot read as DICOM: file meta information: the file ends inside a header",
    132,
  ],
  [
    "a long header cut",
    PREAMBLE + "02000100 4f42 0000 0200",
    "Cannot read as DICOM: file meta information: the file ends inside a header",
    132,
  ],
  [
    "a value of more than 1 MiB",
    PREAMBLE + "02000100 4f42 0000 00001000",
    "Cannot read as DICOM: file meta information: (0002,0001) has length 1048576",
    132,
  ],
  [
    "a value of undefined length",
    PREAMBLE + "02000100 4f42 0000 ffffffff",
    "Cannot read as DICOM: file meta information: (0002,0001) has length 4294967295",
    132,
  ],
];

for (const [name, hex, message, offset] of WRONG) {
  Deno.test({
    name: `\`decodeFileMeta()\` throws on ${name}`,
    permissions: "none",
    fn: () => {
      const error = { name: "DataSetError", message, offset };
      assert.throws(() => decodeFileMeta(bytesOf(hex), true), error);
    },
  });
}

Deno.test({
  name: "`decodeFileMeta()` refuses a huge length without asking for more bytes",
  permissions: "none",
  fn: () => {
    const bytes = bytesOf(PREAMBLE + "02000100 4f42 0000 00001000");
    assert.throws(() => decodeFileMeta(bytes, false), { name: "DataSetError" });
  },
});

Deno.test({
  name: "`decodeFileMeta()` reads back whatever `encodeFileMeta()` writes",
  permissions: "none",
  fn: () => {
    const uid = fc.stringMatching(/^[0-9.]{1,64}$/);
    const name = fc.stringMatching(/^[A-Z_]{1,16}$/);
    fc.assert(
      fc.property(uid, uid, name, (sopInstanceUid, transferSyntaxUid, sourceAeTitle) => {
        const bytes = encodeFileMeta({
          sopClassUid: "1.2",
          sopInstanceUid,
          transferSyntaxUid,
          implementationClassUid: "1.2",
          sourceAeTitle,
        });
        const head = decodeFileMeta(bytes, true);
        assert.equal(head?.dataSetOffset, bytes.length);
        assert.equal(head.transferSyntaxUid, transferSyntaxUid);
        assert.equal(head.meta.getString(0x00020003), sopInstanceUid);
        assert.equal(head.meta.getString(0x00020016), sourceAeTitle);
        assert.equal(bytes.length % 2, 0);
      }),
    );
  },
});
