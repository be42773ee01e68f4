/**
 * The results as Markdown, and as one document for machines.
 *
 * @module
 */

import type { CellResult } from "./cell.ts";
import type { Machine } from "./machine.ts";
import { ratios, type Result, summary, type Verdict, verdicts } from "./statistics.ts";

/** What a run of the benchmark found. */
export interface Report {
  readonly machine: Machine;
  /** Toolkits and their versions. */
  readonly toolkits: Readonly<Record<string, string>>;
  /** What was not there. */
  readonly missing: readonly string[];
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly cells: readonly CellResult[];
}

/**
 * The tables.
 *
 * @param report What was found.
 * @returns Markdown.
 */
export function markdown(report: Report): string {
  const { machine, cells } = report;
  const tools = Object.entries(report.toolkits).map(([name, version]) => `${name} ${version}`);
  const lines = [
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory} GB; ${machine.kernel}; ` +
    `${machine.fileSystem}; Deno ${machine.deno}.`,
    `Tools: ${tools.join(", ")}.`,
    ...(report.missing.length === 0 ? [] : [`Not measured: ${report.missing.join("; ")}.`]),
    `Medians of ${report.rounds} ${report.rounds === 1 ? "round" : "rounds"} after a warm-up${
      report.isQuick ? ", reduced data" : ""
    }; ` +
    "memory is the most of all rounds.",
    "",
    ...overview(cells),
  ];
  for (const result of cells) lines.push("", ...detail(result, report.rounds));
  return `${lines.join("\n")}\n`;
}

/**
 * The same for machines.
 *
 * @param report What was found.
 * @returns One JSON document.
 */
export function json(report: Report): string {
  const { cells, ...rest } = report;
  return `${
    JSON.stringify(
      {
        ...rest,
        cells: cells.map(({ cell: { name, title, target, skipped }, work, results }) => ({
          ...{ name, title, work, skipped, ratios: ratios(results) },
          targets: verdicts(results, target ?? {}),
          contestants: results.map((result) => ({ ...result, median: summary(result.samples) })),
        })),
      },
      null,
      2,
    )
  }\n`;
}

function overview(cells: readonly CellResult[]): string[] {
  return [
    ...row(["cell", "ours", "ours / DCMTK tuned", "ours / DCMTK", "ours / best other", "targets"]),
    ...rule(6),
    ...cells.flatMap(({ cell, results }) => {
      if (cell.skipped !== undefined) return row([cell.name, cell.skipped, "", "", "", ""]);
      const { tuned, plain, peer, bestPeer } = ratios(results);
      const ours = summary(results.find(({ kind }) => kind === "ours")?.samples ?? []);
      return row([
        cell.name,
        ours === undefined ? "failed" : seconds(ours.seconds),
        ratio(tuned),
        ratio(plain),
        peer === undefined ? "" : `${ratio(peer)} (${bestPeer})`,
        verdicts(results, cell.target ?? {}).map(verdictText).join("; "),
      ]);
    }),
  ];
}

function detail({ cell, work, results }: CellResult, rounds: number): string[] {
  if (cell.skipped !== undefined) return [];
  const rate = work === undefined ? [] : [work.unit === "" ? "1/s" : `${work.unit}/s`];
  return [
    `${cell.title} (\`${cell.name}\`):`,
    "",
    ...row(["", "wall", ...rate, "CPU", "peak memory"]),
    ...rule(4 + rate.length),
    ...results.flatMap((result) => contestant(result, work?.amount, rounds)),
  ];
}

function contestant(
  { name, samples, failure }: Result,
  amount: number | undefined,
  rounds: number,
): string[] {
  const sum = summary(samples);
  const empty = amount === undefined ? ["", ""] : ["", "", ""];
  if (sum === undefined) return row([name, `failed: ${oneLine(failure ?? "")}`, ...empty]);
  const few = samples.length < rounds ? ` (${samples.length} of ${rounds} rounds)` : "";
  return row([
    `${name}${few}`,
    seconds(sum.seconds),
    ...(amount === undefined ? [] : [(amount / sum.seconds).toFixed(0)]),
    sum.cpu === undefined ? "" : seconds(sum.cpu),
    sum.peak === undefined ? "" : `${sum.peak.toFixed(0)} MB`,
  ]);
}

function verdictText({ what, measured, limit, bound, isMet }: Verdict): string {
  const met = isMet === undefined ? "nothing to compare" : isMet ? "met" : "**not met**";
  const value = measured === undefined ? "" : ` is ${figure(measured)},`;
  return `${what}${value} ${bound} ${limit}: ${met}`;
}

function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(0)} ms` : `${value.toFixed(2)} s`;
}

function ratio(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(2);
}

function figure(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s|]+/g, " ").trim().slice(-160);
}

function row(fields: readonly string[]): string[] {
  return [`| ${fields.join(" | ")} |`];
}

function rule(count: number): string[] {
  return row(Array.from({ length: count }, () => "---"));
}
