/**
 * What an acceptor agrees to of an association request, by what its handlers can do.
 *
 * @module
 */

import type { AcceptancePolicy } from "../association/negotiation.ts";
import type { Handlers } from "../handler/handler.ts";
import { LONG_OPERATIONS } from "../net/unanswered.ts";
import type { AssociateRequestPdu } from "../pdu/pdu.ts";
import { VERIFICATION } from "../sop_class.ts";
import { IMPLICIT_VR_LITTLE_ENDIAN } from "../transfer_syntax.ts";
import {
  answerExtendedNegotiation,
  isOffered,
  offeredOperation,
  operationOf,
  selectIdentifierSyntax,
} from "./query_retrieve_acceptance.ts";
import { selectTransferSyntax, type StorageAcceptance } from "./storage_acceptance.ts";

/** What is decided by. */
export interface AcceptanceOptions {
  /** What there is to offer. */
  readonly handlers: Handlers;
  /** What is accepted for storage, where that is offered. */
  readonly storage: StorageAcceptance;
  /** Whether a requestor is sent instances only where it has negotiated the role of SCP. */
  readonly requireRoleSelection: boolean;
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. */
  readonly maximumLength: number;
}

/**
 * Makes the policy that answers a request.
 *
 * Storage SOP classes are accepted for instances to come, where `store` is offered, and for those that
 * a C-GET sends, where the requestor is their SCP.
 *
 * @param request The A-ASSOCIATE-RQ.
 * @param options What is decided by.
 * @returns The policy.
 */
export function acceptancePolicy(
  request: AssociateRequestPdu,
  options: AcceptanceOptions,
): AcceptancePolicy {
  const { handlers, requireRoleSelection, maximumLength } = options;
  const storage = handlers.store === undefined ? undefined : options.storage;
  const receivers = receivesInstances(request, handlers, requireRoleSelection);
  return {
    maximumLength,
    operations: maySeek(request) ? LONG_OPERATIONS : SHORT_OPERATIONS,
    select(abstractSyntax, transferSyntaxes) {
      if (operationOf(abstractSyntax) !== undefined) {
        const isServed = offeredOperation(abstractSyntax, handlers) !== undefined;
        return isServed ? selectIdentifierSyntax(transferSyntaxes) : 3;
      }
      const stored = selectTransferSyntax(abstractSyntax, transferSyntaxes, storage);
      if (typeof stored === "string" || !receivers(abstractSyntax)) return stored;
      return selectTransferSyntax(abstractSyntax, transferSyntaxes, {});
    },
    roles(sopClassUid) {
      if (sopClassUid === VERIFICATION || operationOf(sopClassUid) !== undefined) {
        return { scu: true, scp: false };
      }
      return { scu: isStored(sopClassUid, storage), scp: receivers(sopClassUid) };
    },
    extendedNegotiation: (item) => answerExtendedNegotiation(item, handlers),
  };
}

/**
 * Says for which SOP classes the requestor takes the instances of a C-GET (PS3.4 section C.4.3): those
 * that it proposes to be SCP of (PS3.7 section D.3.3.4). Some requestors propose no roles at all, and
 * take what is sent to them all the same.
 *
 * @param request The A-ASSOCIATE-RQ.
 * @param handlers What there is to offer.
 * @param requireRoleSelection Whether such requestors are sent nothing.
 * @returns Whether the requestor takes instances of a SOP class.
 */
export function receivesInstances(
  { presentationContexts, userInformation: { roleSelections } }: Pick<
    AssociateRequestPdu,
    "presentationContexts" | "userInformation"
  >,
  handlers: Handlers,
  requireRoleSelection: boolean,
): (sopClassUid: string) => boolean {
  const mayGet = isOffered("C-GET", handlers) &&
    presentationContexts.some(({ abstractSyntaxes: [uid = ""] }) => operationOf(uid) === "C-GET");
  if (!mayGet) return () => false;
  if (roleSelections.length === 0) return () => !requireRoleSelection;
  const classes = new Set(
    roleSelections.filter(({ scp }) => scp).map(({ sopClassUid }) => sopClassUid),
  );
  return (sopClassUid) => classes.has(sopClassUid);
}

/** Whether queries and retrieves may come, which are let wait here, and not in the connection. */
function maySeek({ presentationContexts }: AssociateRequestPdu): boolean {
  return presentationContexts.some(({ abstractSyntaxes: [uid = ""] }) =>
    operationOf(uid) !== undefined
  );
}

function isStored(sopClassUid: string, storage: StorageAcceptance | undefined): boolean {
  return selectTransferSyntax(sopClassUid, [IMPLICIT_VR_LITTLE_ENDIAN], storage) !== 3;
}

/**
 * How many instances a requestor may send before the first is answered. They are dealt with one after the
 * other, and what was sent ahead is read when its turn comes. So nothing is piled up here, and the requestor
 * is spared the way there and back for each; but that it has gone shows only behind what it sent.
 */
const SHORT_OPERATIONS = 64;
