import assert from "node:assert/strict";
import { EventOutput } from "../../cli/event_output.ts";
import { ToolLog } from "../../cli/log.ts";
import { tellVerification, type VerifiedBooks } from "../../cli/verification.ts";
import { pure } from "../support/requesting.ts";

function books(
  expected: readonly string[],
  absentUids: readonly string[] = [],
  unexpectedUids: readonly string[] = [],
): VerifiedBooks {
  return { expectedUids: new Set(expected), absentUids, unexpectedUids };
}

interface Case {
  readonly name: string;
  readonly books: VerifiedBooks | undefined;
  readonly sent?: number;
  readonly isComplete: boolean;
  readonly lines: readonly string[];
  readonly event: {
    readonly expected: number | null;
    readonly complete: number | null;
    readonly missingSopInstanceUids?: readonly string[];
    readonly unexpectedSopInstanceUids?: readonly string[];
  };
}

const MANY = Array.from({ length: 102 }, (_, index) => `1.${index + 1}`);

const CASES: readonly Case[] = [
  {
    name: "all is here",
    books: books(["1.1", "1.2"]),
    isComplete: true,
    lines: ["I: Verified: 2 of 2 instances that the archive named are here"],
    event: { expected: 2, complete: 2 },
  },
  {
    name: "there is nothing",
    books: books([]),
    isComplete: true,
    lines: ["I: Verified: 0 of 0 instances that the archive named are here"],
    event: { expected: 0, complete: 0 },
  },
  {
    name: "some are missing",
    books: books(["1.1", "1.2", "1.3"], ["1.1", "1.3"]),
    isComplete: false,
    lines: ["W: 2 of 3 instances that the archive named are not here: 1.1, 1.3"],
    event: { expected: 3, complete: 1, missingSopInstanceUids: ["1.1", "1.3"] },
  },
  {
    name: "others came",
    books: books(["1.1"], [], ["2.1"]),
    isComplete: true,
    lines: [
      "I: Verified: 1 of 1 instance that the archive named is here",
      "W: 1 instance came that the archive had not named: 2.1",
    ],
    event: { expected: 1, complete: 1, unexpectedSopInstanceUids: ["2.1"] },
  },
  {
    name: "more are missing than anybody reads",
    books: books(MANY, MANY),
    isComplete: false,
    lines: [
      "W: 102 of 102 instances that the archive named are not here: " +
      `${MANY.slice(0, 10).join(", ")}, and 92 more, which --json lists`,
    ],
    event: { expected: 102, complete: 0, missingSopInstanceUids: MANY },
  },
  {
    name: "the archive names nothing",
    books: undefined,
    isComplete: false,
    lines: [
      "W: Cannot verify the retrieve: by C-FIND, the archive names no instances of what is asked for",
    ],
    event: { expected: null, complete: null },
  },
  {
    name: "all went to somebody else",
    books: books(["1.1", "1.2"], ["1.1", "1.2"]),
    sent: 3,
    isComplete: true,
    lines: ["I: Verified: 2 of 2 instances that the archive named are among those it sent"],
    event: { expected: 2, complete: 2 },
  },
  {
    name: "not all went to somebody else",
    books: books(["1.1", "1.2"], ["1.1", "1.2"]),
    sent: 1,
    isComplete: false,
    lines: ["W: 1 of 2 instances that the archive named is not among those it sent"],
    event: { expected: 2, complete: 1 },
  },
];

for (const { name, books, sent, isComplete, lines, event } of CASES) {
  pure(`tellVerification() when ${name}`, () => {
    let log = "";
    let events = "";
    const clock = { now: () => 0, schedule: () => () => {} };
    const result = tellVerification({
      books,
      ...(sent === undefined ? {} : { sent }),
      log: new ToolLog("info", (text) => void (log += text)),
      events: new EventOutput((text) => void (events += text), clock),
    });
    assert.equal(result, isComplete);
    assert.deepEqual(log.split("\n").slice(0, -1), lines);
    assert.deepEqual(JSON.parse(events), {
      event: "verification",
      atMs: 0,
      missingSopInstanceUids: [],
      unexpectedSopInstanceUids: [],
      ...event,
    });
  });
}
