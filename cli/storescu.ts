/**
 * storescu: sends instances by C-STORE.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import type { CommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { generalOptions } from "./general_options.ts";
import { identityOptions } from "./identity_options.ts";
import { denoRequestorIo, type Io } from "./io.ts";
import { networkOptions } from "./network_options.ts";
import { defaultedOption, flagOption, positionals } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import {
  peerParameters,
  readRequestor,
  type RequestorArguments,
  runRequestor,
} from "./requestor.ts";
import { type ResumeOptions, resumeOptions, retryOptions } from "./retry_options.ts";
import type { ProposalOptions } from "./send_queue.ts";
import { StoreOperation, type StoreOptions } from "./store_operation.ts";
import { tlsChoice, tlsOptions } from "./tls_options.ts";
import {
  onlyTransferSyntax,
  type UncompressedOptions,
  uncompressedOptions,
} from "./uncompressed_options.ts";
import { integer } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments = RequestorArguments & OutputOptions & ResumeOptions & UncompressedOptions & {
  readonly paths: readonly string[];
  readonly recurse: boolean;
  readonly noCheck: boolean;
  readonly requiredContexts: boolean;
  readonly allContexts: boolean;
  readonly jobs: number;
  readonly window: number;
  readonly repeat: number;
  readonly failFirst: boolean;
  readonly dryRun: boolean;
};

/** The options of storescu, in the order of `--help`. */
function storescuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", {
      ...peerParameters(),
      paths: positionals(string({ metavar: "path" }), PATHS),
    }),
    generalOptions(),
    outputOptions(),
    section("Input Options", {
      recurse: flagOption(["-r", "--recurse"], "recursively search the given directories"),
      noCheck: flagOption(
        ["--no-check"],
        "send data sets without looking whether their structure is sound, broken ones too",
      ),
    }),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
    resumeOptions("sent"),
    identityOptions(),
    uncompressedOptions(),
    section("Miscellaneous Options", {
      requiredContexts: flagOption(
        ["-cx", "--required-contexts", "--single-context"],
        "only request the presentation contexts required for the input DICOM files, without those " +
          "for conversion",
      ),
      allContexts: flagOption(
        ["--all-contexts"],
        "request 120 storage SOP classes with uncompressed transfer syntaxes, whatever the files are",
      ),
      jobs: defaultedOption(
        ["--jobs"],
        integer("N", 1, 64, "a number of associations"),
        1,
        "send over so many associations at once",
      ),
      window: defaultedOption(
        ["--window"],
        integer("N", 1, 1000, "a number of instances"),
        1,
        "on each, send up to N instances before the first is answered, where the peer agrees to that " +
          "(asynchronous operations window): for peers far away",
      ),
      repeat: defaultedOption(
        ["--repeat"],
        integer("N", 1, 1_000_000, "a number of repetitions"),
        1,
        "send everything so many times",
      ),
      failFirst: flagOption(["--fail-first"], "stop at the first file that fails"),
      dryRun: flagOption(
        ["--dry-run"],
        "tell on the standard output what would be proposed and sent, and send nothing",
      ),
    }),
  );
}

/** Makes what storescu is to do of the command line; throws UsageError. */
function resolveStoreOptions(given: Arguments): StoreOptions {
  const { requestor, rest: paths } = readRequestor(given, DEFAULTS, given.paths);
  const warnings = [...requestor.warnings];
  if (paths.length === 0) {
    throw new UsageError("Missing what to send: give files, directories, or - for a list of them");
  }
  if (given.resume !== undefined && given.repeat > 1) {
    throw new UsageError(
      "Cannot combine --resume and --repeat: the journal has each instance once",
    );
  }
  if (given.failFirst && given.window > 1) {
    warnings.push("--window has no effect with --fail-first: what is sent cannot be called back");
  }
  return {
    ...requestor,
    warnings,
    output: given,
    tls: tlsChoice(given),
    resume: given.resume,
    paths,
    recursive: given.recurse,
    proposal: proposalOf(given, warnings),
    jobs: given.jobs,
    window: given.failFirst ? 1 : given.window,
    repeat: given.repeat,
    failFirst: given.failFirst,
    checks: !given.noCheck,
    dryRun: given.dryRun,
  };
}

function proposalOf(given: Arguments, warnings: string[]): ProposalOptions {
  const { requiredContexts, allContexts } = given;
  const only = onlyTransferSyntax(given);
  if (requiredContexts && allContexts) {
    throw new UsageError("Cannot combine -cx and --all-contexts: give one of them");
  }
  if (requiredContexts && only !== undefined) {
    warnings.push("-xe, -xb and -xi have no effect with -cx: the files decide");
  }
  return {
    contexts: requiredContexts ? "required" : allContexts ? "all" : "fitting",
    only,
  };
}

/** The command line of storescu. */
function storescuCommandLine(): CommandLine<Arguments, StoreOptions> {
  return {
    program: "storescu",
    parser: storescuParser(),
    resolve: resolveStoreOptions,
    help: {
      usage: ["[options] addr port path...", "[options] [AE@]host:port path..."],
      description: [
        "Sends DICOM files to a peer by C-STORE. It proposes what the files need, over as many " +
        "associations as that takes, and sends each data set byte for byte; where the peer accepts " +
        "only another uncompressed transfer syntax, the data set is converted on the way. It is " +
        "silent when all goes well, unless -v is given.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  storescu -v pacs 104 image.dcm",
            "  storescu PACS@pacs:104 -aet ME -r study/ --jobs 4",
            "  find . -name '*.dcm' | storescu pacs 104 -",
            "  storescu pacs 104 /media/cdrom/DICOMDIR --dry-run",
          ],
        },
        {
          title: "Notes",
          lines: [
            "Files without preamble or file meta information are recognised. What is not DICOM is " +
            "named and skipped; it counts as failed only when it is named on the command line itself.",
            "The SOP Class and Instance UIDs are those of the data set, should the file meta " +
            "information contradict it.",
            "A data set that ends early is not sent; when that shows only on the way, the " +
            "association is aborted and another requested for the rest.",
            "When an association is lost, another is requested, and the file under way is tried once " +
            "more; after three in a row without a response the rest is given up. What was sent ahead by " +
            "--window, and is not answered, is sent again, one at a time.",
            "Compressed images are not decompressed.",
            "The first Ctrl-C waits for the responses to what is under way, the second aborts.",
            "Completions, in bash for instance: source <(storescu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs storescu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @param standardInput The list that the path `-` stands for; that of the process by default.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/storescu";
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
 * assert.match(written, /^storescu \d/);
 * ```
 */
export function main(
  args: readonly string[],
  io: Io,
  standardInput: () => ReadableStream<Uint8Array> = () => Deno.stdin.readable,
): Promise<number> {
  return runRequestor(
    storescuCommandLine(),
    args,
    io,
    (...surroundings) => new StoreOperation(...surroundings, standardInput),
  );
}

const CALLING_AE_TITLE = "STORESCU";
const DEFAULTS = {
  callingAeTitle: CALLING_AE_TITLE,
  logLevel: "warning",
  verboseLevel: "info",
} as const;
const PATHS =
  "DICOM files and directories to be transmitted, DICOMDIRs for what they refer to, and - for a " +
  "list of them on the standard input";

if (import.meta.main) Deno.exit(await main(Deno.args, denoRequestorIo));
