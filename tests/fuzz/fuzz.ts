/**
 * Fuzzing of everything that takes bytes from outside.
 *
 * Run it with `deno task fuzz`; `deno task fuzz --help` tells its options.
 *
 * @module
 */

import { realFiles } from "../support/real_files.ts";
import { whyMissing } from "../support/peer_programs.ts";
import { builtInCorpus, certificateCorpus, directorySeeds, fileSeeds } from "./corpus.ts";
import { readFinding, writeFinding } from "./finding_file.ts";
import { faultWith, type Finding, type Progress } from "./fuzzer.ts";
import { type FuzzTaskOptions, fuzzTaskOptions, HELP } from "./options.ts";
import { seedFor } from "./random.ts";
import { runSlice } from "./slice.ts";
import type { Seed } from "./target.ts";
import { TARGETS } from "./targets.ts";
import { recordTraffic } from "./traffic.ts";

/** A target is given so long at a time, in seconds, so that a short run reaches all of them. */
const LONGEST_SLICE = 15;

/** Of the passes over all targets, one in so many counts memory. */
const WEIGHED_PASS = 4;

/** Of what led to something new in one pass, at most so many are seeds of the next ones. */
const MOST_KEPT = 2000;

/** What was done with one target. */
interface Total {
  executions: number;
  behaviours: number;
  milliseconds: number;
  findings: number;
}

async function corpus({ isReal, corpus: directory }: FuzzTaskOptions): Promise<Seed[]> {
  const seeds = [...builtInCorpus(), ...certificateCorpus()];
  if (directory !== undefined) seeds.push(...directorySeeds(directory));
  if (!isReal) return seeds;
  if (whyMissing("pydicom") === undefined) {
    await using real = await realFiles();
    for (const { name, path } of real.files) {
      seeds.push(...fileSeeds(name, await Deno.readFile(path)));
    }
  }
  seeds.push(...await recordTraffic());
  return seeds;
}

async function run(options: FuzzTaskOptions): Promise<number> {
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  Deno.addSignalListener("SIGINT", interrupted);
  const begun = performance.now();
  const end = begun + options.minutes * 60_000;
  const seeds = await corpus(options);
  write(`seed ${options.seed}, ${seeds.length} seeds of the corpus\n`);
  const targets = TARGETS.filter(({ name }) => options.target.test(name));
  if (targets.length === 0) throw new TypeError("Cannot fuzz: no target has such a name");
  const passes = Math.max(
    1,
    Math.round((end - performance.now()) / 1000 / targets.length / LONGEST_SLICE),
  );
  const totals = new Map(targets.map(({ name }): [string, Total] => [
    name,
    { executions: 0, behaviours: 0, milliseconds: 0, findings: 0 },
  ]));
  const kept = new Map<string, readonly Seed[]>();
  let findings = 0;
  let memory = 0;
  const seen = new Set<string>();
  const found = (finding: Finding): void => {
    const key = `${finding.target} ${finding.fault}`;
    if (seen.has(key)) return;
    seen.add(key);
    findings += 1;
    const path = writeFinding(options.findings, finding, options.seed);
    write(`FOUND in ${finding.target}: ${finding.fault} (${path})\n`);
  };
  for (let pass = 0; pass < passes; pass++) {
    for (const [at, { name, kinds }] of targets.entries()) {
      if (stop.signal.aborted) break;
      const left = (passes - pass) * targets.length - at;
      const milliseconds = Math.max(250, (end - performance.now()) / left);
      const since = performance.now();
      const slice = await runSlice(
        {
          target: name,
          seeds: [...seeds.filter(({ kind }) => kinds.includes(kind)), ...kept.get(name) ?? []],
          seed: seedFor(options.seed, `${name} ${pass}`),
          milliseconds,
          isWeighed: pass % WEIGHED_PASS === WEIGHED_PASS - 1,
        },
        stop.signal,
        found,
      );
      kept.set(name, [...slice.kept, ...kept.get(name) ?? []].slice(0, MOST_KEPT));
      memory = Math.max(memory, slice.memory);
      add(totals.get(name), slice.progress, performance.now() - since, slice.findings.length);
    }
  }
  Deno.removeSignalListener("SIGINT", interrupted);
  write(table(totals));
  const executions = [...totals.values()].reduce((sum, total) => sum + total.executions, 0);
  const seconds = Math.round((performance.now() - begun) / 1000);
  write(
    `${executions} executions in ${seconds} s with the seed ${options.seed}; ` +
      `at most ${Math.round(memory / 1e6)} MB of memory\n`,
  );
  return findings === 0 ? 0 : 1;
}

function add(
  total: Total | undefined,
  progress: Progress,
  milliseconds: number,
  findings: number,
): void {
  if (total === undefined) return;
  total.executions += progress.executions;
  total.behaviours = Math.max(total.behaviours, progress.behaviours);
  total.milliseconds += milliseconds;
  total.findings += findings;
}

function table(totals: ReadonlyMap<string, Total>): string {
  const lines = [...totals].map(([name, { executions, behaviours, milliseconds, findings }]) =>
    [
      name.padEnd(16),
      `${executions}`.padStart(12),
      `${Math.round(executions / Math.max(1, milliseconds) * 1000)}`.padStart(10),
      `${behaviours}`.padStart(11),
      `${findings}`.padStart(9),
    ].join("")
  );
  return [
    `${"target".padEnd(16)}${"executions".padStart(12)}${"a second".padStart(10)}` +
    `${"behaviours".padStart(11)}${"findings".padStart(9)}`,
    ...lines,
    "",
  ].join("\n");
}

async function replay(path: string): Promise<number> {
  const { target: name, input } = readFinding(await Deno.readTextFile(path));
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new TypeError(`Cannot run ${path}: there is no target ${name}`);
  const runner = await target.open();
  const fault = await faultWith(runner, input);
  await runner.close?.();
  write(`${name}: ${fault ?? "all is well"}\n`);
  return fault === undefined ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  let options: FuzzTaskOptions;
  try {
    options = fuzzTaskOptions(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    write(`${error.message}\n`);
    return 2;
  }
  if (options.isHelp) return write(HELP);
  if (options.isList) return write(TARGETS.map(({ name }) => `${name}\n`).join(""));
  return options.replay === undefined ? await run(options) : await replay(options.replay);
}

function write(text: string): number {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
