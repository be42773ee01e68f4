import assert from "node:assert/strict";
import { ByAddress, hostOf } from "../../lib/net/by_address.ts";
import { pure } from "../support/requesting.ts";

pure("ByAddress counts by host, whatever the port, and forgets what is gone", () => {
  const set = new ByAddress<number>();
  assert.deepEqual([set.size, set.oldestOfMost()], [0, undefined]);
  ["[fd00::5]:1", "10.0.0.5:1", "10.0.0.6:1", "10.0.0.5:2"].forEach((peer, i) => set.add(i, peer));
  const count = (...peers: string[]): number[] => peers.map((peer) => set.countOf(peer));
  assert.deepEqual(count("10.0.0.5:9", "[fd00::5]:9", "10.0.0.7:9"), [2, 1, 0]);
  assert.deepEqual([set.size, set.oldestOfMost()], [4, 1]);
  assert.equal(set.delete(1), true);
  assert.equal(set.delete(1), false);
  // Of those that have as many as any, the oldest.
  assert.equal(set.oldestOfMost(), 0);
  assert.equal(set.delete(3), true);
  assert.deepEqual(count("10.0.0.5:9", "10.0.0.6:9"), [0, 1]);
  assert.equal(set.size, 2);
});

pure("hostOf() leaves the brackets of IPv6, and what has no port", () => {
  assert.deepEqual(["h:104", "[::1]:104", "h", "unix"].map(hostOf), ["h", "[::1]", "h", "unix"]);
});
