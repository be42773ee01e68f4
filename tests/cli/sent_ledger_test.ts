import assert from "node:assert/strict";
import { SentLedger } from "../../cli/sent_ledger.ts";
import { pure } from "../support/requesting.ts";

type Step = (ledger: SentLedger) => void;

const begin: Step = (ledger) => ledger.begin();
const rest: Step = (ledger) => ledger.tryAgain(false);
const anew: Step = (ledger) => ledger.tryAgain(true);
function counts(completed: number, failed: number, remaining = 0): Step {
  return (ledger) => ledger.promise({ completed, failed, remaining, warning: 0 });
}
function names(...uids: string[]): Step {
  return (ledger) => ledger.failed(uids);
}

const CASES: readonly {
  name: string;
  steps: readonly Step[];
  promised: number | undefined;
  failed: number;
  expected: number | undefined;
  uids?: readonly string[];
}[] = [
  {
    name: "knows nothing at first",
    steps: [],
    promised: undefined,
    failed: 0,
    expected: undefined,
  },
  {
    name: "knows nothing when the archive counts nothing",
    steps: [begin, (ledger) => ledger.promise({})],
    promised: undefined,
    failed: 0,
    expected: undefined,
  },
  {
    name: "goes by the latest counters",
    steps: [begin, counts(1, 0, 3), counts(3, 1), names("1.1")],
    promised: 3,
    failed: 1,
    expected: 4,
    uids: ["1.1"],
  },
  {
    name: "adds up several operations of one try",
    steps: [begin, counts(3, 1), begin, counts(2, 1), names("1.1", "2.1")],
    promised: 5,
    failed: 2,
    expected: 7,
    uids: ["1.1", "2.1"],
  },
  {
    name: "adds what a further try brings",
    steps: [begin, counts(3, 2), names("1.1", "1.2"), rest, begin, counts(1, 1), names("1.2")],
    promised: 4,
    failed: 1,
    expected: 5,
    uids: ["1.2"],
  },
  {
    name: "counts anew when all is asked for again",
    steps: [begin, counts(3, 2), names("1.1", "1.2"), anew, begin, counts(5, 0)],
    promised: 5,
    failed: 0,
    expected: 5,
  },
  {
    name: "keeps what was sent before a try that came to nothing",
    steps: [begin, counts(3, 2), rest],
    promised: 3,
    failed: 0,
    expected: 3,
  },
];

for (const { name, steps, promised, failed, expected, uids = [] } of CASES) {
  pure(`SentLedger ${name}`, () => {
    const ledger = new SentLedger();
    for (const step of steps) step(ledger);
    const { balance, expectedCount, failedUids } = ledger;
    assert.deepEqual([balance.promised, balance.failed, balance.missing], [promised, failed, 0]);
    assert.equal(expectedCount, expected);
    assert.deepEqual(failedUids, uids);
  });
}
