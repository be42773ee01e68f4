/**
 * Associations for handlers: what a host gives them to send instances on.
 *
 * @module
 */

import { NegotiationError } from "../errors.ts";
import { type NegotiatedContexts, negotiatedContexts } from "../association/negotiation.ts";
import type { ContextProposal } from "../association/presentation_context.ts";
import { STATUS } from "../dimse/status.ts";
import type {
  OutgoingInstance,
  StatusReply,
  StorageAssociation,
  StorageAssociationOptions,
  StorageContext,
} from "../handler/handler.ts";
import type { Association } from "../net/association.ts";
import type { Clock } from "../net/clock.ts";
import { harmless, type Observer } from "../net/observer.ts";
import type { PduObserver } from "../net/pdu_tap.ts";
import { associate } from "../net/requestor.ts";
import type { Timeouts } from "../net/timeouts.ts";
import type { Connect } from "../net/transport.ts";
import { MAXIMUM_PRESENTATION_CONTEXTS } from "../pdu/pdu.ts";
import { sendInstance } from "./instance_sender.ts";
import { connectBy } from "./outgoing.ts";
import { storageContext } from "./storage_scu.ts";
import { planStorage, type StorageRoute, storageRoute } from "./storage_plan.ts";
import { PieceBuffer } from "./stream_source.ts";

/** The network as the host has it. */
export interface StorageAssociationNetwork {
  /** How to connect; TCP by default. */
  readonly connect?: Connect;
  /** How to connect to who is to be called by TLS; without it, such cannot be called. */
  readonly connectTls?: Connect;
  /** The clock; the system's by default. */
  readonly clock?: Clock;
  /** How long to wait for what; the default for each that is not given. */
  readonly timeouts?: Partial<Timeouts>;
  /** The largest P-DATA-TF we take, without its 6-byte header; 0 is unlimited. Default 128 KiB. */
  readonly maximumLength?: number;
  /** Is told what happens. */
  readonly observer?: Observer;
  /** Is told of each PDU that is sent or received. */
  readonly pduObserver?: PduObserver;
}

/**
 * Requests an association to send instances by: what a host gives handlers as
 * `HandlerContext.associate`.
 *
 * Each SOP class is proposed with each of its transfer syntaxes in a context of its own. Where one of
 * them is uncompressed and there is room for it, a further context has the other uncompressed ones,
 * for a peer that takes none of the own: the data set is then converted on its way.
 *
 * @param options Whom to call, and what to propose.
 * @param network How to connect.
 * @returns The association. When the peer accepts no context, it is released already, and says so.
 * @throws {TypeError} When what is proposed is nothing, or more than an association has room for.
 * @throws {ConnectionError} When there is no connection.
 * @throws {TimeoutError} When the peer does not answer in time.
 * @throws {AssociationRejectedError} When the peer rejects the association.
 * @throws {AssociationAbortedError} When the peer aborts instead of answering.
 *
 * @example
 * ```ts
 * import { CT_IMAGE_STORAGE, encodeDataSet, serve } from "@dicom/dimse";
 * import { applyKeywordPath, DataSet } from "@dicom/dimse";
 * import { storageAssociation } from "./storage_association.ts";
 * import assert from "node:assert/strict";
 *
 * const [sopClassUid, sopInstanceUid] = [CT_IMAGE_STORAGE, "1.2.3.4"];
 * const transferSyntaxUid = "1.2.840.10008.1.2.1";
 * const dataSet = new DataSet();
 * applyKeywordPath(dataSet, `SOPClassUID=${sopClassUid}`);
 * applyKeywordPath(dataSet, `SOPInstanceUID=${sopInstanceUid}`);
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: { store: () => 0 } });
 * await using association = await storageAssociation({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "ROUTER",
 *   calledAeTitle: "ARCHIVE",
 *   contexts: [{ sopClassUid, transferSyntaxUid }],
 * });
 * const { status } = await association.store({
 *   sopClassUid,
 *   sopInstanceUid,
 *   transferSyntaxUid,
 *   dataSet: new Blob([encodeDataSet(dataSet, transferSyntaxUid)]).stream(),
 * });
 * assert.equal(status, 0x0000);
 * ```
 */
