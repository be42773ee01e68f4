/**
 * The bytes that an action of the protocol machine sends.
 *
 * @module
 */

import { fragmentMessage } from "../dimse/fragmenter.ts";
import type { Message } from "../dimse/message.ts";
import { encodeMessage } from "../dimse/message_codec.ts";
import { type AbortCode, LocalProtocolError, RemoteProtocolError } from "../errors.ts";
import { encodePdu } from "../pdu/encoder.ts";
import type { Pdu } from "../pdu/pdu.ts";
import type { ActionEffect, MachineEvent } from "./state_machine.ts";

/** What an event brings along to be sent: a PDU, framed P-DATA-TFs, or the code of an A-ABORT. */
export type Sendable = Pdu | Uint8Array | AbortCode;

/** The A-ABORT for a PDU that is known but not expected in the present state (PS3.8 table 9-26). */
export const UNEXPECTED_PDU: AbortCode = { source: 2, reason: 2 };

/** The A-ABORT of a user that gives up. */
export const USER_ABORT: AbortCode = { source: 0, reason: 0 };

/**
 * The code of the A-ABORT that an action sends. AA-1 aborts as the service-user, whatever was found
 * (PS3.8 table 9-9); AA-7 and AA-8 abort as the service-provider.
 *
 * @param effect What the action does.
 * @param found The code for what was found.
 * @returns The code to send.
 */
export function abortCode(effect: ActionEffect, found: AbortCode): AbortCode {
  const isByUser = effect.artim === "start" && effect.indicate === undefined;
  return isByUser ? USER_ABORT : found;
}

/**
 * The violation of a peer that sends a known PDU in a state that has no place for it.
 *
 * @param event The event of the PDU.
 * @returns The error.
 */
export function unexpectedPdu(event: MachineEvent): RemoteProtocolError {
  return new RemoteProtocolError(
    `Cannot go on: a PDU came that is not expected now (${event})`,
    UNEXPECTED_PDU,
  );
}

/**
 * Whether an action ends the association by an A-ABORT: AA-1 and AA-8 do, AA-7 only repeats the abort
 * of one that has ended.
 *
 * @param effect What the action does.
 * @returns True for AA-1 and AA-8.
 */
export function startsAbort(effect: ActionEffect): boolean {
  return effect.send === "A-ABORT" && effect.artim === "start";
}

/**
 * Encodes what an action sends.
 *
 * @param effect What the action does.
 * @param sent What the event brought along; for A-ASSOCIATE-RQ, the request.
 * @returns The bytes, or `undefined` when the action sends nothing.
 */
export function bytesToSend(
  effect: ActionEffect,
  sent: Sendable | undefined,
): Uint8Array | undefined {
  if (effect.send === undefined) return undefined;
  if (sent instanceof Uint8Array) return sent;
  if (effect.send === "A-RELEASE-RQ" || effect.send === "A-RELEASE-RP") {
    return encodePdu({ type: effect.send });
  }
  if (effect.send === "A-ABORT") {
    const code = abortCode(effect, sent === undefined || "type" in sent ? USER_ABORT : sent);
    return encodePdu({ type: "A-ABORT", source: code.source, reason: code.reason });
  }
  return sent !== undefined && "type" in sent ? encodePdu(sent) : undefined;
}

/**
 * Encodes a message whose data set, if any, is at hand.
 *
 * @param contextId The presentation context.
 * @param message The command.
 * @param dataSet The data set, where the message has one.
 * @param peerMaximumLength The largest P-DATA-TF that the peer takes; 0 is unlimited.
 * @returns Whole P-DATA-TF PDUs.
 * @throws {LocalProtocolError} When the command and the data set do not go together.
 */
export function messageToSend(
  contextId: number,
  message: Message,
  dataSet: Uint8Array | undefined,
  peerMaximumLength: number,
): Uint8Array {
  if (message.hasDataSet !== (dataSet !== undefined)) {
    const fault = dataSet ? "given but not announced" : "announced but not given";
    throw new LocalProtocolError(`Cannot send ${message.type}: its data set is ${fault}`);
  }
  return fragmentMessage(contextId, encodeMessage(message), dataSet, peerMaximumLength);
}
