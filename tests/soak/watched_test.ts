import assert from "node:assert/strict";
import { Books } from "./books.ts";
import { judgeMemory, memoryInThirds, type Sample } from "./watched.ts";

function samples(...memory: readonly number[]): Sample[] {
  return memory.map((memory, at) => ({ at, memory, descriptors: 20, threads: 8, parts: 0 }));
}

Deno.test("memoryInThirds() gives medians, which a moment does not change", () => {
  const { first, second, last } = memoryInThirds(
    samples(60, 70, 80, 100, 900, 101, 102, 103, 104),
  );
  assert.deepEqual([first, second, last], [70, 101, 103]);
});

/** Memory in the thirds of the time, and whether it is told as growth. */
const ROWS: readonly (readonly [memory: readonly number[], isGrowth: boolean])[] = [
  [[60, 100, 100], false],
  [[60, 100, 120], false],
  [[60, 100, 121], true],
  [[60, 200, 229], false],
  [[60, 200, 231], true],
  [[300, 200, 100], false],
  // No sample at all is no good sign.
  [[], true],
];

for (const [memory, isGrowth] of ROWS) {
  Deno.test(`memory of ${memory.join(", ") || "nothing"} MB in thirds is judged`, () => {
    const books = new Books();
    judgeMemory("storescp", memoryInThirds(samples(...memory)), books);
    assert.deepEqual(
      books.violations.map((violation) => violation.slice(0, 22)),
      isGrowth ? ["storescp: memory grew "] : [],
    );
  });
}
