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
    const reply = replyOf(result);
    if (isFinalStatus(reply.status)) return { reply: { ...reply, status: reply.status } };
    const shown = typeof reply.status === "string"
      ? JSON.stringify(reply.status)
      : String(reply.status);
    const error = new HandlerError(
      `Cannot answer with what the handler returned: ${shown} is no final status`,
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

/**
 * What a handler returned, as a reply. One in plain JavaScript returns what it likes: it is the status
 * that counts, and what is beside it counts only where it can be sent.
 */
function replyOf(result: unknown): Omit<StatusReply, "status"> & { readonly status: unknown } {
  if (typeof result !== "object" || result === null) return { status: result };
  const { status, errorComment, offendingElements }: Partial<Record<keyof StatusReply, unknown>> =
    result;
  return {
    status,
    ...(typeof errorComment === "string" && { errorComment }),
    ...(Array.isArray(offendingElements) && { offendingElements }),
  };
}

function isFinalStatus(status: unknown): status is Status {
  return typeof status === "number" && isLegalStatus(status) &&
    statusCategory(status) !== "pending";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
