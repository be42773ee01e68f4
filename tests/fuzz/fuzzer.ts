/**
 * Fuzzes one target for a while: makes inputs, gives them to it, and keeps those that led to something
 * new to make others of.
 *
 * @module
 */

import {
  EXPLICIT_VR_LITTLE_ENDIAN,
  UNCOMPRESSED_TRANSFER_SYNTAXES,
} from "../../lib/transfer_syntax.ts";
import { AllocationCount } from "./allocations.ts";
import { minimize } from "./minimize.ts";
import { mutate } from "./mutator.ts";
import { Random } from "./random.ts";
import {
  FREE_ALLOCATION,
  type FuzzCase,
  type Runner,
  type Seed,
  type Target,
  Violation,
} from "./target.ts";

/** No input may take longer, in milliseconds. */
export const TIME_LIMIT = 1000;

/** How long a finding is made smaller. */
const MINIMIZING = 10_000;

/** Inputs that led to something new are kept up to so many; then one gives way. */
const KEPT = 4000;

/** After so many executions it is looked whether all is well. */
const CHECK_EVERY = 500;

/** After so many executions, or so many milliseconds, it is told how far it is. */
const TELL_AFTER = 250;

/** Different findings of one target in one run; more would be the same ones. */
const MOST_FINDINGS = 12;

/** Something that may not be. */
export interface Finding {
  readonly target: string;
  /** What is wrong, the same for all inputs that find it. */
  readonly fault: string;
  /** The error's words and stack. */
  readonly detail: string;
  readonly input: FuzzCase;
}

/** What was done. */
export interface Progress {
  readonly executions: number;
  /** How many different behaviours were seen. */
  readonly behaviours: number;
}

/** What came of fuzzing. */
export interface FuzzResult extends Progress {
  /** Inputs that led to something new: seeds for another time. */
  readonly kept: readonly Seed[];
}

/** How to fuzz. */
export interface FuzzOptions {
  readonly target: Target;
  readonly seeds: readonly Seed[];
  readonly seed: number;
  /** When to end, by `performance.now()`. */
  readonly deadline: number;
  /** End after so many executions all the same. */
  readonly executions?: number;
  /** Whether to end before that. */
  readonly isStopped?: () => boolean;
  /** Is shown each input before it is run. */
  readonly onInput?: (input: FuzzCase) => void;
  /** Is told now and then. */
  readonly onProgress?: (progress: Progress) => void;
  /** Is told at once of a finding, minimized. */
  readonly onFinding: (finding: Finding) => void;
}

