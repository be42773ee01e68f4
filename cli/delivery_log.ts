/**
 * The log of what a server sends: by the associations that it requests for a C-MOVE, and by those that a
 * C-GET came by.
 *
 * @module
 */

import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import { rejectionWords } from "../lib/net/reason.ts";
import { trace } from "./association_log.ts";
import type { ToolLog } from "./log.ts";

/**
 * Whether an event is about a connection that we opened: who is called is known from the first.
 *
 * @param event The first event of a connection.
 * @returns Whether it is.
 */
export function isOutgoing({ type, association }: AssociationEvent): boolean {
  return type === "connection-opened" && association.callingAeTitle !== "";
}

/**
 * Tells what happened on an association that we requested.
 *
 * @param log Where to.
 * @param event What happened.
 */
export function logOutgoing(log: ToolLog, event: AssociationEvent): void {
  trace(log, event);
  const { callingAeTitle, calledAeTitle, peerAddress } = event.association;
  const name = `Association from ${callingAeTitle} to ${calledAeTitle} (${peerAddress})`;
  switch (event.type) {
    case "association-accepted": {
      const { presentationContexts } = event.accept;
      const accepted = presentationContexts.filter(({ result }) => result === 0).length;
      const all = presentationContexts.length;
      log.verbose(`${name} accepted, with ${accepted} of ${all} presentation contexts`);
      return;
    }
    case "association-rejected": {
      const { result, reason } = rejectionWords(event.reject);
      log.warn(`${name} ${result}: ${reason}`);
      return;
    }
    case "association-aborted": {
      const because = event.error === undefined ? "" : `: ${event.error.message}`;
      const how = { us: "aborted by us", peer: "aborted by the peer", transport: "lost" }[event.by];
      log.warn(`${name} ${how}${because}`);
      return;
    }
    case "association-released":
      log.verbose(`${name} released`);
      return;
    case "message-received":
      logSent(log, event, `${calledAeTitle} (${peerAddress})`);
  }
}

/**
 * Tells how an instance that we sent was answered, on an association of either kind.
 *
 * @param log Where to.
 * @param event What happened; anything but the answer to a C-STORE is passed over.
 * @param peer Who answered.
 */
export function logSent(log: ToolLog, event: AssociationEvent, peer: string): void {
  if (event.type !== "message-received" || event.message.type !== "C-STORE-RSP") return;
  const { status, errorComment, affectedSopInstanceUid = "an instance" } = event.message;
  const category = statusCategory(status);
  if (category === "success") {
    log.verbose(`Sent ${affectedSopInstanceUid} to ${peer}`);
    return;
  }
  const comment = errorComment === undefined ? "" : `: ${errorComment}`;
  const why = `${formatStatus(status)} (${describeStatus(status, "C-STORE")})${comment}`;
  const how = category === "warning" ? "took" : "refused";
  log.warn(`${peer} ${how} ${affectedSopInstanceUid}: ${why}`);
}
