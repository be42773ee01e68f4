/**
 * An association as its user sees it: operations to invoke, requests to answer, and an end.
 *
 * @module
 */

import { AssociationCore } from "../association/core.ts";
import type { AbortedEvent, CoreEvent } from "../association/event.ts";
import {
  type AcceptedContext,
  type RejectedContext,
  usableContext,
} from "../association/presentation_context.ts";
import type { Message, RequestMessage, ResponseMessage } from "../dimse/message.ts";
import { RemoteProtocolError } from "../errors.ts";
import type { AssociationInfo } from "../handler/handler.ts";
import type { AssociateRequestPdu, UserInformation } from "../pdu/pdu.ts";
import { associationInfo } from "./association_info.ts";
import { nextAssociationId } from "./association_number.ts";
import { Connection, type DriverOptions } from "./connection.ts";
import { type DataConsumer, SKIP } from "./data_consumer.ts";
import type { DataSetSource } from "./data_set_source.ts";
import {
  abortedError,
  asError,
  closedError,
  drainedError,
  type End,
  rejectedError,
  releasedError,
} from "./end.ts";
import type { FramedDataSet } from "./framed_data_set.ts";
import { Invocations } from "./invocations.ts";
import { harmless, type Observer, type Unattributed } from "./observer.ts";
import type { Operation } from "./operation.ts";
import { tapped } from "./pdu_tap.ts";
import type { Decision, RequestHandler } from "./request_handler.ts";
import type { Transport } from "./transport.ts";
import { UnansweredRequests } from "./unanswered.ts";

export type { DriverOptions } from "./connection.ts";

/** How a requestor's driver takes requests of the peer. */
export interface RequestorOptions extends DriverOptions {
  /**
   * Makes what takes the peer's requests, those of a C-GET's sub-operations (PS3.4 section C.4.3) for
   * instance. Without it, a request aborts the association.
   */
  readonly onRequest?: (association: Association) => RequestHandler;
}

/** How an acceptor's driver decides. */
export interface AcceptorOptions extends DriverOptions {
  /** Answers an association request; taking longer than the ACSE time-out aborts it. */
  decide(request: AssociateRequestPdu, association: Association): Promise<Decision>;
}

/**
 * An association with a peer (PS3.8 section 7).
 *
 * Made by {@linkcode associate}, or by {@linkcode serve} for its handlers. Disposing of it releases
 * it.
 *
 * @example
 * ```ts
 * import { associate, cEcho, serve, VERIFICATION } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * await using server = serve({ hostname: "127.0.0.1", port: 0, handlers: {} });
 * const association = await associate({
 *   hostname: "127.0.0.1",
 *   port: server.addr.port,
 *   callingAeTitle: "ECHOSCU",
 *   calledAeTitle: "ANY-SCP",
 *   presentationContexts: [{
 *     abstractSyntax: VERIFICATION,
 *     transferSyntaxes: ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"],
 *   }],
 * });
 * assert.equal(association.contextFor(VERIFICATION).transferSyntax, "1.2.840.10008.1.2.1");
 * assert.equal((await cEcho(association)).status, 0x0000);
 * await association.release();
 * assert.equal(association.isEstablished, false);
 * ```
 */
export class Association implements AsyncDisposable {
  readonly #core: AssociationCore;
  readonly #connection: Connection;
  readonly #observer: Observer;
  readonly #decide: AcceptorOptions["decide"] | undefined;
  readonly #invocations: Invocations;
  readonly #lost = new AbortController();
  readonly #established = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<End>();
  readonly #id = nextAssociationId();
  #info: AssociationInfo;
  #accepted: readonly AcceptedContext[] = [];
  #rejected: readonly RejectedContext[] = [];
  #peer: UserInformation | undefined;
  #operationLimit = 1;
  #onRequest: RequestHandler | undefined;
  #consumer: DataConsumer = SKIP;
  readonly #unanswered = new UnansweredRequests();
  /** Set once nothing new is taken: how long the peer may then take to release the association. */
  #grace: number | undefined;
  /** The peer has asked for the release, and gets its answer when nothing is due to it any more. */
  #isReleasing = false;
  readonly #closed: Promise<void>;

