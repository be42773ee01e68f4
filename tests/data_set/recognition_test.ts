import assert from "node:assert/strict";
import { recognizeTransferSyntax } from "../../lib/data_set/recognition.ts";
import { bytesOf } from "./data_set_cases.ts";

const ILE = "1.2.840.10008.1.2";
const ELE = "1.2.840.10008.1.2.1";
const EBE = "1.2.840.10008.1.2.2";

const CASES: readonly [name: string, bytes: string, syntax: string | undefined][] = [
  ["implicit VR", "08005200 06000000 535455445920", ILE],
  ["implicit VR, patient name first", "10001000 04000000 415e4220", ILE],
  ["implicit VR, an empty key first", "10001000 00000000", ILE],
  ["implicit VR, a sequence first", "08001511 ffffffff feffdde0 00000000", ILE],
  ["explicit VR", "08005200 4353 0600 535455445920", ELE],
  ["explicit VR, a sequence first", "08001511 5351 0000 ffffffff feffdde0 00000000", ELE],
  ["explicit VR, an unknown VR first", "08001511 5a5a 0000 02000000 0102", ELE],
  ["explicit VR, a value cut", "08005200 4353 0600 5354", ELE],
  ["big endian", "00080052 4353 0006 535455445920", EBE],
  ["big endian, group 0010", "00100010 504e 0004 415e4220", EBE],
  ["nothing", "", undefined],
  ["seven bytes", "08005200 060000", undefined],
  ["zeros", "00".repeat(200), undefined],
  ["FFH", "ff".repeat(200), undefined],
  ["file meta information", "02001000 5549 0200 3100", undefined],
  ["command", "00000000 04000000 38000000", undefined],
  ["implicit VR with a first value of 64 KiB and more", "08005200 02000100", undefined],
  [
    "implicit VR with garbage behind the first element",
    "10001000 00000000 ffffffffffffffff",
    undefined,
  ],
  ["a PNG", "89504e47 0d0a1a0a 0000000d 49484452", undefined],
  ["a JPEG", "ffd8ffe0 00104a46 49460001", undefined],
  ["gzip", "1f8b0800 00000000 0003", undefined],
  ["a ZIP", "504b0304 14000000 0800", undefined],
];

for (const [name, hex, syntax] of CASES) {
  Deno.test({
    name: `\`recognizeTransferSyntax()\` returns ${syntax} for ${name}`,
    permissions: "none",
    fn: () => assert.equal(recognizeTransferSyntax(bytesOf(hex)), syntax),
  });
}

Deno.test({
  name: "`recognizeTransferSyntax()` returns undefined for texts",
  permissions: "none",
  fn: () => {
    const texts = [
      "Hello, world, this is no DICOM",
      "<?xml version='1.0'?>",
      '{"00100010":{}}',
      "  UI looks like a VR",
      "ABCDPN",
      "\n\n\n\nUI\n\n",
      "QueryRetrieveLevel=STUDY\nPatientID=4711\n",
    ];
    for (const text of texts) {
      assert.equal(recognizeTransferSyntax(new TextEncoder().encode(text)), undefined, text);
    }
  },
});
