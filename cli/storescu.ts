/**
 * storescu: sends instances by C-STORE.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import {
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../lib/transfer_syntax.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { checkIdentity, type IdentityOptions, identityOptions } from "./identity_options.ts";
import { Interrupt } from "./interrupt.ts";
import { denoRequestorIo, type Io } from "./io.ts";
import {
  calledAeTitleOf,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "./network_options.ts";
import { defaultedOption, flagOption, positional, positionals } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { ToolOutput } from "./output.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import { readPeerAddress } from "./peer_address.ts";
import {
  type ResumeOptions,
  resumeOptions,
  type RetryOptions,
  retryOptions,
  retryPolicyOf,
} from "./retry_options.ts";
import type { ProposalOptions } from "./send_queue.ts";
import { StoreOperation, type StoreOptions } from "./store_operation.ts";
import { withTls } from "./tls_io.ts";
import { tlsChoice, type TlsOptions, tlsOptions } from "./tls_options.ts";
import { integer } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & GeneralOptions
  & OutputOptions
  & NetworkOptions
  & RetryOptions
  & ResumeOptions
  & IdentityOptions
  & TlsOptions
  & {
    readonly addr: string | undefined;
    readonly port: string | undefined;
    readonly paths: readonly string[];
    readonly recurse: boolean;
    readonly noCheck: boolean;
    readonly explicitLittle: boolean;
    readonly explicitBig: boolean;
    readonly implicitLittle: boolean;
    readonly requiredContexts: boolean;
    readonly allContexts: boolean;
    readonly jobs: number;
    readonly repeat: number;
    readonly failFirst: boolean;
    readonly dryRun: boolean;
  };

/** The options of storescu, in the order of `--help`. */
function storescuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", {
      addr: positional(
        string({ metavar: "addr" }),
        "TCP/IP address or hostname of DICOM peer, or [AE@]host:port",
      ),
      port: positional(
        string({ metavar: "port" }),
        "TCP/IP port number of peer, unless addr has it",
      ),
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
    section("Transfer Syntax Options", {
      explicitLittle: flagOption(
        ["-xe", "--request-little"],
        "request explicit VR little endian TS only",
      ),
      explicitBig: flagOption(["-xb", "--request-big"], "request explicit VR big endian TS only"),
      implicitLittle: flagOption(
        ["-xi", "--request-implicit"],
        "request implicit VR little endian TS only",
      ),
    }),
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
  checkIdentity(given);
  const warnings: string[] = [];
  const positionals = [given.addr, given.port, ...given.paths].filter((each) => each !== undefined);
  const { address, rest: paths } = readPeerAddress(positionals);
  if (paths.length === 0) {
    throw new UsageError("Missing what to send: give files, directories, or - for a list of them");
  }
  if (given.resume !== undefined && given.repeat > 1) {
    throw new UsageError(
      "Cannot combine --resume and --repeat: the journal has each instance once",
    );
  }
  return {
    logLevel: logLevelOf(given, "warning", "info"),
    output: given,
    peer: address,
    callingAeTitle: given.callingAeTitle ?? CALLING_AE_TITLE,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    retry: retryPolicyOf(given),
    resume: given.resume,
    tls: tlsChoice(given),
    identity: given,
    paths,
    recursive: given.recurse,
    proposal: proposalOf(given, warnings),
    jobs: given.jobs,
    repeat: given.repeat,
    failFirst: given.failFirst,
    checks: !given.noCheck,
    dryRun: given.dryRun,
    warnings,
  };
}

function proposalOf(given: Arguments, warnings: string[]): ProposalOptions {
  const { explicitLittle, explicitBig, implicitLittle, requiredContexts, allContexts } = given;
  const asked = [
    explicitLittle ? [EXPLICIT_VR_LITTLE_ENDIAN] : [],
    explicitBig ? [EXPLICIT_VR_BIG_ENDIAN] : [],
    implicitLittle ? [IMPLICIT_VR_LITTLE_ENDIAN] : [],
  ].flat();
  if (asked.length > 1) {
    throw new UsageError("Cannot combine -xe, -xb and -xi: give one of them");
  }
  if (requiredContexts && allContexts) {
    throw new UsageError("Cannot combine -cx and --all-contexts: give one of them");
  }
  if (requiredContexts && asked.length > 0) {
    warnings.push("-xe, -xb and -xi have no effect with -cx: the files decide");
  }
  return {
    contexts: requiredContexts ? "required" : allContexts ? "all" : "fitting",
    only: asked[0],
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
            "more; after three in a row without a response the rest is given up.",
            "Compressed images are not decompressed.",
            "The first Ctrl-C lets the file under way be sent and stops then, the second aborts.",
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
export async function main(
  args: readonly string[],
  io: Io,
  standardInput: () => ReadableStream<Uint8Array> = () => Deno.stdin.readable,
): Promise<number> {
  const command = await readCommandLine(storescuCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  using output = new ToolOutput(options.logLevel, options.output, io);
  using interrupt = new Interrupt(io);
  return await new StoreOperation(
    options,
    interrupt,
    output,
    withTls(io, options.tls),
    standardInput,
  ).run();
}

const CALLING_AE_TITLE = "STORESCU";
const PATHS =
  "DICOM files and directories to be transmitted, DICOMDIRs for what they refer to, and - for a " +
  "list of them on the standard input";

if (import.meta.main) Deno.exit(await main(Deno.args, denoRequestorIo));
