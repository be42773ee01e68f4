/**
 * Our tools and the peers found on this machine, measured side by side: see docs/benchmark.md.
 *
 * Run it with `deno task bench`; `deno task bench --help` tells its options.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { freePort } from "../support/command.ts";
import { type CellResult, measureCell } from "./compare/cell.ts";
import { allCells } from "./compare/cells.ts";
import type { BenchContext } from "./compare/context.ts";
import { type BenchData, type DataName, FULL, makeData, QUICK } from "./compare/data.ts";
import { describeMachine } from "./compare/machine.ts";
import { ours } from "./compare/ours.ts";
import { findPeers } from "./compare/peers.ts";
import { killAll } from "./compare/process.ts";
import { json, markdown } from "./compare/table.ts";
import type { Toolkit } from "./compare/toolkit.ts";

const HELP = `Usage: deno task bench [options]

Measures our tools and the peers found on this machine side by side, and prints tables.

  --only REGEXP        only the cells whose names match, such as '^receive-ct$'
  --list               print the names of the cells and exit
  --rounds N           rounds that count, after one warm-up (default: 5)
  --quick              little data and one round: to try it
  --json               print one JSON document in the place of the tables
  --tls on|off         measure the cells of TLS too (default: on)
  --peers REGEXP       only the peers whose names match; ours are always measured
  --directory DIR      where data and received files go (default: the system's temporary directory)
  --limit SECONDS      give up a peer whose round takes longer (default: 120)
  --executables DIR    measure our compiled tools in this directory, not the sources
  --dicom-rs DIR       the directory of dicom-rs's tools, if they are not on PATH
`;

async function bench(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      only: { type: "string", default: "" },
      list: { type: "boolean", default: false },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      tls: { type: "string", default: "on" },
      peers: { type: "string", default: "" },
      directory: { type: "string" },
      limit: { type: "string", default: "120" },
      executables: { type: "string" },
      "dicom-rs": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return write(Deno.stdout, HELP);
  const isQuick = values.quick;
  const rounds = Number(values.rounds ?? (isQuick ? 1 : 5));
  const only = new RegExp(values.only);
  const directory = await Deno.makeTempDir({
    prefix: "dimse_bench_",
    ...(values.directory === undefined ? {} : { dir: values.directory }),
  });
  const clear = (): void => {
    killAll();
    Deno.removeSync(directory, { recursive: true });
  };
  const interrupted = (): void => {
    clear();
    Deno.exit(130);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(name, interrupted);
  try {
    const oursOptions = { executables: values.executables };
    const { toolkits, missing } = findPeers(values["dicom-rs"]);
    const peers = toolkits.filter(({ name }) => new RegExp(values.peers).test(name));
    const context = contextOf(directory, isQuick, [ours(oursOptions), ...peers], {
      oursOptions,
      limit: Number(values.limit) * 1000,
    });
    const cells = allCells(context, values.tls === "on").filter(({ name }) => only.test(name));
    if (values.list) return write(Deno.stdout, cells.map(({ name }) => `${name}\n`).join(""));
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
    write(Deno.stdout, values.json ? json(report) : markdown(report));
    const isBroken = results.some(({ results }) =>
      results.some(({ kind, failure }) => kind !== "peer" && failure !== undefined)
    );
    return isBroken ? 1 : 0;
  } finally {
    clear();
  }
}

function contextOf(
  directory: string,
  isQuick: boolean,
  toolkits: readonly Toolkit[],
  options: Pick<BenchContext, "oursOptions" | "limit">,
): BenchContext {
  const made = new Map<DataName, BenchData>();
  let directories = 0;
  return {
    ...options,
    toolkits,
    archivist: toolkits.find(({ kind }) => kind === "tuned"),
    data(name) {
      const data = made.get(name) ?? makeData(directory, name, (isQuick ? QUICK : FULL)[name]);
      made.set(name, data);
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

Deno.exitCode = await bench();
