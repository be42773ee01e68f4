import assert from "node:assert/strict";
import { whyFull } from "../../lib/net/association_limits.ts";
import { ByAddress } from "../../lib/net/by_address.ts";
import { pure } from "../support/requesting.ts";

/** Who stands, the limits, and what the next of 10.0.0.5 is told. */
const CASES: readonly (readonly [
  hosts: readonly string[],
  inAll: number,
  ofOne: number | undefined,
  why: string | undefined,
])[] = [
  [[], 1, 1, undefined],
  [[], 0, 1, "0 stand, the most there may be"],
  [["10.0.0.6"], 1, 1, "1 stand, the most there may be"],
  [["10.0.0.6"], 2, 1, undefined],
  [["10.0.0.5", "10.0.0.5"], 3, undefined, undefined],
  [["10.0.0.5"], 2, 1, "1 of 10.0.0.5 stand, the most from one address"],
  [["10.0.0.5", "10.0.0.6"], 3, 2, undefined],
  [
    ["10.0.0.5", "10.0.0.6", "10.0.0.5"],
    4,
    2,
    "2 of 10.0.0.5 stand, the most from one address",
  ],
  [["10.0.0.5", "10.0.0.5"], 2, 2, "2 stand, the most there may be"],
];

for (const [hosts, maximumAssociations, maximumAssociationsPerAddress, why] of CASES) {
  const limits = {
    maximumAssociations,
    ...(maximumAssociationsPerAddress !== undefined && { maximumAssociationsPerAddress }),
  };
  pure(`whyFull() with [${hosts}] of ${JSON.stringify(limits)}`, () => {
    const standing = new ByAddress<number>();
    hosts.forEach((host, index) => standing.add(index, `${host}:${4711 + index}`));
    assert.equal(whyFull(standing, "10.0.0.5:104", limits), why);
  });
}
