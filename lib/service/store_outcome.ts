/**
 * What came of a handler's taking of one instance: the reply, however the handler put it.
 *
 * @module
 */

import { isLegalStatus, STATUS, statusCategory } from "../dimse/status.ts";
import { HandlerError } from "../errors.ts";
import type { Awaitable, Status, StatusReply } from "../handler/handler.ts";

/** The reply to a C-STORE request, and what is to be logged. */
export interface StoreOutcome {
  readonly reply: StatusReply;
  /** What the handler threw, or did wrong, when that was not a status: the reply is 0x0110. */
  readonly error?: unknown;
}

/**
 * Runs a handler, and says what came of it.
 *
 * @param take Calls the handler.
 * @returns Its reply, returned or thrown; or 0x0110 and what was wrong.
 */
export async function storeOutcome(
  take: () => Awaitable<Status | StatusReply>,
): Promise<StoreOutcome> {
  try {
    const result: unknown = await take();
    const reply = typeof result === "number" ? { status: result } : result;
    if (isReply(reply)) return { reply };
    const error = new HandlerError(
      `Cannot answer with what the handler returned: ${faultOf(reply)}`,
      "store",
    );
    return { reply: { status: STATUS.processingFailure }, error };
  } catch (error) {
    const status = thrownStatus(error);
    if (status !== undefined) return { reply: { status, errorComment: messageOf(error) } };
    return { reply: { status: STATUS.processingFailure }, error };
  }
}

/**
 * The status that a thrown value stands for. Plugins share no class with us, so it is known by its
 * shape.
 *
 * @param error What was thrown.
 * @returns Its status, where it has one that can be sent.
 */
export function thrownStatus(error: unknown): Status | undefined {
  if (typeof error !== "object" || error === null || !("status" in error)) return undefined;
  return isFinalStatus(error.status) ? error.status : undefined;
}

function isReply(value: unknown): value is StatusReply {
  return faultOf(value) === undefined;
}

/** What keeps a value from being a reply: handlers in plain JavaScript return what they like. */
function faultOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) {
    const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
    return `${shown} is neither a status nor an object with one`;
  }
  const status: unknown = Reflect.get(value, "status");
  if (typeof status !== "number") return "its status is no number";
  if (!isFinalStatus(status)) return `${status} is no final status`;
  const errorComment: unknown = Reflect.get(value, "errorComment");
  if (errorComment !== undefined && typeof errorComment !== "string") {
    return "its errorComment is no text";
  }
  const elements: unknown = Reflect.get(value, "offendingElements");
  const isList = Array.isArray(elements) && elements.every((each) => typeof each === "number");
  return elements === undefined || isList
    ? undefined
    : "its offendingElements are no list of numbers";
}

function isFinalStatus(status: unknown): status is Status {
  return typeof status === "number" && isLegalStatus(status) &&
    statusCategory(status) !== "pending";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
