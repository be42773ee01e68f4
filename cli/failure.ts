/**
 * What a tool says and returns when it was ended by an error.
 *
 * @module
 */

import {
  AssociationAbortedError,
  AssociationRejectedError,
  ConnectionError,
  ForeignProtocolError,
  NegotiationError,
  RemoteProtocolError,
  TimeoutError,
  TlsError,
} from "../lib/errors.ts";
import { EXIT_CODE, type ExitCode, UsageError } from "./exit_code.ts";
import { adviceForRequestor } from "./foreign_advice.ts";
import { adviceForTls } from "./tls_advice.ts";
import { InterruptedError } from "./interrupt.ts";
import type { ToolLog } from "./log.ts";

/**
 * The exit code for an error.
 *
 * @param error What was thrown.
 * @param isConnected Whether there was a connection: the loss of one is an abort.
 * @returns The exit code.
 */
export function exitCodeOf(error: unknown, isConnected: boolean): ExitCode {
  if (error instanceof UsageError) return EXIT_CODE.usage;
  if (error instanceof InterruptedError) return EXIT_CODE.cancelled;
  if (error instanceof TimeoutError) return EXIT_CODE.timeout;
  // It may show only after the handshake.
  if (error instanceof TlsError) return EXIT_CODE.connection;
  if (error instanceof ConnectionError) {
    return isConnected ? EXIT_CODE.association : EXIT_CODE.connection;
  }
  const isAssociation = error instanceof AssociationRejectedError ||
    error instanceof AssociationAbortedError || error instanceof NegotiationError ||
    error instanceof RemoteProtocolError;
  return isAssociation ? EXIT_CODE.association : EXIT_CODE.internal;
}

/**
 * Says what went wrong: one sentence, and where it helps a second with what to do about it. The stack
 * is for `-d`.
 *
 * @param log Where to.
 * @param error What was thrown.
 * @param isConnected Whether there was a connection.
 * @returns The exit code.
 */
export function reportFailure(log: ToolLog, error: unknown, isConnected: boolean): ExitCode {
  const code = exitCodeOf(error, isConnected);
  const message = error instanceof Error ? error.message : String(error);
  if (code === EXIT_CODE.connection) {
    log.error("Association request failed: unable to connect to remote");
    log.error(`${error instanceof TlsError ? "TLS" : "TCP"} Initialisation Error: ${message}`);
  } else if (code === EXIT_CODE.internal) {
    log.error(`Internal error, please report it: ${message}`);
  } else if (!(error instanceof AssociationRejectedError)) {
    // The codes of a rejection were told when it came.
    log.error(message);
  }
  const advice = adviceFor(error);
  if (advice !== undefined) log.error(advice);
  log.stack(error);
  return code;
}

/**
 * Says what ended a run: what went wrong, or that the user wanted it.
 *
 * @param log Where to.
 * @param error What was thrown.
 * @param run Whether the user had cancelled it, and whether there was a connection.
 * @returns The exit code.
 */
export function reportEnd(
  log: ToolLog,
  error: unknown,
  run: { readonly isCancelled: boolean; readonly isConnected: boolean },
): ExitCode {
  if (!run.isCancelled) return reportFailure(log, error, run.isConnected);
  log.error("Cancelled");
  log.stack(error);
  return EXIT_CODE.cancelled;
}

function adviceFor(error: unknown): string | undefined {
  if (error instanceof ForeignProtocolError) return adviceForRequestor(error.protocol);
  if (error instanceof TlsError) return adviceForTls(error.fault);
  if (!(error instanceof AssociationRejectedError) || error.source !== 1) return undefined;
  if (error.reason === 3) {
    return "The peer must know our calling AE title: set it with -aet, or ask its administrator to enter it";
  }
  if (error.reason === 7) return "The peer has another AE title: set it with -aec";
  return undefined;
}
