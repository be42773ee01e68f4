/**
 * findscu: queries an archive or a worklist by C-FIND.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import { parseCharacterSets } from "../lib/data_set/character_set_term.ts";
import { DataSetError } from "../lib/errors.ts";
import type { CommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { FindOperation, type FindOptions } from "./find_operation.ts";
import { generalOptions } from "./general_options.ts";
import { identityOptions } from "./identity_options.ts";
import { denoRequestorIo, type Io } from "./io.ts";
import { csvColumns } from "./match_csv.ts";
import { networkOptions } from "./network_options.ts";
import { flagOption, listOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { directoryPath } from "./path_parser.ts";
import {
  givenQueryModel,
  queryExtensionOptions,
  type QueryExtensions,
  type QueryModelOptions,
  queryModelOptions,
} from "./query_model.ts";
import { type QueryOptions, queryOptions, separateQuery } from "./query_options.ts";
import {
  peerParameters,
  readRequestor,
  type RequestorArguments,
  runRequestor,
} from "./requestor.ts";
import { retryOptions } from "./retry_options.ts";
import { tlsChoice, tlsOptions } from "./tls_options.ts";
import { integer } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments = RequestorArguments & QueryModelOptions & QueryOptions & QueryExtensions & {
  readonly characterSet: string | undefined;
  readonly assumedCharacterSet: string | undefined;
  readonly maximum: number | undefined;
  readonly write: boolean;
  readonly outputDirectory: string | undefined;
  readonly json: boolean;
  readonly csv: readonly string[];
  readonly noProgress: boolean;
};

/** The options of findscu, in the order of `--help`. */
function findscuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", peerParameters()),
    generalOptions(),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
    identityOptions(),
    queryModelOptions(),
    queryOptions(),
    section("Query Options", {
      characterSet: valueOption(
        ["--charset"],
        string({ metavar: "TERMS" }),
        "write the keys in this Specific Character Set, such as 'ISO_IR 100' or " +
          "'\\ISO 2022 IR 87' (default: UTF-8 where a key is not ASCII)",
      ),
      maximum: valueOption(
        ["--max"],
        integer("N", 1, 0x7fff_ffff, "a number of matches"),
        "send C-CANCEL after N matches",
      ),
    }),
    section("Output Options", {
      write: flagOption(
        ["-w", "--write"],
        "write the matches to files rsp000001.dcm, rsp000002.dcm, ...",
      ),
      outputDirectory: valueOption(
        ["-od", "--output-directory"],
        directoryPath(),
        "write the files of -w to this directory, made if missing (default: the current one)",
      ),
      json: flagOption(
        ["--json"],
        "write the matches to the standard output in the DICOM JSON model, one a line",
      ),
      csv: listOption(
        ["--csv"],
        string({ metavar: "KEYWORDS" }),
        "write the matches to the standard output as comma-separated values, with these columns",
      ),
      assumedCharacterSet: valueOption(
        ["--assume-charset"],
        string({ metavar: "TERMS" }),
        "read the text of matches that name no Specific Character Set in this one",
      ),
      noProgress: flagOption(["--no-progress"], "show no status line"),
    }),
    queryExtensionOptions(),
  );
}

/** Makes what findscu is to do of the command line; throws UsageError. */
function resolveFindOptions(given: Arguments): FindOptions {
  const { requestor, rest: [surplus] } = readRequestor(given, DEFAULTS);
  const warnings = [...requestor.warnings];
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the port`);
  }
  const { file, queryFile, keys, json } = given;
  if (file === undefined && queryFile === undefined && keys.length === 0) {
    throw new UsageError("-f and/or -k must be specified, or --query-file");
  }
  const columns = given.csv.flatMap(csvColumns);
  if (json && columns.length > 0) {
    throw new UsageError("Cannot combine --json and --csv: both write to the standard output");
  }
  if (given.outputDirectory !== undefined && !given.write) {
    warnings.push("-od has no effect without -w: no files are written");
  }
  return {
    ...requestor,
    warnings,
    // Events would be where the matches are.
    output: { json: false, noProgress: given.noProgress },
    tls: tlsChoice(given),
    model: givenQueryModel(given),
    sources: { file, queryFile, keys },
    characterSets: characterSetsOf(given.characterSet),
    assumedCharacterSets: characterSetsOf(given.assumedCharacterSet),
    maximum: given.maximum,
    extensions: given,
    matches: {
      json,
      csv: columns.length > 0 ? columns : undefined,
      directory: given.write ? given.outputDirectory ?? "." : undefined,
    },
  };
}

function characterSetsOf(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  try {
    return parseCharacterSets(text);
  } catch (error) {
    if (!(error instanceof DataSetError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}

/** The command line of findscu. */
function findscuCommandLine(): CommandLine<Arguments, FindOptions> {
  return {
    program: "findscu",
    parser: findscuParser(),
    resolve: resolveFindOptions,
    help: {
      usage: ["[options] addr port", "[options] [AE@]host:port"],
      description: [
        "Asks a DICOM archive or worklist by C-FIND for what matches the keys. They come from a " +
        "DICOM file, a query file and -k, each overriding the one before; a missing " +
        "QueryRetrieveLevel follows from the unique keys, but not with -W and -U. Keys with a " +
        "value are matched, empty ones ask for the value.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  findscu pacs 104 -k StudyInstanceUID -k 'PatientName=DOE*' -k StudyDate",
            "  findscu PACS@pacs:104 -S --query-file query.txt --json -q > matches.jsonl",
            "  findscu ris 104 -W -k ScheduledProcedureStepSequence.Modality=CT \\",
            "    --csv PatientName,ScheduledProcedureStepSequence[0].ScheduledStationName",
          ],
        },
        {
          title: "Notes",
          lines: [
            "-q KEY=VALUE is a query element, -q alone is quiet mode.",
            "Keys are keywords or (gggg,eeee), nested as BeamSequence[0].PatientName.",
            "The log with the matches is on the standard error; --json and --csv are on the standard output. " +
            "Text is decoded to Unicode.",
            "Whether nothing matches is no matter of the exit code: it is 0.",
            "The first Ctrl-C sends C-CANCEL and waits for the final response, the second aborts.",
            "Completions, in bash for instance: source <(findscu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs findscu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/findscu";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const io: Io = {
 *   stdout: (text) => void (written += text),
 *   stderr: () => {},
 *   columns: 80,
 *   clock: { now: () => 0, schedule: () => () => {} },
 *   onSignal: () => () => {},
 *   readFile: (path) => Deno.readFile(path),
 * };
 * assert.equal(await main(["--version"], io), 0);
 * assert.match(written, /^findscu \d/);
 * ```
 */
export function main(args: readonly string[], io: Io): Promise<number> {
  return runRequestor(
    findscuCommandLine(),
    separateQuery(args),
    io,
    (...surroundings) => new FindOperation(...surroundings),
  );
}

const CALLING_AE_TITLE = "FINDSCU";
const DEFAULTS = {
  callingAeTitle: CALLING_AE_TITLE,
  logLevel: "info",
  verboseLevel: "verbose",
} as const;

if (import.meta.main) Deno.exit(await main(Deno.args, denoRequestorIo));
