/**
 * The Storage service class as SCU (PS3.4 Annex B): C-STORE.
 *
 * @module
 */

import { LocalProtocolError, RemoteProtocolError } from "../errors.ts";
import type { AcceptedContext } from "../association/presentation_context.ts";
import {
  PRIORITY,
  type Priority,
  type StoreRequestMessage,
  type StoreResponseMessage,
} from "../dimse/message.ts";
import type { Association } from "../net/association.ts";
import type { DataSetSource } from "../net/data_set_source.ts";
import type { FramedDataSet } from "../net/framed_data_set.ts";
import { contextAmong } from "./storage_route.ts";

/** What to store. */
export interface StoreOptions {
  /** Affected SOP Class UID: the class of the instance. */
  readonly sopClassUid: string;
  /** Affected SOP Instance UID: the instance. */
  readonly sopInstanceUid: string;
  /** What the data set is encoded in. */
  readonly transferSyntaxUid: string;
  /** The data set's bytes, without preamble and group 0002. */
  readonly dataSet: DataSetSource;
  /** The context to send it by. Default: that of {@linkcode storageContext}. */
  readonly context?: AcceptedContext;
  /** Default: medium. */
  readonly priority?: Priority;
  /** Default: the next free one. */
  readonly messageId?: number;
  /** For a sub-operation of a C-MOVE: who asked for it, and by which message (PS3.7 section 9.1.1.1). */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
  /** Called when the last byte is written, and the response not yet here: the time to prepare more. */
  onSent?(): void;
}

/**
 * The context that carries an instance as it is.
 *
 * @param association The association.
 * @param sopClassUid The class of the instance.
 * @param transferSyntaxUid What its data set is encoded in.
 * @returns The accepted context.
 * @throws {NegotiationError} When there is none, with what the peer accepted instead.
 *
 * @example
 * ```ts
 * import { associate, CT_IMAGE_STORAGE, serve, storageContext } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: { store: () => 0 } });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "STORESCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: CT_IMAGE_STORAGE,
 *     transferSyntaxes: ["1.2.840.10008.1.2.1"],
 *   }],
 * });
 * assert.equal(storageContext(association, CT_IMAGE_STORAGE, "1.2.840.10008.1.2.1").id, 1);
 * ```
 */
export function storageContext(
  association: Association,
  sopClassUid: string,
  transferSyntaxUid: string,
): AcceptedContext {
  const contexts = association.acceptedContexts.filter(({ requestorIsScu }) => requestorIsScu);
  return contextAmong(contexts, sopClassUid, transferSyntaxUid);
}

/**
 * Sends C-STORE with a data set that is read on the way, byte for byte, and waits for the response
 * (PS3.7 section 9.1.1). Memory does not depend on the size of the instance.
 *
 * @param association An association with an accepted context for the class and transfer syntax.
 * @param options The instance.
 * @returns The response; a failure status is a value.
 * @throws {NegotiationError} When there is no such context.
 * @throws {TimeoutError} When no response comes in time; the association is then aborted.
 *
 * @example
 * ```ts
 * import { associate, CT_IMAGE_STORAGE, cStore, encodeDataSet, serve, sourceOf } from "@dicom/dimse";
 * import { applyKeywordPath, DataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, `SOPClassUID=${CT_IMAGE_STORAGE}`);
 * applyKeywordPath(dataSet, "SOPInstanceUID=1.2.3.4");
 *
 * await using server = serve({
 *   hostname: "127.0.0.1",
 *   port: 0,
 *   handlers: {
 *     async store(request) {
 *       await request.dataSet.cancel();
 *       return 0x0000;
 *     },
 *   },
 * });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "STORESCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: CT_IMAGE_STORAGE,
 *     transferSyntaxes: [transferSyntaxUid],
 *   }],
 * });
 * const response = await cStore(association, {
 *   sopClassUid: CT_IMAGE_STORAGE,
 *   sopInstanceUid: "1.2.3.4",
 *   transferSyntaxUid,
 *   dataSet: sourceOf(encodeDataSet(dataSet, transferSyntaxUid)),
 * });
 * assert.equal(response.status, 0x0000);
 * ```
 */
