/**
 * Tells what happens on associations in the words of pynetdicom's tools.
 *
 * @module
 */

import { ForeignProtocolError, TimeoutError, TlsError } from "../lib/errors.ts";
import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import type { Message } from "../lib/dimse/message.ts";
import type { AssociationEvent, Observer } from "../lib/net/observer.ts";
import { describeRejection } from "../lib/net/reason.ts";
import type {
  AssociateAcceptPdu,
  AssociateRejectPdu,
  AssociateRequestPdu,
} from "../lib/pdu/pdu.ts";
import { describeForeignCaller } from "./foreign_advice.ts";
import type { ToolLog } from "./log.ts";
import { logTlsCaller } from "./tls_advice.ts";

/**
 * Tells what happens on an association that the tool requested.
 *
 * @param log Where to.
 * @returns Takes the events of the association.
 */
export function requestorLog(log: ToolLog): Observer {
  let request: AssociateRequestPdu | undefined;
  let isAnswered = false;
  return (event) => {
    trace(log, event);
    switch (event.type) {
      case "association-requested":
        request = event.request;
        isAnswered = false;
        return;
      case "association-accepted":
        isAnswered = true;
        if (event.accept.presentationContexts.some(({ result }) => result === 0)) {
          log.info("Association Accepted");
        } else {
          log.error("No accepted presentation contexts");
        }
        if (request !== undefined) logContexts(log, request, event.accept);
        return;
      case "association-rejected":
        logRejection(log, event.reject);
        return;
      case "association-aborted":
        if (event.by === "transport" && !isAnswered && event.error === undefined) {
          log.error(CLOSED_UNANSWERED);
        } else {
          logAbort(log, event);
        }
        return;
      case "message-received":
        if (event.message.type === "C-STORE-RQ") log.info("Received Store Request");
        return;
      case "message-sent":
        if (event.message.type === "C-CANCEL-RQ") log.info("Sending C-CANCEL request");
        logStoreResponse(log, event.message);
    }
  };
}

/**
 * Tells what happens on the associations that the tool accepts.
 *
 * @param log Where to.
 * @returns Takes the events of all of them.
 */
export function acceptorLog(log: ToolLog): Observer {
  return (event) => {
    trace(log, event);
    switch (event.type) {
      case "association-requested":
        log.verbose(
          `Association requested by ${event.request.callingAeTitle} (${event.association.peerAddress}) ` +
            `for ${event.request.calledAeTitle}`,
        );
        return;
      case "association-accepted":
        log.info("Accepting Association");
        return;
      case "association-rejected":
        log.info("Rejecting Association");
        log.warn(`${describeRejection(event.reject)} (${event.association.peerAddress})`);
        return;
      case "association-released":
        log.info("Association Released");
        return;
      case "association-aborted":
        log.info(event.by === "us" ? "Aborting Association" : "Association Aborted");
        if (event.error instanceof ForeignProtocolError) {
          log.warn(describeForeignCaller(event.association.peerAddress, event.error.protocol));
        } else if (event.error !== undefined) log.verbose(event.error.message);
        return;
      case "message-received":
        if (event.message.type === "C-STORE-RQ") log.info("Received Store Request");
        if (event.message.type === "C-ECHO-RQ") log.info("Received Echo Request");
        return;
      case "message-sent":
        logStoreResponse(log, event.message);
        return;
      case "handler-failed":
        logError(log, "Cannot store an instance", event.error);
        return;
      case "connection-closed":
        if (event.error instanceof TlsError) logTlsCaller(log, event.error);
    }
  };
}

/**
 * Tells an error in one line, with its stack for who looks for a fault.
 *
 * @param log Where to.
 * @param what What could not be done.
 * @param error Why.
 */
export function logError(log: ToolLog, what: string, error: unknown): void {
  log.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  log.stack(error);
}

