/**
 * What a cell of the table is: something that is done, and those who do it.
 *
 * @module
 */

import type { ContestantKind, Result, Sample, Target } from "./statistics.ts";

/** Somebody who does what is measured in a cell. */
export interface Contestant {
  readonly name: string;
  readonly kind: ContestantKind;
  /** Starts what is not measured: servers, archives. */
  open(): Promise<Standing>;
}

/** A contestant that has been started. */
export interface Standing extends AsyncDisposable {
  /** Does it once, and makes sure that all of it was done. */
  round(): Promise<Sample>;
}

/** Something that is done. */
export interface Cell {
  /** Such as `receive-ct`: what `--only` chooses by. */
  readonly name: string;
  /** What is done, in words. */
  readonly title: string;
  readonly target?: Target | undefined;
  /** Why it cannot be measured here. */
  readonly skipped?: string | undefined;
  /** Who does it; the data are made now, if they are not there yet. */
  plan(): Plan;
}

/** Who does what is measured in a cell. */
export interface Plan {
  /** What a rate is of, and how much of it a round has. */
  readonly work?: Work;
  readonly contestants: readonly Contestant[];
}

/** So much of something. */
export interface Work {
  readonly amount: number;
  readonly unit: string;
}

/** A cell that has been measured. */
export interface CellResult {
  readonly cell: Cell;
  readonly work?: Work | undefined;
  readonly results: readonly Result[];
}

/** Who needs longer for a round is measured once: the medians are about others. */
const SLOW = 15;

/**
 * Measures a cell: all contestants in turn, one warm-up and so many rounds.
 *
 * @param cell The cell.
 * @param rounds How many rounds count.
 * @param tell Told what is under way.
 * @returns The rounds of each; one that fails has no more rounds, and its reason.
 */
export async function measureCell(
  cell: Cell,
  rounds: number,
  tell: (line: string) => void,
): Promise<CellResult> {
  if (cell.skipped !== undefined) return { cell, results: [] };
  const { work, contestants } = cell.plan();
  const entries = contestants.map((contestant) => ({
    contestant,
    standing: undefined as Standing | undefined,
    samples: [] as Sample[],
    isSlow: false,
    failure: undefined as string | undefined,
  }));
  const attempt = async (
    entry: typeof entries[number],
    what: () => Promise<void>,
  ): Promise<void> => {
    try {
      await what();
    } catch (error) {
      entry.failure = error instanceof Error ? error.message : String(error);
      tell(`${cell.name}: ${entry.contestant.name} failed: ${entry.failure}`);
    }
  };
  try {
    for (const entry of entries) {
      await attempt(entry, async () => void (entry.standing = await entry.contestant.open()));
    }
    for (let round = 0; round <= rounds; round++) {
      for (const entry of entries) {
        if (entry.failure !== undefined || entry.isSlow) continue;
        await attempt(entry, async () => {
          const sample = await entry.standing?.round();
          if (sample === undefined) return;
          entry.isSlow = sample.seconds > SLOW && entry.contestant.kind !== "ours";
          if (round > 0 || entry.isSlow) entry.samples.push(sample);
          const number = round === 0 ? "warm-up" : `${round}/${rounds}`;
          tell(`${cell.name} ${number} ${entry.contestant.name}: ${sample.seconds.toFixed(3)} s`);
        });
      }
    }
  } finally {
    for (const { standing } of entries) await standing?.[Symbol.asyncDispose]();
  }
  return {
    cell,
    work,
    results: entries.map(({ contestant: { name, kind }, samples, failure }) => ({
      name,
      kind,
      samples: failure === undefined ? samples : [],
      ...(failure === undefined ? {} : { failure }),
    })),
  };
}
