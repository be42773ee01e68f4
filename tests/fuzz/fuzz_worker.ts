/**
 * A thread that fuzzes, so that another can see to it that it ends.
 *
 * @module
 */

import { type Finding, fuzz, type Progress, weighed } from "./fuzzer.ts";
import type { FuzzCase, Seed } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** What is to be fuzzed. */
export interface FuzzJob {
  readonly target: string;
  readonly seeds: readonly Seed[];
  readonly seed: number;
  readonly milliseconds: number;
  /** Whether memory is counted, which makes it slower. */
  readonly isWeighed: boolean;
  /** Where the input that is run is written before: see {@linkcode readInput}. */
  readonly shared: SharedArrayBuffer;
}

/** What the thread tells. */
export type FuzzMessage =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "finding"; readonly finding: Finding }
  | { readonly type: "done"; readonly progress: Progress; readonly kept: readonly Seed[] };

/** Number of the input, its length, its control, whether to stop; then the transfer syntax, the bytes. */
const HEADER = 16;
const STOP = 12;
const VARIANT = 64;

/** How large what is shared has to be. */
export const SHARED_LENGTH: number = 128 * 1024;

/** The number of the input that is run. */
export function inputNumber(shared: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(shared, 0, 1), 0);
}

/** Tells the thread to end, as soon as the input that is run has. */
export function stop(shared: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(shared, STOP, 1), 0, 1);
}

/** The input that is run. */
export function readInput(shared: SharedArrayBuffer): FuzzCase {
  const [, length = 0, control = 0] = new Uint32Array(shared, 0, 3);
  const text = new Uint8Array(shared, HEADER, VARIANT).slice();
  return {
    bytes: new Uint8Array(shared, HEADER + VARIANT, length).slice(),
    control,
    variant: new TextDecoder().decode(text).replace(/\0+$/, ""),
  };
}

function writeInput(shared: SharedArrayBuffer, { bytes, control, variant }: FuzzCase): void {
  const numbers = new Uint32Array(shared, 0, 3);
  numbers[1] = bytes.length;
  numbers[2] = control;
  const text = new Uint8Array(shared, HEADER, VARIANT).fill(0);
  for (let at = 0; at < Math.min(variant.length, VARIANT); at++) text[at] = variant.charCodeAt(at);
  new Uint8Array(shared, HEADER + VARIANT).set(bytes);
  Atomics.add(new Int32Array(shared, 0, 1), 0, 1);
}

async function work(job: FuzzJob, tell: (message: FuzzMessage) => void): Promise<void> {
  const found = TARGETS.find(({ name }) => name === job.target);
  if (found === undefined) throw new TypeError(`There is no target ${job.target}`);
  const { kept, ...progress } = await fuzz({
    target: job.isWeighed ? weighed(found) : found,
    seeds: job.seeds,
    seed: job.seed,
    deadline: performance.now() + job.milliseconds,
    isStopped: () => Atomics.load(new Int32Array(job.shared, STOP, 1), 0) !== 0,
    onInput: (input) => writeInput(job.shared, input),
    onProgress: (told) => tell({ type: "progress", progress: told }),
    onFinding: (finding) => tell({ type: "finding", finding }),
  });
  tell({ type: "done", progress, kept });
}

/** The part of a worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<FuzzJob>) => void) | null;
  postMessage(message: FuzzMessage): void;
}

function isWorker(scope: object): scope is WorkerScope {
  return "WorkerGlobalScope" in scope && "postMessage" in scope;
}

const scope: object = globalThis;
if (isWorker(scope)) {
  scope.onmessage = ({ data }) => void work(data, (message) => scope.postMessage(message));
}
