/**
 * The association as a machine without I/O: bytes in, events out; commands in, bytes out. The time
 * is passed in, in milliseconds of any clock that only goes forward.
 *
 * How to drive it: write out all of {@linkcode AssociationCore.takeOutput}, pull
 * {@linkcode AssociationCore.nextEvent} until it has none, and only then give it the next bytes with
 * {@linkcode AssociationCore.receive}, or the time with {@linkcode AssociationCore.handleDeadline}.
 * A consumer that has no room simply does not pull. When {@linkcode AssociationCore.wantsClose} says
 * so, close the transport.
 *
 * @module
 */

import {
  type AbortCode,
  AssociationAbortedError,
  LocalProtocolError,
  RemoteProtocolError,
} from "../errors.ts";
import { MessageAssembler } from "../dimse/assembler.ts";
import type { Message } from "../dimse/message.ts";
import { PduDecoder } from "../pdu/decoder.ts";
import {
  type AssociateAcceptPdu,
  type AssociateRejectPdu,
  type AssociateRequestPdu,
  ASSUMED_MAXIMUM_LENGTH,
  type PduEvent,
  type PdvPiece,
} from "../pdu/pdu.ts";
import type { CoreOptions } from "./core_options.ts";
import type { CoreEvent } from "./event.ts";
import {
  type NegotiatedContexts,
  negotiatedContexts,
  providerRejection,
  SMALLEST_MAXIMUM_LENGTH,
} from "./negotiation.ts";
import {
  abortCode,
  bytesToSend,
  messageToSend,
  type Sendable,
  startsAbort,
  UNEXPECTED_PDU,
  unexpectedPdu,
  USER_ABORT,
} from "./output.ts";
import type { AcceptedContext } from "./presentation_context.ts";
import { type ActionEffect, type MachineEvent, type State, StateMachine } from "./state_machine.ts";
import { Timers } from "./timers.ts";

export type { CoreOptions } from "./core_options.ts";

/** How much of a message must arrive within the PDU deadline: slower is a peer that holds us up. */
const PDU_PROGRESS = 64 * 1024;

/**
 * One association, seen from one side.
 *
 * @example
 * ```ts
 * import { AssociationCore, DEFAULT_TIMEOUTS } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * const core = AssociationCore.acceptor({ maximumLength: 16384, timeouts: DEFAULT_TIMEOUTS }, 0);
 * core.receive(new Uint8Array([0x47, 0x45, 0x54, 0x20, 0x2f, 0x20]), 10); // "GET / "
 * const event = core.nextEvent(10);
 * assert.equal(event?.type, "aborted");
 * assert.deepEqual([...core.takeOutput()[0]!], [7, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
 * ```
 */
export class AssociationCore {
  readonly #machine: StateMachine;
  readonly #decoder: PduDecoder;
  readonly #assembler = new MessageAssembler();
  readonly #timers: Timers;
  readonly #events: CoreEvent[] = [];
  readonly #contexts = new Map<number, AcceptedContext>();
  #output: Uint8Array[] = [];
  #request: AssociateRequestPdu | undefined;
  #peerMaximumLength = ASSUMED_MAXIMUM_LENGTH;
  /** After an invalid PDU there is no resynchronisation: what still comes is not parsed. */
  #discarding = false;
  /** Whether the PDVs of the P-DATA-TF that is passing are for the user. */
  #delivering = false;
  /** Nothing is sent twice to a peer that floods us (PS3.8 table 9-10 would answer every PDU). */
  #abortSent = false;
  #wantsClose = false;
  #bytesUntilProgress = 0;
  #operations = 0;

  private constructor(role: "requestor" | "acceptor", options: CoreOptions) {
    this.#machine = new StateMachine(role);
    this.#decoder = new PduDecoder({ maximumLength: options.maximumLength });
    this.#timers = new Timers(options.timeouts);
  }

  /**
   * The core of an association that we request: connect the transport, then call
   * {@linkcode AssociationCore.transportConnected}.
   *
   * @param request The A-ASSOCIATE-RQ to send.
   * @param options Limits and time-outs.
   * @returns The core, in Sta4.
   */
  static requestor(request: AssociateRequestPdu, options: CoreOptions): AssociationCore {
    const core = new AssociationCore("requestor", options);
    core.#request = request;
    core.#machine.apply("Evt1");
    return core;
  }

