import assert from "node:assert/strict";
import { decodeDataSet } from "../../lib/data_set/decoder.ts";
import type { SubOperationCounters } from "../../lib/dimse/message.ts";
import {
  failedInstances,
  resultOf,
  type SubOperationResult,
  SubOperations,
} from "../../lib/service/sub_operations.ts";
import { EXPLICIT, IMPLICIT } from "../support/core_pair.ts";
import { pure } from "../support/requesting.ts";

const FAILED_UIDS = 0x00080058;

pure("`resultOf()` tells success, warnings and failures apart", () => {
  const cases: [SubOperationResult, number[]][] = [
    ["completed", [0x0000]],
    ["warning", [0x0001, 0x0107, 0x0116, 0xb000, 0xb006, 0xb007, 0xbfff]],
    // A status that no C-STORE has is no success either.
    ["failed", [0x0110, 0x0122, 0x0210, 0xa700, 0xa900, 0xc000, 0xcfff, 0xfe00, 0xff00, 0x1234]],
  ];
  for (const [result, statuses] of cases) {
    for (const status of statuses) assert.equal(resultOf(status), result, status.toString(16));
  }
});

pure("SubOperations counts, and the counts always add up to the total", () => {
  const results: SubOperationResult[] = ["completed", "failed", "warning", "failed"];
  const operations = new SubOperations(results.length);
  assert.deepEqual(operations.pending, { remaining: 4, completed: 0, failed: 0, warning: 0 });
  assert.deepEqual(operations.final, { status: 0xfe00, counters: operations.pending });
  for (const [index, result] of results.entries()) {
    operations.count(`1.2.${index}`, result);
    const counters: SubOperationCounters = operations.pending;
    const { remaining = 0, completed = 0, failed = 0, warning = 0 } = counters;
    assert.equal(remaining + completed + failed + warning, results.length);
    assert.equal(remaining, results.length - index - 1);
  }
  assert.deepEqual(operations.failedUids, ["1.2.1", "1.2.3"]);
  assert.deepEqual(operations.final, {
    status: 0xb000,
    counters: { completed: 1, failed: 2, warning: 1 },
  });
});

pure("SubOperations ends with success where there was nothing to do", () => {
  assert.deepEqual(new SubOperations(0).final, {
    status: 0x0000,
    counters: { completed: 0, failed: 0, warning: 0 },
  });
});

pure("counters stay at 65535 rather than begin anew", () => {
  const operations = new SubOperations(70_000);
  assert.equal(operations.pending.remaining, 65535);
  for (let index = 0; index < 70_000; index++) operations.count("1.2", "completed");
  assert.deepEqual(operations.pending, { remaining: 0, completed: 65535, failed: 0, warning: 0 });
  assert.equal(operations.final.status, 0x0000);
});

pure("`failedInstances()` lists what failed, as much as there is room for", () => {
  const longest = "1".repeat(64);
  // 65 with the backslash: 1008 of them take 65519 bytes.
  const cases: [name: string, uids: string[], syntax: string, listed: number][] = [
    ["one", ["1.2.3"], EXPLICIT, 1],
    ["an even one", ["1.2.34"], EXPLICIT, 1],
    ["two", ["1.2.3", "1.2.4"], IMPLICIT, 2],
    ["as many as there is room for", Array(1008).fill(longest), EXPLICIT, 1008],
    ["one too many", Array(1009).fill(longest), EXPLICIT, 1008],
    ["many in implicit VR", Array(5000).fill(longest), IMPLICIT, 5000],
    ["many in big endian", Array(5000).fill(longest), "1.2.840.10008.1.2.2", 1008],
    ["exactly the room", [...Array(1008).fill(longest), "1".repeat(14)], EXPLICIT, 1009],
    ["one byte more", [...Array(1008).fill(longest), "1".repeat(15)], EXPLICIT, 1008],
  ];
  for (const [name, uids, syntax, listed] of cases) {
    const bytes = failedInstances(uids, syntax);
    assert.ok(bytes);
    const element = decodeDataSet(bytes, syntax).get(FAILED_UIDS);
    assert.equal(element?.vr, "UI", name);
    const found = decodeDataSet(bytes, syntax).getStrings(FAILED_UIDS);
    assert.deepEqual(found, uids.slice(0, listed), name);
  }
  assert.equal(failedInstances([], EXPLICIT), undefined);
});
