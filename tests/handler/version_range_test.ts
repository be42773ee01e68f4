import assert from "node:assert/strict";
import { highestVersion, parseVersionRange } from "../../lib/handler/version_range.ts";

const VERSIONS = [
  ...["0.0.3", "0.0.4", "0.1.0", "0.2.0", "0.2.9", "1.0.0-rc.1", "1.0.0", "1.2.3", "1.2.10"],
  ...[
    "1.3.0-beta.2",
    "1.3.0-beta.11",
    "1.3.0-beta",
    "2.0.0-rc.1",
    "2.0.0",
    "2.1.0+build",
    "latest",
  ],
];

const CASES: readonly (readonly [range: string, highest: string | undefined])[] = [
  ["*", "2.1.0+build"],
  ["", "2.1.0+build"],
  ["x", "2.1.0+build"],
  ["1", "1.2.10"],
  ["1.x", "1.2.10"],
  ["1.2", "1.2.10"],
  ["1.2.x", "1.2.10"],
  ["1.2.3", "1.2.3"],
  ["=1.2.3", "1.2.3"],
  ["v1.2.3", "1.2.3"],
  ["1.2.4", undefined],
  ["^1", "1.2.10"],
  ["^1.2.3", "1.2.10"],
  ["^0.2", "0.2.9"],
  ["^0.1.0", "0.1.0"],
  ["^0.0.3", "0.0.3"],
  ["^0.0", "0.0.4"],
  ["^0", "0.2.9"],
  ["~1", "1.2.10"],
  ["~1.2.3", "1.2.10"],
  ["~0.2", "0.2.9"],
  [">=1.0.0 <2", "1.2.10"],
  [">= 1.0.0 < 1.2.10", "1.2.3"],
  [">1", "2.1.0+build"],
  [">1.0", "2.1.0+build"],
  ["<1", "0.2.9"],
  ["<=1.0.0", "1.0.0"],
  ["<=1", "1.2.10"],
  ["0.1 - 1.0", "1.0.0"],
  ["0.1.0 - 0.2.0", "0.2.0"],
  ["^3 || ^0.1", "0.1.0"],
  ["1.0.0-rc.1", "1.0.0-rc.1"],
  ["^1.3.0-beta", "1.3.0-beta.11"],
  [">=1.3.0-beta.3 <1.3.0", "1.3.0-beta.11"],
  [">1.3.0-beta <1.3.0-beta.3", "1.3.0-beta.2"],
  [">=2.0.0-alpha <2.0.0", "2.0.0-rc.1"],
  ["^2.0.0-rc.1", "2.1.0+build"],
  ["<2.0.0", "1.2.10"],
];

for (const [range, highest] of CASES) {
  Deno.test({
    name: `\`highestVersion()\` chooses ${highest} for ${JSON.stringify(range)}`,
    permissions: "none",
    fn() {
      const parsed = parseVersionRange(range);
      assert.ok(parsed !== undefined);
      assert.equal(highestVersion(VERSIONS, parsed), highest);
      assert.equal(highestVersion(VERSIONS.toReversed(), parsed), highest);
    },
  });
}

for (const text of ["latest", "1.2.3.4", "^", ">", "1 - ", "1 || next", "^1 foo", "<*", "1.2-rc"]) {
  Deno.test({
    name: `\`parseVersionRange()\` finds no range in ${JSON.stringify(text)}`,
    permissions: "none",
    fn: () => assert.equal(parseVersionRange(text), undefined),
  });
}
