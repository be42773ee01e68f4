/**
 * movescu: retrieves instances by C-MOVE, and receives them where it is the destination itself.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import type { CommandLine } from "./command_line.ts";
import { EXIT_CODE_HELP, UsageError } from "./exit_code.ts";
import { generalOptions } from "./general_options.ts";
import { mayCallOthers } from "./handler_options.ts";
import { identityOptions } from "./identity_options.ts";
import { denoIo, type Io } from "./io.ts";
import { MoveOperation, type MoveOptions } from "./move_operation.ts";
import { milliseconds, networkOptions } from "./network_options.ts";
import { defaultedOption, flagOption, switchOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { outputOptions } from "./output_options.ts";
import { modelOptions, queryOptions, separateQuery } from "./query_options.ts";
import { runRequestor } from "./requestor.ts";
import { retrieveExtensionOptions } from "./retrieve_extensions.ts";
import { readRetrieve, type RetrieveArguments, retrieveParameters } from "./retrieve_options.ts";
import { retrieveAgainOptions, retryOptions } from "./retry_options.ts";
import { isChosen, storageChoice, storageOptions } from "./storage_options.ts";
import {
  requireListenFiles,
  tlsChoice,
  type TlsListenOptions,
  tlsListenOptions,
} from "./tls_options.ts";
import { aeTitle, port, seconds } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments = RetrieveArguments & TlsListenOptions & {
  readonly moveAeTitle: string | undefined;
  readonly store: boolean;
  readonly storePort: number;
  readonly storeAeTitle: string | undefined;
  readonly storeHost: string | undefined;
  readonly storeTls: boolean | undefined;
  readonly linger: number;
};

/** The options of movescu, in the order of `--help`. */
function movescuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", retrieveParameters()),
    generalOptions(),
    outputOptions(),
    networkOptions(CALLING_AE_TITLE),
    section("Network Options", {
      moveAeTitle: valueOption(
        ["-aem", "--move-aet", "--move-destination"],
        aeTitle(),
        `set the move destination AE title (default: --store-aet with --store, else ${STORE_AE_TITLE})`,
      ),
    }),
    tlsListenOptions("both"),
    retryOptions(),
    retrieveAgainOptions(),
    identityOptions(),
    modelOptions(),
    queryOptions(),
    section("Storage SCP Options", {
      store: flagOption(
        ["--store"],
        "start a Storage SCP as the move destination; it starts by itself when the move " +
          "destination is the calling AE title",
      ),
      storePort: defaultedOption(
        ["--store-port"],
        port(),
        11113,
        "the listen port of the Storage SCP",
      ),
      storeAeTitle: valueOption(
        ["--store-aet"],
        aeTitle(),
        `the AE title of the Storage SCP (default: -aem if given, else ${STORE_AE_TITLE})`,
      ),
      storeHost: valueOption(
        ["--store-host"],
        string({ metavar: "ADDRESS" }),
        "the address that the Storage SCP listens on (default: all interfaces)",
      ),
      storeTls: switchOption(
        "--store-tls",
        "--no-store-tls",
        "the Storage SCP takes connections by TLS alone (default with --tls)",
        "the Storage SCP takes connections without TLS",
      ),
      linger: defaultedOption(
        ["--linger"],
        seconds(),
        10,
        "after the final response, wait until what was promised has arrived, at most so long " +
          "after the last sign of life; 0 does not wait",
      ),
    }),
    retrieveExtensionOptions(),
    storageOptions(),
  );
}

/** Makes what movescu is to do of the command line; throws UsageError. */
function resolveMoveOptions(given: Arguments, args: readonly string[]): MoveOptions {
  const retrieve = readRetrieve(given, CALLING_AE_TITLE);
  const warnings = [...retrieve.warnings];
  const { callingAeTitle } = retrieve;
  const isStoring = given.store || given.moveAeTitle === callingAeTitle;
  const moveDestination = given.moveAeTitle ??
    (isStoring ? given.storeAeTitle : undefined) ?? STORE_AE_TITLE;
  if (isStoring && given.storeAeTitle !== undefined && given.storeAeTitle !== moveDestination) {
    warnings.push(
      `The instances go to ${moveDestination}, the AE title ${given.storeAeTitle} of --store-aet is not used`,
    );
  }
  const choice = storageChoice(given, args, given.resume !== undefined);
  if (!isStoring && given.resume !== undefined) {
    throw new UsageError(
      "Cannot use --resume without --store: what goes to somebody else cannot be known here",
    );
  }
  const isStoringByTls = given.storeTls ?? given.tls;
  const tls = tlsChoice(given, isStoringByTls || mayCallOthers(given) ? "others too" : "peer");
  if (isStoring && isStoringByTls) requireListenFiles(tls, "--no-store-tls");
  if (!isStoring && isChosen(given)) {
    warnings.push(
      "-od, --ignore, --handler and the like have no effect without --store: the instances do not " +
        "come here",
    );
  }
  return {
    ...retrieve,
    warnings,
    moveDestination,
    tls,
    storage: isStoring
      ? {
        hostname: given.storeHost,
        port: given.storePort,
        isTls: isStoringByTls,
        choice,
        linger: milliseconds(given.linger),
      }
      : undefined,
  };
}

/** The command line of movescu. */
function movescuCommandLine(): CommandLine<Arguments, MoveOptions> {
  return {
    program: "movescu",
    parser: movescuParser(),
    resolve: resolveMoveOptions,
    help: {
      usage: [
        "[options] addr port [queryfile]",
        "[options] [AE@]host:port [queryfile]",
      ],
      description: [
        "Asks a DICOM archive by C-MOVE to send instances to an application entity: a third one, or " +
        "with --store this computer. What is asked for comes from a DICOM file, a query file and " +
        "-k, each overriding the one before; a missing QueryRetrieveLevel follows from the unique keys.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  movescu pacs 104 -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 --store",
            "  movescu PACS@pacs:104 -S --query-file query.txt -aem WORKSTATION",
            "  movescu pacs 104 -k '(0010,0020)=4711' -aet ME -aem ME --store-port 104 -od in",
          ],
        },
        {
          title: "Notes",
          lines: [
            "-q KEY=VALUE is a query element, -q alone is quiet mode.",
            "Keys are keywords or (gggg,eeee), nested as BeamSequence[0].PatientName; a key without a value is empty.",
            "The Storage SCP takes any number of associations, any storage SOP class and any transfer syntax; " +
            "it answers to any called AE title. -pdu is for the association with the archive; " +
            "the Storage SCP takes PDUs of up to 128 KiB.",
            "The DIMSE timeout runs between responses; instances that arrive here restart it.",
            "The first Ctrl-C sends C-CANCEL and waits for the final response, the second aborts.",
            "Completions, in bash for instance: source <(movescu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs movescu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/movescu";
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
 * assert.match(written, /^movescu \d/);
 * ```
 */
export function main(args: readonly string[], io: Io): Promise<number> {
  return runRequestor(
    movescuCommandLine(),
    separateQuery(args),
    io,
    (...surroundings) => new MoveOperation(...surroundings),
  );
}

const CALLING_AE_TITLE = "MOVESCU";
const STORE_AE_TITLE = "STORESCP";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
