import assert from "node:assert/strict";
import { DataSet, type ElementValue } from "../../lib/data_set/data_set.ts";
import { dumpDataSet, escapeControls } from "../../lib/data_set/dump.ts";
import { applyKeywordPath } from "../../lib/data_set/keyword_path.ts";
import type { Vr } from "../../lib/data_set/vr.ts";
import { raw } from "./character_set_cases.ts";

const CASES: [tag: number, vr: Vr, value: ElementValue, line: string][] = [
  [
    0x00080052,
    "CS",
    raw("PATIENT "),
    "(0008,0052) CS [PATIENT]                                # 1 QueryRetrieveLevel",
  ],
  [
    0x00100010,
    "PN",
    raw(""),
    "(0010,0010) PN (no value available)                     # 0 PatientName",
  ],
  [
    0x00080008,
    "CS",
    raw("ORIGINAL\\PRIMARY"),
    "(0008,0008) CS [ORIGINAL\\PRIMARY]                       # 2 ImageType",
  ],
  [
    0x00080050,
    "SH",
    raw("A".repeat(45)),
    `(0008,0050) SH [${"A".repeat(45)}] # 1 AccessionNumber`,
  ],
  [
    0x00280011,
    "US",
    raw("\x05\x00\x06\x00"),
    "(0028,0011) US [5\\6]                                    # 2 Columns",
  ],
  [
    0x00280009,
    "AT",
    raw("\x18\x00\x63\x10\x18\x00\x65\x10"),
    "(0028,0009) AT [(0018,1063)\\(0018,1065)]                # 2 FrameIncrementPointer",
  ],
  [
    0x7fe00010,
    "OB",
    new Uint8Array(13).fill(0xab),
    "(7FE0,0010) OB [ab ab ab ab ab ab ab ab ab ab ab ab ab] # 1 PixelData",
  ],
  [
    0x7fe00010,
    "OW",
    new Uint8Array(14),
    "(7FE0,0010) OW (14 bytes of binary data)                # 1 PixelData",
  ],
  [
    0x7fe00010,
    "OB",
    { fragments: [new Uint8Array(0), new Uint8Array(2), new Uint8Array(4)] },
    "(7FE0,0010) OB (2 fragments of pixel data)              # 1 PixelData",
  ],
  [
    0x7fe00010,
    "OB",
    { fragments: [new Uint8Array(0), new Uint8Array(2)] },
    "(7FE0,0010) OB (1 fragment of pixel data)               # 1 PixelData",
  ],
  [
    0x00091001,
    "UN",
    raw("\x0a\x0b"),
    "(0009,1001) UN [0a 0b]                                  # 1",
  ],
  [0x00091001, "UN", raw(""), "(0009,1001) UN (no value available)                     # 0"],
  [
    0x00104000,
    "LT",
    raw("a\r\nb\x1b[2J\x00c"),
    "(0010,4000) LT [a\\r\\nb\ufffd[2J\\x00c]                        # 1 PatientComments",
  ],
  [
    0x00081110,
    "SQ",
    [],
    "(0008,1110) SQ (Sequence with 0 items)                  # 1 ReferencedStudySequence",
  ],
  [
    0x60020010,
    "US",
    raw("\x03\x00"),
    "(6002,0010) US [3]                                      # 1 OverlayRows",
  ],
  [
    0x00280010,
    "US",
    raw("\x03"),
    "(0028,0010) US (no value available)                     # 0 Rows",
  ],
];

for (const [tag, vr, value, line] of CASES) {
  Deno.test({
    name: `dumpDataSet() writes ${line.slice(0, 54).trimEnd()}`,
    permissions: "none",
    fn: () => assert.deepEqual(dumpDataSet(new DataSet().set({ tag, vr, value })), [line]),
  });
}

Deno.test({
  name: "dumpDataSet() indents the items of sequences",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    applyKeywordPath(
      dataSet,
      "BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1",
    );
    applyKeywordPath(dataSet, "BeamSequence[1].PatientName=A^B");
    applyKeywordPath(dataSet, "PatientID=1");
    assert.deepEqual(dumpDataSet(dataSet), [
      "(0010,0020) LO [1]                                      # 1 PatientID",
      "(300A,00B0) SQ (Sequence with 2 items)                  # 1 BeamSequence",
      "  (Sequence item #1)",
      "    (300A,00B6) SQ (Sequence with 1 item)                   # 1 BeamLimitingDeviceSequence",
      "      (Sequence item #1)",
      "        (300A,00BC) IS [1]                                      # 1 NumberOfLeafJawPairs",
      "  (Sequence item #2)",
      "    (0010,0010) PN [A^B]                                    # 1 PatientName",
    ]);
  },
});

Deno.test({
  name: "dumpDataSet() reads text in the character set of the item or its parents",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    applyKeywordPath(dataSet, "SpecificCharacterSet=ISO_IR 100");
    applyKeywordPath(dataSet, "BeamSequence[0].BeamName=é");
    applyKeywordPath(dataSet, "BeamSequence[1].SpecificCharacterSet=ISO_IR 192");
    applyKeywordPath(dataSet, "BeamSequence[1].BeamName=é");
    const values = dumpDataSet(dataSet).map((line) => line.trim().slice(15, 18));
    assert.equal(values.filter((value) => value === "[é]").length, 2);
  },
});

Deno.test({
  name: "dumpDataSet() cuts text that is longer than 1024 characters",
  permissions: "none",
  fn() {
    const dumped = (length: number): string | undefined =>
      dumpDataSet(new DataSet().set({ tag: 0x00104000, vr: "LT", value: raw("a".repeat(length)) }))[
        0
      ];
    assert.equal(dumped(1024), `(0010,4000) LT [${"a".repeat(1024)}] # 1 PatientComments`);
    assert.equal(
      dumped(1026),
      `(0010,4000) LT [${"a".repeat(1024)}… (1026 characters)] # 1 PatientComments`,
    );
  },
});

Deno.test({
  name: "dumpDataSet() stops at 64 levels of items",
  permissions: "none",
  fn() {
    const dataSet = new DataSet();
    let at = dataSet;
    for (let depth = 0; depth < 200; depth++) {
      const item: DataSet = new DataSet(at);
      at.set({ tag: 0x300a00b0, vr: "SQ", value: [item] });
      at = item;
    }
    const lines = dumpDataSet(dataSet);
    assert.equal(lines.length, 2 * 64 + 2);
    assert.equal(lines.at(-1)?.trim(), "(nested too deeply to be shown)");
  },
});

const ESCAPES: [text: string, escaped: string][] = [
  ["plain ü 山", "plain ü 山"],
  ["\x1b[31mred", "\\x1B[31mred"],
  ["a\nb\rc\td", "a\\nb\\rc\\td"],
  ["\x00\x7f\x9b", "\\x00\\x7F\\x9B"],
  ["a\u202eb\u2066c\u2028", "a\\u202Eb\\u2066c\\u2028"],
  ["\ufeff", "\\uFEFF"],
];

for (const [text, escaped] of ESCAPES) {
  Deno.test({
    name: `escapeControls() gives ${escaped}`,
    permissions: "none",
    fn: () => assert.equal(escapeControls(text), escaped),
  });
}
