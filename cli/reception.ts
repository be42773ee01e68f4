/**
 * How far an archive's instances got on their way to our Storage SCP: the answer to the most frequent
 * question of all, why nothing arrives.
 *
 * @module
 */

import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import { type ForeignProtocol, ForeignProtocolError, TlsError } from "../lib/errors.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import { describeRejection } from "../lib/net/reason.ts";
import { adviceForAcceptor } from "./foreign_advice.ts";

/** Where an application entity can be reached, as its peer's administrator has to enter it. */
export interface Reachability {
  readonly aeTitle: string;
  /** `undefined` when it is not known how the peer sees this host. */
  readonly hostname: string | undefined;
  readonly port: number;
}

/**
 * Takes note of how far the peers came.
 *
 * @example
 * ```ts
 * import { Reception } from "./reception.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   new Reception().describe(11113),
 *   "No connection came to port 11113: the archive has another address for the move destination, " +
 *     "or a firewall is in between",
 * );
 * ```
 */
export class Reception {
  #connections = 0;
  #requests = 0;
  #rejection: string | undefined;
  #foreign: ForeignProtocol | undefined;
  #tls: TlsError | undefined;
  #accepted = 0;
  #usable = 0;
  #storeRequests = 0;
  #refusal: string | undefined;

  /**
   * Something happened on an association of the Storage SCP.
   *
   * @param event The event.
   */
  observe(event: AssociationEvent): void {
    switch (event.type) {
      case "connection-opened":
        this.#connections += 1;
        return;
      case "connection-closed":
        if (event.error instanceof TlsError) this.#tls = event.error;
        return;
      case "association-requested":
        this.#requests += 1;
        return;
      case "association-rejected":
        this.#rejection = describeRejection(event.reject);
        return;
      case "association-aborted":
        if (event.error instanceof ForeignProtocolError) this.#foreign = event.error.protocol;
        return;
      case "association-accepted":
        this.#accepted += 1;
        if (event.accept.presentationContexts.some(({ result }) => result === 0)) this.#usable += 1;
        return;
      case "message-received":
        if (event.message.type === "C-STORE-RQ") this.#storeRequests += 1;
        return;
      case "message-sent":
        if (event.message.type === "C-STORE-RSP") this.#answered(event.message.status);
    }
  }

  /** Whether an association stood, or one tried by TLS or without: the archive has the right address. */
  get isReached(): boolean {
    return this.#accepted > 0 || this.#tls !== undefined || this.#foreign === "TLS";
  }

  /**
   * Says at which stage it stopped when nothing was stored.
   *
   * @param port The port that was listened on.
   * @returns A sentence without a full stop.
   */
  describe(port: number): string {
    if (this.#connections === 0) {
      return `No connection came to port ${port}: the archive has another address for the move ` +
        "destination, or a firewall is in between";
    }
    if (this.#requests === 0) {
      const why = this.#foreign === undefined
        ? this.#tls?.message ?? "the log of the archive may say why"
        : adviceForAcceptor(this.#foreign);
      return `${
        count(this.#connections, "connection")
      } came to port ${port}, but no association was ` +
        `requested: ${why}`;
    }
    if (this.#accepted === 0) {
      return `An association was requested on port ${port}, and rejected: ` +
        `${this.#rejection ?? "the archive gave up before the answer"}`;
    }
    if (this.#usable === 0) {
      return `An association stood on port ${port}, but the archive proposed no storage SOP class ` +
        "that could be accepted";
    }
    if (this.#storeRequests === 0) {
      return `An association stood on port ${port}, but the archive sent no instance by it: ` +
        "its log may say why";
    }
    if (this.#refusal !== undefined) {
      const were = this.#storeRequests === 1 ? "was" : "were";
      return `${
        count(this.#storeRequests, "instance")
      } came to port ${port}, and ${were} not stored: ` +
        this.#refusal;
    }
    return `${count(this.#storeRequests, "instance")} came to port ${port}, but not to the end`;
  }

  #answered(status: number): void {
    if (statusCategory(status) !== "failure") return;
    this.#refusal = `${formatStatus(status)} (${describeStatus(status, "C-STORE")})`;
  }
}

/**
 * Says what an archive's administrator has to enter.
 *
 * @param destination The move destination.
 * @returns A sentence without a full stop.
 *
 * @example
 * ```ts
 * import { administratorHint } from "./reception.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   administratorHint({ aeTitle: "STORESCP", hostname: "10.0.0.5", port: 11113 }),
 *   "The archive must know AE title STORESCP at host 10.0.0.5, port 11113: " +
 *     "ask its administrator to enter that",
 * );
 * ```
 */
export function administratorHint(destination: Reachability): string {
  const { aeTitle, port } = destination;
  const hostname = destination.hostname ?? "(the address of this computer)";
  return `The archive must know AE title ${aeTitle} at host ${hostname}, port ${port}: ` +
    "ask its administrator to enter that";
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
