import assert from "node:assert/strict";
import { RetrieveLedger } from "../../cli/retrieve_ledger.ts";
import type { Balance } from "../../cli/ledger.ts";

/** One C-GET: what was answered, and the counters of the final response. */
interface Operation {
  readonly answered?: readonly (readonly [uid: string, status: number])[];
  readonly counters?: { completed?: number; failed?: number; warning?: number; remaining?: number };
  readonly named?: readonly string[];
}

interface Case {
  readonly name: string;
  readonly expected?: readonly string[];
  readonly operations: readonly Operation[];
  readonly balance: Partial<Balance>;
  readonly failedUids?: readonly string[];
  readonly missingUids?: readonly string[];
}

const OK = 0x0000;

const CASES: readonly Case[] = [
  {
    name: "nothing asked yet",
    expected: ["1"],
    operations: [],
    balance: { received: 0, promised: undefined, failed: 0, missing: 1 },
    missingUids: ["1"],
  },
  {
    name: "all at once",
    operations: [{ answered: [["1", OK], ["2", 0xb000]], counters: { completed: 1, warning: 1 } }],
    balance: { received: 2, repeated: 0, promised: 2, failed: 0, missing: 0 },
  },
  {
    name: "the same instance twice",
    operations: [{ answered: [["1", OK], ["1", OK]], counters: { completed: 2 } }],
    balance: { received: 2, repeated: 1, promised: 2, failed: 0, missing: 0 },
  },
  {
    name: "promised and not sent",
    operations: [{ answered: [["1", OK]], counters: { completed: 3, failed: 0 } }],
    balance: { received: 1, promised: 3, failed: 0, missing: 2 },
  },
  {
    name: "what failed comes by the second operation",
    operations: [
      { answered: [["1", OK]], counters: { completed: 1, failed: 2 }, named: ["2", "3"] },
      { answered: [["2", OK], ["3", OK]], counters: { completed: 2, failed: 1 }, named: ["1"] },
    ],
    balance: { received: 3, repeated: 0, promised: 3, failed: 0, missing: 0 },
    failedUids: [],
  },
  {
    name: "one of two comes by the second operation, with one again",
    operations: [
      { answered: [["1", OK]], counters: { completed: 1, failed: 2 }, named: ["2", "3"] },
      { answered: [["1", OK], ["2", OK]], counters: { completed: 2, failed: 1 }, named: ["3"] },
    ],
    balance: { received: 2, promised: 2, failed: 1, missing: 0 },
    failedUids: ["3"],
  },
  {
    name: "an archive that stops and counts no more",
    operations: [
      { answered: [["1", OK]], counters: { completed: 1, failed: 1, remaining: 2 } },
      { answered: [["1", OK], ["2", OK]], counters: { completed: 2, failed: 1, remaining: 1 } },
    ],
    balance: { received: 2, failed: 2, missing: 0 },
  },
  {
    name: "refused here",
    operations: [{ answered: [["1", 0xa700]], counters: { completed: 0, failed: 1 } }],
    balance: { received: 0, failed: 1, missing: 0 },
    failedUids: ["1"],
  },
  {
    name: "refused here and named, taken the second time, and refused when it comes again",
    operations: [
      { answered: [["1", 0xa700]], counters: { completed: 0, failed: 2 }, named: ["1", "2"] },
      { answered: [["1", OK]], counters: { completed: 1, failed: 1 }, named: ["2"] },
      { answered: [["1", 0xa700]], counters: { completed: 0, failed: 2 }, named: ["1", "2"] },
    ],
    balance: { received: 1, failed: 1, missing: 0 },
    failedUids: ["2"],
    missingUids: [],
  },
  {
    name: "an archive without counters",
    operations: [{ answered: [["1", OK]] }, { answered: [["2", OK]] }],
    balance: { received: 2, promised: undefined, failed: 0, missing: 0 },
  },
  {
    name: "named beforehand, and neither sent nor counted",
    expected: ["1", "2", "3"],
    operations: [{ answered: [["1", OK]], counters: { completed: 1, failed: 1 }, named: ["2"] }],
    balance: { received: 1, promised: 1, failed: 1, missing: 1 },
    failedUids: ["2"],
    missingUids: ["3"],
  },
  {
    name: "success without a sub-operation",
    expected: ["1", "2"],
    operations: [{ counters: { completed: 0, failed: 0 } }],
    balance: { received: 0, promised: 0, failed: 0, missing: 2 },
    missingUids: ["1", "2"],
  },
];

