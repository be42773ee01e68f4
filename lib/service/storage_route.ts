/**
 * By which presentation context an instance goes.
 *
 * @module
 */

import { NegotiationError } from "../errors.ts";
import { canTranscode } from "../data_set/transcoder.ts";
import type { AcceptedContext } from "../association/presentation_context.ts";
import { sopClassName } from "../sop_class.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  transferSyntax,
} from "../transfer_syntax.ts";

/** The way that an instance takes. */
export interface StorageRoute {
  /** The context that carries it. */
  readonly context: AcceptedContext;
  /** Whether its data set has to be converted to the transfer syntax of the context. */
  readonly converts: boolean;
}

/** What an uncompressed data set is converted to, the best first: none loses the VRs but the second. */
export const CONVERSION_TARGETS: readonly string[] = [
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
];

/**
 * The context that carries an instance as it is.
 *
 * @param contexts Those that may carry instances in our direction.
 * @param sopClassUid The class of the instance.
 * @param transferSyntaxUid What its data set is encoded in.
 * @returns The first that does.
 * @throws {NegotiationError} When there is none, with what the peer accepted instead.
 */
export function contextAmong(
  contexts: readonly AcceptedContext[],
  sopClassUid: string,
  transferSyntaxUid: string,
): AcceptedContext {
  const ofClass = contexts.filter((context) => context.abstractSyntax === sopClassUid);
  const context = ofClass.find((context) => context.transferSyntax === transferSyntaxUid);
  if (context !== undefined) return context;
  const name = transferSyntax(transferSyntaxUid)?.name ?? transferSyntaxUid;
  const accepted = ofClass.map((context) =>
    transferSyntax(context.transferSyntax)?.name ?? context.transferSyntax
  );
  throw new NegotiationError(
    `Cannot send ${sopClassName(sopClassUid)} in ${name}: the peer accepted ${
      accepted.length === 0 ? "no presentation context for it" : `only ${accepted.join(", ")}`
    }`,
  );
}

/**
 * The way that an instance takes: as it is where the peer accepted that, else converted to another
 * uncompressed transfer syntax.
 *
 * @param contexts Those that may carry instances in our direction.
 * @param sopClassUid The class of the instance.
 * @param transferSyntaxUid What its data set is encoded in.
 * @returns The context, and whether to convert.
 * @throws {NegotiationError} When no context can carry it, with what the peer accepted instead.
 */
export function routeAmong(
  contexts: readonly AcceptedContext[],
  sopClassUid: string,
  transferSyntaxUid: string,
): StorageRoute {
  try {
    return { context: contextAmong(contexts, sopClassUid, transferSyntaxUid), converts: false };
  } catch (error) {
    if (!(error instanceof NegotiationError)) throw error;
    for (const target of CONVERSION_TARGETS) {
      const context = contexts.find((accepted) =>
        accepted.abstractSyntax === sopClassUid && accepted.transferSyntax === target
      );
      if (context === undefined || !canTranscode(transferSyntaxUid, target)) continue;
      return { context, converts: true };
    }
    throw error;
  }
}
