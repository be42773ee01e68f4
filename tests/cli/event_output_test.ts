import assert from "node:assert/strict";
import fc from "fast-check";
import {
  EventOutput,
  type InstanceEvent,
  subOperationsOf,
  wholeMilliseconds,
} from "../../cli/event_output.ts";
import { FakeClock } from "../support/fake_clock.ts";

const INSTANCE: InstanceEvent = {
  event: "instance",
  direction: "received",
  association: "7",
  sopInstanceUid: "1.2.3",
  sopClassUid: "1.2",
  transferSyntaxUid: "1.2.840.10008.1.2",
  status: 0,
  meaning: "stored",
  bytes: 512,
  path: "in/CT.1.2.3",
  durationMs: 3,
};

function pure(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn });
}

pure("EventOutput writes the name, the time since it was made, and the fields", async () => {
  const clock = new FakeClock();
  await clock.advance(1_000);
  let written = "";
  const output = new EventOutput((text) => void (written += text), clock);
  await clock.advance(250);
  output.emit(INSTANCE);
  assert.equal(
    written,
    '{"event":"instance","atMs":250,"direction":"received","association":"7",' +
      '"sopInstanceUid":"1.2.3","sopClassUid":"1.2","transferSyntaxUid":"1.2.840.10008.1.2",' +
      '"status":0,"meaning":"stored","bytes":512,"path":"in/CT.1.2.3","durationMs":3}\n',
  );
});

pure("EventOutput writes nothing when nobody wants the events", () => {
  new EventOutput(undefined, new FakeClock()).emit(INSTANCE);
});

const HOSTILE = [
  '1.2"},{"event":"summary',
  "a\nb\r\nc",
  "\x1b[2J\x07\x00\x7f",
  "\u0085\u2028\u2029\u202e",
  "\ud800 \udc00 😀",
  "\\u0000\\",
];

for (const text of HOSTILE) {
  pure(`EventOutput writes ${JSON.stringify(text)} as one line of printable ASCII`, () => {
    checkText(text);
  });
}

pure("EventOutput writes any text as one line of printable ASCII that reads back the same", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), checkText), { seed: 1, numRuns: 500 });
});

function checkText(text: string): void {
  let written = "";
  const output = new EventOutput((line) => void (written += line), new FakeClock());
  output.emit({ ...INSTANCE, sopInstanceUid: text, path: text });
  assert.match(written, /^[\x20-\x7e]+\n$/);
  const read: InstanceEvent & { atMs: number } = JSON.parse(written);
  assert.deepEqual(read, { ...INSTANCE, atMs: 0, sopInstanceUid: text, path: text });
}

pure("subOperationsOf() has null for what the peer does not tell", () => {
  assert.deepEqual(subOperationsOf({ completed: 3, failed: 0 }), {
    remaining: null,
    completed: 3,
    failed: 0,
    warning: null,
  });
});

pure("wholeMilliseconds() rounds", () => {
  assert.deepEqual([0, 0.4, 0.5, 1234.56].map(wholeMilliseconds), [0, 0, 1, 1235]);
});
