import assert from "node:assert/strict";
import { type Balance, Ledger } from "../../cli/ledger.ts";
import type { SubOperationCounters } from "../../lib/dimse/message.ts";

const NOTHING: Balance = {
  received: 0,
  repeated: 0,
  bytes: 0,
  promised: undefined,
  failed: 0,
  missing: 0,
  storageFailed: 0,
};

interface Case {
  readonly name: string;
  readonly happens: (ledger: Ledger) => void;
  readonly balance: Partial<Balance>;
}

const CASES: readonly Case[] = [
  { name: "nothing", happens: () => {}, balance: {} },
  {
    name: "two instances stored",
    happens: (ledger) => {
      ledger.stored(1000);
      ledger.answered("1.1", 0x0000);
      ledger.stored(500);
      ledger.answered("1.2", 0x0000);
    },
    balance: { received: 2, bytes: 1500 },
  },
  {
    name: "a promise without deliveries",
    happens: (ledger) => ledger.promise({ completed: 2, warning: 1, failed: 1 }),
    balance: { promised: 3, failed: 1, missing: 3 },
  },
  {
    name: "more deliveries than promised",
    happens: (ledger) => {
      ledger.promise({ completed: 1 });
      ledger.answered("1.1", 0x0000);
      ledger.answered("1.2", 0x0000);
    },
    balance: { received: 2, promised: 1 },
  },
  {
    name: "the same instance twice",
    happens: (ledger) => {
      ledger.promise({ completed: 2, warning: 0 });
      ledger.answered("1.1", 0x0000);
      ledger.answered("1.1", 0x0000);
    },
    balance: { received: 2, repeated: 1, promised: 2 },
  },
  {
    name: "warnings count as received",
    happens: (ledger) =>
      [0xb000, 0xb006, 0xb007, 0x0001, 0x0107, 0x0116].forEach((status) => {
        ledger.answered(`1.${status}`, status);
      }),
    balance: { received: 6 },
  },
  {
    name: "a refusal",
    happens: (ledger) => {
      ledger.storageFailed();
      ledger.answered("1.1", 0xa700);
      ledger.promise({ completed: 0, failed: 1, warning: 0 });
    },
    balance: { failed: 1, promised: 0, storageFailed: 1 },
  },
  {
    name: "a refusal that the archive makes good",
    happens: (ledger) => {
      ledger.answered("1.1", 0xa700);
      ledger.answered("1.1", 0x0000);
    },
    balance: { received: 1 },
  },
  {
    name: "a refusal of what is there already",
    happens: (ledger) => {
      ledger.answered("1.1", 0x0000);
      ledger.answered("1.1", 0x0111);
    },
    balance: { received: 1 },
  },
  {
    name: "a final response without counters keeps what was known",
    happens: (ledger) => {
      ledger.promise({ completed: 2, failed: 1 });
      ledger.promise({});
    },
    balance: { promised: 2, failed: 1, missing: 2 },
  },
];

for (const { name, happens, balance } of CASES) {
  Deno.test({
    name: `Ledger keeps the books: ${name}`,
    permissions: "none",
    fn: () => {
      const ledger = new Ledger();
      happens(ledger);
      assert.deepEqual(ledger.balance, { ...NOTHING, ...balance });
    },
  });
}

Deno.test({
  name: "Ledger.refused tells the last status of what never came",
  permissions: "none",
  fn: () => {
    const ledger = new Ledger();
    ledger.answered("1.1", 0xa700);
    ledger.answered("1.1", 0xc000);
    ledger.answered("1.2", 0xa700);
    ledger.answered("1.2", 0x0000);
    assert.deepEqual([...ledger.refused], [["1.1", 0xc000]]);
  },
});

const EXPECTED: readonly (readonly [SubOperationCounters[], expected: number | undefined])[] = [
  [[], undefined],
  [[{}], undefined],
  [[{ remaining: 9, completed: 1 }], 10],
  [[{ remaining: 5, completed: 3, failed: 1, warning: 1 }, {}], 10],
  [[{ remaining: 5, completed: 3, failed: 1, warning: 1 }, { completed: 8, failed: 2 }], 10],
  // Cancelled: what was not begun is not counted any more.
  [[{ remaining: 8, completed: 2 }, { completed: 2 }], 10],
  [[{ remaining: 0, completed: 2 }, { remaining: 1, completed: 2 }], 3],
];

for (const [counters, expected] of EXPECTED) {
  Deno.test({
    name: `Ledger expects ${expected} after ${JSON.stringify(counters)}`,
    permissions: "none",
    fn: () => {
      const ledger = new Ledger();
      for (const each of counters) ledger.promise(each);
      assert.equal(ledger.expected, expected);
    },
  });
}
