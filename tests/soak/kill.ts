/**
 * Kills our tools at random moments, hundreds of times, and sees to it that nothing is lost that was
 * acknowledged: `deno task kill --rounds 300`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Random, seedFor } from "../fuzz/random.ts";
import type { RoundReport } from "./kill_round.ts";
import { KILL_ROUNDS, type KillRound } from "./kill_rounds.ts";

const HELP = `Usage: deno task kill [options]

Kills our tools with SIGKILL at random moments while instances are sent and retrieved, starts them
again, and compares what is there with what was acknowledged. Exit code 1 if anything is wrong.

  --rounds N     how many kills (default: 200)
  --seed S       what decides on the moments (default: from the time)
  --only REGEXP  only the kinds of rounds whose names match
  --list         print the kinds of rounds and exit
`;

/** After so many rounds it tells how far it has come. */
const TOLD_EVERY = 50;

/** The sums of one kind of rounds. */
interface Sum {
  rounds: number;
  /** Rounds in which the kill came between the first acknowledgement and the last. */
  midway: number;
  acknowledged: number;
  parts: number;
}

/**
 * Runs one round in a directory of its own.
 *
 * @param round Which.
 * @param seed What decides on its moments.
 * @returns What it found.
 * @throws {Error} When something is lost, broken or left behind.
 */
export async function runRound(round: KillRound, seed: number): Promise<RoundReport> {
  const directory = await Deno.makeTempDir({ prefix: "dimse_kill_" });
  try {
    return await round.run({ directory, random: new Random(seedFor(seed, round.name)) });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What is asked of the task. */
interface KillOptions {
  readonly kinds: readonly KillRound[];
  readonly rounds: number;
  readonly seed: number;
  readonly list: boolean;
  readonly help: boolean;
}

/**
 * Reads the command line.
 *
 * @param args The arguments.
 * @returns What is asked.
 * @throws {TypeError} When that cannot be done.
 */
export function killOptions(args: string[]): KillOptions {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "200" },
      seed: { type: "string", default: `${Date.now() % 1_000_000}` },
      only: { type: "string", default: "" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { only, list, help } = values;
  const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
  if (!(rounds > 0)) throw new TypeError(`Cannot use --rounds ${values.rounds}: it is above 0`);
  if (!Number.isInteger(seed)) {
    throw new TypeError(`Cannot use --seed ${values.seed}: it is a whole number`);
  }
  const kinds = KILL_ROUNDS.filter(({ name }) => regularExpression(only).test(name));
  if (kinds.length === 0) {
    throw new TypeError(`Cannot use --only ${only}: no kind of rounds has such a name; see --list`);
  }
  return { kinds, rounds, seed, list, help };
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new TypeError(`Cannot use --only ${text}: it is no regular expression`, { cause: error });
  }
}

async function kill({ kinds, rounds, seed, list, help }: KillOptions): Promise<number> {
  if (help) return print(HELP);
  if (list) return print(kinds.map(({ name }) => `${name}\n`).join(""));
  print(`${rounds} rounds, seed ${seed}\n`);
  const since = performance.now();
  const sums = new Map<string, Sum>(
    kinds.map(({ name }) => [name, { rounds: 0, midway: 0, acknowledged: 0, parts: 0 }]),
  );
  let failures = 0;
  for (let round = 0; round < rounds; round++) {
    const kind = kinds[round % kinds.length];
    const sum = kind && sums.get(kind.name);
    if (kind === undefined || sum === undefined) continue;
    sum.rounds += 1;
    try {
      const { acknowledged, instances, parts } = await runRound(kind, seed + round);
      sum.midway += acknowledged > 0 && acknowledged < instances ? 1 : 0;
      sum.acknowledged += acknowledged;
      sum.parts += parts;
    } catch (error) {
      failures += 1;
      const message = error instanceof Error ? error.message : String(error);
      print(`--only '^${kind.name}$' --seed ${seed + round} --rounds 1: ${message}\n`);
    }
    if ((round + 1) % TOLD_EVERY === 0) print(`${round + 1} rounds, ${failures} failed\n`);
  }
  print(table(sums));
  const seconds = Math.round((performance.now() - since) / 1000);
  print(`\n${rounds} rounds in ${seconds} s, ${failures} failed\n`);
  return failures === 0 ? 0 : 1;
}

function table(sums: ReadonlyMap<string, Sum>): string {
  const all = { rounds: 0, midway: 0, acknowledged: 0, parts: 0 };
  const lines = ["| killed while | rounds | in the middle | acknowledged before | parts left |"];
  lines.push("| --- | --: | --: | --: | --: |");
  const row = (name: string, { rounds, midway, acknowledged, parts }: Sum): void => {
    lines.push(`| ${name} | ${rounds} | ${midway} | ${acknowledged} | ${parts} |`);
  };
  for (const [name, sum] of sums) {
    row(name, sum);
    all.rounds += sum.rounds;
    all.midway += sum.midway;
    all.acknowledged += sum.acknowledged;
    all.parts += sum.parts;
  }
  row("all", all);
  return `${lines.join("\n")}\n`;
}

function print(text: string, to: { writeSync(bytes: Uint8Array): number } = Deno.stdout): number {
  to.writeSync(new TextEncoder().encode(text));
  return 0;
}

/** A wrong command line is told in a sentence. */
function optionsOrExit(args: string[]): KillOptions {
  try {
    return killOptions(args);
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n`, Deno.stderr);
    Deno.exit(2);
  }
}

if (import.meta.main) Deno.exit(await kill(optionsOrExit(Deno.args)));