  /**
   * The core of a connection that was just accepted.
   *
   * @param options Limits and time-outs.
   * @param now The time.
   * @returns The core, in Sta2.
   */
  static acceptor(options: CoreOptions, now: number): AssociationCore {
    const core = new AssociationCore("acceptor", options);
    core.#apply("Evt5", now);
    return core;
  }

  /** The state of the protocol machine. */
  get state(): State {
    return this.#machine.state;
  }

  /** Whether there is an association to work with, in both directions. */
  get isEstablished(): boolean {
    return this.#machine.allows("Evt11");
  }

  /** Whether messages can be sent: also when the peer has asked for the release, which waits. */
  get canSend(): boolean {
    return this.#machine.allows("Evt9");
  }

  /** Whether everything is over and the transport closed or to be closed. */
  get isOver(): boolean {
    return this.#machine.allows("Evt1");
  }

  /** Whether the transport is to be closed now, once the output is written. */
  get wantsClose(): boolean {
    return this.#wantsClose;
  }

  /** Whether we wait for nothing but the peer's closing of the connection (Sta13). */
  get isEnding(): boolean {
    return this.#machine.state === "Sta13";
  }

  /** The largest P-DATA-TF that the peer takes; 0 is unlimited. */
  get peerMaximumLength(): number {
    return this.#peerMaximumLength;
  }

  /** Whether no message is partly received. */
  get isBetweenMessages(): boolean {
    return this.#assembler.idle;
  }

  /** The time of the nearest deadline, if any runs. */
  get nextDeadline(): number | undefined {
    return this.#timers.next;
  }

  /**
   * The accepted context of an ID.
   *
   * @param id The presentation context ID.
   * @returns The context, or `undefined`.
   */
  context(id: number): AcceptedContext | undefined {
    return this.#contexts.get(id);
  }

  /** The bytes to send, in order; they are handed out once. */
  takeOutput(): Uint8Array[] {
    const output = this.#output;
    if (output.length > 0) this.#output = [];
    return output;
  }

  /**
   * Tells that the transport connection of a requestor stands.
   *
   * @param now The time.
   */
  transportConnected(now: number): void {
    this.#apply("Evt2", now);
    this.#timers.start("acse", now);
  }

  /**
   * Tells that the transport was closed by the peer, or failed. Pull the events of what came before
   * first.
   *
   * @param now The time.
   * @param error Why, where that is known.
   */
  transportClosed(now: number, error?: Error): void {
    if (this.#machine.allows("Evt17")) {
      const { indicate } = this.#apply("Evt17", now);
      if (indicate) {
        this.#events.push({ type: "aborted", by: "transport", ...(error && { error }) });
      } else this.#events.push({ type: "closed" });
    }
    this.#timers.stopAll();
  }

