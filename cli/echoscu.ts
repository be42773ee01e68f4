/**
 * echoscu: asks a peer by C-ECHO whether it is there and talks DICOM.
 *
 * @module
 */

import "./late_segmenter.ts";
import { string } from "@optique/core/valueparser";
import type { AeAddress } from "../lib/ae_title.ts";
import { describeStatus, formatStatus, STATUS, statusCategory } from "../lib/dimse/status.ts";
import type { Association } from "../lib/net/association.ts";
import { associate } from "../lib/net/requestor.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { UserIdentity } from "../lib/pdu/pdu.ts";
import { cEcho } from "../lib/service/verification.ts";
import { VERIFICATION } from "../lib/sop_class_uid.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../lib/transfer_syntax.ts";
import { AssociationEvents } from "./association_events.ts";
import { requestorLog } from "./association_log.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { subOperationsOf, wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, EXIT_CODE_HELP, type ExitCode, UsageError } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import {
  checkIdentity,
  type IdentityOptions,
  identityOptions,
  readIdentity,
  requireConfirmation,
} from "./identity_options.ts";
import { Interrupt } from "./interrupt.ts";
import { denoRequestorIo, type Io } from "./io.ts";
import type { LogLevel } from "./log.ts";
import {
  calledAeTitleOf,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "./network_options.ts";
import { defaultedOption, flagOption, positional } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { ToolOutput } from "./output.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import type { ProgressState } from "./progress.ts";
import { readPeerAddress } from "./peer_address.ts";
import { Retry, type RetryPolicy } from "./retry.ts";
import { type RetryOptions, retryOptions, retryPolicyOf } from "./retry_options.ts";
import { withTls } from "./tls_io.ts";
import { type TlsChoice, tlsChoice, type TlsOptions, tlsOptions } from "./tls_options.ts";
import { integer } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments =
  & GeneralOptions
  & OutputOptions
  & NetworkOptions
  & IdentityOptions
  & TlsOptions
  & RetryOptions
  & {
    readonly addr: string | undefined;
    readonly port: string | undefined;
    readonly explicitLittle: boolean;
    readonly explicitBig: boolean;
    readonly implicitLittle: boolean;
    readonly repeat: number;
    readonly abort: boolean;
  };

/** What echoscu is to do: the command line, resolved. */
interface EchoOptions {
  readonly logLevel: LogLevel;
  readonly output: OutputOptions;
  readonly peer: AeAddress;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  readonly transferSyntaxes: readonly string[];
  /** How often to try again. */
  readonly retry: RetryPolicy;
  /** How to use TLS. */
  readonly tls: TlsChoice;
  /** Who the user is, for the peer. */
  readonly identity: IdentityOptions;
  /** How many C-ECHO requests to send. */
  readonly repeat: number;
  /** Whether to abort the association instead of releasing it. */
  readonly abort: boolean;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** The options of echoscu, in the order of `--help`. */
function echoscuParser(): OptionParser<Arguments> {
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
    }),
    generalOptions(),
    outputOptions(),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
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
      repeat: defaultedOption(
        ["--repeat"],
        integer("NUMBER", 1, 1_000_000_000, "a number of repetitions"),
        1,
        "repeat echo request n times",
      ),
      abort: flagOption(["--abort"], "abort association instead of releasing it"),
    }),
  );
}

