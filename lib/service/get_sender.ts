/**
 * The sub-operations of a C-GET, which go by the association that it came by (PS3.4 section C.4.3).
 *
 * @module
 */

import type { GetRequestMessage } from "../dimse/message.ts";
import type { AcceptedContext } from "../association/presentation_context.ts";
import type { Association } from "../net/association.ts";
import { sopClass } from "../sop_class.ts";
import { PieceBuffer } from "./stream_source.ts";
import {
  performSubOperation,
  type SubOperationReports,
  type SubOperationSender,
} from "./sub_operation_sender.ts";

/** How the sub-operations of a C-GET are performed. */
export interface GetSenderOptions extends SubOperationReports {
  /** Whether a requestor is sent instances only where it has negotiated the role of SCP. */
  readonly requireRoleSelection: boolean;
}

/**
 * Makes what performs the sub-operations of a C-GET.
 *
 * @param association The association.
 * @param message The C-GET.
 * @param options How to perform them.
 * @returns The sender.
 */
export function getSender(
  association: Association,
  { priority }: GetRequestMessage,
  { requireRoleSelection, ...reports }: GetSenderOptions,
): SubOperationSender {
  const contexts = receiving(association, requireRoleSelection);
  const buffer = new PieceBuffer();
  return {
    inOrder: (instances) => instances,
    async send(instance) {
      const options = { ...reports, contexts, buffer, priority };
      const result = await performSubOperation(association, instance, options);
      return association.signal.aborted ? undefined : result;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** The contexts by which the requestor takes instances, as its role or our leniency has it. */
function receiving(
  { acceptedContexts, peerInformation }: Association,
  requireRoleSelection: boolean,
): readonly AcceptedContext[] {
  const isLenient = !requireRoleSelection && peerInformation?.roleSelections.length === 0;
  return acceptedContexts.filter(({ abstractSyntax, requestorIsScp }) =>
    (requestorIsScp || isLenient) &&
    (sopClass(abstractSyntax)?.serviceClass ?? "storage") === "storage"
  );
}