function logContexts(
  log: ToolLog,
  request: AssociateRequestPdu,
  accept: AssociateAcceptPdu,
): void {
  for (const { id, abstractSyntaxes, transferSyntaxes } of request.presentationContexts) {
    const answer = accept.presentationContexts.find((context) => context.id === id);
    const outcome = answer?.result === 0
      ? `accepted with ${answer.transferSyntax}`
      : `rejected (result ${answer?.result ?? "missing"})`;
    log.verbose(`Presentation context ${id}: ${abstractSyntaxes.join()} ${outcome}`);
    log.debug(`  proposed with ${transferSyntaxes.join(", ")}`);
  }
}

function logRejection(log: ToolLog, reject: AssociateRejectPdu): void {
  const { result, source, reason } = reject;
  log.error("Association Rejected");
  log.error(`Result: ${RESULT[result] ?? result}, Source: ${SOURCE[source] ?? source}`);
  log.error(`Reason: ${REASON[source]?.[reason] ?? `Reserved (${reason})`}`);
}

function logAbort(log: ToolLog, event: AssociationEvent & { type: "association-aborted" }): void {
  if (event.by === "us") {
    if (event.error instanceof TimeoutError) {
      const line = TIMEOUT[event.error.phase];
      if (line !== undefined) log.error(line);
    }
    log.info("Aborting Association");
  } else if (event.by === "peer") {
    log.error(event.source === 2 ? "Association Aborted (A-P-ABORT)" : "Association Aborted");
  } else if (!(event.error instanceof TlsError)) {
    // Of that the tool says more in the end.
    log.error("Connection closed while waiting for DIMSE message");
  }
}

function logStoreResponse(log: ToolLog, message: Message): void {
  if (message.type !== "C-STORE-RSP" || statusCategory(message.status) === "success") return;
  const { status, errorComment, affectedSopInstanceUid } = message;
  const meaning = describeStatus(status, "C-STORE");
  const comment = errorComment === undefined ? "" : `, ${errorComment}`;
  log.warn(
    `Store Response: ${formatStatus(status)} (${meaning}${comment}) ${affectedSopInstanceUid}`,
  );
}

/**
 * Tells everything, for who looks for a fault.
 *
 * @param log Where to.
 * @param event What happened.
 */
export function trace(log: ToolLog, event: AssociationEvent): void {
  if (!log.writes("debug")) return;
  const { type, association: { id, peerAddress }, ...details } = event;
  log.debug(`[${id} ${peerAddress}] ${type} ${JSON.stringify(details, traceValue)}`);
}

function traceValue(key: string, value: unknown): unknown {
  // A passcode or token is nobody's business.
  if (key === "userIdentity" || key === "userIdentityResponse") return "(not shown)";
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (value instanceof Error) return value.message;
  if (key === "commandField" || key === "status") return `0x${Number(value).toString(16)}`;
  return value;
}

/** So do many servers of TLS, without a word of it. */
const CLOSED_UNANSWERED = "The peer closed the connection instead of answering the association " +
  "request: where it expects TLS, give --tls; else its log may say why";

// PS3.8 table 9-21, in pynetdicom's words.
const RESULT: Readonly<Record<number, string>> = {
  1: "Rejected Permanent",
  2: "Rejected Transient",
};
const SOURCE: Readonly<Record<number, string>> = {
  1: "Service User",
  2: "Service Provider (ACSE)",
  3: "Service Provider (Presentation)",
};
const REASON: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  1: {
    1: "No reason given",
    2: "Application context name not supported",
    3: "Calling AE title not recognised",
    7: "Called AE title not recognised",
  },
  2: { 1: "No reason given", 2: "Protocol version not supported" },
  3: { 1: "Temporary congestion", 2: "Local limit exceeded" },
};
const TIMEOUT: Readonly<Record<string, string>> = {
  acse: "ACSE timeout reached while waiting for response to association request",
  dimse: "DIMSE timeout reached while waiting for message response",
  network: "Network timeout reached",
};
