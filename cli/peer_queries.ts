/**
 * What peers ask a server for by C-FIND, C-MOVE and C-GET, from the request to its final response.
 *
 * @module
 */

import type { Message, SubOperationCounters } from "../lib/dimse/message.ts";
import { statusCategory } from "../lib/dimse/status.ts";
import type { AssociationInfo, FindRequest, Handlers } from "../lib/handler/handler.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";

/** The services. */
export type QueryService = "C-FIND" | "C-GET" | "C-MOVE";

/** A request of a peer. */
export interface PeerQuery {
  readonly association: AssociationInfo;
  readonly service: QueryService;
  /** The information model. */
  readonly sopClassUid: string;
  /** Query/Retrieve Level; `undefined` when the request did not get so far. */
  readonly level: string | undefined;
  /** Of a C-MOVE: the AE title that instances go to. */
  readonly destination: string | undefined;
}

/** What came of a request. */
export interface PeerQueryResult {
  readonly query: PeerQuery;
  /** Identifiers that were answered to a C-FIND. */
  readonly matches: number;
  /** What the last response says of the sub-operations. */
  readonly counters: SubOperationCounters;
  /** From the request on, in milliseconds. */
  readonly duration: number;
}

/** How a request was answered to its end. */
export interface PeerQueryOutcome extends PeerQueryResult {
  readonly status: number;
  readonly errorComment: string | undefined;
}

/** Under way. */
interface Underway {
  readonly query: Omit<PeerQuery, "level">;
  readonly since: number;
  level: string | undefined;
  matches: number;
  counters: SubOperationCounters;
}

/**
 * Follows the requests of all associations.
 *
 * @example
 * ```ts
 * import { PeerQueries } from "./peer_queries.ts";
 * import assert from "node:assert/strict";
 *
 * const queries = new PeerQueries();
 * const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:104" };
 * const request = { messageId: 1, affectedSopClassUid: "1.2", priority: 0, hasDataSet: true } as const;
 * const response = { messageIdBeingRespondedTo: 1, status: 0, hasDataSet: false };
 * const events = [
 *   { type: "message-received", message: { type: "C-FIND-RQ", ...request } },
 *   { type: "message-sent", message: { type: "C-FIND-RSP", ...response } },
 * ] as const;
 * const [, outcome] = events.map((event, index) =>
 *   queries.observe({ ...event, association, contextId: 1 }, index * 5)
 * );
 * assert.deepEqual([outcome?.matches, outcome?.duration], [0, 5]);
 * ```
 */
export class PeerQueries {
  readonly #underway = new Map<string, Map<number, Underway>>();

  /**
   * Handlers whose requests are followed: they alone know the identifier.
   *
   * @param handlers What is served.
   * @returns The handlers for queries and retrieves that are there.
   */
  watch(handlers: Handlers): Pick<Handlers, "find" | "locate"> {
    const { find, locate } = handlers;
    return {
      ...(find && {
        find: (request) => {
          this.#note(request);
          return find.call(handlers, request);
        },
      }),
      ...(locate && {
        locate: (request) => {
          this.#note(request);
          return locate.call(handlers, request);
        },
      }),
    };
  }

  /**
   * Something happened on an association.
   *
   * @param event The event.
   * @param now The time, in milliseconds.
   * @returns The outcome of a request, when that was its final response.
   */
  observe(event: AssociationEvent, now: number): PeerQueryOutcome | undefined {
    const { id } = event.association;
    if (event.type === "connection-closed") this.#underway.delete(id);
    if (event.type === "message-received") this.#begin(event.association, event.message, now);
    if (event.type === "message-sent") return this.#answer(id, event.message, now);
    return undefined;
  }

  /** How many requests are not answered to their end. */
  get count(): number {
    return [...this.#underway.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * The requests of an association that are not answered to their end.
   *
   * @param association The association's identifier.
   * @param now The time, in milliseconds.
   * @returns What has come of them, in the order in which they came.
   */
  underway(association: string, now: number): PeerQueryResult[] {
    return [...this.#underway.get(association)?.values() ?? []].map((each) => resultOf(each, now));
  }

  #begin(association: AssociationInfo, message: Message, now: number): void {
    const service = REQUESTS.get(message.type);
    if (service === undefined || !("messageId" in message)) return;
    const query = {
      association,
      service,
      sopClassUid: message.affectedSopClassUid ?? "",
      destination: message.type === "C-MOVE-RQ" ? message.moveDestination : undefined,
    };
    const ofAssociation = this.#underway.get(association.id) ?? new Map<number, Underway>();
    this.#underway.set(association.id, ofAssociation);
    ofAssociation.set(message.messageId, {
      query,
      since: now,
      level: undefined,
      matches: 0,
      counters: {},
    });
  }

  #note({ association, messageId, identifier }: FindRequest): void {
    const underway = this.#underway.get(association.id)?.get(messageId);
    if (underway !== undefined) underway.level = identifier.getString(QUERY_RETRIEVE_LEVEL);
  }

  #answer(association: string, message: Message, now: number): PeerQueryOutcome | undefined {
    if (
      message.type !== "C-FIND-RSP" && message.type !== "C-GET-RSP" && message.type !== "C-MOVE-RSP"
    ) return undefined;
    const ofAssociation = this.#underway.get(association);
    const underway = ofAssociation?.get(message.messageIdBeingRespondedTo);
    if (ofAssociation === undefined || underway === undefined) return undefined;
    if (message.type !== "C-FIND-RSP") underway.counters = countersOf(message);
    if (statusCategory(message.status) === "pending") {
      if (message.type === "C-FIND-RSP") underway.matches += 1;
      return undefined;
    }
    ofAssociation.delete(message.messageIdBeingRespondedTo);
    const { status, errorComment } = message;
    return { ...resultOf(underway, now), status, errorComment };
  }
}

function resultOf(
  { query, level, matches, counters, since }: Underway,
  now: number,
): PeerQueryResult {
  return { query: { ...query, level }, matches, counters, duration: now - since };
}

function countersOf(
  { remaining, completed, failed, warning }: SubOperationCounters,
): SubOperationCounters {
  return {
    ...(remaining !== undefined && { remaining }),
    ...(completed !== undefined && { completed }),
    ...(failed !== undefined && { failed }),
    ...(warning !== undefined && { warning }),
  };
}

const REQUESTS: ReadonlyMap<string, QueryService> = new Map([
  ["C-FIND-RQ", "C-FIND"],
  ["C-GET-RQ", "C-GET"],
  ["C-MOVE-RQ", "C-MOVE"],
]);

const QUERY_RETRIEVE_LEVEL = 0x00080052;
