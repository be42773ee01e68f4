/**
 * movescu: retrieves instances by C-MOVE, and receives them where it is the destination itself.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { string } from "@optique/core/valueparser";
import type { AeAddress } from "../lib/ae_title.ts";
import type { Association } from "../lib/net/association.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { associate } from "../lib/net/requestor.ts";
import { cMove, type RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import { STATUS, statusCategory } from "../lib/dimse/status.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { SopClassExtendedNegotiation } from "../lib/pdu/pdu.ts";
import { UNCOMPRESSED_TRANSFER_SYNTAXES } from "../lib/transfer_syntax.ts";
import { requestorLog } from "./association_log.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { EXIT_CODE, EXIT_CODE_HELP, type ExitCode, UsageError } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { buildIdentifier, type Identifier, type IdentifierSources } from "./identifier.ts";
import {
  defaultModel,
  givenModel,
  type InformationModel,
  type ModelOptions,
  MOVE_SOP_CLASS,
} from "./information_model.ts";
import { Interrupt } from "./interrupt.ts";
import { denoIo, type Io } from "./io.ts";
import { Ledger } from "./ledger.ts";
import { Linger } from "./linger.ts";
import { type LogLevel, ToolLog } from "./log.ts";
import {
  calledAeTitleOf,
  milliseconds,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "./network_options.ts";
import {
  defaultedOption,
  flagOption,
  type OptionParser,
  positional,
  valueOption,
} from "./option.ts";
import { outcomeOf, summarize } from "./outcome.ts";
import { readPeerAddress } from "./peer_address.ts";
import {
  directoryPath,
  filePath,
  modelOptions,
  type QueryOptions,
  queryOptions,
  separateQueryFromQuiet,
} from "./query_options.ts";
import { administratorHint, type Reachability } from "./reception.ts";
import { logRetrieveRequest, logRetrieveResponse } from "./retrieve_log.ts";
import { StorageScp } from "./storage_scp.ts";
import { aeTitle, port, seconds } from "./value_parser.ts";

/** The command line as it was given. */
type Arguments = GeneralOptions & NetworkOptions & ModelOptions & QueryOptions & {
  readonly addr: string | undefined;
  readonly port: string | undefined;
  readonly queryObject: string | undefined;
  readonly moveAeTitle: string | undefined;
  readonly store: boolean;
  readonly storePort: number;
  readonly storeAeTitle: string | undefined;
  readonly storeHost: string | undefined;
  readonly linger: number;
  readonly relationalRetrieval: boolean;
  readonly enhancedConversion: boolean;
  readonly outputDirectory: string | undefined;
  readonly ignore: boolean;
};

