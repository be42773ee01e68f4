/**
 * Sends instances whose data sets are streams.
 *
 * @module
 */

import type { Priority, StoreResponseMessage } from "../dimse/message.ts";
import type { OutgoingInstance } from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import type { DataSetSource } from "../net/data_set_source.ts";
import type { StorageRoute } from "./storage_route.ts";
import { cStore } from "./storage_scu.ts";
import { convertedSource, type PieceBuffer, StreamSource } from "./stream_source.ts";

/** What goes with each instance. */
export interface SendOptions {
  /** What the stream is read by; of one instance after the other. */
  readonly buffer: PieceBuffer;
  /** Default: medium. */
  readonly priority?: Priority;
  /** Of a sub-operation of a C-MOVE: who asked for it, and by which message. */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /** Told when it is the data set that fails, and not the association. */
  readonly onDataSetFailure?: () => void;
}

/**
 * Sends an instance by C-STORE, converted on its way where the route says so.
 *
 * @param association The association.
 * @param route The way it takes.
 * @param instance The instance; its data set is read to the end, or cancelled.
 * @param options What goes with it.
 * @returns The response; a failure status is a value.
 * @throws What the data set failed with, or the association was lost by. When a part of a data set that
 * failed is with the peer, the association is aborted.
 */
export async function sendInstance(
  association: Association,
  { context, converts }: StorageRoute,
  instance: Omit<OutgoingInstance, "moveOriginator">,
  { buffer, priority, moveOriginator, onDataSetFailure = () => {} }: SendOptions,
): Promise<StoreResponseMessage> {
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = instance;
  const stream = new StreamSource(instance.dataSet, buffer, association.signal);
  const source = converts
    ? convertedSource(stream, transferSyntaxUid, context.transferSyntax)
    : stream;
  try {
    return await cStore(association, {
      ...{ sopClassUid, sopInstanceUid, context, transferSyntaxUid: context.transferSyntax },
      dataSet: watched(source, association.signal, onDataSetFailure),
      ...(priority === undefined ? {} : { priority }),
      ...(moveOriginator === undefined ? {} : { moveOriginator }),
    });
  } catch (error) {
    stream.cancel(error);
    throw error;
  } finally {
    stream.release();
  }
}

/** Tells when a source fails that has no other reason to than its own. */
function watched(source: DataSetSource, lost: AbortSignal, onFailure: () => void): DataSetSource {
  const failed = (error: unknown): never => {
    if (!lost.aborted) onFailure();
    throw error;
  };
  return {
    read(into) {
      try {
        const count = source.read(into);
        return typeof count === "number" ? count : count.catch(failed);
      } catch (error) {
        return failed(error);
      }
    },
  };
}