/** Makes what echoscu is to do of the command line; throws UsageError. */
function resolveEchoOptions(given: Arguments): EchoOptions {
  checkIdentity(given);
  const warnings: string[] = [];
  const positionals = [given.addr, given.port].filter((each) => each !== undefined);
  const { address, rest: [surplus] } = readPeerAddress(positionals);
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the address`);
  }
  return {
    logLevel: logLevelOf(given, "warning", "verbose"),
    output: given,
    peer: address,
    callingAeTitle: given.callingAeTitle ?? CALLING_AE_TITLE,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    transferSyntaxes: transferSyntaxesOf(given),
    retry: retryPolicyOf(given),
    tls: tlsChoice(given),
    identity: given,
    repeat: given.repeat,
    abort: given.abort,
    warnings,
  };
}

function transferSyntaxesOf(given: Arguments): readonly string[] {
  const { explicitLittle, explicitBig, implicitLittle } = given;
  if ([explicitLittle, explicitBig, implicitLittle].filter(Boolean).length > 1) {
    throw new UsageError("Cannot combine -xe, -xb and -xi: give one of them");
  }
  if (explicitLittle) return [EXPLICIT_VR_LITTLE_ENDIAN];
  if (explicitBig) return [EXPLICIT_VR_BIG_ENDIAN];
  if (implicitLittle) return [IMPLICIT_VR_LITTLE_ENDIAN];
  return [
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
  ];
}

/** The command line of echoscu. */
function echoscuCommandLine(): CommandLine<Arguments, EchoOptions> {
  return {
    program: "echoscu",
    parser: echoscuParser(),
    resolve: resolveEchoOptions,
    help: {
      usage: ["[options] addr port", "[options] [AE@]host:port"],
      description: [
        "Sends C-ECHO to a DICOM peer and waits for the response: verifies that the two can talk. " +
        "It is silent when they can, unless -v is given.",
      ],
      notes: [
        {
          title: "Examples",
          lines: [
            "  echoscu -v pacs 104",
            "  echoscu PACS@[::1]:104 -aet ME --repeat 10",
            "  echoscu -v --tls --ca hospital.pem pacs 2762",
          ],
        },
        {
          title: "Notes",
          lines: [
            "Completions, in bash for instance: source <(echoscu --completion bash)",
          ],
        },
        { title: "Exit codes", lines: EXIT_CODE_HELP },
      ],
    },
  };
}

/**
 * Runs echoscu.
 *
 * @param args The command line.
 * @param io The surroundings.
 * @returns The exit code.
 *
 * @example
 * ```ts
 * import { type Io, main } from "@dicom/dimse/echoscu";
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
 * assert.match(written, /^echoscu \d/);
 * ```
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const command = await readCommandLine(echoscuCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  using output = new ToolOutput(options.logLevel, options.output, io);
  using interrupt = new Interrupt(io);
  return await new EchoOperation(options, interrupt, output, withTls(io, options.tls)).run();
}

/** The C-ECHOs of one run. */
class EchoOperation {
  readonly #options: EchoOptions;
  readonly #interrupt: Interrupt;
  readonly #output: ToolOutput;
  readonly #io: Io;
  #isConnected = false;
  /** When the first request was sent. */
  #startedAt: number | undefined;
  #answered = 0;
  #failed = 0;

  constructor(options: EchoOptions, interrupt: Interrupt, output: ToolOutput, io: Io) {
    this.#options = options;
    this.#interrupt = interrupt;
    this.#output = output;
    this.#io = io;
  }

  async run(): Promise<ExitCode> {
    let exitCode: ExitCode;
    try {
      exitCode = await this.#run();
    } catch (error) {
      this.#output.progress.stop();
      exitCode = this.#report(error);
    }
    const now = this.#io.clock.now();
    this.#output.events.emit({
      event: "summary",
      received: null,
      sent: null,
      promised: null,
      failed: this.#failed,
      missing: 0,
      failedSopInstanceUids: [],
      missingSopInstanceUids: [],
      bytes: 0,
      elapsedMs: wholeMilliseconds(now - (this.#startedAt ?? now)),
      exitCode,
    });
    return exitCode;
  }

  #report(error: unknown): ExitCode {
    const { log } = this.#output;
    if (!this.#interrupt.cancel.aborted) return reportFailure(log, error, this.#isConnected);
    log.error("Cancelled");
    log.stack(error);
    return EXIT_CODE.cancelled;
  }

  async #run(): Promise<ExitCode> {
    const { log } = this.#output;
    for (const warning of this.#options.warnings) log.warn(warning);
    const identity = await readIdentity(this.#options.identity, this.#io, log);
    const { events } = this.#output;
    const { clock } = this.#io;
    const retry = new Retry(this.#options.retry, {
      ...{ clock, log, events },
      cancel: this.#interrupt.cancel,
    });
    await retry.run(() => this.#attempt(identity));
    return this.#failed > 0 ? EXIT_CODE.failure : EXIT_CODE.success;
  }

  /** Sends what has not been answered yet, by an association of its own. */
  async #attempt(identity: UserIdentity | undefined): Promise<void> {
    this.#isConnected = false;
    this.#output.log.info("Requesting Association");
    await using association = await this.#associate(identity);
    requireConfirmation(association, identity);
    try {
      await this.#echo(association);
    } finally {
      this.#output.progress.stop();
    }
    await this.#end(association);
  }

  async #associate(userIdentity: UserIdentity | undefined): Promise<Association> {
    const { peer, callingAeTitle, calledAeTitle, transferSyntaxes } = this.#options;
    const connect = this.#io.connectPeer ?? this.#io.connect;
    const tell = requestorLog(this.#output.log);
    const events = new AssociationEvents(this.#output.events, this.#io.clock);
    return await associate({
      hostname: peer.hostname,
      port: peer.port,
      callingAeTitle,
      calledAeTitle,
      presentationContexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes }],
      ...(userIdentity ? { userIdentity } : {}),
      maximumLength: this.#options.maximumLength,
      timeouts: this.#options.timeouts,
      clock: this.#io.clock,
      ...(connect ? { connect } : {}),
      signal: this.#interrupt.cancel,
      observer: (event) => {
        if (event.type === "connection-opened") this.#isConnected = true;
        tell(event);
        events.observe(event);
      },
    });
  }

  /** Sends the requests, one after the other; a failure does not keep the next from being sent. */
  async #echo(association: Association): Promise<void> {
    const { repeat } = this.#options;
    const { log, progress } = this.#output;
    const { clock } = this.#io;
    this.#startedAt ??= clock.now();
    const read = (): ProgressState => ({
      unit: "echoes",
      done: this.#answered,
      total: repeat,
      failed: this.#failed,
    });
    if (repeat > 1) progress.start(read);
    for (let sent = this.#answered; sent < repeat; sent++) {
      log.info(`Sending Echo Request: MsgID ${sent % 0xffff + 1}`);
      const since = clock.now();
      const { status, errorComment } = await cEcho(association);
      this.#answered += 1;
      this.#emit(status, clock.now() - since);
      const meaning = status === STATUS.success ? "Success" : describeStatus(status, "C-ECHO");
      log.info(`Received Echo Response (Status: ${formatStatus(status)} - ${meaning})`);
      if (status === STATUS.success) continue;
      this.#failed += 1;
      log.error(`The peer says: ${meaning} (${formatStatus(status)})`);
      if (errorComment !== undefined && errorComment !== "") {
        log.error(`Error Comment: ${errorComment}`);
      }
    }
  }

  #emit(status: number, duration: number): void {
    this.#output.events.emit({
      event: "response",
      service: "C-ECHO",
      status,
      category: statusCategory(status),
      meaning: describeStatus(status, "C-ECHO"),
      ...subOperationsOf({}),
      failedSopInstanceUids: [],
      durationMs: wholeMilliseconds(duration),
    });
  }

  async #end(association: Association): Promise<void> {
    if (this.#options.abort) {
      await association.abort();
      return;
    }
    this.#output.log.info("Releasing Association");
    await association.release();
  }
}

const CALLING_AE_TITLE = "ECHOSCU";

if (import.meta.main) Deno.exit(await main(Deno.args, denoRequestorIo));
