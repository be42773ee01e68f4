/**
 * What a thread keeps in memory, without what it has let go and nobody has collected yet.
 *
 * How much there is of that depends on when the runtime finds time to collect: on what else the
 * machine does, and on what other tests left behind. So it is collected before anything is measured,
 * which takes its time.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage, and measures what is left.
 *
 * @returns How many bytes. Of this thread alone: in the process others may go on. What a sandbox keeps
 * is not in it.
 *
 * @example
 * ```ts
 * import { keptMemory } from "./memory.ts";
 * import assert from "node:assert/strict";
 *
 * const before = await keptMemory();
 * const kept = new Uint8Array(64 * 1024 * 1024);
 * const growth = await keptMemory() - before;
 * assert.ok(growth >= kept.byteLength / 2);
 * ```
 */
export async function keptMemory(): Promise<number> {
  // The memory of buffers is given back in the background, and is so before the second begins. What a turn
  // has looked at is held until its end.
  for (let count = 0; count < 2; count++) {
    await new Promise((resolve) => setTimeout(resolve));
    collect();
  }
  return usedMemory();
}

/**
 * Measures what is kept, with what nobody has collected yet.
 *
 * @returns How many bytes, of this thread alone.
 */
export function usedMemory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

let gc: (() => void) | undefined;

/** Collects all garbage, at once: a program can do so where a flag of the engine lets it. */
function collect(): void {
  gc ??= lentCollection();
  gc();
}

function lentCollection(): () => void {
  setFlagsFromString("--expose-gc");
  const lent: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof lent !== "function") {
    throw new TypeError("Cannot measure memory: this runtime lets nobody collect garbage");
  }
  return () => void lent();
}
