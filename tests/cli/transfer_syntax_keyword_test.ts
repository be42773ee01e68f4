import assert from "node:assert/strict";
import { transferSyntaxByKeyword } from "../../cli/transfer_syntax_keyword.ts";
import { transferSyntax } from "../../lib/transfer_syntax.ts";

// PS3.6 table A-1.
const CASES: readonly (readonly [keyword: string, uid: string | undefined])[] = [
  ["ImplicitVRLittleEndian", "1.2.840.10008.1.2"],
  ["ExplicitVRLittleEndian", "1.2.840.10008.1.2.1"],
  ["DeflatedExplicitVRLittleEndian", "1.2.840.10008.1.2.1.99"],
  ["ExplicitVRBigEndian", "1.2.840.10008.1.2.2"],
  ["JPEGBaseline8Bit", "1.2.840.10008.1.2.4.50"],
  ["JPEGExtended12Bit", "1.2.840.10008.1.2.4.51"],
  ["JPEGLossless", "1.2.840.10008.1.2.4.57"],
  ["JPEGLosslessSV1", "1.2.840.10008.1.2.4.70"],
  ["JPEGLSLossless", "1.2.840.10008.1.2.4.80"],
  ["JPEGLSNearLossless", "1.2.840.10008.1.2.4.81"],
  ["JPEG2000Lossless", "1.2.840.10008.1.2.4.90"],
  ["JPEG2000", "1.2.840.10008.1.2.4.91"],
  ["MPEG2MPML", "1.2.840.10008.1.2.4.100"],
  ["MPEG2MPHL", "1.2.840.10008.1.2.4.101"],
  ["MPEG4HP41", "1.2.840.10008.1.2.4.102"],
  ["MPEG4HP41BD", "1.2.840.10008.1.2.4.103"],
  ["HEVCMP51", "1.2.840.10008.1.2.4.107"],
  ["HEVCM10P51", "1.2.840.10008.1.2.4.108"],
  ["JPEGXLLossless", "1.2.840.10008.1.2.4.110"],
  ["JPEGXLJPEGRecompression", "1.2.840.10008.1.2.4.111"],
  ["JPEGXL", "1.2.840.10008.1.2.4.112"],
  ["HTJ2KLossless", "1.2.840.10008.1.2.4.201"],
  ["HTJ2KLosslessRPCL", "1.2.840.10008.1.2.4.202"],
  ["HTJ2K", "1.2.840.10008.1.2.4.203"],
  ["RLELossless", "1.2.840.10008.1.2.5"],
  ["rlelossless", "1.2.840.10008.1.2.5"],
  ["JPEG", undefined],
  ["", undefined],
  ["constructor", undefined],
];

for (const [keyword, uid] of CASES) {
  Deno.test({
    name: `transferSyntaxByKeyword() knows "${keyword}" as ${uid}`,
    permissions: "none",
    fn: () => {
      assert.equal(transferSyntaxByKeyword(keyword), uid);
      if (uid !== undefined) assert.ok(transferSyntax(uid));
    },
  });
}
