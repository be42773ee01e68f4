/**
 * What becomes of the rounds of a cell: medians, ratios, and whether a target is met.
 *
 * @module
 */

/** What one round took. */
export interface Sample {
  /** By the clock on the wall. */
  readonly seconds: number;
  /** User and system time of the processes measured; absent where it makes no sense. */
  readonly cpu?: number | undefined;
  /** The most memory that one of those processes ever had, in MB. */
  readonly peak?: number | undefined;
}

/** The rounds of a contestant in a cell. */
export interface Result {
  /** Whose tool. */
  readonly name: string;
  /** What the ratios of the table are between. */
  readonly kind: ContestantKind;
  /** The rounds that count. */
  readonly samples: readonly Sample[];
  /** Why there are none, or fewer than there should be. */
  readonly failure?: string;
}

/** Ours, a reference, or another peer; `variant` is ours with another setting, beside the row that counts. */
export type ContestantKind = "ours" | "variant" | "tuned" | "plain" | "peer" | "bare";

/** The most that a ratio may be. */
export interface Target {
  /** Of ours to DCMTK tuned. */
  readonly tuned?: number;
  /** Of ours to the best other peer. */
  readonly peer?: number;
  /** Of ours to pynetdicom, where it alone is named. */
  readonly pynetdicom?: number;
  /** In milliseconds, of ours. */
  readonly milliseconds?: number;
  /** In MB, of ours. */
  readonly megabytes?: number;
  /** The least share of what a bare read-and-write loop reaches, in rate. */
  readonly bareShare?: number;
}

/** A target, and what it was compared with. */
export interface Verdict {
  /** What is compared, such as `ours / DCMTK tuned`. */
  readonly what: string;
  /** What was measured; `undefined` where there is nothing to compare with. */
  readonly measured: number | undefined;
  /** What it may be. */
  readonly limit: number;
  /** Whether that is the most or the least. */
  readonly bound: "at most" | "at least";
  /** Whether it is met; `undefined` where nothing was measured. */
  readonly isMet: boolean | undefined;
}

/** The ratios of a cell. */
export interface Ratios {
  readonly tuned?: number | undefined;
  readonly plain?: number | undefined;
  readonly peer?: number | undefined;
  /** The peer of the ratio before. */
  readonly bestPeer?: string | undefined;
}

/**
 * The middle of some numbers; of two in the middle, what is between them.
 *
 * @param numbers The numbers.
 * @returns The median; `undefined` of none.
 */
export function median(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (sorted.length % 2 === 1 || upper === undefined) return upper;
  return ((sorted[half - 1] ?? upper) + upper) / 2;
}

/**
 * The median of each measure; of the memory, the largest of all rounds.
 *
 * @param samples The rounds.
 * @returns What stands in the table; `undefined` without rounds.
 */
export function summary(samples: readonly Sample[]): Sample | undefined {
  const seconds = median(samples.map((sample) => sample.seconds));
  if (seconds === undefined) return undefined;
  const peaks = samples.flatMap(({ peak }) => peak ?? []);
  return {
    seconds,
    cpu: median(samples.flatMap(({ cpu }) => cpu ?? [])),
    peak: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

/**
 * The ratios of our median to those of the others.
 *
 * @param results All contestants of a cell.
 * @returns The ratios; those with nothing to compare are absent.
 */
export function ratios(results: readonly Result[]): Ratios {
  const ours = secondsOf(results.find(({ kind }) => kind === "ours"));
  const [best] = results.filter(({ kind, samples }) => kind === "peer" && samples.length > 0)
    .toSorted((a, b) => (secondsOf(a) ?? Infinity) - (secondsOf(b) ?? Infinity));
  const to = (other: Result | undefined): number | undefined => {
    const theirs = secondsOf(other);
    return ours === undefined || theirs === undefined ? undefined : ours / theirs;
  };
  return {
    tuned: to(results.find(({ kind }) => kind === "tuned")),
    plain: to(results.find(({ kind }) => kind === "plain")),
    peer: to(best),
    bestPeer: best?.name,
  };
}

/**
 * Whether the targets of a cell are met.
 *
 * @param results All contestants of the cell.
 * @param target Its targets.
 * @returns A verdict for each.
 */
export function verdicts(results: readonly Result[], target: Target): Verdict[] {
  const { tuned, peer, bestPeer } = ratios(results);
  const ours = summary(results.find(({ kind }) => kind === "ours")?.samples ?? []);
  const bare = secondsOf(results.find(({ kind }) => kind === "bare"));
  const list: Verdict[] = [];
  const add = (
    what: string,
    measured: number | undefined,
    bound: Verdict["bound"],
    limit: number | undefined,
  ): void => {
    if (limit === undefined) return;
    const isMet = measured === undefined
      ? undefined
      : bound === "at most"
      ? measured <= limit
      : measured >= limit;
    list.push({ what, measured, limit, bound, isMet });
  };
  add("ours / DCMTK tuned", tuned, "at most", target.tuned);
  add(`ours / best other peer${bestPeer ? ` (${bestPeer})` : ""}`, peer, "at most", target.peer);
  const python = secondsOf(results.find(({ name }) => name === "pynetdicom"));
  const toPython = ours === undefined || python === undefined ? undefined : ours.seconds / python;
  add("ours / pynetdicom", toPython, "at most", target.pynetdicom);
  add("ours, ms", ours && ours.seconds * 1000, "at most", target.milliseconds);
  add("peak memory of ours, MB", ours?.peak, "at most", target.megabytes);
  const share = bare === undefined || ours === undefined ? undefined : bare / ours.seconds;
  add("share of the bare loop's rate", share, "at least", target.bareShare);
  return list;
}

function secondsOf(result: Result | undefined): number | undefined {
  return result === undefined ? undefined : summary(result.samples)?.seconds;
}
