import assert from "node:assert/strict";
import { whyFull } from "../../lib/net/association_limits.ts";
import { ByAddress } from "../../lib/net/by_address.ts";
import { pure } from "../support/requesting.ts";

const CASES = [
  [{ maximumAssociations: 3 }, "10.0.0.5:1", undefined],
  [{ maximumAssociations: 2 }, "10.0.0.5:1", "2 stand, the most there may be"],
  [
    { maximumAssociations: 3, maximumAssociationsPerAddress: 1 },
    "10.0.0.6:9",
    "1 of 10.0.0.6 stand, the most from one address",
  ],
  [{ maximumAssociations: 3, maximumAssociationsPerAddress: 1 }, "10.0.0.8:1", undefined],
] as const;

pure("whyFull() says which limit is reached", () => {
  const standing = new ByAddress<number>();
  standing.add(1, "10.0.0.6:1");
  standing.add(2, "10.0.0.7:1");
  for (const [limits, peerAddress, expected] of CASES) {
    assert.equal(whyFull(standing, peerAddress, limits), expected, JSON.stringify(limits));
  }
});
