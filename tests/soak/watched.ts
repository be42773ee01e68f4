/**
 * What a process has, time and again: memory, descriptors, threads, files in the making.
 *
 * @module
 */

import type { Books } from "./books.ts";

/** What a process had at a moment. */
export interface Sample {
  /** Seconds since the start. */
  readonly at: number;
  /** Resident set, in MB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Files in the making, in the directory that it stores to. */
  readonly parts: number;
}

/** Takes the samples of a process. */
export class Watched {
  readonly name: string;
  readonly #pid: number;
  readonly #directory: string | undefined;
  readonly #samples: Sample[] = [];

  /**
   * Watches a process.
   *
   * @param name What it is called in the table.
   * @param pid Its id.
   * @param directory Where it stores, if it does.
   */
  constructor(name: string, pid: number, directory?: string) {
    this.name = name;
    this.#pid = pid;
    this.#directory = directory;
  }

  /** The samples so far. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Takes a sample. */
  sample(at: number): Sample {
    const status = Deno.readTextFileSync(`/proc/${this.#pid}/status`);
    const numberOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
    const sample = {
      at,
      memory: numberOf("VmRSS") / 1024,
      descriptors: [...Deno.readDirSync(`/proc/${this.#pid}/fd`)].length,
      threads: numberOf("Threads"),
      parts: this.#parts(),
    };
    this.#samples.push(sample);
    return sample;
  }

  #parts(): number {
    if (this.#directory === undefined) return 0;
    // They are all at the top.
    return [...Deno.readDirSync(this.#directory)].filter(({ name }) => name.endsWith(".part"))
      .length;
  }
}

/** A figure in the thirds of the time. */
export interface Thirds {
  readonly first: number;
  readonly second: number;
  readonly last: number;
}

/**
 * The medians of the memory in the thirds of the time.
 *
 * @param samples In their order.
 * @returns The medians, in MB.
 */
export function memoryInThirds(samples: readonly Sample[]): Thirds {
  const third = samples.length / 3;
  const of = (from: number, to: number): number =>
    median(
      samples.slice(Math.round(from * third), Math.round(to * third))
        .map(({ memory }) => memory),
    );
  return { first: of(0, 1), second: of(1, 2), last: of(2, 3) };
}

/**
 * Sees to it that memory was flat: the last third is not far above the second.
 *
 * @param name Of the process.
 * @param thirds Of its memory.
 * @param books Where it is entered when it is not.
 */
export function judgeMemory(name: string, { second, last }: Thirds, books: Books): void {
  const bound = Math.max(second * GROWTH, second + SLACK);
  if (!(last <= bound)) {
    books.violation(`${name}: memory grew from ${second.toFixed()} MB to ${last.toFixed()} MB`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A collector of garbage takes its time: so much more is no growth. */
const GROWTH = 1.15;
/** In MB. */
const SLACK = 20;
