/**
 * A slice of time for one target, in a thread of its own: one that hangs is ended, and what it did last
 * is the finding.
 *
 * @module
 */

import type { Finding, Progress } from "./fuzzer.ts";
import {
  type FuzzJob,
  type FuzzMessage,
  inputNumber,
  readInput,
  SHARED_LENGTH,
  stop,
} from "./fuzz_worker.ts";
import type { Seed } from "./target.ts";

/** An input at which nothing goes on for so long hangs, in milliseconds. */
const HANGING = 30_000;

/** How often it is looked. */
const LOOK_EVERY = 1000;

/** How much larger the process may become by a slice, rubbish that is not collected yet included. */
const GROWTH = 1024 * 1024 * 1024;

/** What came of a slice. */
export interface SliceResult {
  readonly progress: Progress;
  readonly findings: readonly Finding[];
  /** Inputs that led to something new. */
  readonly kept: readonly Seed[];
  /** The largest that the process was seen to be, in bytes. */
  readonly memory: number;
}

/**
 * Fuzzes a target for a while.
 *
 * @param job What, and for how long.
 * @param signal Ends it; what was done until then is the result.
 * @param onFinding Is told at once.
 * @returns What came of it.
 */
export async function runSlice(
  job: Omit<FuzzJob, "shared">,
  signal: AbortSignal,
  onFinding: (finding: Finding) => void,
): Promise<SliceResult> {
  const shared = new SharedArrayBuffer(SHARED_LENGTH);
  const worker = new Worker(new URL("./fuzz_worker.ts", import.meta.url), { type: "module" });
  const findings: Finding[] = [];
  let progress: Progress = { executions: 0, behaviours: 0 };
  let kept: readonly Seed[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const found = (finding: Finding): void => {
    // An interrupt from the keyboard goes to the processes of targets too.
    if (signal.aborted) return;
    findings.push(finding);
    onFinding(finding);
  };
  const blame = (fault: string, detail: string): void => {
    found({ target: job.target, fault, detail, input: readInput(shared) });
    resolve();
  };
  worker.onmessage = ({ data }: MessageEvent<FuzzMessage>) => {
    if (data.type === "finding") return found(data.finding);
    progress = data.progress;
    if (data.type !== "done") return;
    kept = data.kept;
    resolve();
  };
  worker.onerror = (event) => {
    event.preventDefault();
    blame("nothing goes uncaught", event.message);
  };
  let [last, since] = [-1, performance.now()];
  const before = Deno.memoryUsage().rss;
  let memory = before;
  const watch = setInterval(() => {
    memory = Math.max(memory, Deno.memoryUsage().rss);
    if (memory > before + GROWTH) blame("memory is bounded", `${before}, then ${memory} bytes`);
    const number = inputNumber(shared);
    if (number !== last) [last, since] = [number, performance.now()];
    else if (performance.now() - since > HANGING) {
      blame("an input comes to an end", `nothing went on for ${HANGING / 1000} s`);
    }
  }, LOOK_EVERY);
  // A target may have a process of its own, which it ends when it is told.
  const onAbort = (): void => stop(shared);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    worker.postMessage({ ...job, shared });
    await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearInterval(watch);
    worker.terminate();
  }
  return { progress, findings, kept, memory };
}
