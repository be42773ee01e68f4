/**
 * Our tools and the peers found on this machine, measured side by side: see docs/benchmark.md.
 *
 * Run it with `deno task bench`; `deno task bench --help` tells its options.
 *
 * @module
 */

import { freePort } from "../support/command.ts";
import { type CellResult, measureCell } from "./compare/cell.ts";
import { allCells } from "./compare/cells.ts";
import type { BenchContext } from "./compare/context.ts";
import { type BenchData, type DataName, FULL, makeData, QUICK } from "./compare/data.ts";
import { describeMachine } from "./compare/machine.ts";
import { type BenchOptions, benchOptions, HELP } from "./compare/options.ts";
import { ours } from "./compare/ours.ts";
import { findPeers } from "./compare/peers.ts";
import { killAll, outputOf } from "./compare/process.ts";
import type { ContestantKind } from "./compare/statistics.ts";
import { json, markdown } from "./compare/table.ts";
import type { Toolkit } from "./compare/toolkit.ts";

async function bench(options: BenchOptions): Promise<number> {
  const { isQuick, rounds } = options;
  const directory = await Deno.makeTempDir({
    prefix: "dimse_bench_",
    ...(options.directory === undefined ? {} : { dir: options.directory }),
  });
  const clear = (): void => {
    killAll();
    removeTree(directory);
  };
  const interrupted = (): void => {
    clear();
    Deno.exit(130);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, interrupted);
  try {
    const { toolkits, missing } = findPeers(options.dicomRs);
    const oursOptions = { executables: options.executables };
    const peers = toolkits.filter(({ name }) => options.peers.test(name));
    const context = contextOf(directory, isQuick, [ours(oursOptions), ...peers], {
      archivist: toolkits.find(({ kind }) => kind === "tuned"),
      oursOptions,
      limit: options.limit,
    });
    const cells = allCells(context, options.hasTls)
      .filter(({ name }) => options.only.test(name));
    if (cells.length === 0) {
      tell(`Cannot measure --only ${options.only.source}: no cell has such a name; see --list`);
      return 2;
    }
    if (options.isList) return write(Deno.stdout, cells.map(({ name }) => `${name}\n`).join(""));
    const results: CellResult[] = [];
    for (const cell of cells) results.push(await measureCell(cell, rounds, tell));
    const report = {
      machine: describeMachine(directory),
      toolkits: Object.fromEntries(context.toolkits.map(({ name, version }) => [name, version])),
      missing,
      rounds,
      isQuick,
      cells: results,
    };
    write(Deno.stdout, options.isJson ? json(report) : markdown(report));
    const isBroken = results.some(({ results }) =>
      results.some(({ kind, failure }) => OWN_KINDS.has(kind) && failure !== undefined)
    );
    return isBroken ? 1 : 0;
  } finally {
    clear();
  }
}

/** Who may not fail. */
const OWN_KINDS: ReadonlySet<ContestantKind> = new Set(["ours", "variant", "bare"]);

/** A process that has just been killed can still leave a file. */
function removeTree(directory: string, attempts = 5): void {
  try {
    Deno.removeSync(directory, { recursive: true });
  } catch (error) {
    if (attempts === 1) throw error;
    removeTree(directory, attempts - 1);
  }
}

function contextOf(
  directory: string,
  isQuick: boolean,
  toolkits: readonly Toolkit[],
  options: Pick<BenchContext, "archivist" | "oursOptions" | "limit">,
): BenchContext {
  const made = new Map<DataName, BenchData>();
  let directories = 0;
  return {
    ...options,
    toolkits,
    data(name) {
      const before = made.get(name);
      if (before !== undefined) return before;
      const data = makeData(directory, name, (isQuick ? QUICK : FULL)[name]);
      made.set(name, data);
      // What the system still has to write of it is no part of any round.
      outputOf({ command: "sync", args: [] });
      return data;
    },
    makeDirectory() {
      const path = `${directory}/${++directories}`;
      Deno.mkdirSync(path);
      return path;
    },
    freePort,
    share: isQuick ? 0.1 : 1,
  };
}

function tell(line: string): void {
  write(Deno.stderr, `${line}\n`);
}

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): number {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    rest = rest.subarray(to.writeSync(rest));
  }
  return 0;
}

function optionsOf(args: readonly string[]): BenchOptions {
  try {
    return benchOptions(args);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    Deno.exit(2);
  }
}

const options = optionsOf(Deno.args);
Deno.exitCode = options.isHelp ? write(Deno.stdout, HELP) : await bench(options);
