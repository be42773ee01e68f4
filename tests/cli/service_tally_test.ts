import assert from "node:assert/strict";
import { count, FAILED_UIDS_LIMIT, ServiceTally } from "../../cli/service_tally.ts";

function pure(name: string, fn: () => void): void {
  Deno.test({ name, permissions: "none", fn });
}

const CASES: readonly (readonly [
  name: string,
  happens: (tally: ServiceTally) => void,
  exitCode: number,
  summary: string,
])[] = [
  ["nothing", () => {}, 0, "Received 0 instances by 0 associations in 1.5 s; 0 failed"],
  [
    "instances that are taken, one with a warning",
    (tally) => {
      tally.associated();
      tally.associated();
      tally.stored(1500);
      tally.answered("1", 0x0000);
      tally.answered("2", 0xb007);
    },
    0,
    "Received 2 instances (1.5 kB) by 2 associations in 1.5 s; 0 failed",
  ],
  [
    "an instance that is refused",
    (tally) => {
      tally.associated();
      tally.answered("1", 0xc000);
    },
    6,
    "Received 0 instances by 1 association in 1.5 s; 1 failed",
  ],
  [
    "an instance that breaks off",
    (tally) => tally.lost("1"),
    6,
    "Received 0 instances by 0 associations in 1.5 s; 1 failed",
  ],
  [
    "a full disk",
    (tally) => {
      tally.storageFailed();
      tally.answered("1", 0xa700);
    },
    8,
    "Received 0 instances by 0 associations in 1.5 s; 1 failed",
  ],
  [
    "queries and retrieves",
    (tally) => {
      tally.associated();
      tally.served("C-FIND");
      tally.served("C-FIND");
      for (const status of [0x0000, 0x0000, 0xb007]) tally.sent(status);
      tally.served("C-MOVE");
    },
    0,
    "Received 0 instances, sent 3 instances, answered 2 queries by 1 association in 1.5 s; 0 failed",
  ],
  [
    "instances that are not taken where they go",
    (tally) => {
      tally.sent(0x0000);
      tally.sent(0xa700);
      tally.notSent();
      tally.served("C-GET");
    },
    6,
    "Received 0 instances, sent 1 instance by 0 associations in 1.5 s; 2 failed",
  ],
  [
    "a query",
    (tally) => tally.served("C-FIND"),
    0,
    "Received 0 instances, answered 1 query by 0 associations in 1.5 s; 0 failed",
  ],
  [
    "peers that are turned away",
    (tally) => {
      tally.rejected();
      tally.rejected();
    },
    0,
    "Received 0 instances by 0 associations in 1.5 s; 0 failed, 2 peers turned away",
  ],
];

for (const [name, happens, exitCode, summary] of CASES) {
  pure(`ServiceTally counts ${name}`, () => {
    const tally = new ServiceTally();
    happens(tally);
    assert.equal(tally.exitCode, exitCode);
    assert.equal(tally.summary(1500), summary);
  });
}

pure("ServiceTally sums the books of several", () => {
  const sum = new ServiceTally();
  const all = new ServiceTally();
  for (const [name, happens] of CASES) {
    const tally = new ServiceTally();
    happens(tally);
    sum.include(structuredClone(tally.books));
    happens(all);
    assert.deepEqual(sum.books, all.books, name);
  }
  assert.equal(sum.exitCode, all.exitCode);
  assert.equal(sum.summary(1500), all.summary(1500));
});

pure("ServiceTally knows the names of those that failed, as far as there is room", () => {
  const tally = new ServiceTally();
  for (let number = 0; number <= FAILED_UIDS_LIMIT; number++) tally.lost(`1.${number}`);
  tally.answered("1.0", 0xa700);
  assert.equal(tally.failedCount, FAILED_UIDS_LIMIT + 2);
  assert.equal(tally.failedSopInstanceUids.length, FAILED_UIDS_LIMIT);
  assert.equal(tally.failedSopInstanceUids[0], "1.0");
  assert.equal(tally.receivedCount, 0);
  assert.equal(tally.bytes, 0);
});

pure("ServiceTally keeps no name that is none: peers send what they like as UIDs", () => {
  const tally = new ServiceTally();
  tally.answered("", 0x0117);
  tally.answered("1".repeat(64), 0xa700);
  tally.lost("1".repeat(65));
  tally.lost("1".repeat(60_000));
  assert.equal(tally.failedCount, 4);
  assert.deepEqual(tally.failedSopInstanceUids, ["1".repeat(64)]);
});

pure("count() minds the plural", () => {
  assert.deepEqual([0, 1, 2].map((number) => count(number, "peer")), [
    "0 peers",
    "1 peer",
    "2 peers",
  ]);
});
