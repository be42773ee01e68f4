/**
 * echoscu: asks a peer by C-ECHO whether it is there and talks DICOM.
 *
 * @module
 */

import "./late_segmenter.ts";
import { describeStatus, formatStatus, STATUS, statusCategory } from "../lib/dimse/status.ts";
import type { Association } from "../lib/net/association.ts";
import { associate } from "../lib/net/requestor.ts";
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
import type { CommandLine } from "./command_line.ts";
import { subOperationsOf, wholeMilliseconds } from "./event_output.ts";
import { EXIT_CODE, EXIT_CODE_HELP, type ExitCode, UsageError } from "./exit_code.ts";
import { reportEnd } from "./failure.ts";
import { generalOptions } from "./general_options.ts";
import { identityOptions, readIdentity, requireConfirmation } from "./identity_options.ts";
import type { Interrupt } from "./interrupt.ts";
import { denoRequestorIo, type Io } from "./io.ts";
import { networkOptions } from "./network_options.ts";
import { defaultedOption, flagOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import type { ToolOutput } from "./output.ts";
import { type OutputOptions, outputOptions } from "./output_options.ts";
import type { ProgressState } from "./progress.ts";
import { requestOptionsOf } from "./requested_association.ts";
import {
  peerParameters,
  readRequestor,
  type RequestorArguments,
  type RequestorOptions,
  runRequestor,
} from "./requestor.ts";
import { Retry } from "./retry.ts";
import { retryOptions } from "./retry_options.ts";
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
type Arguments = RequestorArguments & OutputOptions & UncompressedOptions & {
  readonly repeat: number;
  readonly abort: boolean;
};

/** What echoscu is to do: the command line, resolved. */
interface EchoOptions extends RequestorOptions {
  readonly transferSyntaxes: readonly string[];
  /** How many C-ECHO requests to send. */
  readonly repeat: number;
  /** Whether to abort the association instead of releasing it. */
  readonly abort: boolean;
}

/** The options of echoscu, in the order of `--help`. */
function echoscuParser(): OptionParser<Arguments> {
  return sections(
    section("Parameters", peerParameters()),
    generalOptions(),
    outputOptions(),
    networkOptions(CALLING_AE_TITLE),
    tlsOptions(),
    retryOptions(),
    identityOptions(),
    uncompressedOptions(),
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
  const { requestor, rest: [surplus] } = readRequestor(given, DEFAULTS);
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the address`);
  }
  return {
    ...requestor,
    output: given,
    tls: tlsChoice(given),
    transferSyntaxes: transferSyntaxesOf(given),
    repeat: given.repeat,
    abort: given.abort,
  };
}

function transferSyntaxesOf(given: UncompressedOptions): readonly string[] {
  const only = onlyTransferSyntax(given);
  if (only !== undefined) return [only];
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
export function main(args: readonly string[], io: Io): Promise<number> {
  return runRequestor(
    echoscuCommandLine(),
    args,
    io,
    (...surroundings) => new EchoOperation(...surroundings),
  );
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
      exitCode = reportEnd(this.#output.log, error, {
        isCancelled: this.#interrupt.cancel.aborted,
        isConnected: this.#isConnected,
      });
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

  async #run(): Promise<ExitCode> {
    const { log } = this.#output;
    for (const warning of this.#options.warnings) log.warn(warning);
    const identity = await readIdentity(this.#options.identity, this.#io, log);
    const surroundings = { io: this.#io, output: this.#output, interrupt: this.#interrupt };
    const retry = new Retry(this.#options.retry, surroundings);
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
    const { output, transferSyntaxes } = this.#options;
    const connect = this.#io.connectPeer ?? this.#io.connect;
    const tell = requestorLog(this.#output.log);
    const events = output.json
      ? new AssociationEvents(this.#output.events, this.#io.clock)
      : undefined;
    return await associate({
      ...requestOptionsOf(this.#options, userIdentity),
      presentationContexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes }],
      clock: this.#io.clock,
      ...(connect ? { connect } : {}),
      signal: this.#interrupt.cancel,
      observer: (event) => {
        if (event.type === "connection-opened") this.#isConnected = true;
        tell(event);
        events?.observe(event);
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
const DEFAULTS = {
  callingAeTitle: CALLING_AE_TITLE,
  logLevel: "warning",
  verboseLevel: "verbose",
} as const;

if (import.meta.main) Deno.exit(await main(Deno.args, denoRequestorIo));
