/**
 * What came by each association of a server, told when it ends: the line that a PACS administrator
 * looks for.
 *
 * @module
 */

import { statusCategory } from "../lib/dimse/status.ts";
import type { AssociationInfo } from "../lib/handler/handler.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { ByteCount } from "./connection_bytes.ts";
import { formatSize } from "./outcome.ts";
import type { PeerQueryResult } from "./peer_queries.ts";
import { count } from "./service_tally.ts";

/** What came by one association. */
export class ServiceRecord {
  readonly #bytes: ByteCount;
  readonly #since: number;
  /** The instances that are not answered yet: SOP Instance UIDs by message ID. */
  readonly #underway = new Map<number, string>();
  #received = 0;
  #failed = 0;
  #echoes = 0;
  #queries = 0;
  #retrieves = 0;
  #sent = 0;
  #notSent = 0;
  /** Why the last sub-operation failed. */
  #reason: string | undefined;
  /** Whether it was accepted. */
  isAccepted = false;

  /**
   * Begins a record.
   *
   * @param bytes Counts what comes in by the connection.
   * @param since When it was opened.
   */
  constructor(bytes: ByteCount, since: number) {
    this.#bytes = bytes;
    this.#since = since;
  }

  /** Those that are being received. */
  get underway(): readonly string[] {
    return [...this.#underway.values()];
  }

  /**
   * Something happened on the association.
   *
   * @param event The event.
   */
  observe(event: AssociationEvent): void {
    if (event.type === "association-accepted") this.isAccepted = true;
    if (event.type === "message-received" && event.message.type === "C-STORE-RQ") {
      this.#underway.set(event.message.messageId, event.message.affectedSopInstanceUid);
    }
    // What is received beside requests answers the sub-operations of a C-GET.
    if (event.type !== "message-sent") return;
    const { message } = event;
    switch (message.type) {
      case "C-STORE-RSP":
        this.#underway.delete(message.messageIdBeingRespondedTo);
        if (isTaken(message.status)) this.#received += 1;
        else this.#failed += 1;
        return;
      case "C-ECHO-RSP":
        this.#echoes += 1;
    }
  }

  /**
   * A query or a retrieve was answered, or has broken off.
   *
   * @param result What came of it.
   */
  answered({ query, counters }: PeerQueryResult): void {
    if (query.service === "C-FIND") this.#queries += 1;
    else this.#retrieves += 1;
    this.#sent += (counters.completed ?? 0) + (counters.warning ?? 0);
    this.#notSent += counters.failed ?? 0;
  }

  /**
   * A sub-operation failed. Thousands may, for the same reason, which is told once.
   *
   * @param error Why.
   * @returns Whether that is another reason than that of the one before.
   */
  isNewReason(error: unknown): boolean {
    const reason = error instanceof Error ? error.message : String(error);
    const isNew = reason !== this.#reason;
    this.#reason = reason;
    return isNew;
  }

  /**
   * Says what came.
   *
   * @param now The time.
   * @returns Such as `120 instances, 63.2 MB in 3.2 s, 1 failed`.
   */
  describe(now: number): string {
    const lost = this.#failed + this.#underway.size;
    const failed = lost + this.#notSent;
    const parts: string[] = [];
    if (this.#received + lost > 0) {
      parts.push(count(this.#received, "instance"), formatSize(this.#bytes.received));
    }
    if (this.#queries > 0) parts.push(this.#queries === 1 ? "1 query" : `${this.#queries} queries`);
    if (this.#retrieves > 0) parts.push(`${count(this.#sent, "instance")} sent`);
    if (this.#echoes > 0) parts.push(this.#echoes === 1 ? "1 echo" : `${this.#echoes} echoes`);
    const what = parts.length === 0 ? "nothing came" : parts.join(", ");
    const time = `${((now - this.#since) / 1000).toFixed(1)} s`;
    return `${what} in ${time}${failed > 0 ? `, ${failed} failed` : ""}`;
  }
}

function isTaken(status: number): boolean {
  const category = statusCategory(status);
  return category === "success" || category === "warning";
}

/**
 * Names an association for people.
 *
 * @param info Whose it is.
 * @returns Such as `CT1 (10.0.0.5:4711) to STORESCP`.
 */
export function describePeers(info: AssociationInfo): string {
  return `${info.callingAeTitle} (${info.peerAddress}) to ${info.calledAeTitle}`;
}
