/**
 * The options of the fuzz task.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** What was asked for. */
export interface FuzzTaskOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Of the names of targets. */
  readonly target: RegExp;
  /** Where more seeds are. */
  readonly corpus: string | undefined;
  /** Where findings go. */
  readonly findings: string;
  /** Whether real conversations are recorded, and real files read. */
  readonly isReal: boolean;
  /** A finding to run once more. */
  readonly replay: string | undefined;
  readonly isList: boolean;
  readonly isHelp: boolean;
}

/** What `--help` prints. */
export const HELP = `Usage: deno task fuzz [options]

Gives every decoder, the association machine, and live servers and requestors mutated input, and looks
that nothing but what is documented comes of it. The exit code is 1 when something was found.

  --minutes N        how long, in all (default: 5; a fraction will do)
  --seed N           what inputs are made of (default: another one each time)
  --target REGEXP    only the targets whose names match, such as '^data-set$'
  --list             print the names of the targets and exit
  --corpus DIR       take more seeds: files named KIND.anything.hex (or .bin)
  --findings DIR     where inputs that find something are written (default: tmp/fuzz_findings)
  --no-real          neither record conversations of real tools nor read pydicom's files
  --replay FILE      run a finding once more, and nothing else
`;

/**
 * Understands the arguments.
 *
 * @param args The arguments.
 * @returns What they ask for.
 * @throws {TypeError} If they ask for something that is not there.
 */
export function fuzzTaskOptions(args: readonly string[]): FuzzTaskOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "5" },
      seed: { type: "string" },
      target: { type: "string", default: "" },
      corpus: { type: "string" },
      findings: { type: "string", default: "tmp/fuzz_findings" },
      "no-real": { type: "boolean", default: false },
      replay: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 7 * 24 * 60)) {
    throw new TypeError(`Cannot use --minutes ${values.minutes}: it is a number above 0`);
  }
  const seed = Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new TypeError(`Cannot use --seed ${values.seed}: it is a number of 32 bits`);
  }
  return {
    ...{ minutes, seed, target: pattern(values.target), corpus: values.corpus },
    ...{ findings: values.findings, isReal: !values["no-real"], replay: values.replay },
    ...{ isList: values.list, isHelp: values.help },
  };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new TypeError(`Cannot use --target ${text}: it is no regular expression`);
  }
}
