/**
 * What the operations of the Query/Retrieve service class have in common (PS3.4 annex C): a request
 * with an identifier, several responses, and C-CANCEL.
 *
 * @module
 */

import { DataSetError } from "../errors.ts";
import type { DataSet } from "../data_set/data_set.ts";
import { decodeDataSet } from "../data_set/decoder.ts";
import { encodeDataSet } from "../data_set/encoder.ts";
import {
  type FindRequestMessage,
  type GetRequestMessage,
  type MoveRequestMessage,
  PRIORITY,
  type Priority,
  type ResponseMessage,
} from "../dimse/message.ts";
import type { Association } from "../net/association.ts";
import { isFinal } from "../net/operation.ts";

/** What every operation needs. */
interface OperationOptions {
  readonly sopClassUid: string;
  readonly identifier: DataSet;
  readonly priority?: Priority;
  readonly messageId?: number;
  readonly signal?: AbortSignal;
}

/** What is the operation's own in its request. */
type OwnFields =
  | Pick<FindRequestMessage, "type">
  | Pick<GetRequestMessage, "type">
  | Pick<MoveRequestMessage, "type" | "moveDestination">;

/** The members that the responses of all operations have. */
export interface CommonResponse {
  readonly number: number;
  readonly isFinal: boolean;
  readonly status: number;
  readonly errorComment?: string;
  readonly offendingElements?: readonly number[];
  readonly identifier?: DataSet;
  readonly identifierError?: DataSetError;
}

/**
 * Invokes an operation and yields its responses as they come.
 *
 * @param association The association.
 * @param options What every operation needs.
 * @param own What is the operation's own.
 * @param convert Makes a response of what all have and the message itself.
 * @returns The responses; the last has `isFinal`. Whoever leaves before has the operation cancelled.
 */
export async function* invokeQueryRetrieve<R>(
  association: Association,
  options: OperationOptions,
  own: OwnFields,
  convert: (common: CommonResponse, message: ResponseMessage) => R,
): AsyncGenerator<R, void, void> {
  const { sopClassUid, signal } = options;
  const context = association.contextFor(sopClassUid);
  const messageId = options.messageId ?? association.nextMessageId();
  const operation = await association.invoke(
    context.id,
    {
      ...own,
      messageId,
      affectedSopClassUid: sopClassUid,
      priority: options.priority ?? PRIORITY.medium,
      hasDataSet: true,
    },
    RESPONSE_TYPE[own.type],
    encodeDataSet(options.identifier, context.transferSyntax),
  );
  const cancel = (): void => {
    association.send(context.id, {
      type: "C-CANCEL-RQ",
      messageIdBeingRespondedTo: messageId,
      hasDataSet: false,
    }).catch(() => {
      // The association is over: whoever awaits the next response is told so.
    });
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  let isUnderWay = true;
  try {
    for (let number = 1; isUnderWay; number++) {
      const { message, identifier } = await operation.next();
      isUnderWay = !isFinal(message);
      // Too late to be cancelled, even while the last response is being looked at.
      if (!isUnderWay) signal?.removeEventListener("abort", cancel);
      const { status, errorComment, offendingElements } = message;
      const common: CommonResponse = {
        number,
        isFinal: !isUnderWay,
        status,
        ...(errorComment === undefined ? {} : { errorComment }),
        ...(offendingElements === undefined ? {} : { offendingElements }),
        ...decodeIdentifier(identifier, context.transferSyntax),
      };
      yield convert(common, message);
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    operation.abandon();
    if (isUnderWay && !signal?.aborted && !association.signal.aborted) cancel();
  }
}

/** An identifier that cannot be decoded is reported, not fatal: the status is what counts. */
function decodeIdentifier(
  bytes: Uint8Array | undefined,
  transferSyntax: string,
): { identifier?: DataSet; identifierError?: DataSetError } {
  if (bytes === undefined) return {};
  try {
    return { identifier: decodeDataSet(bytes, transferSyntax) };
  } catch (error) {
    if (error instanceof DataSetError) return { identifierError: error };
    throw error;
  }
}

const RESPONSE_TYPE = {
  "C-FIND-RQ": "C-FIND-RSP",
  "C-GET-RQ": "C-GET-RSP",
  "C-MOVE-RQ": "C-MOVE-RSP",
} as const;
