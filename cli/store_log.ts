/**
 * Tells what is sent, in the words of pynetdicom's storescu; then, of what did not succeed, what it
 * means.
 *
 * @module
 */

import { describeStatus, formatStatus, statusCategory } from "../lib/dimse/status.ts";
import type { StoreResponseMessage } from "../lib/dimse/message.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import { CT_IMAGE_STORAGE, MR_IMAGE_STORAGE, sopClassName } from "../lib/sop_class.ts";
import { transferSyntax } from "../lib/transfer_syntax.ts";
import type { ToolLog } from "./log.ts";
import { formatSize } from "./outcome.ts";
import type { SendQueue } from "./send_queue.ts";

/**
 * Tells that a C-STORE goes out.
 *
 * @param log Where to.
 * @param event What happened on the association; others are passed over.
 */
export function logStoreRequest(log: ToolLog, event: AssociationEvent): void {
  if (event.type !== "message-sent" || event.message.type !== "C-STORE-RQ") return;
  const { messageId, affectedSopClassUid } = event.message;
  const modality = MODALITY[affectedSopClassUid];
  log.info(`Sending Store Request: MsgID ${messageId}${modality ? `, (${modality})` : ""}`);
}

/**
 * Tells a response.
 *
 * @param log Where to.
 * @param path The file that was sent.
 * @param response The response.
 * @param isOneOfMany Whether others may be due too, so that it must be told which one it is.
 */
export function logStoreResponse(
  log: ToolLog,
  path: string,
  response: StoreResponseMessage,
  isOneOfMany = false,
): void {
  const { status, errorComment, messageIdBeingRespondedTo } = response;
  const category = statusCategory(status);
  const meaning = describeStatus(status, "C-STORE");
  const word = meaning === "unknown status" ? "Unknown" : CATEGORY[category];
  const which = isOneOfMany ? `: MsgID ${messageIdBeingRespondedTo}` : "";
  log.info(`Received Store Response${which} (Status: ${formatStatus(status)} - ${word})`);
  if (category === "success") return;
  const tell = (message: string): void =>
    category === "warning" ? log.warn(message) : log.error(message);
  if (category !== "warning") log.error(`Store failed: ${path}`);
  tell(`The peer says: ${meaning} (${formatStatus(status)})`);
  if (errorComment !== undefined && errorComment !== "") tell(`Error Comment: ${errorComment}`);
}

/**
 * Says what would be proposed and sent.
 *
 * @param queues The plan.
 * @returns Lines.
 */
export function describePlan(queues: readonly SendQueue[]): string[] {
  return queues.flatMap((queue, index) => {
    const { presentationContexts } = queue.plan;
    return [
      `Association ${index + 1}: ${count(presentationContexts.length, "presentation context")}, ` +
      count(queue.length, "instance"),
      ...presentationContexts.map(({ abstractSyntax, transferSyntaxes }, at) =>
        `  ${2 * at + 1}: ${sopClassName(abstractSyntax)}: ` +
        transferSyntaxes.map(syntaxName).join(", ")
      ),
      ...queue.instances.map((head) =>
        `  ${head.path}: ${sopClassName(head.sopClassUid)}, ${
          syntaxName(head.transferSyntaxUid)
        }, ` +
        formatSize(head.size)
      ),
    ];
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/**
 * Names a transfer syntax for people.
 *
 * @param uid Its UID.
 * @returns Its name, or the UID when it is not known.
 */
export function syntaxName(uid: string): string {
  return transferSyntax(uid)?.name ?? uid;
}

const MODALITY: Readonly<Record<string, string>> = {
  [CT_IMAGE_STORAGE]: "CT",
  [MR_IMAGE_STORAGE]: "MR",
};
const CATEGORY = {
  success: "Success",
  pending: "Pending",
  cancel: "Cancel",
  warning: "Warning",
  failure: "Failure",
} as const;
