/**
 * echoscu: asks a peer by C-ECHO whether it is there and talks DICOM.
 *
 * @module
 */

import { merge, object } from "@optique/core/constructs";
import { string } from "@optique/core/valueparser";
import type { AeAddress } from "../lib/ae_title.ts";
import { describeStatus, formatStatus, STATUS } from "../lib/dimse/status.ts";
import type { Association } from "../lib/net/association.ts";
import { associate } from "../lib/net/requestor.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { cEcho } from "../lib/service/verification.ts";
import { VERIFICATION } from "../lib/sop_class.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../lib/transfer_syntax.ts";
import { requestorLog } from "./association_log.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { EXIT_CODE, EXIT_CODE_HELP, type ExitCode, UsageError } from "./exit_code.ts";
import { reportFailure } from "./failure.ts";
import { type GeneralOptions, generalOptions, logLevelOf } from "./general_options.ts";
import { Interrupt } from "./interrupt.ts";
import { denoIo, type Io } from "./io.ts";
import { type LogLevel, ToolLog } from "./log.ts";
import {
  calledAeTitleOf,
  type NetworkOptions,
  networkOptions,
  timeoutsOf,
} from "./network_options.ts";
import { defaultedOption, flagOption, type OptionParser, positional } from "./option.ts";
import { readPeerAddress } from "./peer_address.ts";
import { integer } from "./value_parser.ts";

export type { Io, StopSignal } from "./io.ts";
export type { Clock } from "../lib/net/clock.ts";
export type { Connect, Listen, Transport, TransportListener } from "../lib/net/transport.ts";

/** The command line as it was given. */
type Arguments = GeneralOptions & NetworkOptions & {
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
  readonly peer: AeAddress;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly timeouts: Partial<Timeouts>;
  readonly maximumLength: number;
  readonly transferSyntaxes: readonly string[];
  /** How many C-ECHO requests to send. */
  readonly repeat: number;
  /** Whether to abort the association instead of releasing it. */
  readonly abort: boolean;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** The options of echoscu, in the order of `--help`. */
function echoscuParser(): OptionParser<Arguments> {
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
    }),
    generalOptions(),
    networkOptions(CALLING_AE_TITLE),
    object("Transfer Syntax Options", {
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
    object("Miscellaneous Options", {
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
  const warnings: string[] = [];
  const positionals = [given.addr, given.port].filter((each) => each !== undefined);
  const { address, rest: [surplus] } = readPeerAddress(positionals);
  if (surplus !== undefined) {
    throw new UsageError(`Cannot use argument "${surplus}": nothing may follow the address`);
  }
  return {
    logLevel: logLevelOf(given, "error", "verbose"),
    peer: address,
    callingAeTitle: given.callingAeTitle ?? CALLING_AE_TITLE,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    transferSyntaxes: transferSyntaxesOf(given),
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
          lines: ["  echoscu -v pacs 104", "  echoscu PACS@[::1]:104 -aet ME --repeat 10"],
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
  const command = readCommandLine(echoscuCommandLine(), args, io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  const log = new ToolLog(options.logLevel, io.stderr);
  using interrupt = new Interrupt(io);
  let isConnected = false;
  try {
    for (const warning of options.warnings) log.warn(warning);
    log.info("Requesting Association");
    const tell = requestorLog(log);
    await using association = await associate({
      hostname: options.peer.hostname,
      port: options.peer.port,
      callingAeTitle: options.callingAeTitle,
      calledAeTitle: options.calledAeTitle,
      presentationContexts: [
        { abstractSyntax: VERIFICATION, transferSyntaxes: options.transferSyntaxes },
      ],
      maximumLength: options.maximumLength,
      timeouts: options.timeouts,
      clock: io.clock,
      ...(io.connect ? { connect: io.connect } : {}),
      signal: interrupt.cancel,
      observer: (event) => {
        if (event.type === "connection-opened") isConnected = true;
        tell(event);
      },
    });
    const code = await echo(association, options, log);
    await end(association, options, log);
    return code;
  } catch (error) {
    if (!interrupt.cancel.aborted) return reportFailure(log, error, isConnected);
    log.error("Cancelled");
    log.stack(error);
    return EXIT_CODE.cancelled;
  }
}

/** Sends the requests, one after the other; a failure does not keep the next from being sent. */
async function echo(
  association: Association,
  options: EchoOptions,
  log: ToolLog,
): Promise<ExitCode> {
  let code: ExitCode = EXIT_CODE.success;
  for (let sent = 0; sent < options.repeat; sent++) {
    log.info(`Sending Echo Request: MsgID ${sent % 0xffff + 1}`);
    const { status, errorComment } = await cEcho(association);
    const meaning = status === STATUS.success ? "Success" : describeStatus(status, "C-ECHO");
    log.info(`Received Echo Response (Status: ${formatStatus(status)} - ${meaning})`);
    if (status === STATUS.success) continue;
    code = EXIT_CODE.failure;
    log.error(`The peer says: ${meaning} (${formatStatus(status)})`);
    if (errorComment !== undefined && errorComment !== "") {
      log.error(`Error Comment: ${errorComment}`);
    }
  }
  return code;
}

async function end(association: Association, options: EchoOptions, log: ToolLog): Promise<void> {
  if (options.abort) {
    await association.abort();
    return;
  }
  log.info("Releasing Association");
  await association.release();
}

const CALLING_AE_TITLE = "ECHOSCU";

if (import.meta.main) Deno.exit(await main(Deno.args, denoIo));
