/**
 * getscu: retrieves instances by C-GET, which come by the same association.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { GetOperation, type GetOptions } from "./get_operation.ts";
import { mayCallOthers } from "./handler_options.ts";
import { checkIdentity, type IdentityOptions, identityOptions } from "./identity_options.ts";
import { givenModel, type ModelOptions } from "./information_model.ts";
import { Interrupt } from "./interrupt.ts";
import { denoIo, type Io } from "./io.ts";
import {
  calledAeTitleOf,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "./network_options.ts";
import { flagOption, listOption, positional } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { ToolOutput } from "./output.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import { readPeerAddress } from "./peer_address.ts";
import { filePath } from "./path_parser.ts";
import { modelOptions, type QueryOptions, queryOptions, separateQuery } from "./query_options.ts";
import { retrieveExtensionOptions, type RetrieveExtensions } from "./retrieve_extensions.ts";
import {
  checkResume,
  type RetrieveAgainOptions,
  retrieveAgainOptions,
  type RetryOptions,
  retryOptions,
  retryPolicyOf,
} from "./retry_options.ts";
import { storageChoice, type StorageOptions, storageOptions } from "./storage_options.ts";
import { withTls } from "./tls_io.ts";
import { tlsChoice, type TlsOptions, tlsOptions } from "./tls_options.ts";
import { storageSopClass, transferSyntaxUid } from "./uid_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & GeneralOptions
  & OutputOptions
  & NetworkOptions
  & RetryOptions
  & RetrieveAgainOptions
  & IdentityOptions
  & TlsOptions
  & ModelOptions
  & QueryOptions
  & RetrieveExtensions
  & StorageOptions
  & {
    readonly addr: string | undefined;
    readonly port: string | undefined;
    readonly queryObject: string | undefined;
    readonly sopClassUids: readonly string[];
    readonly transferSyntaxUids: readonly string[];
    readonly noFind: boolean;
  };

/** The options of getscu, in the order of `--help`. */
function getscuParser(): OptionParser<Arguments> {
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
      queryObject: positional(filePath(), "a DICOM file as the query data set, the same as -f"),
    }),
    generalOptions(),
    outputOptions(),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
    retrieveAgainOptions(),
    identityOptions(),
    modelOptions(),
    queryOptions(),
    retrieveExtensionOptions(),
    section("Presentation Context Options", {
      sopClassUids: listOption(
        ["--sop-class"],
        storageSopClass(),
        "propose this storage SOP class, by UID or keyword, instead of those that the archive " +
          "tells; may be repeated",
      ),
      transferSyntaxUids: listOption(
        ["--transfer-syntax"],
        transferSyntaxUid(),
        "propose this transfer syntax alone; may be repeated",
      ),
      noFind: flagOption(
        ["--no-find"],
        "do not ask the archive by C-FIND beforehand what it holds, but propose what is used most",
      ),
    }),
    storageOptions(),
  );
}

/** Makes what getscu is to do of the command line; throws UsageError. */
function resolveGetOptions(given: Arguments, args: readonly string[]): GetOptions {
  checkIdentity(given);
  const warnings: string[] = [];
  const positionals = [given.addr, given.port, given.queryObject].filter((each) =>
    each !== undefined
  );
  const { address, rest: [queryObject, surplus] } = readPeerAddress(positionals);
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the query file`);
  }
  if (queryObject !== undefined && given.file !== undefined) {
    throw new UsageError(
      `Cannot use both -f ${given.file} and ${queryObject}: give one query file`,
    );
  }
  const sources = { file: queryObject ?? given.file, queryFile: given.queryFile, keys: given.keys };
  if (sources.file === undefined && sources.queryFile === undefined && sources.keys.length === 0) {
    throw new UsageError(
      "-f and/or -k must be specified, or --query-file, or a query file as the last argument",
    );
  }
  checkResume(given);
  if (given.verify && given.noFind) {
    throw new UsageError("Cannot combine --verify and --no-find: it is by C-FIND that it verifies");
  }
  return {
    logLevel: logLevelOf(given, "info", "verbose"),
    output: given,
    peer: address,
    callingAeTitle: given.callingAeTitle ?? CALLING_AE_TITLE,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    model: givenModel(given),
    sources,
    extensions: given,
    retry: retryPolicyOf(given),
    resume: given.resume,
    verify: given.verify,
    tls: tlsChoice(given, mayCallOthers(given) ? "others too" : "peer"),
    identity: given,
    sopClassUids: given.sopClassUids,
    transferSyntaxUids: given.transferSyntaxUids,
    mayAsk: !given.noFind,
    storage: storageChoice(given, args, given.resume !== undefined),
    warnings,
  };
}

/** The command line of getscu. */
function getscuCommandLine(): CommandLine<Arguments, GetOptions> {
  return {
    program: "getscu",
    parser: getscuParser(),
    resolve: resolveGetOptions,
    help: {
      usage: [
        "[options] addr port [queryfile]",
        "[options] [AE@]host:port [queryfile]",
      ],
      description: [
        "Asks a DICOM archive by C-GET for instances, which come by the same association: no port " +
        "is opened, and the archive need not know this computer. What is asked for comes from a " +
        "DICOM file, a query file and -k, each overriding the one before; a missing " +
        "QueryRetrieveLevel follows from the unique keys.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  getscu pacs 104 -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 -od in",
            "  getscu PACS@pacs:104 -S --query-file query.txt",
            "  getscu pacs 104 -k StudyInstanceUID=1.2.3 --sop-class CTImageStorage --no-find",
          ],
        },
        {
          title: "Notes",
          lines: [
            "-q KEY=VALUE is a query element, -q alone is quiet mode.",
            "Keys are keywords or (gggg,eeee), nested as BeamSequence[0].PatientName; a key without a value is empty.",
            "The archive is asked by C-FIND what it holds, and what fits is proposed, compressed transfer " +
            "syntaxes too, each in a presentation context of its own. Where the archive does not " +
            "answer, the storage SOP classes that are used most are proposed. While instances fail, " +
            "further associations propose other presentation contexts.",
            "A larger -pdu, or 0, makes large instances come faster.",
            "The first Ctrl-C sends C-CANCEL and waits for the final response, the second aborts.",
            "Completions, in bash for instance: source <(getscu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs getscu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/getscu";
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
 * assert.match(written, /^getscu \d/);
 * ```
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = await readCommandLine(getscuCommandLine(), separateQuery(args), io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  using output = new ToolOutput(options.logLevel, options.output, io);
  using interrupt = new Interrupt(io);
  return await new GetOperation(options, interrupt, output, withTls(io, options.tls)).run();
}

const CALLING_AE_TITLE = "GETSCU";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
