import assert from "node:assert/strict";
import { acceptanceOf, acceptanceOptions } from "../../cli/acceptance_options.ts";
import { UsageError } from "../../cli/exit_code.ts";
import type { StorageAcceptance } from "../../lib/service/serve.ts";

function acceptance(line: string): StorageAcceptance {
  const result = acceptanceOptions().parse(line.split(" ").filter((word) => word !== ""));
  assert.ok(result.success, line);
  return acceptanceOf(result.value);
}

const IMPLICIT = "1.2.840.10008.1.2";
const LITTLE = "1.2.840.10008.1.2.1";
const DEFLATED = "1.2.840.10008.1.2.1.99";
const BIG = "1.2.840.10008.1.2.2";
const CT = "1.2.840.10008.5.1.4.1.1.2";

const CASES: readonly (readonly [line: string, StorageAcceptance])[] = [
  ["", {}],
  ["-x=", { preferredTransferSyntaxes: [LITTLE, BIG, IMPLICIT] }],
  ["--prefer-uncompr", { preferredTransferSyntaxes: [LITTLE, BIG, IMPLICIT] }],
  ["-xe", { preferredTransferSyntaxes: [LITTLE, BIG, IMPLICIT] }],
  ["--prefer-little", { preferredTransferSyntaxes: [LITTLE, BIG, IMPLICIT] }],
  ["-xb", { preferredTransferSyntaxes: [BIG, LITTLE, IMPLICIT] }],
  ["--prefer-big", { preferredTransferSyntaxes: [BIG, LITTLE, IMPLICIT] }],
  ["-xi", { transferSyntaxes: [IMPLICIT] }],
  ["--implicit", { transferSyntaxes: [IMPLICIT] }],
  ["--uncompressed-only", { transferSyntaxes: [IMPLICIT, LITTLE, DEFLATED, BIG] }],
  [
    "--prefer JPEG2000Lossless --prefer 1.2.840.10008.1.2.1",
    { preferredTransferSyntaxes: ["1.2.840.10008.1.2.4.90", LITTLE] },
  ],
  [
    "--only-transfer-syntax RLELossless --only-transfer-syntax 1.2.840.10008.1.2",
    { transferSyntaxes: ["1.2.840.10008.1.2.5", IMPLICIT] },
  ],
  ["--only-sop-class CTImageStorage --only-sop-class 1.2.3", { sopClasses: [CT, "1.2.3"] }],
  ["-xi -xe", { preferredTransferSyntaxes: [LITTLE, BIG, IMPLICIT], transferSyntaxes: [IMPLICIT] }],
];

for (const [line, expected] of CASES) {
  Deno.test({
    name: `acceptanceOf() understands "${line}"`,
    permissions: "none",
    fn: () => assert.deepEqual(acceptance(line), expected),
  });
}

for (
  const line of [
    "-x= -xb",
    "-xe --prefer RLELossless",
    "-xi --uncompressed-only",
    "-xi --only-transfer-syntax RLELossless",
  ]
) {
  Deno.test({
    name: `acceptanceOf() refuses "${line}"`,
    permissions: "none",
    fn: () => assert.throws(() => acceptance(line), UsageError),
  });
}