for (const { name, expected = [], operations, balance, failedUids, missingUids } of CASES) {
  Deno.test({
    name: `RetrieveLedger: ${name}`,
    permissions: "none",
    fn: () => {
      const ledger = new RetrieveLedger();
      ledger.expected = expected;
      for (const { answered = [], counters = {}, named = [] } of operations) {
        ledger.begin();
        for (const [uid, status] of answered) ledger.answered(uid, status);
        ledger.promise(counters);
        ledger.failed(named);
      }
      const stands = ledger.balance;
      for (const [field, value] of Object.entries(balance)) {
        assert.equal(stands[field as keyof Balance], value, field);
      }
      if (failedUids !== undefined) assert.deepEqual(ledger.failedUids, failedUids);
      if (missingUids !== undefined) assert.deepEqual(ledger.missingUids, missingUids);
    },
  });
}

Deno.test({
  name: "RetrieveLedger adds up files and failures of the storage, and knows how many there are",
  permissions: "none",
  fn: () => {
    const ledger = new RetrieveLedger();
    assert.equal(ledger.expectedCount, undefined);
    ledger.answered("0", OK);
    assert.equal(ledger.received.size, 0, "nothing is under way");
    ledger.begin();
    ledger.promise({ remaining: 4, completed: 1 });
    assert.equal(ledger.expectedCount, 5);
    ledger.expected = ["1", "2", "3", "4", "5", "6"];
    assert.equal(ledger.expectedCount, 6);
    ledger.stored(10);
    ledger.stored(5);
    ledger.storageFailed();
    assert.deepEqual([ledger.balance.bytes, ledger.balance.storageFailed], [15, 1]);
    ledger.answered("1", 0xa700);
    assert.deepEqual(ledger.refusedUids, ["1"]);
    ledger.answered("1", OK);
    assert.deepEqual([ledger.refusedUids, [...ledger.received]], [[], ["1"]]);
  },
});

Deno.test({
  name: "RetrieveLedger counts what earlier runs have received as here, and tells what is new",
  permissions: "none",
  fn: () => {
    const ledger = new RetrieveLedger();
    const told: string[] = [];
    ledger.onReceived = (uid) => void told.push(uid);
    ledger.earlier = new Set(["1", "7"]);
    ledger.expected = ["1", "2", "3", "4"];
    assert.deepEqual([ledger.expectedCount, ledger.balance.missing], [3, 3]);
    ledger.begin();
    ledger.answered("2", OK);
    ledger.answered("2", OK);
    ledger.answered("1", OK);
    ledger.answered("3", 0xa700);
    ledger.answered("9", OK);
    assert.deepEqual(told, ["2", "2", "1", "9"]);
    assert.deepEqual(["1", "2", "3", "9"].map((uid) => ledger.isHere(uid)), [
      true,
      true,
      false,
      true,
    ]);
    assert.deepEqual([ledger.wasHere("1"), ledger.wasHere("2")], [true, false]);
    assert.deepEqual([...ledger.expectedUids], ["1", "2", "3", "4"]);
    assert.deepEqual(ledger.absentUids, ["3", "4"]);
    assert.deepEqual(ledger.unexpectedUids, ["9"]);
    assert.deepEqual([ledger.failedUids, ledger.missingUids], [["3"], ["4"]]);
    assert.deepEqual([ledger.balance.failed, ledger.balance.missing], [1, 1]);
  },
});