/**
 * Fuzzes a target: first with its seeds as they are, then with what is made of them.
 *
 * @param options How.
 * @returns What was done.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const fuzzer = new Fuzzer(options);
  return await fuzzer.fuzz();
}

class Fuzzer {
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #pool: { readonly bytes: Uint8Array; readonly variant: string }[];
  readonly #seeds: number;
  readonly #behaviours = new Set<string>();
  readonly #faults = new Set<string>();
  #executions = 0;
  #told = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    const { kinds, maximumLength } = options.target;
    this.#pool = options.seeds
      .filter(({ kind, bytes }) => kinds.includes(kind) && bytes.length <= maximumLength)
      .map(({ bytes, variant = EXPLICIT_VR_LITTLE_ENDIAN }) => ({ bytes, variant }));
    this.#seeds = this.#pool.length;
  }

  async fuzz(): Promise<FuzzResult> {
    const { target, deadline, executions = Infinity, isStopped } = this.#options;
    const runner = await target.open();
    try {
      while (
        this.#executions < executions && this.#faults.size < MOST_FINDINGS && this.#seeds > 0 &&
        (this.#executions === 0 || performance.now() < deadline) && !isStopped?.()
      ) {
        await this.#one(runner);
      }
      await this.#guarded(() => runner.check?.());
    } finally {
      await this.#guarded(() => runner.close?.());
    }
    this.#options.onProgress?.(this.#progress());
    const [kind = "text"] = target.kinds;
    const kept = this.#pool.slice(this.#seeds).map((input) => ({ kind, name: "kept", ...input }));
    return { ...this.#progress(), kept };
  }

  async #one(runner: Runner): Promise<void> {
    const input = this.#next();
    this.#options.onInput?.(input);
    const begun = performance.now();
    try {
      const result = runner.run(input);
      // Whoever does not wait is not made to: it would cost more than what is fuzzed.
      const behaviour = typeof result === "string" ? result : await result;
      if (!this.#behaviours.has(behaviour)) this.#keep(behaviour, input);
      const taken = performance.now() - begun;
      if (taken > TIME_LIMIT && await isSlow(runner, input)) {
        throw new Violation("an input takes no longer than a second", {
          cause: `${Math.round(taken)} ms`,
        });
      }
    } catch (error) {
      await this.#found(runner, input, error);
    }
    this.#executions += 1;
    // The clock is asked for each input, so it is not asked twice.
    if (begun - this.#told > TELL_AFTER) {
      this.#told = begun;
      this.#options.onProgress?.(this.#progress());
    }
    if (this.#executions % CHECK_EVERY === 0 && runner.check !== undefined) {
      await this.#guarded(() => runner.check?.());
    }
  }

  /** What was found when no input alone is to blame: the last ones are. */
  async #guarded(action: () => Promise<void> | undefined): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#tell(faultOf(error), error, { bytes: new Uint8Array(0), control: 0, variant: "" });
    }
  }

  #next(): FuzzCase {
    const random = this.#random;
    const seed = this.#executions < this.#seeds ? this.#pool[this.#executions] : undefined;
    if (seed !== undefined) return { ...seed, control: random.uint32() };
    // What was found to lead to something new, late, is picked more often.
    const from = this.#pool[
      random.oneIn(2) ? random.below(this.#pool.length) : Math.max(
        0,
        this.#pool.length - 1 - random.below(64),
      )
    ];
    const { bytes, variant } = from ?? { bytes: new Uint8Array(0), variant: "" };
    const donor = random.pick(this.#pool).bytes;
    return {
      bytes: mutate(bytes, random, donor, this.#options.target.maximumLength),
      control: random.uint32(),
      variant: random.oneIn(16) ? random.pick(UNCOMPRESSED_TRANSFER_SYNTAXES) : variant,
    };
  }

  #keep(behaviour: string, input: FuzzCase): void {
    this.#behaviours.add(behaviour);
    const kept = { bytes: input.bytes.slice(), variant: input.variant };
    if (this.#pool.length < KEPT) this.#pool.push(kept);
    else this.#pool[this.#seeds + this.#random.below(KEPT - this.#seeds)] = kept;
  }

  async #found(runner: Runner, input: FuzzCase, error: unknown): Promise<void> {
    const fault = faultOf(error);
    if (this.#faults.has(fault)) return;
    const bytes = await minimize(
      input.bytes,
      async (shorter) => await faultWith(runner, { ...input, bytes: shorter }) === fault,
      performance.now() + MINIMIZING,
    );
    this.#tell(fault, error, { ...input, bytes });
  }

  #tell(fault: string, error: unknown, input: FuzzCase): void {
    if (this.#faults.has(fault)) return;
    this.#faults.add(fault);
    const target = this.#options.target.name;
    this.#options.onFinding({ target, fault, detail: detailOf(error), input });
  }

  #progress(): Progress {
    return { executions: this.#executions, behaviours: this.#behaviours.size };
  }
}

/** Tried again, since whoever else works on the machine may have been why. */
async function isSlow(runner: Runner, input: FuzzCase): Promise<boolean> {
  for (let turn = 0; turn < 3; turn++) {
    const begun = performance.now();
    await runner.run(input);
    if (performance.now() - begun <= TIME_LIMIT) return false;
  }
  return true;
}

/**
 * Runs an input.
 *
 * @param runner The target.
 * @param input The input.
 * @returns What is wrong; `undefined` when all is well.
 */
export async function faultWith(runner: Runner, input: FuzzCase): Promise<string | undefined> {
  const begun = performance.now();
  try {
    await runner.run(input);
  } catch (error) {
    return faultOf(error);
  }
  return performance.now() - begun > TIME_LIMIT
    ? "Violation: an input takes no longer than a second"
    : undefined;
}

/** What is wrong, without what is of one input alone. */
function faultOf(error: unknown): string {
  if (error instanceof Violation) return `Violation: ${error.message}`;
  if (!(error instanceof Error)) return `${error}`;
  const place = /\/(lib|plugins|cli)\/[^)\s]*/.exec(error.stack ?? "")?.[0];
  return `${error.name} at ${place ?? error.message}`;
}

function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return `${error}`;
  const cause = error.cause === undefined ? "" : `\n${error.cause}`;
  return `${error.stack ?? error.message}${cause}`;
}

/**
 * A target that counts how much memory for bytes each input takes, and finds it when it is too much.
 *
 * @param target A target that waits for nothing.
 * @returns One that is slower.
 */
export function weighed(target: Target): Target {
  const { allocationFactor, freeAllocation = FREE_ALLOCATION } = target;
  if (allocationFactor === undefined) return target;
  return {
    ...target,
    open: async () => {
      const runner = await target.open();
      return {
        ...runner,
        run: async (input) => {
          using count = new AllocationCount();
          const behaviour = await runner.run(input);
          const most = allocationFactor * input.bytes.length + freeAllocation;
          if (count.bytes > most) {
            throw new Violation("an input takes no more memory than a multiple of its length", {
              cause: `${count.bytes} bytes for ${input.bytes.length}`,
            });
          }
          return behaviour;
        },
      };
    },
  };
}
