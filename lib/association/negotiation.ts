/**
 * Association negotiation (PS3.8 section 7.1, PS3.7 Annex D), both roles, as pure functions: the
 * request we make, the answer we give, and what both sides are then agreed on.
 *
 * @module
 */

import type {
  AssociateAcceptPdu,
  AssociateRejectPdu,
  AssociateRequestPdu,
  AsynchronousOperationsWindow,
  PresentationContextProposed,
  PresentationContextResult,
  RoleSelection,
  SopClassExtendedNegotiation,
  UserIdentity,
} from "../pdu/pdu.ts";
import { DICOM_APPLICATION_CONTEXT, MAXIMUM_PRESENTATION_CONTEXTS } from "../pdu/pdu.ts";
import { LocalProtocolError } from "../errors.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../uid.ts";
import {
  type AcceptedContext,
  type ContextProposal,
  contextRejectionReason,
  type RejectedContext,
} from "./presentation_context.ts";

/** A P-DATA-TF below this cannot carry an even fragment (PS3.8 D.1, Annex E.1). */
export const SMALLEST_MAXIMUM_LENGTH = 8;

/** What an association request is made of. */
export interface RequestOptions {
  /** Our own AE title: 1 to 16 printable ASCII characters but the backslash (PS3.5 section 6.2). */
  readonly callingAeTitle: string;
  /** The peer's AE title, in the same form; many peers reject an association that calls another. */
  readonly calledAeTitle: string;
  /** Proposed in this order with the IDs 1, 3, 5, …; at most 128. */
  readonly presentationContexts: readonly ContextProposal[];
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. */
  readonly maximumLength: number;
  /**
   * For each SOP class whose requestor is to be SCP, as for C-GET; without it the requestor is SCU
   * alone.
   */
  readonly roleSelections?: readonly RoleSelection[];
  /** The options of SOP classes to ask for, such as relational queries; none by default. */
  readonly extendedNegotiations?: readonly SopClassExtendedNegotiation[];
  /** Who the user is, for acceptors that check it; not sent by default. */
  readonly userIdentity?: UserIdentity;
  /** Not sent by default: some peers drop the connection on it. */
  readonly asynchronousOperationsWindow?: AsynchronousOperationsWindow;
}

/**
 * Makes the A-ASSOCIATE-RQ of a requestor.
 *
 * @param options What to ask for.
 * @returns The PDU.
 * @throws {LocalProtocolError} With no presentation context, or more than 128.
 *
 * @example
 * ```ts
 * import { associationRequest } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const request = associationRequest({
 *   callingAeTitle: "ECHOSCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: "1.2.840.10008.1.1",
 *     transferSyntaxes: ["1.2.840.10008.1.2"],
 *   }],
 *   maximumLength: 16384,
 * });
 * assert.equal(request.presentationContexts[0]?.id, 1);
 * ```
 */
export function associationRequest(options: RequestOptions): AssociateRequestPdu {
  const count = options.presentationContexts.length;
  if (count === 0 || count > MAXIMUM_PRESENTATION_CONTEXTS) {
    throw new LocalProtocolError(
      `Cannot request an association: ${count} presentation contexts are not 1 to ${MAXIMUM_PRESENTATION_CONTEXTS}`,
    );
  }
  return {
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: options.calledAeTitle,
    callingAeTitle: options.callingAeTitle,
    applicationContext: DICOM_APPLICATION_CONTEXT,
    presentationContexts: options.presentationContexts.map((proposal, index) => ({
      id: 2 * index + 1,
      abstractSyntaxes: [proposal.abstractSyntax],
      transferSyntaxes: proposal.transferSyntaxes,
    })),
    userInformation: {
      maximumLength: options.maximumLength,
      implementationClassUid: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
      ...(options.asynchronousOperationsWindow
        ? { asynchronousOperationsWindow: options.asynchronousOperationsWindow }
        : {}),
      roleSelections: options.roleSelections ?? [],
      extendedNegotiations: options.extendedNegotiations ?? [],
      commonExtendedNegotiations: [],
      ...(options.userIdentity ? { userIdentity: options.userIdentity } : {}),
      unknown: [],
    },
  };
}

/** What an acceptor is willing to do. */
export interface AcceptancePolicy {
  /**
   * Chooses for one proposed context: one of the transfer syntaxes, or the Result/Reason 1, 3 or 4
   * of PS3.8 table 9-18 that refuses it.
   */
  select(abstractSyntax: string, transferSyntaxes: readonly string[]): string | 1 | 3 | 4;
  /** The roles the requestor may have for a SOP class; without it, SCU alone. */
  roles?(sopClassUid: string): { readonly scu: boolean; readonly scp: boolean };
  /** The answer to an extended negotiation; without it, or `undefined`, none (all options refused). */
  extendedNegotiation?(item: SopClassExtendedNegotiation): Uint8Array | undefined;
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. */
  readonly maximumLength: number;
  /** How many operations the requestor may have under way at once (PS3.7 section D.3.3.3); 1 without it. */
  readonly operations?: number;
}

