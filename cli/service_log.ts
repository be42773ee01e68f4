/**
 * The log of a server: at its usual level what somebody has to know who looks into it in the morning,
 * each association in one line when it ends; with `-v` every instance.
 *
 * @module
 */

import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import { ForeignProtocolError, RemoteProtocolError, TlsError } from "../lib/errors.ts";
import type { StoreResponseMessage } from "../lib/dimse/message.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import { rejectionWords } from "../lib/net/reason.ts";
import { sopClassName } from "../lib/sop_class.ts";
import { MAXIMUM_UID_LENGTH } from "../lib/uid.ts";
import { logError, trace } from "./association_log.ts";
import { logSent } from "./delivery_log.ts";
import { describeForeignCaller } from "./foreign_advice.ts";
import { ToolLog } from "./log.ts";
import { logTlsCaller } from "./tls_advice.ts";
import { describePeers, type ServiceRecord } from "./service_record.ts";

/** The log of handlers: what they tell of each instance that is in order is for `-v`. */
export class HandlerLog extends ToolLog {
  /** @param message What happens. */
  override info(message: string): void {
    this.verbose(message);
  }
}

/**
 * Tells what happened on an association of a server.
 *
 * @param log Where to.
 * @param event What happened.
 * @param record What has come by the association, the event included.
 * @param now The time.
 */
export function logService(
  log: ToolLog,
  event: AssociationEvent,
  record: ServiceRecord,
  now: number,
): void {
  trace(log, event);
  const { association } = event;
  switch (event.type) {
    case "connection-opened":
      log.verbose(`Connection from ${association.peerAddress}`);
      return;
    case "association-requested":
      log.verbose(`${nameOfAssociation(event)} requested${describeCertificate(association)}`);
      return;
    case "association-accepted": {
      const { presentationContexts } = event.accept;
      const accepted = presentationContexts.filter(({ result }) => result === 0).length;
      const all = presentationContexts.length;
      const name = nameOfAssociation(event);
      const sentence = `${name} accepted, with ${accepted} of ${all} presentation contexts`;
      // A peer that can send nothing gives up in silence.
      if (accepted === 0) log.warn(sentence);
      else log.verbose(sentence);
      return;
    }
    case "association-rejected":
      log.warn(
        `${nameOfAssociation(event)} ${describeRejected(event)}${describeCertificate(association)}`,
      );
      return;
    case "association-released":
      log.info(`${nameOfAssociation(event)} released: ${record.describe(now)}`);
      return;
    case "association-aborted":
      logAbort(log, event, record, now);
      return;
    case "message-received":
      logSent(log, event, `${association.callingAeTitle} (${association.peerAddress})`);
      return;
    case "message-sent":
      if (event.message.type === "C-STORE-RSP") logStored(log, event, event.message);
      return;
    case "sub-operation-failed":
      if (record.isNewReason(event.error)) {
        logError(log, `Cannot send ${event.sopInstanceUid}`, event.error);
      }
      return;
    case "handler-failed":
      logError(log, `Cannot serve ${describePeers(association)}`, event.error);
      return;
    case "connection-closed":
      if (event.error instanceof TlsError) logTlsCaller(log, event.error);
      for (const uid of record.underway) {
        log.warn(`${nameOf(uid)} from ${describePeers(association)} broke off`);
      }
  }
}

function nameOfAssociation({ association }: AssociationEvent): string {
  return `Association from ${describePeers(association)}`;
}

function describeRejected(
  { reject, because }: AssociationEvent & { type: "association-rejected" },
): string {
  const { result, reason } = rejectionWords(reject);
  if (because === undefined) return `${result}: ${reason}`;
  // To the peer no reason was given.
  const isUntold = reject.source === 1 && reject.reason === 1;
  return isUntold ? `${result}: ${because}` : `${result}: ${reason}; ${because}`;
}

/** Who the peer is by its certificate, where it has shown one. */
function describeCertificate({ peerCertificate: shown }: AssociationEvent["association"]): string {
  if (shown === undefined) return "";
  return `; its certificate is of ${[shown.subject, ...shown.alternativeNames].join(", ")}`;
}

function logAbort(
  log: ToolLog,
  event: AssociationEvent & { type: "association-aborted" },
  record: ServiceRecord,
  now: number,
): void {
  const { association, by, error } = event;
  const because = error === undefined ? "" : `; ${error.message}`;
  const how = { us: "aborted by us", peer: "aborted by the peer", transport: "lost" }[by];
  if (record.isAccepted) {
    log.warn(`${nameOfAssociation(event)} ${how}: ${record.describe(now)}${because}`);
    return;
  }
  if (error instanceof ForeignProtocolError) {
    log.warn(describeForeignCaller(association.peerAddress, error.protocol));
    return;
  }
  const sentence = `Connection from ${association.peerAddress} ${how} without an association`;
  // Who only looks whether the port is open, as monitors do, is no news; who speaks otherwise is.
  if (by === "us" && error instanceof RemoteProtocolError) {
    log.warn(`${sentence}${because}`);
  } else {
    log.verbose(`${sentence}${because}`);
  }
}

function logStored(
  log: ToolLog,
  { association }: AssociationEvent,
  response: StoreResponseMessage,
): void {
  const { status, errorComment } = response;
  const category = statusCategory(status);
  if (category === "success" && !log.writes("verbose")) return;
  const what = `${describeInstance(response)} from ${describePeers(association)}`;
  if (category === "success") {
    log.verbose(`Received ${what}`);
    return;
  }
  const comment = errorComment === undefined ? "" : `: ${errorComment}`;
  const why = `${formatStatus(status)} (${describeStatus(status, "C-STORE")})${comment}`;
  if (category === "warning") log.warn(`Received ${what} with a warning: ${why}`);
  else log.error(`Refused ${what}: ${why}`);
}

/** What is no UID is not repeated in a response. */
function describeInstance(
  { affectedSopInstanceUid, affectedSopClassUid }: StoreResponseMessage,
): string {
  const instance = nameOf(affectedSopInstanceUid);
  return affectedSopClassUid ? `${instance} (${sopClassName(affectedSopClassUid)})` : instance;
}

/** What a peer sends as a UID may be as long as a command set. */
function nameOf(uid = ""): string {
  const isUsable = uid !== "" && uid.length <= MAXIMUM_UID_LENGTH;
  return isUsable ? uid : "an instance without a usable UID";
}
