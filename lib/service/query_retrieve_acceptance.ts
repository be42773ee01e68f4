/**
 * What an acceptor agrees to of the Query/Retrieve and Basic Worklist Management service classes
 * (PS3.4 annexes C and K): their SOP classes, and the options of extended negotiation.
 *
 * @module
 */

import type { Handlers, QueryOptions } from "../handler/handler.ts";
import type { SopClassExtendedNegotiation, UserInformation } from "../pdu/pdu.ts";
import {
  MODALITY_WORKLIST_FIND,
  PATIENT_ROOT_FIND,
  PATIENT_ROOT_GET,
  PATIENT_ROOT_MOVE,
  PATIENT_STUDY_ONLY_FIND,
  PATIENT_STUDY_ONLY_GET,
  PATIENT_STUDY_ONLY_MOVE,
  STUDY_ROOT_FIND,
  STUDY_ROOT_GET,
  STUDY_ROOT_MOVE,
} from "../sop_class.ts";
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from "../transfer_syntax.ts";

/** The operations with an identifier and several responses. */
export type QueryRetrieveOperation = "C-FIND" | "C-GET" | "C-MOVE";

const OPERATION_OF: ReadonlyMap<string, QueryRetrieveOperation> = new Map([
  [PATIENT_ROOT_FIND, "C-FIND"],
  [STUDY_ROOT_FIND, "C-FIND"],
  [PATIENT_STUDY_ONLY_FIND, "C-FIND"],
  [MODALITY_WORKLIST_FIND, "C-FIND"],
  [PATIENT_ROOT_GET, "C-GET"],
  [STUDY_ROOT_GET, "C-GET"],
  [PATIENT_STUDY_ONLY_GET, "C-GET"],
  [PATIENT_ROOT_MOVE, "C-MOVE"],
  [STUDY_ROOT_MOVE, "C-MOVE"],
  [PATIENT_STUDY_ONLY_MOVE, "C-MOVE"],
]);

/** Those of identifiers, the best first: in the first every element says what it is. */
const IDENTIFIER_SYNTAXES: readonly string[] = [
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
];

/**
 * The operation that a SOP class is for.
 *
 * @param sopClassUid A SOP class.
 * @returns Its operation; nothing when it is none of an information model.
 */
export function operationOf(sopClassUid: string): QueryRetrieveOperation | undefined {
  return OPERATION_OF.get(sopClassUid);
}

/**
 * Whether handlers offer an operation.
 *
 * @param operation The operation.
 * @param handlers The handlers.
 * @returns True when they have what it takes: of C-MOVE, both to locate and to name destinations.
 */
export function isOffered(operation: QueryRetrieveOperation, handlers: Handlers): boolean {
  if (operation === "C-FIND") return handlers.find !== undefined;
  if (handlers.locate === undefined) return false;
  return operation === "C-GET" || handlers.resolveMoveDestination !== undefined;
}

/**
 * The operation that handlers offer for a SOP class.
 *
 * @param sopClassUid The SOP class.
 * @param handlers The handlers.
 * @returns The operation; nothing when the SOP class has none, or it is not offered. In the worklist
 *   those find alone who say so.
 */
export function offeredOperation(
  sopClassUid: string,
  handlers: Handlers,
): QueryRetrieveOperation | undefined {
  const operation = operationOf(sopClassUid);
  if (operation === undefined || !isOffered(operation, handlers)) return undefined;
  return sopClassUid === MODALITY_WORKLIST_FIND && !handlers.worklist ? undefined : operation;
}

/**
 * Chooses what identifiers are encoded in.
 *
 * @param transferSyntaxes What the peer proposes.
 * @returns One of them, or the Result/Reason 4 of PS3.8 table 9-18.
 */
export function selectIdentifierSyntax(transferSyntaxes: readonly string[]): string | 4 {
  return IDENTIFIER_SYNTAXES.find((uid) => transferSyntaxes.includes(uid)) ?? 4;
}

/** The service-class-application-information by byte (PS3.4 sections C.5.1.1.1 to C.5.3.1.1). */
const OPTIONS_OF: Readonly<Record<QueryRetrieveOperation, readonly (keyof QueryOptions)[]>> = {
  "C-FIND": ["relational", "combineDateTime", "foldPersonNames"],
  "C-GET": ["relational"],
  "C-MOVE": ["relational"],
};

/**
 * Answers an extended negotiation: 1 for each option that is proposed and served, 0 for the others.
 *
 * @param item What the requestor proposes.
 * @param handlers Who serves.
 * @returns The answer; nothing, which refuses all, where the SOP class is not offered.
 */
export function answerExtendedNegotiation(
  item: SopClassExtendedNegotiation,
  handlers: Handlers,
): Uint8Array | undefined {
  const operation = offeredOperation(item.sopClassUid, handlers);
  if (operation === undefined) return undefined;
  const agreed = agreedOptions(operation, item, handlers.queryOptions);
  return Uint8Array.from(
    item.information.subarray(0, LONGEST_INFORMATION[operation]),
    (_, index) => {
      const option = OPTIONS_OF[operation][index];
      return option !== undefined && agreed[option] ? 1 : 0;
    },
  );
}

/** Bytes that the standard has given a meaning. */
const LONGEST_INFORMATION = { "C-FIND": 5, "C-GET": 2, "C-MOVE": 2 } as const;

/**
 * What was agreed on for a SOP class.
 *
 * @param sopClassUid The SOP class.
 * @param requestor What the requestor said when the association was negotiated.
 * @param served The options that the handlers serve.
 * @returns Each option that the operation has.
 */
export function negotiatedOptions(
  sopClassUid: string,
  requestor: UserInformation | undefined,
  served: QueryOptions | undefined,
): QueryOptions {
  const operation = operationOf(sopClassUid);
  if (operation === undefined) return {};
  const item = requestor?.extendedNegotiations.find((each) => each.sopClassUid === sopClassUid);
  return agreedOptions(operation, item, served);
}

function agreedOptions(
  operation: QueryRetrieveOperation,
  item: SopClassExtendedNegotiation | undefined,
  served: QueryOptions = {},
): QueryOptions {
  return Object.fromEntries(
    OPTIONS_OF[operation].map((option, index) => [
      option,
      item?.information[index] === 1 && served[option] === true,
    ]),
  );
}