function rejection(result: 1 | 2, source: 1 | 2 | 3, reason: number): AssociateRejectPdu {
  return { type: "A-ASSOCIATE-RJ", result, source, reason };
}

/**
 * Whether the service-provider must reject a request: the protocol version has bit 0 unset (PS3.8
 * sections 9.2.2 and 9.3.2).
 *
 * @param request The A-ASSOCIATE-RQ.
 * @returns The A-ASSOCIATE-RJ to send, or `undefined`.
 *
 * @example
 * ```ts
 * import { associationRequest, providerRejection } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const request = associationRequest({
 *   callingAeTitle: "A",
 *   calledAeTitle: "B",
 *   presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
 *   maximumLength: 0,
 * });
 * assert.equal(providerRejection(request), undefined);
 * assert.equal(providerRejection({ ...request, protocolVersion: 2 })?.reason, 2);
 * ```
 */
export function providerRejection(request: AssociateRequestPdu): AssociateRejectPdu | undefined {
  return (request.protocolVersion & 1) === 0 ? rejection(1, 2, 2) : undefined;
}

/** Printable ISO 646 without the backslash (PS3.5 section 6.2, AE). */
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;

/**
 * Whether the acceptor's user must reject a request whatever the policy: wrong application context,
 * unusable AE titles, no presentation context, or a maximum length that no fragment fits in.
 *
 * @param request The A-ASSOCIATE-RQ.
 * @returns The A-ASSOCIATE-RJ to send, or `undefined`.
 *
 * @example
 * ```ts
 * import { associationRequest, userRejection } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const request = associationRequest({
 *   callingAeTitle: "A",
 *   calledAeTitle: "B",
 *   presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
 *   maximumLength: 0,
 * });
 * assert.equal(userRejection({ ...request, calledAeTitle: "" })?.reason, 7);
 * ```
 */
export function userRejection(request: AssociateRequestPdu): AssociateRejectPdu | undefined {
  if (request.applicationContext !== DICOM_APPLICATION_CONTEXT) return rejection(1, 1, 2);
  if (!AE_TITLE.test(request.calledAeTitle)) return rejection(1, 1, 7);
  if (!AE_TITLE.test(request.callingAeTitle)) return rejection(1, 1, 3);
  if (request.presentationContexts.length === 0) return rejection(1, 2, 1);
  const { maximumLength } = request.userInformation;
  if (maximumLength && maximumLength < SMALLEST_MAXIMUM_LENGTH) return rejection(1, 1, 1);
  return undefined;
}

function answerContext(
  context: PresentationContextProposed,
  policy: AcceptancePolicy,
): PresentationContextResult {
  const { id, abstractSyntaxes, transferSyntaxes } = context;
  const [abstractSyntax] = abstractSyntaxes;
  // Old requestors insist on a transfer syntax sub-item even where it means nothing.
  const refuse = (result: number) => ({ id, result, transferSyntax: transferSyntaxes[0] ?? "" });
  // A context that breaks 9.3.2.2 is refused by itself; the others live on.
  if (abstractSyntax === undefined) return refuse(3);
  if (abstractSyntaxes.length > 1) return refuse(2);
  const choice = policy.select(abstractSyntax, transferSyntaxes);
  if (typeof choice === "number") return refuse(choice);
  if (transferSyntaxes.includes(choice)) return { id, result: 0, transferSyntax: choice };
  return refuse(4);
}

/**
 * Makes the A-ASSOCIATE-AC that answers a request by a policy.
 *
 * @param request The A-ASSOCIATE-RQ.
 * @param policy What we are willing to do.
 * @param userIdentityResponse The server response of sub-item 59H; sent only when the requestor asked
 * for one (PS3.7 section D.3.3.7).
 * @returns The PDU.
 *
 * @example
 * ```ts
 * import { associationAccept, associationRequest } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const request = associationRequest({
 *   callingAeTitle: "A",
 *   calledAeTitle: "B",
 *   presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
 *   maximumLength: 0,
 * });
 * const accept = associationAccept(request, { select: (_uid, [first]) => first ?? 4, maximumLength: 0 });
 * assert.equal(accept.presentationContexts[0]?.result, 0);
 * ```
 */
