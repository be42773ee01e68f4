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

/** Who takes part in our C-MOVEs. */
export interface MoveParties {
  /** Ours, as the archive knows us. */
  readonly callingAeTitle: string;
  /** The archive's, as we call it. */
  readonly calledAeTitle: string;
  /** Where the instances go: ours as well. */
  readonly moveDestination: string;
}

/**
 * The C-MOVEs of one run.
 *
 * @example
 * ```ts
 * import { OwnMoves } from "./move_originator.ts";
 * import assert from "node:assert/strict";
 *
 * const parties = { callingAeTitle: "ME", calledAeTitle: "PACS", moveDestination: "ME" };
 * const moves = new OwnMoves(parties);
 * moves.add(1);
 * const ours = { moveOriginatorAeTitle: "ME", moveOriginatorMessageId: 1 };
 * assert.equal(moves.otherOf(ours, "PACS"), undefined);
 * assert.equal(moves.otherOf({ moveOriginatorAeTitle: "YOU" }, "PACS")?.aeTitle, "YOU");
 * ```
 */
export class OwnMoves {
  readonly #parties: MoveParties;
  readonly #messageIds = new Set<number>();

  /**
   * Nothing is asked yet.
   *
   * @param parties Who takes part.
   */
  constructor(parties: MoveParties) {
    this.#parties = parties;
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
   * Says for whom else an instance is sent. Many senders do not tell for whom; some name themselves, or
   * the destination; some leave the message ID at 0; and who has an instance fetched for us elsewhere
   * names itself there. Those have the benefit of the doubt.
   *
   * @param request The C-STORE.
   * @param sender The AE title of who sends it.
   * @returns Who has asked for it; `undefined` when it may be ours.
   */
  otherOf(
    request: Pick<StoreRequestMessage, "moveOriginatorAeTitle" | "moveOriginatorMessageId">,
    sender: string,
  ): Originator | undefined {
    const { moveOriginatorAeTitle: aeTitle, moveOriginatorMessageId: messageId } = request;
    if (aeTitle === undefined) return undefined;
    const { callingAeTitle, calledAeTitle, moveDestination } = this.#parties;
    const isOurs = aeTitle === callingAeTitle
      ? messageId === undefined || messageId === 0 || this.#messageIds.has(messageId)
      : [sender, calledAeTitle, moveDestination].includes(aeTitle);
    return isOurs ? undefined : { aeTitle, messageId };
  }
}
