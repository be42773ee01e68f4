/**
 * Who performs the C-STORE sub-operations of a retrieve, on one association.
 *
 * @module
 */

import type { AcceptedContext } from "../association/presentation_context.ts";
import type { Priority } from "../dimse/message.ts";
import type { StoredInstance } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import { sendInstance } from "./instance_sender.ts";
import { routeAmong, type StorageRoute } from "./storage_route.ts";
import type { PieceBuffer } from "./stream_source.ts";
import { resultOf, type SubOperationResult } from "./sub_operations.ts";

/** Performs sub-operations, one at a time. */
export interface SubOperationSender extends AsyncDisposable {
  /**
   * The order to send in.
   *
   * @param instances All that are to be sent.
   * @returns The same.
   */
  inOrder(instances: readonly StoredInstance[]): readonly StoredInstance[];
  /**
   * Sends an instance.
   *
   * @param instance The instance.
   * @returns How it ended; nothing when it was not begun, since the retrieve is over.
   */
  send(instance: StoredInstance): Promise<SubOperationResult | undefined>;
}

/** What is told of what happens on the way. */
export interface SubOperationReports {
  /** Told when a handler's data set fails. */
  readonly onHandlerError: (error: unknown) => void;
  /** Told why a sub-operation failed, where no C-STORE response says so. */
  readonly onSubOperationFailed: (sopInstanceUid: string, error: unknown) => void;
}

/** How one instance is sent. */
export interface SubOperationOptions extends SubOperationReports {
  /** The contexts that may carry instances in our direction. */
  readonly contexts: readonly AcceptedContext[];
  readonly buffer: PieceBuffer;
  readonly priority: Priority;
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /** Told when it is the data set that fails, and not the association. */
  readonly onDataSetFailure?: () => void;
}

/**
 * Performs one sub-operation.
 *
 * @param association The association that it goes by.
 * @param instance What to send.
 * @param options How to send it.
 * @returns How it ended. An association that is lost on the way shows by its signal.
 */
export async function performSubOperation(
  association: Association,
  instance: StoredInstance,
  options: SubOperationOptions,
): Promise<SubOperationResult> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
  const { onHandlerError, onSubOperationFailed } = options;
  let route: StorageRoute;
  try {
    route = routeAmong(options.contexts, sopClassUid, transferSyntaxUid);
  } catch (error) {
    onSubOperationFailed(sopInstanceUid, error);
    return "failed";
  }
  let hasDataSetFailed = true;
  try {
    const dataSet = await instance.open();
    hasDataSetFailed = false;
    const { status } = await sendInstance(
      association,
      route,
      { sopClassUid, sopInstanceUid, transferSyntaxUid, dataSet },
      {
        ...options,
        onDataSetFailure: () => {
          hasDataSetFailed = true;
          options.onDataSetFailure?.();
        },
      },
    );
    return resultOf(status);
  } catch (error) {
    if (hasDataSetFailed) onHandlerError(error);
    onSubOperationFailed(sopInstanceUid, error);
    return "failed";
  }
}