  private constructor(
    core: AssociationCore,
    transport: Transport,
    options: DriverOptions,
    request: AssociateRequestPdu | undefined,
    decide: AcceptorOptions["decide"] | undefined,
  ) {
    this.#core = core;
    const tap = tapped(transport, options.pduObserver, () => this.#info);
    this.#connection = new Connection(core, tap, options, {
      take: (event) => this.#take(event),
      owesAnswers: () => this.#unanswered.count > 0 && this.#invocations.count === 0,
      isPeerAtWork: () => this.#invocations.isSendingAhead,
      closed: (failure) => this.#connectionClosed(failure),
    });
    this.#observer = harmless(options.observer);
    this.#decide = decide;
    this.#invocations = new Invocations({
      core,
      connection: this.#connection,
      lost: this.#lost.signal,
      onSent: (contextId, message) => this.#observeMessage("message-sent", contextId, message),
    });
    this.#info = associationInfo(this.#id, this.#connection.transport, request);
    // Whoever does not wait for these must not be ended by them.
    this.#established.promise.catch(() => {});
    this.#observe({ type: "connection-opened" });
    if (request !== undefined) {
      this.#observe({ type: "association-requested", role: "requestor", request });
    }
    this.#closed = this.#connection.run();
  }

  /**
   * Requests an association over a connection that stands.
   *
   * @param transport The connection.
   * @param request The A-ASSOCIATE-RQ.
   * @param options Limits, time-outs, clock.
   * @returns The association, once it is accepted.
   * @throws {AssociationRejectedError} When the peer rejects it.
   */
  static async request(
    transport: Transport,
    request: AssociateRequestPdu,
    options: RequestorOptions,
  ): Promise<Association> {
    const core = AssociationCore.requestor(request, options);
    core.transportConnected(options.clock.now());
    const association = new Association(core, transport, options, request, undefined);
    association.#onRequest = options.onRequest?.(association);
    try {
      await association.#established.promise;
    } catch (error) {
      await association.#closed;
      throw error;
    }
    return association;
  }

  /**
   * Serves a connection that was accepted.
   *
   * @param transport The connection.
   * @param options Limits, time-outs, clock, and how to decide.
   * @returns The association, which may never come to be: see {@linkcode Association.closed}.
   */
  static accept(transport: Transport, options: AcceptorOptions): Association {
    const core = AssociationCore.acceptor(options, options.clock.now());
    return new Association(core, transport, options, undefined, options.decide);
  }

  /** Who is associated with whom. */
  get info(): AssociationInfo {
    return this.#info;
  }

  /** Our own address of the connection. */
  get localAddress(): string {
    return this.#connection.transport.localAddress;
  }

  /** The presentation contexts that can be used. */
  get acceptedContexts(): readonly AcceptedContext[] {
    return this.#accepted;
  }

  /** The presentation contexts that the acceptor refused; known to the requestor. */
  get rejectedContexts(): readonly RejectedContext[] {
    return this.#rejected;
  }

  /** What the peer said of itself when the association was negotiated. */
  get peerInformation(): UserInformation | undefined {
    return this.#peer;
  }

  /**
   * How many operations of ours may be under way at once: 1, unless more was negotiated (PS3.7 section
   * D.3.3.3); 0 is unlimited. To keep to it is up to who invokes them.
   */
  get operationLimit(): number {
    return this.#operationLimit;
  }

  /** Aborted when the association is over, however it ended; the reason is the error. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Resolves when the connection is closed and nothing of the association is left. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** Whether messages can be exchanged. */
  get isEstablished(): boolean {
    return this.#core.isEstablished;
  }

  /**
   * The context to use for an abstract syntax.
   *
   * @param abstractSyntax A SOP class UID.
   * @returns The accepted context with the lowest ID in which the requestor is SCU.
   * @throws {NegotiationError} When none was accepted.
   */
  contextFor(abstractSyntax: string): AcceptedContext {
    return usableContext(abstractSyntax, this.#accepted, this.#rejected);
  }

  /** A message ID that no operation under way has. */
  nextMessageId(): number {
    return this.#invocations.nextMessageId();
  }

  /**
   * Invokes an operation.
   *
   * @param contextId The presentation context.
   * @param message The request.
   * @param responseType What its responses are.
   * @param dataSet The identifier, where the request has one.
   * @returns The operation, to take the responses from.
   */
  invoke(
    contextId: number,
    message: RequestMessage,
    responseType: ResponseMessage["type"],
    dataSet?: Uint8Array,
  ): Promise<Operation> {
    return this.#invocations.invoke({ contextId, message, responseType }, dataSet);
  }

  /**
   * Invokes an operation whose data set is read while it is sent (C-STORE). Other messages wait
   * until the last byte is written, since messages are not interleaved (PS3.8 section E.1).
   *
   * When the source fails before anything was sent, nothing has happened; when it fails later, the
   * association must be aborted, since the message cannot be ended.
   *
   * @param contextId The presentation context.
   * @param message The request.
   * @param responseType What its responses are.
   * @param source Where the data set comes from; or the same message, framed ahead.
   * @returns The operation, to take the responses from.
   */
  invokeStreamed(
    contextId: number,
    message: RequestMessage,
    responseType: ResponseMessage["type"],
    source: DataSetSource | FramedDataSet,
  ): Promise<Operation> {
    return this.#invocations.invokeStreamed({ contextId, message, responseType }, source);
  }

  /**
   * Makes the first PDUs of a message, before {@linkcode Association.invokeStreamed} sends it.
   *
   * @param contextId The presentation context.
   * @param message The request.
   * @param source Where the data set comes from.
   * @returns The message, framed.
   * @throws What the source throws.
   */
  frame(contextId: number, message: RequestMessage, source: DataSetSource): FramedDataSet {
    return this.#invocations.frame(contextId, message, source);
  }

  /**
   * Sends a message that has no response: a response itself, or C-CANCEL-RQ.
   *
   * @param contextId The presentation context.
   * @param message The message.
   * @param dataSet The identifier, where the message has one.
   */
  send(contextId: number, message: Message, dataSet?: Uint8Array): Promise<void> {
    return this.#invocations.send(contextId, message, dataSet);
  }

  /**
   * Tells that a request was dealt with: call it once for each, after its final response was sent or
   * could not be sent.
   *
   * @param type What the request is.
   */
  answered(type: Message["type"]): void {
    this.#unanswered.remove(type);
    this.#core.operationEnded(this.#connection.now);
    if (this.#unanswered.count === 0) {
      this.#connection.answered();
      this.#invocations.restartResponseTimeout();
      this.#startGrace();
      if (this.#isReleasing) this.#connection.acceptRelease();
    }
    void this.#connection.flush();
  }

  /**
   * Starts the wait for the next response anew: there was a sign of life by another way, such as
   * the instances of a C-MOVE that arrive on their own associations.
   */
  restartResponseTimeout(): void {
    this.#invocations.restartResponseTimeout();
  }

  /**
   * Releases the association in good order, and waits until the connection is closed.
   *
   * @throws {TimeoutError} When the peer does not answer; the association is then aborted.
   * @throws {AssociationAbortedError} When the peer aborts instead.
   */
  async release(): Promise<void> {
    if (this.#core.isEstablished) {
      this.#core.release(this.#connection.now);
      await this.#connection.flush();
    }
    const end = await this.#ended.promise;
    await this.#closed;
    if (!end.released) throw end.error;
  }

  /**
   * Aborts the association: sends A-ABORT as its user, and waits until the connection is closed.
   *
   * @param error Why; what is under way fails with it.
   */
  async abort(error?: Error): Promise<void> {
    this.#connection.abort(error);
    await this.#closed;
  }

  /**
   * Takes nothing new: a request that is under way is answered, and then the peer has a moment to
   * release the association. A further request, or the end of that moment, aborts it.
   *
   * @param grace How long the peer has, in milliseconds.
   */
  drain(grace: number): void {
    if (this.#grace !== undefined) return;
    this.#grace = grace;
    if (this.#unanswered.count === 0) this.#startGrace();
  }

  /** Releases the association if it stands; otherwise waits until it is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#core.isEstablished) {
      try {
        await this.release();
      } catch {
        // It was aborted, by whichever side: it is over, and that is what was asked for.
      }
    }
    await this.#closed;
  }

  #take(event: CoreEvent): Promise<void> | undefined {
    switch (event.type) {
      case "data": {
        const wait = this.#consumer.push(event.data, event.isLast);
        if (!event.isLast) return wait;
        // Until the last piece is taken, the consumer must hear of a loss of the association.
        if (wait !== undefined) return wait.then(() => void (this.#consumer = SKIP));
        this.#consumer = SKIP;
        return undefined;
      }
      case "message":
        return this.#message(event.contextId, event.message);
      case "association-requested":
        return this.#decideOn(event.request);
      case "association-accepted":
        this.#accepted = event.accepted;
        this.#rejected = event.rejected;
        this.#peer = event.accept.userInformation;
        this.#operationLimit = event.operations;
        this.#observe({ type: "association-accepted", accept: event.accept });
        this.#established.resolve();
        return undefined;
      case "association-rejected": {
        this.#observe({ type: "association-rejected", reject: event.reject });
        this.#settle({ released: false, error: rejectedError(event.reject) });
        return undefined;
      }
      case "release-requested":
        return this.#releaseRequested();
      case "released":
        this.#observe({ type: "association-released" });
        this.#settle({ released: true });
        return undefined;
      case "aborted":
        this.#aborted(event);
        return undefined;
      case "closed":
        this.#settle({ released: false, error: event.error ?? closedError() });
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #releaseRequested(): undefined {
    this.#isReleasing = true;
    // What the peer has asked for is answered before the release is.
    this.#invocations.peerReleases();
    if (this.#unanswered.count === 0) this.#connection.acceptRelease();
  }

  #aborted(event: AbortedEvent): void {
    const { type: _type, ...details } = event;
    this.#observe({ type: "association-aborted", ...details });
    this.#settle({ released: false, error: abortedError(event) });
  }

  async #decideOn(request: AssociateRequestPdu): Promise<void> {
    this.#info = associationInfo(this.#id, this.#connection.transport, request);
    this.#peer = request.userInformation;
    this.#observe({ type: "association-requested", role: "acceptor", request });
    const decide = this.#decide;
    if (decide === undefined) return;
    const decision = await Promise.race([decide(request, this), this.#ended.promise]);
    // The time may have run out while we thought about it.
    if ("released" in decision || this.#core.state !== "Sta3") return;
    if ("reject" in decision) {
      this.#core.reject(decision.reject, this.#connection.now);
      this.#observe({ type: "association-rejected", ...decision });
      this.#settle({ released: false, error: rejectedError(decision.reject) });
    } else {
      this.#onRequest = decision.onRequest;
      this.#accepted = this.#core.accept(decision.accept, this.#connection.now);
      this.#observe({ type: "association-accepted", accept: decision.accept });
      this.#established.resolve();
    }
  }

  #message(contextId: number, message: Message): Promise<void> | undefined {
    this.#observeMessage("message-received", contextId, message);
    this.#consumer = SKIP;
    if ("status" in message) {
      if (!message.hasDataSet) return this.#invocations.respond(contextId, message);
      this.#consumer = this.#invocations.gatherResponse(contextId, message) ?? SKIP;
      return undefined;
    }
    const context = this.#core.context(contextId);
    if (context === undefined || this.#onRequest === undefined) {
      throw new RemoteProtocolError(
        `Cannot take ${message.type}: this side offers no service on the association`,
        { source: 0, reason: 0 },
      );
    }
    if (this.#grace !== undefined && message.type !== "C-CANCEL-RQ") return this.#refuse();
    // Nobody answers a C-CANCEL, and nobody waits for it.
    if (message.type !== "C-CANCEL-RQ") {
      this.#unanswered.add(message.type);
      this.#core.operationStarted();
      // While the peer has a request of its own, as in a C-GET, it is not its response that is due.
      this.#core.expectNoResponse();
    }
    const consumer = this.#onRequest({ context, message });
    if (message.hasDataSet && consumer !== undefined) this.#consumer = consumer;
    // Whoever deals with it begins at once, and may have ended the association.
    if (this.#lost.signal.aborted) this.#consumer.fail(asError(this.#lost.signal.reason));
    if (message.type === "C-CANCEL-RQ") return undefined;
    // Whatever window was negotiated (PS3.7 section D.3.3.3), requests are dealt with one at a time: a peer
    // that sends more waits, so that what it sends is never piled up here. A request with a data set is
    // answered while we read; one without, before we read on. Queries and retrieves are waited for by
    // themselves.
    return this.#unanswered.downTo(message.hasDataSet ? 1 : 0);
  }

  #startGrace(): void {
    if (this.#grace === 0) this.#connection.abort(drainedError());
    else if (this.#grace !== undefined) this.#connection.abortWithin(this.#grace, drainedError());
  }

  /** Nothing new is taken: a request aborts the association, once those before it are answered. */
  #refuse(): undefined {
    this.#grace = 0;
    if (this.#unanswered.count === 0) this.#startGrace();
  }

  #connectionClosed(failure: Error | undefined): void {
    this.#settle({ released: false, error: failure ?? closedError() });
    this.#observe({ type: "connection-closed", ...(failure && { error: failure }) });
  }

  #settle(end: End): void {
    if (this.#lost.signal.aborted) return;
    const error = end.released ? releasedError() : end.error;
    this.#lost.abort(error);
    this.#ended.resolve(end);
    this.#established.reject(error);
    this.#consumer.fail(error);
    this.#consumer = SKIP;
    this.#unanswered.giveUp();
    this.#invocations.failAll(error);
  }

  #observeMessage(
    type: "message-sent" | "message-received",
    contextId: number,
    message: Message,
  ): void {
    this.#observer({ type, contextId, message, association: this.#info });
  }

  #observe(event: Unattributed): void {
    this.#observer({ ...event, association: this.#info });
  }
}
