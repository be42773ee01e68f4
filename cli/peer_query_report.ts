/**
 * Tells people and programs what became of the queries and retrieves of peers. Of an identifier the level
 * alone is told: its keys are patient data.
 *
 * @module
 */

import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import { type RequestEvent, subOperationsOf, wholeMilliseconds } from "./event_output.ts";
import type { ToolLog } from "./log.ts";
import type { PeerQuery, PeerQueryOutcome, PeerQueryResult } from "./peer_queries.ts";
import { describePeers } from "./service_record.ts";
import { count } from "./service_tally.ts";

/**
 * Names a request for people.
 *
 * @param query The request.
 * @returns Such as `C-MOVE at level STUDY from WS1 (10.0.0.5:4711) to QRSCP, for WS2`.
 */
export function describePeerQuery({ service, association, level, destination }: PeerQuery): string {
  const what = isLevel(level) ? ` at level ${level}` : "";
  const where = destination === undefined ? "" : `, for ${destination}`;
  return `${service}${what} from ${describePeers(association)}${where}`;
}

/**
 * Tells how a request was answered: what went well is for `-v`.
 *
 * @param log Where to.
 * @param outcome How.
 */
export function logPeerQuery(log: ToolLog, outcome: PeerQueryOutcome): void {
  const { query, status, errorComment, duration } = outcome;
  const name = describePeerQuery(query);
  const came = `${resultOf(outcome)} in ${(duration / 1000).toFixed(1)} s`;
  const category = statusCategory(status);
  if (category === "success") {
    log.verbose(`${name}: ${came}`);
  } else if (category === "cancel") {
    log.verbose(`${name}: cancelled, ${came}`);
  } else {
    const comment = errorComment === undefined ? "" : `: ${errorComment}`;
    const why = `${formatStatus(status)} (${describeStatus(status, query.service)})${comment}`;
    log.warn(`${name}: ${why}; ${came}`);
  }
}

/**
 * Tells of a request whose association was lost before its end.
 *
 * @param log Where to.
 * @param result What came of it until then.
 */
export function logBrokenQuery(log: ToolLog, result: PeerQueryResult): void {
  const time = `${(result.duration / 1000).toFixed(1)} s`;
  log.warn(`${describePeerQuery(result.query)} broke off: ${resultOf(result)} in ${time}`);
}

function resultOf({ query, matches, counters }: PeerQueryResult): string {
  if (query.service === "C-FIND") return matches === 1 ? "1 match" : `${matches} matches`;
  const { completed = 0, warning = 0, failed = 0 } = counters;
  const sent = `${count(completed + warning, "instance")} sent`;
  return failed > 0 ? `${sent}, ${failed} failed` : sent;
}

/**
 * The event of a request.
 *
 * @param outcome How it was answered.
 * @returns Its event.
 */
export function requestEventOf(outcome: PeerQueryOutcome): RequestEvent {
  const { query, status, matches, counters, duration } = outcome;
  return {
    event: "request",
    association: query.association.id,
    service: query.service,
    sopClassUid: query.sopClassUid,
    level: isLevel(query.level) ? query.level : null,
    destination: query.destination ?? null,
    matches: query.service === "C-FIND" ? matches : null,
    status,
    meaning: describeStatus(status, query.service),
    ...subOperationsOf(counters),
    durationMs: wholeMilliseconds(duration),
  };
}

/** What else a peer may say there is free text. */
function isLevel(level: string | undefined): level is string {
  return level !== undefined && LEVELS.includes(level);
}

const LEVELS: readonly string[] = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
