/**
 * Tells the request and the responses of a retrieve, in the words of pynetdicom's tools; then, of what
 * did not succeed, what it means.
 *
 * @module
 */

import { DataSet } from "../lib/data_set/data_set.ts";
import type { SubOperationCounters } from "../lib/dimse/message.ts";
import { type DimseService, statusCategory } from "../lib/dimse/status.ts";
import type { RetrieveResponse } from "../lib/service/retrieve_scu.ts";
import type { ToolLog } from "./log.ts";
import { logIdentifier, logStatusMeaning, statusWords } from "./response_log.ts";

/** The retrieve services. */
export type RetrieveService = Extract<DimseService, "C-MOVE" | "C-GET">;

/**
 * Tells the request.
 *
 * @param log Where to.
 * @param service The service.
 * @param messageId Message ID of the request.
 * @param identifier The query.
 */
export function logRetrieveRequest(
  log: ToolLog,
  service: RetrieveService,
  messageId: number,
  identifier: DataSet,
): void {
  log.info(`Sending ${NAME[service]} Request: MsgID ${messageId}`);
  logIdentifier(log, "# Request Identifier", identifier);
}

/**
 * Tells a response.
 *
 * @param log Where to.
 * @param service The service.
 * @param response The response.
 */
export function logRetrieveResponse(
  log: ToolLog,
  service: RetrieveService,
  response: RetrieveResponse,
): void {
  const { status, number } = response;
  // One pending response comes for each instance.
  if (!response.isFinal && !log.writes("info")) return;
  const category = statusCategory(status);
  if (response.isFinal) log.info(`${NAME[service]} SCP Result: ${statusWords(status)}`);
  else log.info(`${NAME[service]} SCP Response: ${number} - ${statusWords(status)}`);
  log.info(subOperations(response.counters));
  if (category === "success" || category === "pending") return;
  if (response.identifier !== undefined) {
    logIdentifier(log, "# Response Identifier", presentable(response.identifier, log));
  }
  const tell = logStatusMeaning(log, service, response);
  for (const uid of response.failedSopInstanceUids) tell(`Failed SOP Instance UID: ${uid}`);
  if (response.identifierError !== undefined) {
    tell(`Cannot read the response's identifier: ${response.identifierError.message}`);
  }
}

/**
 * The identifier of a response should hold the Failed SOP Instance UID List alone (PS3.4 section
 * C.4.2.1.4.2). What an archive adds may be of a patient: it is for who looks for a fault.
 */
function presentable(identifier: DataSet, log: ToolLog): DataSet {
  if (log.writes("debug")) return identifier;
  const list = identifier.get(FAILED_SOP_INSTANCE_UID_LIST);
  return list === undefined ? new DataSet() : new DataSet().set(list);
}

const FAILED_SOP_INSTANCE_UID_LIST = 0x00080058;

/** A counter that is absent is shown as 0, as scripts expect. */
function subOperations(counters: SubOperationCounters): string {
  const { remaining = 0, completed = 0, failed = 0, warning = 0 } = counters;
  return `Sub-Operations Remaining: ${remaining}, Completed: ${completed}, ` +
    `Failed: ${failed}, Warning: ${warning}`;
}

const NAME: Readonly<Record<RetrieveService, string>> = { "C-MOVE": "Move", "C-GET": "Get" };