export function associationAccept(
  request: AssociateRequestPdu,
  policy: AcceptancePolicy,
  userIdentityResponse?: Uint8Array,
): AssociateAcceptPdu {
  const { userInformation } = request;
  const isResponseDue = userInformation.userIdentity?.positiveResponseRequested ?? false;
  const proposed = new Set(
    request.presentationContexts.flatMap((context) => context.abstractSyntaxes),
  );
  const roleSelections = userInformation.roleSelections
    .filter((item) => proposed.has(item.sopClassUid))
    .map((item) => {
      const roles = policy.roles?.(item.sopClassUid) ?? { scu: true, scp: false };
      return {
        sopClassUid: item.sopClassUid,
        scu: item.scu && roles.scu,
        scp: item.scp && roles.scp,
      };
    });
  const extendedNegotiations = userInformation.extendedNegotiations
    .filter((item) => proposed.has(item.sopClassUid))
    .flatMap((item) => {
      const information = policy.extendedNegotiation?.(item);
      return information ? [{ sopClassUid: item.sopClassUid, information }] : [];
    });
  return {
    type: "A-ASSOCIATE-AC",
    protocolVersion: 1,
    calledAeTitle: request.calledAeTitle,
    callingAeTitle: request.callingAeTitle,
    applicationContext: DICOM_APPLICATION_CONTEXT,
    presentationContexts: request.presentationContexts.map((context) =>
      answerContext(context, policy)
    ),
    userInformation: {
      maximumLength: policy.maximumLength,
      implementationClassUid: IMPLEMENTATION_CLASS_UID,
      implementationVersionName: IMPLEMENTATION_VERSION_NAME,
      ...windowAnswer(userInformation.asynchronousOperationsWindow, policy.operations),
      roleSelections,
      extendedNegotiations,
      commonExtendedNegotiations: [],
      ...(userIdentityResponse && isResponseDue ? { userIdentityResponse } : {}),
      unknown: [],
    },
  };
}

/** Answers a window, where one is proposed. What we invoke ourselves, we invoke one at a time. */
function windowAnswer(
  proposed: AsynchronousOperationsWindow | undefined,
  operations = 1,
): { readonly asynchronousOperationsWindow?: AsynchronousOperationsWindow } {
  if (proposed === undefined) return {};
  const invoked = fewer(proposed.invoked, operations);
  return { asynchronousOperationsWindow: { invoked, performed: 1 } };
}

/** One at a time, unless both sides have said more. */
function agreedOperations(request: AssociateRequestPdu, accept: AssociateAcceptPdu): number {
  const proposed = request.userInformation.asynchronousOperationsWindow;
  const answered = accept.userInformation.asynchronousOperationsWindow;
  if (proposed === undefined || answered === undefined) return 1;
  return fewer(proposed.invoked, answered.invoked);
}

/** Of two numbers of which 0 is unlimited. */
function fewer(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}

/** What request and acceptance together come to. */
export interface NegotiatedContexts {
  /** Those that can be used, in the order proposed. */
  readonly accepted: readonly AcceptedContext[];
  /** The others, those without a usable answer among them, in the order proposed. */
  readonly rejected: readonly RejectedContext[];
  /** How many operations the requestor may have under way at once (PS3.7 section D.3.3.3); 0 is unlimited. */
  readonly operations: number;
}

/**
 * Reads what a request and its acceptance agreed on, on either side. Answers to contexts that were
 * not proposed, and repeated answers, are ignored.
 *
 * @param request The A-ASSOCIATE-RQ.
 * @param accept The A-ASSOCIATE-AC that answered it.
 * @returns The usable contexts with their roles, and those that are not usable, and why.
 *
 * @example
 * ```ts
 * import { associationAccept, associationRequest, negotiatedContexts } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const request = associationRequest({
 *   callingAeTitle: "A",
 *   calledAeTitle: "B",
 *   presentationContexts: [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }],
 *   maximumLength: 0,
 * });
 * const accept = associationAccept(request, { select: () => 3, maximumLength: 0 });
 * assert.equal(negotiatedContexts(request, accept).rejected[0]?.reason, "abstract syntax not supported");
 * ```
 */
export function negotiatedContexts(
  request: AssociateRequestPdu,
  accept: AssociateAcceptPdu,
): NegotiatedContexts {
  const accepted: AcceptedContext[] = [];
  const rejected: RejectedContext[] = [];
  for (const { id, abstractSyntaxes, transferSyntaxes } of request.presentationContexts) {
    const abstractSyntax = abstractSyntaxes[0] ?? "";
    const answer = accept.presentationContexts.find((context) => context.id === id);
    if (answer?.result === 0 && transferSyntaxes.includes(answer.transferSyntax)) {
      const roles = agreedRoles(abstractSyntax, request, accept);
      accepted.push({ id, abstractSyntax, transferSyntax: answer.transferSyntax, ...roles });
    } else {
      const result = answer?.result ?? 2;
      const reason = contextRejectionReason(result);
      rejected.push({ id, abstractSyntax, transferSyntaxes, result, reason });
    }
  }
  return { accepted, rejected, operations: agreedOperations(request, accept) };
}

/** PS3.7 section D.3.3.4: without an answer the default roles hold, whatever was proposed. */
function agreedRoles(
  sopClassUid: string,
  request: AssociateRequestPdu,
  accept: AssociateAcceptPdu,
): { requestorIsScu: boolean; requestorIsScp: boolean } {
  const isSame = (item: RoleSelection) => item.sopClassUid === sopClassUid;
  const proposal = request.userInformation.roleSelections.find(isSame);
  const answer = accept.userInformation.roleSelections.find(isSame);
  if (!proposal || !answer) return { requestorIsScu: true, requestorIsScp: false };
  return {
    requestorIsScu: proposal.scu && answer.scu,
    requestorIsScp: proposal.scp && answer.scp,
  };
}