export async function cStore(
  association: Association,
  options: StoreOptions,
): Promise<StoreResponseMessage> {
  return await send(association, requestOf(association, options), options.dataSet, options.onSent);
}

/** A C-STORE whose first PDUs are made already. */
export interface PreparedStore {
  /**
   * Sends it, once, as {@linkcode cStore} does.
   *
   * @throws {LocalProtocolError} When it was sent before.
   */
  send(): Promise<StoreResponseMessage>;
}

/**
 * Makes the first PDUs of a C-STORE, 256 KiB at most, while the peer is busy with something else: with
 * the instance before, say. Only one is made ahead.
 *
 * @param association An association with an accepted context for the class and transfer syntax.
 * @param options The instance.
 * @returns What sends it.
 * @throws {NegotiationError} When there is no such context.
 * @throws What the data set throws at its start.
 *
 * @example
 * ```ts
 * import { associate, CT_IMAGE_STORAGE, encodeDataSet, prepareStore, serve, sourceOf } from "@dicom/dimse";
 * import { applyKeywordPath, DataSet } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: { store: () => 0 } });
 * await using association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "STORESCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: CT_IMAGE_STORAGE,
 *     transferSyntaxes: [transferSyntaxUid],
 *   }],
 * });
 * const uids = ["1.2.3.4", "1.2.3.5"];
 * const [first, second] = uids.map((sopInstanceUid) => {
 *   const dataSet = new DataSet();
 *   applyKeywordPath(dataSet, `SOPClassUID=${CT_IMAGE_STORAGE}`);
 *   applyKeywordPath(dataSet, `SOPInstanceUID=${sopInstanceUid}`);
 *   const bytes = encodeDataSet(dataSet, transferSyntaxUid);
 *   const instance = { sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntaxUid };
 *   return { ...instance, dataSet: sourceOf(bytes) };
 * });
 * assert.ok(first && second);
 * const sending = prepareStore(association, first).send();
 * const next = prepareStore(association, second);
 * assert.equal((await sending).status, 0x0000);
 * assert.equal((await next.send()).status, 0x0000);
 * ```
 */
export function prepareStore(association: Association, options: StoreOptions): PreparedStore {
  const request = requestOf(association, options);
  const framed = association.frame(request.contextId, request.message, options.dataSet);
  let isSent = false;
  return {
    send(): Promise<StoreResponseMessage> {
      if (isSent) {
        const why = `Cannot send ${options.sopInstanceUid}: what was prepared is sent already`;
        return Promise.reject(new LocalProtocolError(why));
      }
      isSent = true;
      return send(association, request, framed, options.onSent);
    },
  };
}

/** A C-STORE request, and where it goes. */
interface Request {
  readonly contextId: number;
  readonly message: StoreRequestMessage;
}

function requestOf(association: Association, options: StoreOptions): Request {
  const { sopClassUid, sopInstanceUid, moveOriginator } = options;
  const context = options.context ??
    storageContext(association, sopClassUid, options.transferSyntaxUid);
  return {
    contextId: context.id,
    message: {
      type: "C-STORE-RQ",
      messageId: options.messageId ?? association.nextMessageId(),
      affectedSopClassUid: sopClassUid,
      affectedSopInstanceUid: sopInstanceUid,
      priority: options.priority ?? PRIORITY.medium,
      ...(moveOriginator === undefined ? {} : {
        moveOriginatorAeTitle: moveOriginator.aeTitle,
        moveOriginatorMessageId: moveOriginator.messageId,
      }),
      hasDataSet: true,
    },
  };
}

async function send(
  association: Association,
  { contextId, message: request }: Request,
  dataSet: DataSetSource | FramedDataSet,
  onSent: (() => void) | undefined,
): Promise<StoreResponseMessage> {
  const operation = await association.invokeStreamed(contextId, request, "C-STORE-RSP", dataSet);
  onSent?.();
  const { message } = await operation.next();
  if (message.type === "C-STORE-RSP") return message;
  throw new RemoteProtocolError(`Cannot take ${message.type}: C-STORE-RSP was awaited`, {
    source: 0,
    reason: 0,
  });
}