  /**
   * Gives the core bytes from the transport. Only when {@linkcode AssociationCore.nextEvent} had none.
   *
   * @param bytes What was read; pieces of it are handed out as views.
   * @param now The time.
   */
  receive(bytes: Uint8Array, now: number): void {
    this.#bytesUntilProgress -= bytes.byteLength;
    if (this.#timers.runs("network")) this.#timers.start("network", now);
    if (!this.#discarding) this.#decoder.receive(bytes);
  }

  /**
   * Pulls the next event.
   *
   * @param now The time.
   * @returns The event, or `undefined` when more bytes are needed.
   */
  nextEvent(now: number): CoreEvent | undefined {
    while (true) {
      const event = this.nextLocalEvent();
      if (event !== undefined) return event;
      if (this.#discarding) return undefined;
      try {
        const pduEvent = this.#decoder.next();
        if (pduEvent === undefined) {
          this.#watch(now);
          return undefined;
        }
        const dimseEvent = this.#handle(pduEvent, now);
        if (dimseEvent !== undefined) return dimseEvent;
      } catch (error) {
        if (!(error instanceof RemoteProtocolError)) throw error;
        this.#violation(error, now);
      }
    }
  }

  /**
   * Pulls the next event that a command or a deadline has caused, without looking at the input: for a
   * driver whose consumer still holds a piece of it.
   *
   * @returns The event, or `undefined` when there is none.
   */
  nextLocalEvent(): CoreEvent | undefined {
    return this.#events.shift();
  }

  /**
   * Accepts the association that {@linkcode AssociationRequestedEvent} announced.
   *
   * @param accept The A-ASSOCIATE-AC to send.
   * @param now The time.
   * @returns The contexts that are now usable.
   */
  accept(accept: AssociateAcceptPdu, now: number): readonly AcceptedContext[] {
    const request = this.#request;
    if (request === undefined) {
      throw new LocalProtocolError("Cannot accept an association: none was requested");
    }
    this.#apply("Evt7", now, accept);
    this.#timers.stop("acse");
    return this.#established(request, accept).accepted;
  }

  /**
   * Rejects the association that {@linkcode AssociationRequestedEvent} announced.
   *
   * @param reject The A-ASSOCIATE-RJ to send.
   * @param now The time.
   */
  reject(reject: AssociateRejectPdu, now: number): void {
    this.#apply("Evt8", now, reject);
    this.#timers.stop("acse");
  }

  /**
   * Sends a message whose data set, if any, is at hand.
   *
   * @param contextId The presentation context.
   * @param message The command.
   * @param dataSet The data set, where the message has one.
   * @param now The time.
   * @throws {AssociationAbortedError} When the association is over.
   */
  send(contextId: number, message: Message, dataSet: Uint8Array | undefined, now: number): void {
    const bytes = messageToSend(contextId, message, dataSet, this.#peerMaximumLength);
    this.#demand("Evt9", `send ${message.type}`);
    this.#apply("Evt9", now, bytes);
  }

  /**
   * Sends P-DATA-TF PDUs that are already framed: a streamed data set.
   *
   * @param framed Whole PDUs.
   * @param now The time.
   * @throws {AssociationAbortedError} When the association is over.
   */
  sendFramed(framed: Uint8Array, now: number): void {
    this.#demand("Evt9", "send data");
    this.#apply("Evt9", now, framed);
  }

  /**
   * Asks the peer to release the association.
   *
   * @param now The time.
   * @throws {AssociationAbortedError} When there is no association.
   */
  release(now: number): void {
    this.#demand("Evt11", "release the association");
    this.#apply("Evt11", now);
    this.#timers.stop("network");
    this.#timers.stop("dimse");
    this.#timers.start("release", now);
  }

  /**
   * Answers the release request that {@linkcode ReleaseRequestedEvent} announced. Until then messages
   * can be sent: the responses that are still due (Sta8). Without effect when there is none to answer.
   *
   * @param now The time.
   */
  acceptRelease(now: number): void {
    if (this.#machine.state !== "Sta8") return;
    this.#apply("Evt14", now);
    this.#events.push({ type: "released" });
  }

  /**
   * Aborts: sends A-ABORT as the user (source 0), or closes a connection that is not an association
   * yet. Without effect when all is over.
   *
   * @param now The time.
   * @param error Why.
   */
  abort(now: number, error?: Error): void {
    if (this.#machine.allows("Evt15")) {
      this.#apply("Evt15", now, USER_ABORT);
      this.#aborted(USER_ABORT, error);
    } else if (!this.isOver && !this.isEnding) {
      // Sta2 has no cell for a user that gives up: there is no association to abort, so close.
      this.#wantsClose = true;
    }
  }

  /** Tells that an operation is under way, so that silence between messages is not idleness. */
  operationStarted(): void {
    this.#operations += 1;
    this.#timers.stop("network");
  }

  /**
   * Tells that an operation is done.
   *
   * @param now The time.
   */
  operationEnded(now: number): void {
    this.#operations -= 1;
    if (this.#operations === 0 && this.isEstablished) this.#timers.start("network", now);
  }

  /**
   * Starts, or starts anew, the wait for the next response.
   *
   * @param now The time.
   */
  expectResponse(now: number): void {
    if (this.isEstablished) this.#timers.start("dimse", now);
  }

  /** Ends the wait for a response. */
  expectNoResponse(): void {
    this.#timers.stop("dimse");
  }

  /**
   * Acts on every deadline that has passed.
   *
   * @param now The time.
   */
  handleDeadline(now: number): void {
    for (const name of this.#timers.expired(now)) {
      const error = this.#timers.error(name);
      if (name === "artim") {
        if (!this.#machine.allows("Evt18")) continue;
        const wasOpening = this.#machine.state === "Sta2";
        this.#apply("Evt18", now);
        this.#events.push({ type: "closed", ...(wasOpening ? { error } : {}) });
      } else {
        this.abort(now, error);
      }
    }
  }

  /** Tells that the consumer has no room: the peer is not to be blamed for the silence. */
  paused(): void {
    this.#timers.stop("network");
    this.#timers.stop("pdu");
  }

  #handle(event: PduEvent, now: number): CoreEvent | undefined {
    switch (event.type) {
      case "PDV":
        return this.#delivering ? this.#deliver(event) : undefined;
      case "P-DATA-TF":
        this.#delivering = this.#received("Evt10", now).indicate === "P-DATA indication";
        return undefined;
      case "A-ASSOCIATE-RQ":
        return this.#associateRequest(event, now);
      case "A-ASSOCIATE-AC":
        return this.#associateAccept(event, now);
      case "A-ASSOCIATE-RJ": {
        const { indicate } = this.#received("Evt4", now);
        if (indicate !== "A-ASSOCIATE confirmation (reject)") return undefined;
        return { type: "association-rejected", reject: event };
      }
      case "A-RELEASE-RQ":
        return this.#releaseRequest(now);
      case "A-RELEASE-RP": {
        const { indicate } = this.#received("Evt13", now);
        if (indicate !== "A-RELEASE confirmation") return undefined;
        this.#timers.stop("release");
        // The acceptor's side of a release collision still owes its A-RELEASE-RP (Sta12).
        if (this.#machine.allows("Evt14")) this.#apply("Evt14", now);
        return { type: "released" };
      }
      case "A-ABORT": {
        const { indicate } = this.#apply("Evt16", now);
        if (indicate === undefined) return { type: "closed" };
        return { type: "aborted", by: "peer", source: event.source, reason: event.reason };
      }
      default:
        return event satisfies never;
    }
  }

  #deliver(piece: PdvPiece): CoreEvent | undefined {
    if (!this.#contexts.has(piece.contextId)) {
      throw new RemoteProtocolError(
        `Cannot take a PDV: presentation context ${piece.contextId} was not accepted`,
        { source: 2, reason: 5 },
      );
    }
    return this.#assembler.push(piece);
  }

  #associateRequest(request: AssociateRequestPdu, now: number): CoreEvent | undefined {
    const reject = providerRejection(request);
    if (this.#machine.state !== "Sta2") {
      this.#received("Evt6", now);
      return undefined;
    }
    this.#request = request;
    if (reject !== undefined) {
      this.#apply("Evt6", now, reject, false);
      return { type: "association-rejected", reject };
    }
    this.#apply("Evt6", now);
    this.#timers.start("acse", now);
    return { type: "association-requested", request };
  }

  #associateAccept(accept: AssociateAcceptPdu, now: number): CoreEvent | undefined {
    const { indicate } = this.#received("Evt3", now);
    const request = this.#request;
    if (indicate !== "A-ASSOCIATE confirmation (accept)" || request === undefined) return undefined;
    this.#timers.stop("acse");
    const { maximumLength } = accept.userInformation;
    if (maximumLength && maximumLength < SMALLEST_MAXIMUM_LENGTH) {
      throw new RemoteProtocolError(
        `Cannot use the association: the peer takes PDUs of at most ${maximumLength} bytes, which hold no fragment`,
        USER_ABORT,
      );
    }
    return { type: "association-accepted", accept, ...this.#established(request, accept) };
  }

  #established(
    request: AssociateRequestPdu,
    accept: AssociateAcceptPdu,
  ): NegotiatedContexts {
    const peer = this.#machine.role === "requestor" ? accept : request;
    this.#peerMaximumLength = peer.userInformation.maximumLength ?? ASSUMED_MAXIMUM_LENGTH;
    const contexts = negotiatedContexts(request, accept);
    for (const context of contexts.accepted) this.#contexts.set(context.id, context);
    return contexts;
  }

  #releaseRequest(now: number): CoreEvent | undefined {
    const { indicate, next } = this.#received("Evt12", now);
    if (indicate !== "A-RELEASE indication") return undefined;
    this.#timers.stop("network");
    this.#timers.stop("dimse");
    if (!this.#assembler.idle) {
      this.abort(
        now,
        new RemoteProtocolError(
          "Cannot release the association: the peer asked for it in the middle of a message",
          USER_ABORT,
        ),
      );
      return undefined;
    }
    // After a collision the requestor answers at once, and the acceptor must wait for that (Sta10).
    if (next === "Sta9") this.#apply("Evt14", now);
    return { type: "release-requested" };
  }

  /** An event of the wire that the table may answer with an abort: an unexpected PDU. */
  #received(event: MachineEvent, now: number): ActionEffect {
    const effect = this.#apply(event, now, UNEXPECTED_PDU);
    if (startsAbort(effect)) {
      this.#discarding = true;
      this.#aborted(abortCode(effect, UNEXPECTED_PDU), unexpectedPdu(event));
    }
    return effect;
  }

  /** A violation found by the decoder (the provider's: Evt19) or by DIMSE (the user's: Evt15). */
  #violation(error: RemoteProtocolError, now: number): void {
    const event = error.abort.source === 0 && this.#machine.allows("Evt15") ? "Evt15" : "Evt19";
    this.#discarding = true;
    if (!this.#machine.allows(event)) return;
    const effect = this.#apply(event, now, error.abort);
    if (startsAbort(effect)) this.#aborted(abortCode(effect, error.abort), error);
  }

  #aborted(code: AbortCode, error: Error | undefined): void {
    this.#timers.stopAllBut("artim");
    this.#delivering = false;
    this.#events.push({ type: "aborted", by: "us", ...code, ...(error ? { error } : {}) });
  }

  #apply(
    event: MachineEvent,
    now: number,
    sent?: Sendable,
    acceptable = true,
  ): ActionEffect {
    const effect = this.#machine.apply(event, acceptable);
    if (effect.artim === "start") this.#timers.start("artim", now);
    else if (effect.artim === "stop") this.#timers.stop("artim");
    if (effect.transport === "close") this.#wantsClose = true;
    if (effect.next === "Sta1") {
      // What the peer still sends is for nobody, and nothing is waited for.
      this.#discarding = true;
      this.#timers.stopAll();
    }
    if (effect.send !== undefined) this.#emit(effect, sent);
    return effect;
  }

