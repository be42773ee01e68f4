/**
 * The operations that we invoke on an association: their requests out, their responses in.
 *
 * @module
 */

import type { AssociationCore } from "../association/core.ts";
import type { Message, RequestMessage, ResponseMessage } from "../dimse/message.ts";
import type { Connection } from "./connection.ts";
import { type DataConsumer, gather } from "./data_consumer.ts";
import type { DataSetSource } from "./data_set_source.ts";
import { asError, releasedError } from "./end.ts";
import { FramedDataSet, Framer } from "./framed_data_set.ts";
import { isFinal, Operation, Operations, type ResponseWithIdentifier } from "./operation.ts";

/** What they go by. */
export interface InvocationSurroundings {
  readonly core: AssociationCore;
  readonly connection: Connection;
  /** Aborted when the association is over. */
  readonly lost: AbortSignal;
  /** Told of each message that goes out. */
  onSent(contextId: number, message: Message): void;
}

/** A request to be sent. */
export interface Invocation {
  /** The presentation context that it goes by. */
  readonly contextId: number;
  readonly message: RequestMessage;
  /** What its responses are. */
  readonly responseType: ResponseMessage["type"];
}

/** Those of one association. Messages go out one after the other (PS3.8 section E.1). */
export class Invocations {
  readonly #core: AssociationCore;
  readonly #connection: Connection;
  readonly #lost: AbortSignal;
  readonly #onSent: InvocationSurroundings["onSent"];
  readonly #operations = new Operations();
  readonly #framer = new Framer();
  /**
   * Resolves when the data set that is being sent is written. Looked at and set without a turn of
   * the event loop in between, so that only one is sent at a time.
   */
  #sending: Promise<void> | undefined;
  /** The operation whose data set that is: its response is not due yet. */
  #unsent: Operation | undefined;
  #isPeerReleasing = false;

  /**
   * Begins with none.
   *
   * @param surroundings What they go by.
   */
  constructor({ core, connection, lost, onSent }: InvocationSurroundings) {
    this.#core = core;
    this.#connection = connection;
    this.#lost = lost;
    this.#onSent = onSent;
  }

  /** How many are under way. */
  get count(): number {
    return this.#operations.size;
  }

  /** Whether a data set goes out while the response to one before it is due. */
  get isSendingAhead(): boolean {
    return this.#unsent !== undefined && this.#isResponseDue;
  }

  /** A message ID that none under way has. */
  nextMessageId(): number {
    return this.#operations.nextMessageId();
  }

