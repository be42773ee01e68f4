/**
 * What the tools that request associations have in common: whom they call and by what rules, as given
 * on the command line and resolved, and how they are run.
 *
 * @module
 */

import { string } from "@optique/core/valueparser";
import type { AeAddress } from "../lib/ae_title.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import type { ExitCode } from "./exit_code.ts";
import { type GeneralOptions, logLevelOf } from "./general_options.ts";
import { checkIdentity, type IdentityOptions } from "./identity_options.ts";
import { Interrupt } from "./interrupt.ts";
import type { Io } from "./io.ts";
import type { LogLevel } from "./log.ts";
import { calledAeTitleOf, type NetworkOptions, timeoutsOf } from "./network_options.ts";
import { type Option, positional } from "./option.ts";
import { ToolOutput } from "./output.ts";
import type { OutputOptions } from "./output_options.ts";
import { readPeerAddress } from "./peer_address.ts";
import type { RetryPolicy } from "./retry.ts";
import { type RetryOptions, retryPolicyOf } from "./retry_options.ts";
import { withTls } from "./tls_io.ts";
import type { TlsChoice, TlsOptions } from "./tls_options.ts";

/** The arguments that say whom to call, as given on the command line. */
export type PeerParameters = {
  readonly addr: string | undefined;
  readonly port: string | undefined;
};

/** What every requestor can be told on the command line. */
export type RequestorArguments =
  & GeneralOptions
  & NetworkOptions
  & RetryOptions
  & IdentityOptions
  & TlsOptions
  & PeerParameters;

/** What every requestor is to do: the command line, resolved. */
export interface RequestorOptions {
  readonly logLevel: LogLevel;
  readonly output: OutputOptions;
  readonly peer: AeAddress;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly timeouts: Partial<Timeouts>;
  /** The largest PDU to be sent to us, in bytes; 0 is unlimited. */
  readonly maximumLength: number;
  /** How often to try again. */
  readonly retry: RetryPolicy;
  /** How to use TLS. */
  readonly tls: TlsChoice;
  /** Who the user is, for the peer. */
  readonly identity: IdentityOptions;
  /** What to tell the user before all else. */
  readonly warnings: readonly string[];
}

/** The part of it that every tool resolves alike. */
export type RequestorChoice = Omit<RequestorOptions, "output" | "tls">;

/** What a tool takes where the command line is silent. */
export interface RequestorDefaults {
  readonly callingAeTitle: string;
  readonly logLevel: LogLevel;
  /** What `-v` stands for. */
  readonly verboseLevel: LogLevel;
}

/** What is done for one command line. */
export interface Operation {
  /**
   * Does it; to be called once.
   *
   * @returns The exit code.
   */
  run(): Promise<ExitCode>;
}

/**
 * The arguments that say whom to call.
 *
 * @returns The arguments, in their order.
 */
export function peerParameters(): {
  readonly [K in keyof PeerParameters]: Option<PeerParameters[K]>;
} {
  return {
    addr: positional(
      string({ metavar: "addr" }),
      "TCP/IP address or hostname of DICOM peer, or [AE@]host:port",
    ),
    port: positional(
      string({ metavar: "port" }),
      "TCP/IP port number of peer, unless addr has it",
    ),
  };
}

/**
 * Reads whom to call and by what rules.
 *
 * @param given The command line.
 * @param defaults What the tool takes where the command line is silent.
 * @param more The arguments behind those of the peer.
 * @returns The choice; and what is left of the arguments, for `[AE@]host:port` is one alone.
 * @throws {UsageError} When there is no address, or options contradict each other.
 */
export function readRequestor(
  given: RequestorArguments,
  defaults: RequestorDefaults,
  more: readonly (string | undefined)[] = [],
): { readonly requestor: RequestorChoice; readonly rest: readonly string[] } {
  checkIdentity(given);
  const positionals = [given.addr, given.port, ...more].filter((each) => each !== undefined);
  const { address, rest } = readPeerAddress(positionals);
  const warnings: string[] = [];
  const requestor = {
    logLevel: logLevelOf(given, defaults.logLevel, defaults.verboseLevel),
    peer: address,
    callingAeTitle: given.callingAeTitle ?? defaults.callingAeTitle,
    calledAeTitle: calledAeTitleOf(given, address, (warning) => warnings.push(warning)),
    timeouts: timeoutsOf(given),
    maximumLength: given.maximumLength,
    retry: retryPolicyOf(given),
    identity: given,
    warnings,
  };
  return { requestor, rest };
}

/**
 * Runs a requestor: reads its command line, and does what that says.
 *
 * @param commandLine The tool's.
 * @param args The arguments.
 * @param io The surroundings.
 * @param prepare Makes what is done of the options.
 * @returns The exit code.
 */
export async function runRequestor<T, R extends RequestorOptions>(
  commandLine: CommandLine<T, R>,
  args: readonly string[],
  io: Io,
  prepare: (options: R, interrupt: Interrupt, output: ToolOutput, io: Io) => Operation,
): Promise<number> {
  const command = await readCommandLine(commandLine, args, io);
  if ("exitCode" in command) return command.exitCode;
  const { options } = command;
  using output = new ToolOutput(options.logLevel, options.output, io);
  using interrupt = new Interrupt(io);
  return await prepare(options, interrupt, output, withTls(io, options.tls)).run();
}