/** What movescu is to do: the command line, resolved. */
export interface MoveOptions {
  readonly logLevel: LogLevel;
  readonly peer: AeAddress;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly moveDestination: string;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  /** `undefined` when the identifier decides. */
  readonly model: InformationModel | undefined;
  readonly sources: IdentifierSources;
  /** Relational retrieval and enhanced multi-frame conversion (PS3.4 section C.5.2.1). */
  readonly extensions: { readonly relational: boolean; readonly enhancedConversion: boolean };
  /** The Storage SCP, where one is to be started. */
  readonly storage: StorageOptions | undefined;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** The Storage SCP that movescu starts. */
export interface StorageOptions {
  readonly hostname: string | undefined;
  readonly port: number;
  /** `undefined` when the data is to be dropped. */
  readonly directory: string | undefined;
  /** How long to wait for what was promised, in milliseconds. */
  readonly linger: number;
}

/** The options of movescu, in the order of `--help`. */
function movescuParser(): OptionParser<Arguments> {
  return merge(
    object("Parameters", {
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
    networkOptions(CALLING_AE_TITLE),
    object("Network Options", {
      moveAeTitle: valueOption(
        ["-aem", "--move-aet", "--move-destination"],
        aeTitle(),
        `set the move destination AE title (default: --store-aet with --store, else ${STORE_AE_TITLE})`,
      ),
    }),
    modelOptions(),
    queryOptions(),
    object("Storage SCP Options", {
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
      linger: defaultedOption(
        ["--linger"],
        seconds(),
        10,
        "after the final response, wait until what was promised has arrived, at most so long " +
          "after the last sign of life; 0 does not wait",
      ),
    }),
    object("Extended Negotiation Options", {
      relationalRetrieval: flagOption(
        ["--relational-retrieval"],
        "request the use of relational retrieval",
      ),
      enhancedConversion: flagOption(
        ["--enhanced-conversion"],
        "request the use of enhanced multi-frame image conversion",
      ),
    }),
    object("Output Options", {
      outputDirectory: valueOption(
        ["-od", "--output-directory"],
        directoryPath(),
        "write received objects to this directory, made if missing (default: the current one)",
      ),
      ignore: flagOption(["--ignore"], "receive data but don't store it"),
    }),
  );
}

/**
 * Makes what movescu is to do of the command line.
 *
 * @param given The command line.
 * @returns What to do.
 * @throws {UsageError} When arguments are missing or contradict each other.
 */
export function resolveMoveOptions(given: Arguments): MoveOptions {
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
  const callingAeTitle = given.callingAeTitle ?? CALLING_AE_TITLE;
  const isStoring = given.store || given.moveAeTitle === callingAeTitle;
  const moveDestination = given.moveAeTitle ??
    (isStoring ? given.storeAeTitle : undefined) ?? STORE_AE_TITLE;
  if (isStoring && given.storeAeTitle !== undefined && given.storeAeTitle !== moveDestination) {
    warnings.push(
      `The instances go to ${moveDestination}, the AE title ${given.storeAeTitle} of --store-aet is not used`,
    );
  }
  if (!isStoring && (given.outputDirectory !== undefined || given.ignore)) {
    warnings.push(
      "-od and --ignore have no effect without --store: the instances do not come here",
    );
  }
  return {
    logLevel: logLevelOf(given, "info", "verbose"),
    peer: address,
    callingAeTitle,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    moveDestination,
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    model: givenModel(given),
    sources,
    extensions: {
      relational: given.relationalRetrieval,
      enhancedConversion: given.enhancedConversion,
    },
    storage: isStoring
      ? {
        hostname: given.storeHost,
        port: given.storePort,
        directory: given.ignore ? undefined : given.outputDirectory ?? ".",
        linger: milliseconds(given.linger),
      }
      : undefined,
    warnings,
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
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = readCommandLine(movescuCommandLine(), separateQueryFromQuiet(args), io);
  if ("exitCode" in command) return command.exitCode;
  const log = new ToolLog(command.options.logLevel, io.stderr);
  using interrupt = new Interrupt(io);
  return await new Move(command.options, interrupt, log, io).run();
}

/** One run of movescu. */
class Move {
  readonly #options: MoveOptions;
  readonly #interrupt: Interrupt;
  readonly #log: ToolLog;
  readonly #io: Io;
  readonly #ledger = new Ledger();
  #isConnected = false;
  #hostname: string | undefined;

  constructor(options: MoveOptions, interrupt: Interrupt, log: ToolLog, io: Io) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#log = log;
    this.#io = io;
  }

  async run(): Promise<ExitCode> {
    try {
      return await this.#run();
    } catch (error) {
      if (!this.#interrupt.cancel.aborted) {
        return reportFailure(this.#log, error, this.#isConnected);
      }
      this.#log.error("Cancelled");
      this.#log.stack(error);
      return EXIT_CODE.cancelled;
    }
  }

  async #run(): Promise<ExitCode> {
    const { sources, storage, warnings } = this.#options;
    for (const warning of warnings) this.#log.warn(warning);
    const started = this.#io.clock.now();
    const identifier = await buildIdentifier(sources, this.#io, this.#log);
    await using scp = storage === undefined ? undefined : await this.#startStorage(storage);
    const final = await this.#retrieve(identifier, scp);
    if (scp !== undefined && storage !== undefined) {
      await this.#awaitInstances(scp, storage.linger);
    }
    return this.#conclude(final, scp, this.#io.clock.now() - started);
  }

  #startStorage(storage: StorageOptions): Promise<StorageScp> {
    return StorageScp.start({
      ...storage,
      timeouts: this.#options.timeouts,
      ledger: this.#ledger,
      log: this.#log,
      io: this.#io,
    });
  }

  /** Sends the C-MOVE and takes its responses; the last is returned. */
  async #retrieve(identifier: Identifier, scp: StorageScp | undefined): Promise<RetrieveResponse> {
    const { level, hasPatientId } = identifier;
    const model = this.#options.model ?? defaultModel(level, hasPatientId);
    this.#log.verbose(`Information model: ${model}`);
    const sopClassUid = MOVE_SOP_CLASS[model];
    this.#log.info("Requesting Association");
    await using association = await this.#associate(sopClassUid);
    this.#hostname = hostnameOf(association.localAddress);
    const abort = (): void => void association.abort();
    this.#interrupt.abort.addEventListener("abort", abort);
    if (scp !== undefined) scp.onActivity = () => association.restartResponseTimeout();
    try {
      const final = await this.#move(association, sopClassUid, identifier);
      await this.#release(association);
      return final;
    } finally {
      this.#interrupt.abort.removeEventListener("abort", abort);
      if (scp !== undefined) scp.onActivity = () => {};
    }
  }

  async #associate(sopClassUid: string): Promise<Association> {
    const { peer, callingAeTitle, calledAeTitle, extensions } = this.#options;
    const tell = requestorLog(this.#log);
    // Ctrl-C gives up while connecting; when the association stands, it cancels the C-MOVE first.
    const giveUp = new AbortController();
    const stop = (): void => giveUp.abort(this.#interrupt.cancel.reason);
    this.#interrupt.cancel.throwIfAborted();
    this.#interrupt.cancel.addEventListener("abort", stop);
    try {
      return await associate({
        hostname: peer.hostname,
        port: peer.port,
        callingAeTitle,
        calledAeTitle,
        presentationContexts: [
          { abstractSyntax: sopClassUid, transferSyntaxes: UNCOMPRESSED_TRANSFER_SYNTAXES },
        ],
        extendedNegotiations: extendedNegotiations(sopClassUid, extensions),
        maximumLength: this.#options.maximumLength,
        timeouts: this.#options.timeouts,
        clock: this.#io.clock,
        signal: giveUp.signal,
        observer: (event) => {
          if (event.type === "connection-opened") this.#isConnected = true;
          tell(event);
        },
      });
    } finally {
      this.#interrupt.cancel.removeEventListener("abort", stop);
    }
  }

  async #move(
    association: Association,
    sopClassUid: string,
    identifier: Identifier,
  ): Promise<RetrieveResponse> {
    const messageId = association.nextMessageId();
    logRetrieveRequest(this.#log, "C-MOVE", messageId, identifier.dataSet);
    const responses = cMove(association, {
      sopClassUid,
      moveDestination: this.#options.moveDestination,
      identifier: identifier.dataSet,
      messageId,
      signal: this.#interrupt.cancel,
    });
    let last: RetrieveResponse | undefined;
    for await (const response of responses) {
      logRetrieveResponse(this.#log, "C-MOVE", response);
      this.#ledger.promise(response.counters);
      last = response;
    }
    if (last !== undefined && this.#ledger.balance.promised === undefined) {
      // A failure without counters promises nothing.
      if (statusCategory(last.status) === "failure") this.#ledger.promise({ completed: 0 });
    }
    if (last === undefined) throw new ConnectionError("The association ended without a response");
    return last;
  }

  /** The outcome is known: what goes wrong from here on is only worth a remark. */
  async #release(association: Association): Promise<void> {
    this.#log.info("Releasing Association");
    try {
      await association.release();
    } catch (error) {
      this.#log.warn(`The association was not released: ${errorMessage(error)}`);
    }
  }

  /** Goes on listening until what was promised has arrived. */
  async #awaitInstances(scp: StorageScp, idle: number): Promise<void> {
    const isComplete = (): boolean => {
      const { promised, missing } = this.#ledger.balance;
      return promised !== undefined && missing === 0 && !scp.isReceiving;
    };
    if (!isComplete()) this.#log.info(this.#waitingFor(idle));
    await this.#linger(scp, idle, isComplete);
    // A peer that is about to release should not be aborted.
    await this.#linger(scp, RELEASE_GRACE, () => !scp.isAssociated);
  }

  async #linger(scp: StorageScp, idle: number, isDone: () => boolean): Promise<void> {
    // After a first Ctrl-C it takes a second one to give up what the archive says it has sent.
    const { cancel, abort } = this.#interrupt;
    const signal = cancel.aborted ? abort : cancel;
    const linger = new Linger({ clock: this.#io.clock, idle, isDone, signal });
    scp.onActivity = () => linger.activity();
    await linger.finished;
    scp.onActivity = () => {};
  }

  #waitingFor(idle: number): string {
    const { missing } = this.#ledger.balance;
    const what = missing > 0
      ? `${missing} more ${missing === 1 ? "instance" : "instances"}`
      : "instances";
    return `Waiting for ${what}, until nothing has arrived for ${idle / 1000} s`;
  }

  #conclude(final: RetrieveResponse, scp: StorageScp | undefined, elapsed: number): ExitCode {
    const isReceiver = scp !== undefined;
    const { moveDestination } = this.#options;
    const books = this.#ledger.balance;
    const balance = isReceiver ? books : { ...books, missing: 0 };
    this.#explain(final.status, scp);
    this.#log.info(summarize({ balance, isReceiver, destination: moveDestination, elapsed }));
    return outcomeOf(final.status, balance, this.#interrupt.cancel.aborted);
  }

  /** Says why nothing, or not all, has arrived, and what to do about it. */
  #explain(status: number, scp: StorageScp | undefined): void {
    const { moveDestination, storage } = this.#options;
    const { received, promised = 0, missing, failed } = this.#ledger.balance;
    if (scp === undefined) {
      if (status === STATUS.moveDestinationUnknown) {
        this.#log.error(
          `The archive must know AE title ${moveDestination}, and the host and port where it ` +
            "listens: ask its administrator to enter that",
        );
      }
      return;
    }
    const destination: Reachability = {
      aeTitle: moveDestination,
      hostname: isWildcard(storage?.hostname) ? this.#hostname : storage?.hostname,
      port: scp.port,
    };
    if (status === STATUS.moveDestinationUnknown) {
      this.#log.error(administratorHint(destination));
    } else if (received === 0 && (promised > 0 || failed > 0)) {
      this.#log.error(scp.reception.describe(scp.port));
      this.#log.error(administratorHint(destination));
    } else if (received === 0 && status === STATUS.success) {
      this.#log.warn("Nothing arrived: the archive found nothing that matches the identifier");
    } else if (missing > 0) {
      this.#log.warn(`${missing} of ${promised} promised instances did not arrive`);
    }
  }
}

/** The two bytes of the extended negotiation (PS3.4 table C.5-3), when one of them is set. */
function extendedNegotiations(
  sopClassUid: string,
  { relational, enhancedConversion }: MoveOptions["extensions"],
): SopClassExtendedNegotiation[] {
  if (!relational && !enhancedConversion) return [];
  const information = Uint8Array.of(Number(relational), Number(enhancedConversion));
  return [{ sopClassUid, information }];
}

/** The host of `host:port`. */
function hostnameOf(address: string): string {
  return address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isWildcard(hostname: string | undefined): boolean {
  return hostname === undefined || hostname === "0.0.0.0" || hostname === "::";
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How long a peer may take to release its association when all has arrived, in milliseconds. */
const RELEASE_GRACE = 1000;

const CALLING_AE_TITLE = "MOVESCU";
const STORE_AE_TITLE = "STORESCP";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
