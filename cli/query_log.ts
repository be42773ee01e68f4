/**
 * Tells the request and the responses of a query, in the words of pynetdicom's tools; then, of what did
 * not succeed, what it means.
 *
 * @module
 */

import type { DataSet } from "../lib/data_set/data_set.ts";
import { statusCategory } from "../lib/dimse/status.ts";
import type { FindResponse } from "../lib/service/query_scu.ts";
import type { ToolLog } from "./log.ts";
import { logIdentifier, logStatusMeaning, statusWords } from "./response_log.ts";

/**
 * Tells the request.
 *
 * @param log Where to.
 * @param messageId Message ID of the request.
 * @param identifier The query.
 * @param isWanted Whether the user wants keys and matches in the log, and nowhere else.
 */
export function logFindRequest(
  log: ToolLog,
  messageId: number,
  identifier: DataSet,
  isWanted: boolean,
): void {
  log.info(`Sending Find Request: MsgID ${messageId}`);
  logIdentifier(log, "# Request Identifier", identifier, isWanted);
}

/**
 * Tells a response, with its match.
 *
 * @param log Where to.
 * @param response The response.
 * @param isWanted Whether the user wants matches in the log, and nowhere else.
 */
export function logFindResponse(log: ToolLog, response: FindResponse, isWanted: boolean): void {
  const { status, number, identifier, identifierError } = response;
  if (response.isFinal) {
    log.info(`Find SCP Result: ${statusWords(status)}`);
    if (statusCategory(status) !== "success") logStatusMeaning(log, "C-FIND", response);
    return;
  }
  log.info(`Find SCP Response: ${number} - ${statusWords(status)}`);
  if (identifier !== undefined && identifier.size > 0) {
    logIdentifier(log, "# Response Identifier", identifier, isWanted);
  }
  if (identifierError !== undefined) {
    log.error("Failed to decode the received Identifier dataset");
    log.error(identifierError.message);
  }
}
