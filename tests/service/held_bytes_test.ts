import assert from "node:assert/strict";
import { HeldBytes } from "../../lib/service/held_bytes.ts";
import { pure } from "../support/requesting.ts";

pure("`HeldBytes` hands out what was put in, in order, however it is taken", () => {
  for (const [put, take] of [[1, 1], [7, 3], [3, 7], [1000, 999], [70_000, 1], [5, 200_000]]) {
    assert.ok(put !== undefined && take !== undefined);
    const held = new HeldBytes();
    const taken: number[] = [];
    let next = 0;
    const piece = new Uint8Array(put);
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < put; i++) piece[i] = next++;
      held.put(piece);
      // A copy: what the piece is used for next is of no concern.
      piece.fill(0);
      for (let i = 0; i < 2 && held.length > 0; i++) {
        const { bytes } = held;
        const part = bytes.subarray(0, take);
        for (const byte of part) taken.push(byte);
        held.take(part.byteLength);
      }
    }
    for (const byte of held.bytes) taken.push(byte);
    assert.equal(taken.length, 40 * put);
    assert.ok(taken.every((byte, index) => byte === index % 256), `${put}, ${take}`);
  }
});

pure("`HeldBytes` keeps no buffer when all is taken or thrown away", () => {
  const held = new HeldBytes();
  for (const empty of [() => held.take(100), () => held.clear()]) {
    held.put(new Uint8Array(100));
    assert.equal(held.length, 100);
    empty();
    assert.equal(held.length, 0);
    assert.equal(held.bytes.buffer.byteLength, 0);
  }
});

pure("`HeldBytes` takes room in proportion to what it holds", () => {
  const held = new HeldBytes();
  const piece = new Uint8Array(16).fill(1);
  const buffers = new Set<ArrayBufferLike>();
  for (let length = 0; length < 1024 * 1024; length += 16) {
    held.put(piece);
    buffers.add(held.bytes.buffer);
    assert.ok(held.bytes.buffer.byteLength <= Math.max(2 * held.length, 64 * 1024));
  }
  // Doubled, not copied for each piece.
  assert.ok(buffers.size < 10);
});
