import assert from "node:assert/strict";
import { RemoteProtocolError } from "../../lib/errors.ts";
import { gather, IDENTIFIER_LIMIT, SKIP } from "../../lib/net/data_consumer.ts";
import { pure } from "../support/requesting.ts";

pure("`gather()` hands over the whole, copied out of the pieces", () => {
  const cases: [name: string, pieces: number[][]][] = [
    ["one piece", [[1, 2, 3]]],
    ["pieces", [[1], [2, 3], [4, 5, 6, 7], [8]]],
    ["an empty last piece", [[1, 2], []]],
    ["nothing", [[]]],
  ];
  for (const [name, pieces] of cases) {
    const whole: Uint8Array[] = [];
    const consumer = gather((identifier) => {
      whole.push(identifier);
      return undefined;
    });
    const buffer = new Uint8Array(16);
    for (const [index, piece] of pieces.entries()) {
      buffer.set(piece);
      const isLast = index === pieces.length - 1;
      assert.equal(consumer.push(buffer.subarray(0, piece.length), isLast), undefined, name);
      assert.equal(whole.length, isLast ? 1 : 0, name);
      // The association reads into the same buffer again.
      buffer.fill(0xff);
    }
    assert.deepEqual([...whole[0] ?? []], pieces.flat(), name);
  }
});

pure("`gather()` waits for whom it hands over to", async () => {
  const gate = Promise.withResolvers<void>();
  const wait = gather(() => gate.promise).push(Uint8Array.of(1), true);
  assert.ok(wait instanceof Promise);
  gate.resolve();
  await wait;
});

pure("`gather()` takes no more than the limit, and refuses before it takes memory", () => {
  const consumer = gather(() => undefined);
  const piece = new Uint8Array(1024 * 1024);
  for (let i = 0; i < IDENTIFIER_LIMIT / piece.byteLength; i++) consumer.push(piece, false);
  assert.throws(
    () => consumer.push(Uint8Array.of(0), true),
    (error) =>
      error instanceof RemoteProtocolError && error.abort.source === 0 &&
      error.message === `Cannot take an identifier: it is longer than ${IDENTIFIER_LIMIT} bytes`,
  );
  consumer.fail(new TypeError("lost"));
});

pure("`SKIP` never waits", () => {
  assert.equal(SKIP.push(new Uint8Array(10), false), undefined);
  assert.equal(SKIP.push(new Uint8Array(0), true), undefined);
  SKIP.fail(new TypeError("lost"));
});
