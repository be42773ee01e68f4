import assert from "node:assert/strict";
import type { Balance } from "../../cli/ledger.ts";
import {
  formatSize,
  outcomeOf,
  reasonOfRetrieve,
  severityOf,
  summarize,
  type SummaryOptions,
} from "../../cli/outcome.ts";

const GOOD: Balance = {
  received: 2,
  repeated: 0,
  bytes: 6_300_000,
  promised: 2,
  failed: 0,
  missing: 0,
  storageFailed: 0,
};

const OUTCOMES: readonly (readonly [
  name: string,
  status: number,
  balance: Partial<Balance>,
  cancelled: boolean,
  code: number,
])[] = [
  ["Success", 0x0000, {}, false, 0],
  ["Success before Ctrl-C took effect", 0x0000, {}, true, 0],
  ["Success with failed sub-operations", 0x0000, { failed: 1 }, false, 6],
  ["Success with missing instances", 0x0000, { missing: 1 }, false, 6],
  ["missing instances that Ctrl-C gave up", 0x0000, { missing: 1 }, true, 130],
  ["a warning", 0xb000, {}, false, 6],
  ["a warning after Ctrl-C", 0xb000, {}, true, 130],
  ["an attribute list warning", 0x0107, {}, false, 6],
  ["a refusal", 0xa801, {}, false, 7],
  ["an unknown status", 0x1234, {}, false, 7],
  ["a failure after Ctrl-C", 0xc000, {}, true, 7],
  ["cancelled by us", 0xfe00, { missing: 1 }, true, 130],
  ["cancelled by the archive", 0xfe00, {}, false, 130],
  ["local storage with Success", 0x0000, { storageFailed: 1 }, false, 8],
  ["local storage with a warning", 0xb000, { storageFailed: 1, failed: 1 }, false, 8],
  ["local storage with a failure", 0xa702, { storageFailed: 1 }, true, 8],
];

for (const [name, status, balance, cancelled, code] of OUTCOMES) {
  Deno.test({
    name: `outcomeOf() is ${code} for ${name}`,
    permissions: "none",
    fn: () => assert.equal(outcomeOf(status, { ...GOOD, ...balance }, cancelled), code),
  });
}

const SUMMARIES: readonly (readonly [options: Partial<SummaryOptions>, line: string])[] = [
  [{}, "Received 2 instances (6.3 MB) in 1.2 s; 2 promised, 0 failed, 0 missing"],
  [
    { balance: { ...GOOD, received: 1, bytes: 0, promised: undefined } },
    "Received 1 instance in 1.2 s; an unknown number promised, 0 failed, 0 missing",
  ],
  [
    { balance: { ...GOOD, received: 3, repeated: 1, failed: 4, missing: 5, promised: 8 } },
    "Received 3 instances (6.3 MB) in 1.2 s, 1 of them again; 8 promised, 4 failed, 5 missing",
  ],
  [{ isReceiver: false }, "2 instances sent to THERE in 1.2 s; 0 failed"],
  [
    { isReceiver: false, balance: { ...GOOD, promised: 1, failed: 3 } },
    "1 instance sent to THERE in 1.2 s; 3 failed",
  ],
  [
    { isReceiver: false, balance: { ...GOOD, promised: undefined } },
    "An unknown number of instances sent to THERE in 1.2 s; 0 failed",
  ],
];

for (const [options, line] of SUMMARIES) {
  Deno.test({
    name: `summarize() says: ${line}`,
    permissions: "none",
    fn: () => {
      const given = {
        balance: GOOD,
        isReceiver: true,
        destination: "THERE",
        elapsed: 1234,
        before: 0,
      };
      assert.equal(summarize({ ...given, ...options }), line);
    },
  });
}

const SIZES: readonly (readonly [bytes: number, text: string])[] = [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [1_500_000_000, "1.5 GB"],
  [2e15, "2000.0 TB"],
];

for (const [bytes, text] of SIZES) {
  Deno.test({
    name: `formatSize() writes ${bytes} as ${text}`,
    permissions: "none",
    fn: () => assert.equal(formatSize(bytes), text),
  });
}

const NOTHING: Partial<Balance> = { received: 0, promised: undefined };

const REASONS: readonly (readonly [
  name: string,
  status: number,
  balance: Partial<Balance>,
  cause: string | undefined,
])[] = [
  ["all has come", 0x0000, {}, undefined],
  ["all has come with a warning", 0xb000, {}, undefined],
  ["one is missing", 0x0000, { missing: 1 }, "incomplete"],
  ["one failed", 0xb000, { failed: 1 }, "incomplete"],
  ["all failed", 0xa702, { ...NOTHING, failed: 2 }, "status"],
  ["some failed, by a status that says nothing", 0xc000, { failed: 1 }, "incomplete"],
  ["there was no room", 0xa701, NOTHING, "status"],
  ["the destination is not known", 0xa801, { ...NOTHING, missing: 3 }, undefined],
  ["the identifier does not fit", 0xa900, { ...NOTHING, missing: 3 }, undefined],
  ["nothing came by Success", 0x0000, { ...NOTHING, missing: 3 }, "incomplete"],
  ["our disk is full", 0xb000, { failed: 1, storageFailed: 1 }, undefined],
  ["it was cancelled", 0xfe00, { missing: 1 }, undefined],
];

for (const [name, status, balance, cause] of REASONS) {
  Deno.test({
    name: `reasonOfRetrieve() is ${cause ?? "none"} when ${name}`,
    permissions: "none",
    fn: () => {
      const reason = reasonOfRetrieve(status, { ...GOOD, ...balance }, "C-MOVE");
      assert.equal(reason?.cause, cause);
    },
  });
}

Deno.test({
  name: "reasonOfRetrieve() counts what has not come",
  permissions: "none",
  fn: () => {
    const told = [[1, 0], [2, 3]].map(([failed = 0, missing = 0]) =>
      reasonOfRetrieve(0x0000, { ...GOOD, failed, missing }, "C-GET")?.sentence
    );
    assert.deepEqual(told, ["1 instance has not come", "5 instances have not come"]);
  },
});

Deno.test({
  name: "severityOf() orders success, warnings, failures and cancel",
  permissions: "none",
  fn: () => {
    const statuses = [0x0000, 0xb000, 0xa702, 0xfe00].map(severityOf);
    assert.deepEqual(statuses, statuses.toSorted((a, b) => a - b));
    assert.equal(new Set(statuses).size, 4);
  },
});
