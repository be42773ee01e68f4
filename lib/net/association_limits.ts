/**
 * How many associations may stand at once.
 *
 * @module
 */

import { type ByAddress, hostOf } from "./by_address.ts";

/** The limits of an acceptor. */
export interface AssociationLimits {
  /** How many associations may stand at once; one more is rejected (transient, local limit). */
  readonly maximumAssociations: number;
  /** How many of them may be of one address. Default: all. */
  readonly maximumAssociationsPerAddress?: number;
}

/**
 * Why no association more can stand, of those from an address.
 *
 * @param standing Those that stand.
 * @param peerAddress The address, `host:port`.
 * @param limits How many may.
 * @returns Why; `undefined` when it can.
 */
export function whyFull(
  standing: Pick<ByAddress<unknown>, "size" | "countOf">,
  peerAddress: string,
  { maximumAssociations, maximumAssociationsPerAddress = Infinity }: AssociationLimits,
): string | undefined {
  if (standing.size >= maximumAssociations) {
    return `${maximumAssociations} stand, the most there may be`;
  }
  if (standing.countOf(peerAddress) >= maximumAssociationsPerAddress) {
    const host = hostOf(peerAddress);
    return `${maximumAssociationsPerAddress} of ${host} stand, the most from one address`;
  }
  return undefined;
}
