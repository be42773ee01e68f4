/**
 * An operation that we invoked and whose responses we await (PS3.7 section 7.5).
 *
 * @module
 */

import { LocalProtocolError, RemoteProtocolError } from "../errors.ts";
import type { ResponseMessage } from "../dimse/message.ts";
import { statusCategory } from "../dimse/status.ts";

/** A response with the identifier that came with it. */
export interface ResponseWithIdentifier {
  /** The response; its `hasDataSet` says whether there is an identifier. */
  readonly message: ResponseMessage;
  /** The identifier's bytes, encoded in the transfer syntax of the presentation context. */
  readonly identifier?: Uint8Array;
}

/** More responses than this are not read ahead of the one who asked. */
const READ_AHEAD = 64;

const HAS_PENDING: ReadonlySet<ResponseMessage["type"]> = new Set<ResponseMessage["type"]>([
  "C-FIND-RSP",
  "C-GET-RSP",
  "C-MOVE-RSP",
]);

/** The responses to one request, as a bounded queue. */
export class Operation {
  /** The presentation context of the request. */
  readonly contextId: number;
  /** The message ID of the request. */
  readonly messageId: number;
  /** What the responses must be. */
  readonly responseType: ResponseMessage["type"];
  readonly #queue: ResponseWithIdentifier[] = [];
  #error: Error | undefined;
  #wakeTaker: (() => void) | undefined;
  #wakeGiver: (() => void) | undefined;
  /** Nobody takes the responses any more. */
  #isAbandoned = false;

  /**
   * Makes an operation without responses yet.
   *
   * @param contextId The presentation context of the request.
   * @param messageId The message ID of the request.
   * @param responseType What the responses must be.
   */
  constructor(contextId: number, messageId: number, responseType: ResponseMessage["type"]) {
    this.contextId = contextId;
    this.messageId = messageId;
    this.responseType = responseType;
  }

  /**
   * Adds a response.
   *
   * @param response The response.
   * @returns A promise when too many wait to be taken. Never for the final one: nothing follows it,
   * and once it is here the end of the association is no news to this operation.
   */
  push(response: ResponseWithIdentifier): Promise<void> | undefined {
    if (this.#isAbandoned) return undefined;
    this.#queue.push(response);
    this.#wakeTaker?.();
    if (this.#queue.length < READ_AHEAD || isFinal(response.message)) return undefined;
    return new Promise((resolve) => this.#wakeGiver = resolve);
  }

  /**
   * Tells that no more will come.
   *
   * @param error Why.
   */
  fail(error: Error): void {
    this.#error ??= error;
    this.#wakeTaker?.();
    this.#wakeGiver?.();
  }

  /** Tells that nobody takes the responses any more: what is still to come passes by. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#queue.length = 0;
    this.#wakeGiver?.();
    this.#wakeGiver = undefined;
  }

  /**
   * Takes the next response.
   *
   * @returns The response.
   * @throws What the operation failed with.
   */
  async next(): Promise<ResponseWithIdentifier> {
    while (this.#queue.length === 0) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => this.#wakeTaker = resolve);
      this.#wakeTaker = undefined;
    }
    const response = this.#queue.shift() as ResponseWithIdentifier;
    this.#wakeGiver?.();
    this.#wakeGiver = undefined;
    return response;
  }
}

/** The operations under way on one association, by their message IDs. */
export class Operations {
  readonly #open = new Map<number, Operation>();
  /** Message IDs whose late responses are nothing to be astonished at. */
  readonly #closed = new Set<number>();
  #lastMessageId = 0;

  /** How many are under way. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Whether an operation is under way.
   *
   * @param operation The operation.
   * @returns Whether its final response has not come.
   */
  has(operation: Operation): boolean {
    return this.#open.get(operation.messageId) === operation;
  }

  /**
   * A message ID that no operation under way has: 1 to 65535, and over again.
   *
   * @returns It.
   * @throws {LocalProtocolError} When all are in use.
   */
  nextMessageId(): number {
    if (this.#open.size === 0xffff) {
      throw new LocalProtocolError("Cannot invoke an operation: all 65535 message IDs are in use");
    }
    do this.#lastMessageId = this.#lastMessageId % 0xffff + 1; while (
      this.#open.has(this.#lastMessageId)
    );
    return this.#lastMessageId;
  }

  /**
   * The operation that awaits a response.
   *
   * @param contextId The presentation context that the response came by.
   * @param response The response.
   * @returns The operation; `undefined` when it is done already, so that a late response is ignored.
   * @throws {RemoteProtocolError} When nobody asked for such a response.
   */
  awaiting(contextId: number, response: ResponseMessage): Operation | undefined {
    const messageId = response.messageIdBeingRespondedTo;
    const operation = this.#open.get(messageId);
    if (operation === undefined && this.#closed.has(messageId)) return undefined;
    if (operation?.responseType === response.type && operation.contextId === contextId) {
      return operation;
    }
    throw new RemoteProtocolError(
      `Cannot take ${response.type} to message ${messageId}: no such response is awaited`,
      { source: 0, reason: 0 },
    );
  }

  /**
   * Adds an operation.
   *
   * @param operation The operation.
   * @throws {LocalProtocolError} When its message ID is that of another one.
   */
  open(operation: Operation): void {
    if (this.#open.has(operation.messageId)) {
      throw new LocalProtocolError(
        `Cannot invoke an operation: message ID ${operation.messageId} is in use`,
      );
    }
    this.#open.set(operation.messageId, operation);
    this.#closed.delete(operation.messageId);
  }

  /**
   * Takes out an operation whose request could not be sent.
   *
   * @param operation The operation.
   */
  withdraw(operation: Operation): void {
    this.#open.delete(operation.messageId);
  }

  /**
   * Takes out an operation that has had its final response.
   *
   * @param operation The operation.
   */
  close(operation: Operation): void {
    this.#open.delete(operation.messageId);
    this.#closed.add(operation.messageId);
  }

  /**
   * Fails everything under way.
   *
   * @param error Why.
   */
  failAll(error: Error): void {
    for (const operation of this.#open.values()) operation.fail(error);
    this.#open.clear();
  }
}

/**
 * Whether a response is the last of its operation: any status but a pending one, which only the
 * operations with several responses have (PS3.7 sections 9.1.2 to 9.1.4).
 *
 * @param response The response.
 * @returns False for FF00H and FF01H of C-FIND, C-GET and C-MOVE.
 */
export function isFinal(response: ResponseMessage): boolean {
  return !HAS_PENDING.has(response.type) || statusCategory(response.status) !== "pending";
}
