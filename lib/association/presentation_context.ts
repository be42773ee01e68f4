/**
 * Presentation contexts after the negotiation (PS3.8 section 7.1.1.14): what both sides agreed on.
 * What is proposed and what is answered are the types of the PDU floor.
 *
 * @module
 */

import { NegotiationError } from "../errors.ts";

/** A presentation context that was accepted, with the roles that hold in it. */
export interface AcceptedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  /** The SOP class UID, or another abstract syntax name, that was proposed. */
  readonly abstractSyntax: string;
  /**
   * The one of the transfer syntaxes proposed that the acceptor chose: data sets in the context are
   * encoded in it.
   */
  readonly transferSyntax: string;
  /** Whether the association requestor may be SCU here (PS3.7 section D.3.3.4). */
  readonly requestorIsScu: boolean;
  /** Whether the association requestor may be SCP here. */
  readonly requestorIsScp: boolean;
}

/** An abstract syntax to propose with its transfer syntaxes, in order of preference. */
export interface ContextProposal {
  /** A SOP class UID, or another abstract syntax name (PS3.8 annex B). */
  readonly abstractSyntax: string;
  /** At least one. The acceptor chooses among them, and need not keep to our order. */
  readonly transferSyntaxes: readonly string[];
}

/** A presentation context that the acceptor did not accept. */
export interface RejectedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  /** The SOP class UID, or another abstract syntax name, that was proposed. */
  readonly abstractSyntax: string;
  /** All that were proposed, none of which can be used. */
  readonly transferSyntaxes: readonly string[];
  /** Result/Reason of PS3.8 table 9-18, 1 to 4; 0 when the acceptor's own answer was unusable. */
  readonly result: number;
  /** The result in words. */
  readonly reason: string;
}

const REASONS: readonly string[] = [
  "the acceptor answered with a transfer syntax that was not proposed",
  "rejected by the user",
  "rejected, no reason given",
  "abstract syntax not supported",
  "transfer syntaxes not supported",
];

/**
 * Says in words why a presentation context was not accepted (PS3.8 table 9-18).
 *
 * @param result The Result/Reason field.
 * @returns The reason in a few words.
 *
 * @example
 * ```ts
 * import { contextRejectionReason } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(contextRejectionReason(3), "abstract syntax not supported");
 * ```
 */
export function contextRejectionReason(result: number): string {
  return REASONS[result] ?? `rejected with the undefined result ${result}`;
}

/**
 * The context to use for an abstract syntax.
 *
 * @param abstractSyntax A SOP class UID.
 * @param accepted The presentation contexts that were accepted.
 * @param rejected Those that were not.
 * @returns The first that was accepted in which the requestor is SCU.
 * @throws {NegotiationError} When there is none, with the reasons.
 */
export function usableContext(
  abstractSyntax: string,
  accepted: readonly AcceptedContext[],
  rejected: readonly RejectedContext[],
): AcceptedContext {
  const context = accepted.find((context) =>
    context.abstractSyntax === abstractSyntax && context.requestorIsScu
  );
  if (context !== undefined) return context;
  const why = whyUnusable(abstractSyntax, accepted, rejected);
  throw new NegotiationError(
    `Cannot use ${abstractSyntax}: the peer accepted no presentation context for it (${why})`,
  );
}

/** Says in words why an abstract syntax cannot be used by the association requestor as SCU. */
function whyUnusable(
  abstractSyntax: string,
  accepted: readonly AcceptedContext[],
  rejected: readonly RejectedContext[],
): string {
  const reasons = rejected.filter((context) => context.abstractSyntax === abstractSyntax)
    .map(({ reason }) => reason);
  for (const { abstractSyntax: uid, requestorIsScp } of accepted) {
    if (uid !== abstractSyntax) continue;
    reasons.push(`it was accepted for ${requestorIsScp ? "the role of SCP only" : "no role"}`);
  }
  return reasons.join("; ") || "it was not proposed";
}