export async function storageAssociation(
  options: StorageAssociationOptions,
  network: StorageAssociationNetwork = {},
): Promise<StorageAssociation> {
  const presentationContexts = proposals(options);
  const { hostname, port, callingAeTitle, calledAeTitle, signal } = options;
  const negotiation = new Negotiation(network.observer);
  let association: Association | undefined;
  try {
    association = await associate({
      ...network,
      ...connectBy(network, options.tls),
      ...{ hostname, port, callingAeTitle, calledAeTitle, presentationContexts },
      observer: negotiation.observer,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    // That it stood, and is released for want of a context, is a matter of each instance.
    if (!(error instanceof NegotiationError) || negotiation.result === undefined) throw error;
  }
  const { rejected = [] } = negotiation.result ?? {};
  return new StandingAssociation(association, rejected, options);
}

/** What to propose: with the uncompressed fallbacks, if they all find room. */
function proposals(options: StorageAssociationOptions): readonly ContextProposal[] {
  const needs = options.contexts.map((context) => ({ ...context, count: 1 }));
  for (const fallback of options.convert === false ? [false] : [true, false]) {
    const [planned, ...others] = planStorage(needs, { fallback });
    if (planned === undefined) {
      throw new TypeError("Cannot request an association: no context is to be proposed");
    }
    if (others.length === 0) return planned.presentationContexts;
  }
  throw new TypeError(
    `Cannot request an association: ${needs.length} contexts are to be proposed, ` +
      `and it has room for ${MAXIMUM_PRESENTATION_CONTEXTS}`,
  );
}

/** Listens for what is negotiated: of an association without a context there is nobody else to ask. */
class Negotiation {
  readonly observer: Observer;
  result: NegotiatedContexts | undefined;

  constructor(observer: Observer | undefined) {
    const tell = harmless(observer);
    let request: Parameters<typeof negotiatedContexts>[0] | undefined;
    this.observer = (event) => {
      if (event.type === "association-requested") request = event.request;
      if (event.type === "association-accepted" && request !== undefined) {
        this.result = negotiatedContexts(request, event.accept);
      }
      tell(event);
    };
  }
}

/** What the peer does not take, with the status that says so to whoever sent it. */
class NotAcceptedError extends NegotiationError {
  override name = "NotAcceptedError";
  readonly status: number;

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The association of a handler. */
class StandingAssociation implements StorageAssociation {
  readonly contexts: readonly StorageContext[];
  readonly signal: AbortSignal;
  readonly #association: Association | undefined;
  readonly #rejected: NegotiatedContexts["rejected"];
  readonly #converts: boolean;
  readonly #buffer = new PieceBuffer();
  #isStoring = false;

  constructor(
    association: Association | undefined,
    rejected: NegotiatedContexts["rejected"],
    options: StorageAssociationOptions,
  ) {
    this.#association = association;
    this.#rejected = rejected;
    this.#converts = options.convert ?? true;
    this.signal = association?.signal ??
      AbortSignal.abort(new NegotiationError("Cannot send: the peer accepted no context"));
    this.contexts = association === undefined
      ? []
      : options.contexts.filter((context) => this.#canSend(association, context));
  }

  async store(instance: OutgoingInstance): Promise<StatusReply> {
    if (this.#isStoring) {
      throw new TypeError(
        `Cannot send ${instance.sopInstanceUid}: the association is sending another instance`,
      );
    }
    this.#isStoring = true;
    try {
      return await this.#store(instance);
    } finally {
      this.#isStoring = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#association?.[Symbol.asyncDispose]();
  }

  async #store(instance: OutgoingInstance): Promise<StatusReply> {
    const { association, route } = this.#routeOf(instance);
    const { moveOriginator } = instance;
    const response = await sendInstance(association, route, instance, {
      buffer: this.#buffer,
      ...(moveOriginator === undefined ? {} : { moveOriginator }),
    });
    const { status, errorComment, offendingElements } = response;
    return {
      status,
      ...(errorComment === undefined ? {} : { errorComment }),
      ...(offendingElements === undefined ? {} : { offendingElements }),
    };
  }

  #routeOf(context: StorageContext): { association: Association; route: StorageRoute } {
    const association = this.#association;
    if (association === undefined) {
      throw this.#notAccepted(context, "Cannot send: the peer accepted no presentation context");
    }
    try {
      return { association, route: this.#route(association, context) };
    } catch (error) {
      if (!(error instanceof NegotiationError)) throw error;
      throw this.#notAccepted(context, error.message, { cause: error });
    }
  }

  #route(association: Association, context: StorageContext): StorageRoute {
    const { sopClassUid, transferSyntaxUid } = context;
    if (this.#converts) return storageRoute(association, sopClassUid, transferSyntaxUid);
    const accepted = storageContext(association, sopClassUid, transferSyntaxUid);
    return { context: accepted, converts: false };
  }

  #canSend(association: Association, context: StorageContext): boolean {
    try {
      this.#route(association, context);
      return true;
    } catch {
      return false;
    }
  }

  #notAccepted(
    { sopClassUid }: StorageContext,
    message: string,
    options?: ErrorOptions,
  ): NotAcceptedError {
    const accepted = this.#association?.acceptedContexts ?? [];
    const isClassTaken = [...accepted, ...this.#rejected.filter(isOfTransferSyntax)]
      .some(({ abstractSyntax }) => abstractSyntax === sopClassUid);
    const status = isClassTaken ? STATUS.cannotUnderstand : STATUS.sopClassNotSupported;
    return new NotAcceptedError(message, status, options);
  }
}

/** PS3.8 table 9-18: the peer takes the SOP class, and none of the transfer syntaxes. */
function isOfTransferSyntax({ result }: { readonly result: number }): boolean {
  return result === 4;
}
