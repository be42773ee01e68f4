/**
 * The event of a response to a C-GET or C-MOVE.
 *
 * @module
 */

import { describeStatus, statusCategory } from "../lib/dimse/status.ts";
import type { RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import {
  type PendingEvent,
  type ResponseEvent,
  subOperationsOf,
  wholeMilliseconds,
} from "./event_output.ts";

/**
 * Makes the event of a response.
 *
 * @param service By which service it came.
 * @param response The response.
 * @param duration Since the request, in milliseconds.
 * @returns `pending`, or `response` of the final one.
 */
export function retrieveEventOf(
  service: "C-GET" | "C-MOVE",
  response: RetrieveResponse,
  duration: number,
): PendingEvent | ResponseEvent {
  const { status, number, isFinal, counters, failedSopInstanceUids } = response;
  if (!isFinal) return { event: "pending", service, number, status, ...subOperationsOf(counters) };
  return {
    event: "response",
    service,
    status,
    category: statusCategory(status),
    meaning: describeStatus(status, service),
    ...subOperationsOf(counters),
    failedSopInstanceUids,
    durationMs: wholeMilliseconds(duration),
  };
}
