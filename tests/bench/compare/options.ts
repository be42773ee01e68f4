/**
 * The options of the benchmark.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What was asked for. */
export interface BenchOptions {
  /** Of the names of cells. */
  readonly only: RegExp;
  /** Of the names of peers. */
  readonly peers: RegExp;
  readonly rounds: number;
  readonly isQuick: boolean;
  readonly isJson: boolean;
  readonly hasTls: boolean;
  readonly isList: boolean;
  readonly isHelp: boolean;
  readonly directory: string | undefined;
  /** In milliseconds. */
  readonly limit: number;
  readonly executables: string | undefined;
  readonly dicomRs: string | undefined;
}

/** What `--help` prints. */
export const HELP = `Usage: deno task bench [options]

Measures our tools and the peers found on this machine side by side, and prints tables.

  --only REGEXP        only the cells whose names match, such as '^receive-ct$'
  --list               print the names of the cells and exit
  --peers REGEXP       only the peers whose names match; ours are always measured
  --rounds N           rounds that count, after one warm-up (default: 5)
  --quick              little data and one round: to try it
  --tls on|off         measure the cells of TLS too (default: on)
  --limit SECONDS      give up who needs longer for a round (default: 120)
  --directory DIR      where data and received files go (default: the temporary directory)
  --executables DIR    measure the executables in this directory in the place of the sources
  --dicom-rs DIR       where the tools of dicom-rs are, if not on PATH
  --json               print one JSON document in the place of the tables
`;

/**
 * Understands the arguments.
 *
 * @param args The arguments.
 * @returns What they ask for.
 * @throws {TypeError} If they ask for something that is not there.
 */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "" },
      peers: { type: "string", default: "" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      tls: { type: "string", default: "on" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      directory: { type: "string" },
      limit: { type: "string", default: "120" },
      executables: { type: "string" },
      "dicom-rs": { type: "string" },
    },
  });
  if (values.tls !== "on" && values.tls !== "off") {
    throw new TypeError(`Cannot use --tls ${values.tls}: it is on or off`);
  }
  return {
    only: pattern("--only", values.only),
    peers: pattern("--peers", values.peers),
    rounds: positive("--rounds", values.rounds ?? (values.quick ? "1" : "5")),
    isQuick: values.quick,
    isJson: values.json,
    hasTls: values.tls === "on",
    isList: values.list,
    isHelp: values.help,
    directory: values.directory,
    limit: positive("--limit", values.limit) * 1000,
    executables: values.executables,
    dicomRs: values["dicom-rs"],
  };
}

function pattern(option: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new TypeError(`Cannot use ${option} ${text}: it is no regular expression`, { cause });
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TypeError(`Cannot use ${option} ${text}: it is a whole number from 1`);
}
