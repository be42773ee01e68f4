/**
 * Whose C-MOVE an instance is sent for. A Storage SCP takes what anybody sends; what is sent for the
 * C-MOVE of somebody else is no part of what was promised to us.
 *
 * @module
 */

import type { StoreRequestMessage } from "../lib/dimse/message.ts";

/** Who has asked, as the sender of an instance names it (PS3.7 section 9.1.1.1). */
export interface Originator {
  /** Move Originator Application Entity Title (0000,1030). */
  readonly aeTitle: string;
  /** Move Originator Message ID (0000,1031); `undefined` when it is not told. */
  readonly messageId: number | undefined;
}

/**
 * The C-MOVEs of one run.
 *
 * @example
 * ```ts
 * import { OwnMoves } from "./move_originator.ts";
 * import assert from "node:assert/strict";
 *
 * const moves = new OwnMoves("ME");
 * moves.add(1);
 * assert.equal(moves.otherOf({ moveOriginatorAeTitle: "ME", moveOriginatorMessageId: 1 }), undefined);
 * assert.equal(moves.otherOf({ moveOriginatorAeTitle: "YOU" })?.aeTitle, "YOU");
 * ```
 */
export class OwnMoves {
  readonly #aeTitle: string;
  readonly #messageIds = new Set<number>();

  /**
   * Nothing is asked yet.
   *
   * @param aeTitle Ours, as the archive knows it.
   */
  constructor(aeTitle: string) {
    this.#aeTitle = aeTitle;
  }

  /**
   * A C-MOVE is about to be sent.
   *
   * @param messageId Its message ID.
   */
  add(messageId: number): void {
    this.#messageIds.add(messageId);
  }

  /**
   * Says for whom else an instance is sent. Many senders do not tell for whom, and some leave the message
   * ID at 0: those have the benefit of the doubt.
   *
   * @param request The C-STORE.
   * @returns Who has asked for it; `undefined` when it is ours, or not told.
   */
  otherOf(
    request: Pick<StoreRequestMessage, "moveOriginatorAeTitle" | "moveOriginatorMessageId">,
  ): Originator | undefined {
    const { moveOriginatorAeTitle: aeTitle, moveOriginatorMessageId: messageId } = request;
    if (aeTitle === undefined) return undefined;
    const isOurs = aeTitle === this.#aeTitle &&
      (messageId === undefined || messageId === 0 || this.#messageIds.has(messageId));
    return isOurs ? undefined : { aeTitle, messageId };
  }
}
