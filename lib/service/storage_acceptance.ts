/**
 * Which presentation contexts an acceptor takes that offers Verification and Storage.
 *
 * @module
 */

import { isStorageSopClass, VERIFICATION } from "../sop_class.ts";
import { transferSyntax, UNCOMPRESSED_TRANSFER_SYNTAXES } from "../transfer_syntax.ts";
import { isValidUid } from "../uid.ts";

/**
 * What is accepted of what a peer proposes for storage. Without it, every storage SOP class, also
 * private ones, in every transfer syntax whose structure is known; the bytes are not touched.
 */
export interface StorageAcceptance {
  /** The only SOP classes that are accepted. Default: all. */
  readonly sopClasses?: readonly string[];
  /** The only transfer syntaxes that are accepted. Default: all. */
  readonly transferSyntaxes?: readonly string[];
  /**
   * Of several transfer syntaxes in one presentation context, the one accepted is the first of these
   * that is proposed. Default, and when none of them is: the first that the peer proposes.
   */
  readonly preferredTransferSyntaxes?: readonly string[];
}

/** The standard's arc: what is in it and not known here as a storage class is not one. */
const STANDARD_ARC = "1.2.840.10008.";

/** The arc of the encapsulated transfer syntaxes, which are all explicit VR little endian (PS3.5 A.4). */
const ENCAPSULATED_ARC = "1.2.840.10008.1.2.4.";

/**
 * Answers a proposed presentation context.
 *
 * @param abstractSyntax Its abstract syntax.
 * @param transferSyntaxes Its transfer syntaxes, in the order of the peer.
 * @param acceptance What is accepted for storage; `undefined` when nothing is stored.
 * @returns The transfer syntax to accept, or the Result/Reason 3 or 4 of PS3.8 table 9-18.
 */
export function selectTransferSyntax(
  abstractSyntax: string,
  transferSyntaxes: readonly string[],
  acceptance: StorageAcceptance | undefined,
): string | 3 | 4 {
  if (abstractSyntax === VERIFICATION) {
    return transferSyntaxes.find((uid) => UNCOMPRESSED_TRANSFER_SYNTAXES.includes(uid)) ?? 4;
  }
  if (acceptance === undefined || !isStorable(abstractSyntax, acceptance)) return 3;
  const usable = transferSyntaxes.filter((uid) => isReadable(uid, acceptance));
  const preferred = acceptance.preferredTransferSyntaxes?.find((uid) => usable.includes(uid));
  return preferred ?? usable[0] ?? 4;
}

function isStorable(uid: string, { sopClasses }: StorageAcceptance): boolean {
  if (sopClasses !== undefined) return sopClasses.includes(uid);
  return isStorageSopClass(uid) || (isValidUid(uid) && !uid.startsWith(STANDARD_ARC));
}

function isReadable(uid: string, { transferSyntaxes }: StorageAcceptance): boolean {
  if (transferSyntaxes !== undefined && !transferSyntaxes.includes(uid)) return false;
  return transferSyntax(uid) !== undefined || (uid.startsWith(ENCAPSULATED_ARC) && isValidUid(uid));
}
