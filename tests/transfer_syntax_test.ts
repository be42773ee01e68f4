import assert from "node:assert/strict";
import * as exported from "../lib/transfer_syntax.ts";
import { TRANSFER_SYNTAXES, transferSyntax } from "../lib/transfer_syntax.ts";
import { isValidUid } from "../lib/uid.ts";

const KINDS = {
  implicit: { explicitVr: false, littleEndian: true, deflated: false, encapsulated: false },
  explicit: { explicitVr: true, littleEndian: true, deflated: false, encapsulated: false },
  bigEndian: { explicitVr: true, littleEndian: false, deflated: false, encapsulated: false },
  deflated: { explicitVr: true, littleEndian: true, deflated: true, encapsulated: false },
  encapsulated: { explicitVr: true, littleEndian: true, deflated: false, encapsulated: true },
};

const EXPECTED: readonly [uid: string, name: string, kind: keyof typeof KINDS, retired: boolean][] =
  [
    ["1.2.840.10008.1.2", "Implicit VR Little Endian", "implicit", false],
    ["1.2.840.10008.1.2.1", "Explicit VR Little Endian", "explicit", false],
    [
      "1.2.840.10008.1.2.1.98",
      "Encapsulated Uncompressed Explicit VR Little Endian",
      "encapsulated",
      false,
    ],
    ["1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", "deflated", false],
    ["1.2.840.10008.1.2.2", "Explicit VR Big Endian", "bigEndian", true],
    ["1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", "encapsulated", false],
    ["1.2.840.10008.1.2.4.52", "JPEG Extended (Process 3 and 5)", "encapsulated", true],
    ["1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression", "encapsulated", false],
    [
      "1.2.840.10008.1.2.4.90",
      "JPEG 2000 Image Compression (Lossless Only)",
      "encapsulated",
      false,
    ],
    ["1.2.840.10008.1.2.4.94", "JPIP Referenced", "explicit", false],
    ["1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", "deflated", false],
    ["1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", "encapsulated", false],
    ["1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", "encapsulated", false],
    ["1.2.840.10008.1.2.4.110", "JPEG XL Lossless", "encapsulated", false],
    ["1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", "encapsulated", false],
    ["1.2.840.10008.1.2.4.112", "JPEG XL", "encapsulated", false],
    [
      "1.2.840.10008.1.2.4.202",
      "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
      "encapsulated",
      false,
    ],
    ["1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", "deflated", false],
    ["1.2.840.10008.1.2.5", "RLE Lossless", "encapsulated", false],
    [
      "1.2.840.10008.1.2.7.1",
      "SMPTE ST 2110-20 Uncompressed Progressive Active Video",
      "explicit",
      false,
    ],
    ["1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", "encapsulated", false],
    ["1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian", "implicit", true],
  ];

for (const [uid, name, kind, retired] of EXPECTED) {
  Deno.test({
    name: `transferSyntax() knows ${name}`,
    permissions: "none",
    fn: () => assert.deepEqual(transferSyntax(uid), { uid, name, ...KINDS[kind], retired }),
  });
}

for (const uid of ["", "1.2.3", "1.2.840.113619.5.2", "1.2.840.10008.1.2 ", "toString"]) {
  Deno.test({
    name: `transferSyntax() does not know ${JSON.stringify(uid)}`,
    permissions: "none",
    fn: () => assert.equal(transferSyntax(uid), undefined),
  });
}

Deno.test({
  name: "TRANSFER_SYNTAXES has the 63 of PS3.6, each once, in order",
  permissions: "none",
  fn() {
    const uids = TRANSFER_SYNTAXES.map(({ uid }) => uid);
    assert.equal(uids.length, 63);
    assert.deepEqual(uids, uids.toSorted(byComponents));
    assert.equal(new Set(uids).size, uids.length);
    for (const uid of uids) assert.ok(isValidUid(uid), uid);
  },
});

Deno.test({
  name: "TRANSFER_SYNTAXES cannot be changed by a user",
  permissions: "none",
  fn: () => assert.ok(TRANSFER_SYNTAXES.every(Object.isFrozen)),
});

Deno.test({
  name: "the named transfer syntaxes are all in the table",
  permissions: "none",
  fn() {
    const named = Object.values(exported).filter((value) => typeof value === "string");
    assert.equal(named.length, 25);
    for (const uid of named) assert.notEqual(transferSyntax(uid), undefined, uid);
  },
});

function byComponents(one: string, other: string): number {
  const left = one.split(".").map(Number);
  const right = other.split(".").map(Number);
  const at = left.findIndex((component, index) => component !== right[index]);
  if (at === -1) return left.length - right.length;
  return at >= right.length ? 1 : left[at]! - right[at]!;
}