  #emit(effect: ActionEffect, sent: Sendable | undefined): void {
    if (effect.send === "A-ABORT") {
      if (this.#abortSent) return;
      this.#abortSent = true;
    }
    const bytes = bytesToSend(effect, sent ?? this.#request);
    if (bytes !== undefined) this.#output.push(bytes);
  }

  #demand(event: MachineEvent, what: string): void {
    if (!this.#machine.allows(event)) {
      throw new AssociationAbortedError(`Cannot ${what}: the association is over`);
    }
  }

  /** Decides which silences of the peer count, now that its bytes are used up. */
  #watch(now: number): void {
    const isPeersTurn = this.isEstablished && (this.#operations === 0 || !this.#assembler.idle);
    if (!isPeersTurn) this.#timers.stop("network");
    else if (!this.#timers.runs("network")) this.#timers.start("network", now);
    // In Sta2 and Sta13 ARTIM is the deadline, and in Sta1 there is none.
    const isArtimsTurn = this.isEnding || this.isOver || this.#machine.state === "Sta2";
    // A message counts as a whole: one that comes in small PDUs is no faster for that.
    if ((!this.#decoder.inPdu && this.#assembler.idle) || isArtimsTurn) {
      this.#timers.stop("pdu");
      this.#bytesUntilProgress = 0;
    } else if (!this.#timers.runs("pdu") || this.#bytesUntilProgress <= 0) {
      this.#timers.start("pdu", now);
      this.#bytesUntilProgress = PDU_PROGRESS;
    }
  }
}
