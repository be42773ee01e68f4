import assert from "node:assert/strict";
import { keptMemory, usedMemory } from "../../../plugins/conformance/memory.ts";
import { pure } from "../../support/requesting.ts";

const MIB = 1024 * 1024;

/** Buffers, and objects of the heap. */
function take(): unknown[] {
  const numbers = Array.from({ length: 100_000 }, (_, i) => ({ i }));
  return [numbers, ...Array.from({ length: 200 }, () => new Uint8Array(MIB))];
}

pure("`keptMemory()` measures what is held, and nothing of what was let go", async () => {
  const held: unknown[][] = [];
  const before = await keptMemory();
  for (let round = 1; round <= 2; round++) {
    for (let i = 0; i < 2; i++) take();
    const same = await keptMemory() - before;
    assert.ok(same < 4 * MIB, `${same} bytes of garbage are counted`);
    held.push(take());
    const more = await keptMemory() - before;
    assert.ok(more >= 200 * MIB && more < 300 * MIB, `${more} bytes`);
    assert.ok(usedMemory() >= before + more);
    held.length = 0;
  }
});