  /**
   * Invokes an operation.
   *
   * @param invocation The request.
   * @param dataSet The identifier, where the request has one.
   * @returns The operation, to take the responses from.
   */
  async invoke(invocation: Invocation, dataSet?: Uint8Array): Promise<Operation> {
    const { contextId, message } = invocation;
    while (this.#sending !== undefined) await this.#sending;
    if (this.#connection.hasInputEnded) await this.#connection.endUnanswered();
    const operation = this.#open(invocation);
    try {
      this.#core.send(contextId, message, dataSet, this.#connection.now);
    } catch (error) {
      this.#operations.withdraw(operation);
      throw error;
    }
    this.#core.operationStarted();
    this.#core.expectResponse(this.#connection.now);
    this.#onSent(contextId, message);
    await this.#connection.flush();
    return operation;
  }

  /**
   * Invokes an operation whose data set is read while it is sent.
   *
   * @param invocation The request.
   * @param source Where the data set comes from; or the same message, framed ahead.
   * @returns The operation, to take the responses from, when the last byte is written.
   */
  async invokeStreamed(
    invocation: Invocation,
    source: DataSetSource | FramedDataSet,
  ): Promise<Operation> {
    const { contextId, message } = invocation;
    while (this.#sending !== undefined) await this.#sending;
    if (this.#connection.hasInputEnded) await this.#connection.endUnanswered();
    const operation = this.#open(invocation);
    this.#core.operationStarted();
    const sending = Promise.withResolvers<void>();
    this.#sending = sending.promise;
    this.#unsent = operation;
    let wasBegun = false;
    try {
      const framed = source instanceof FramedDataSet
        ? source
        : this.frame(contextId, message, source);
      for (;;) {
        const next = framed.next();
        const pdus = next instanceof Promise ? await next : next;
        if (pdus === undefined) break;
        if (!wasBegun) this.#onSent(contextId, message);
        this.#core.sendFramed(pdus, this.#connection.now);
        wasBegun = true;
        await this.#connection.flush();
      }
      this.#framer.sent(framed);
    } catch (error) {
      this.#operations.withdraw(operation);
      this.#core.operationEnded(this.#connection.now);
      // What ended the association says more than that nothing can be sent on it.
      this.#lost.throwIfAborted();
      if (wasBegun && this.#core.isEstablished) this.#connection.abort(asError(error));
      throw error;
    } finally {
      this.#sending = undefined;
      this.#unsent = undefined;
      sending.resolve();
    }
    // A peer may answer before it has heard all.
    this.restartResponseTimeout();
    void this.#connection.flush();
    return operation;
  }

  /**
   * Makes the first PDUs of a message, before it is sent.
   *
   * @param contextId The presentation context.
   * @param message The request.
   * @param source Where the data set comes from.
   * @returns The message, framed.
   */
  frame(contextId: number, message: RequestMessage, source: DataSetSource): FramedDataSet {
    return this.#framer.frame(contextId, message, source, this.#core.peerMaximumLength);
  }

  /**
   * Sends a message that has no response.
   *
   * @param contextId The presentation context.
   * @param message The message.
   * @param dataSet The identifier, where the message has one.
   */
  async send(contextId: number, message: Message, dataSet?: Uint8Array): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
    this.#lost.throwIfAborted();
    this.#core.send(contextId, message, dataSet, this.#connection.now);
    this.#onSent(contextId, message);
    await this.#connection.flush();
  }

  /**
   * Takes a response without an identifier.
   *
   * @param contextId The presentation context that it came by.
   * @param message The response.
   * @returns A promise when too many wait to be taken.
   * @throws {RemoteProtocolError} When nobody asked for it.
   */
  respond(contextId: number, message: ResponseMessage): Promise<void> | undefined {
    const operation = this.#operations.awaiting(contextId, message);
    return operation === undefined ? undefined : this.#responded(operation, { message });
  }

  /**
   * Takes a response whose identifier is to come.
   *
   * @param contextId The presentation context that it came by.
   * @param message The response.
   * @returns What takes the identifier; nothing when the operation is done already.
   * @throws {RemoteProtocolError} When nobody asked for it.
   */
  gatherResponse(contextId: number, message: ResponseMessage): DataConsumer | undefined {
    const operation = this.#operations.awaiting(contextId, message);
    if (operation === undefined) return undefined;
    return gather((identifier) => this.#responded(operation, { message, identifier }));
  }

  /** Starts the wait for the next response anew, where one is due. */
  restartResponseTimeout(): void {
    if (this.#isResponseDue) this.#core.expectResponse(this.#connection.now);
  }

  /** The peer asks for the release: it sends nothing more, so what we asked for stays unanswered. */
  peerReleases(): void {
    this.#isPeerReleasing = true;
    this.failAll(releasedError());
  }

  /**
   * Fails everything under way.
   *
   * @param error Why.
   */
  failAll(error: Error): void {
    this.#operations.failAll(error);
  }

  #open({ contextId, message, responseType }: Invocation): Operation {
    this.#lost.throwIfAborted();
    if (this.#isPeerReleasing) throw releasedError();
    const operation = new Operation(contextId, message.messageId, responseType);
    this.#operations.open(operation);
    return operation;
  }

  get #isResponseDue(): boolean {
    const isOneUnsent = this.#unsent !== undefined && this.#operations.has(this.#unsent);
    return this.#operations.size > (isOneUnsent ? 1 : 0);
  }

  #responded(operation: Operation, response: ResponseWithIdentifier): Promise<void> | undefined {
    if (isFinal(response.message)) {
      this.#operations.close(operation);
      this.#core.operationEnded(this.#connection.now);
    }
    const wait = operation.push(response);
    // While our own side has no room, the peer is not to blame for the silence.
    if (wait !== undefined || !this.#isResponseDue) this.#core.expectNoResponse();
    else this.#core.expectResponse(this.#connection.now);
    return wait?.then(() => this.restartResponseTimeout());
  }
}
