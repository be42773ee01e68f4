/**
 * The room for associations that several servers have together.
 *
 * @module
 */

/** The room that several servers have together, for the associations that stand on any of them. */
export interface AssociationRoom {
  /**
   * Takes the place of one association.
   *
   * @param peerAddress Whose it is, `host:port`.
   * @returns Why there is none; `undefined` when it is taken.
   */
  take(peerAddress: string): Promise<string | undefined>;
  /**
   * Gives the place of one association back.
   *
   * @param peerAddress Whose it was.
   */
  give(peerAddress: string): void;
}
