import assert from "node:assert/strict";
import { type Balance, Ledger } from "../../cli/ledger.ts";
import { explainMove, type MoveOutcome } from "../../cli/move_explanation.ts";
import { Reception } from "../../cli/reception.ts";
import { pure } from "../support/requesting.ts";

const UNREACHED = new Reception();
const HINT = /^error: .*ask|error: .*administrator/i;

function reached(): Reception {
  const reception = new Reception();
  const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:1" };
  reception.observe({ type: "connection-opened", association });
  return reception;
}

interface Case extends Partial<Omit<MoveOutcome, "balance">> {
  readonly name: string;
  readonly balance?: Partial<Balance>;
  readonly told: readonly (string | RegExp)[];
}

const CASES: readonly Case[] = [
  { name: "all is well", balance: { received: 2, promised: 2 }, told: [] },
  {
    name: "a third application entity is not known",
    status: 0xa801,
    reception: undefined,
    told: [
      "error: The archive must know AE title ME, and the host and port where it listens: ask its " +
      "administrator to enter that",
    ],
  },
  { name: "a third application entity got nothing", reception: undefined, told: [] },
  { name: "we are not known", status: 0xa801, told: [HINT] },
  {
    name: "all was sent and nobody came",
    balance: { promised: 3, missing: 3 },
    told: [/^error: No connection came to port 11113/, HINT],
  },
  {
    name: "all was sent, and who came did not get far",
    balance: { promised: 3, missing: 3 },
    reception: reached(),
    told: [/^error: 1 connection came to port 11113, but no association/, HINT],
  },
  {
    name: "nothing matches",
    told: ["warn: Nothing arrived: the archive found nothing that matches the identifier"],
  },
  {
    name: "the status says nothing",
    status: 0xc000,
    told: ["error: Some archives answer so when they do not know the move destination", HINT],
  },
  {
    name: "some are missing that were promised",
    balance: { received: 1, promised: 3, missing: 2 },
    told: ["warn: 2 of 3 promised instances did not arrive"],
  },
  {
    name: "some are missing that were named",
    balance: { received: 1, promised: 1, missing: 2 },
    expected: 3,
    told: ["warn: 2 of 3 instances did not arrive"],
  },
  {
    name: "all that were named are missing, and the archive says nothing",
    balance: { missing: 3 },
    expected: 3,
    told: ["warn: 3 of 3 instances did not arrive"],
  },
  {
    name: "one came for somebody else",
    balance: { received: 1, promised: 1 },
    strays: { count: 1, aeTitle: "OTHER" },
    told: [
      "warn: 1 instance that came was sent for a C-MOVE of OTHER, and not for this one: not counted",
    ],
  },
  {
    name: "some are missing, and some came for somebody else",
    balance: { received: 1, promised: 2, missing: 1 },
    strays: { count: 2, aeTitle: "OTHER" },
    told: [
      "warn: 1 of 2 promised instances did not arrive",
      "warn: 2 instances that came were sent for a C-MOVE of OTHER, and not for this one: not " +
      "counted; with --verify those count that the archive names, whoever sends them",
    ],
  },
];

for (const { name, balance, told, ...change } of CASES) {
  pure(`explainMove() when ${name}`, () => {
    const sentences = explainMove({
      status: 0x0000,
      balance: { ...new Ledger().balance, ...balance },
      strays: { count: 0, aeTitle: "" },
      expected: 0,
      destination: { aeTitle: "ME", hostname: undefined, port: 11113 },
      reception: UNREACHED,
      ...change,
    }).map(({ level, sentence }) => `${level}: ${sentence}`);
    assert.equal(sentences.length, told.length, sentences.join("\n"));
    for (const [index, expected] of told.entries()) {
      if (typeof expected === "string") assert.equal(sentences[index], expected);
      else assert.match(sentences[index] ?? "", expected);
    }
  });
}
