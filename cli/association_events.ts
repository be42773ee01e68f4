/**
 * Tells what happens on associations as events of `--json`.
 *
 * @module
 */

import { ForeignProtocolError, TlsError } from "../lib/errors.ts";
import type { StoreRequestMessage, StoreResponseMessage } from "../lib/dimse/message.ts";
import { describeStatus } from "../lib/dimse/status.ts";
import type { Clock } from "../lib/net/clock.ts";
import type { AssociationInfo } from "../lib/handler/handler.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import {
  type AssociationStateEvent,
  type EventOutput,
  type InstanceEvent,
  wholeMilliseconds,
} from "./event_output.ts";
import type { Originator } from "./move_originator.ts";

/** The file that holds an instance. */
export interface InstanceFile {
  readonly path: string;
  readonly bytes: number;
}

/** An association under way. */
interface Underway {
  readonly role: AssociationStateEvent["role"];
  /** The transfer syntaxes that were accepted, by presentation context ID. */
  readonly syntaxes: Map<number, string>;
  /** The instances that are not answered yet, by message ID. */
  readonly stores: Map<number, Store>;
}

interface Store {
  readonly request: StoreRequestMessage;
  readonly direction: InstanceEvent["direction"];
  readonly transferSyntaxUid: string;
  readonly since: number;
  file: InstanceFile | undefined;
}

/**
 * Observes associations of either role, and the instances that go by them in either direction.
 *
 * @example
 * ```ts
 * import { AssociationEvents } from "./association_events.ts";
 * import { EventOutput } from "./event_output.ts";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const clock = { now: () => 0, schedule: () => () => {} };
 * const output = new EventOutput((text) => void (written += text), clock);
 * const association = { id: "1", callingAeTitle: "A", calledAeTitle: "B", peerAddress: "h:104" };
 * new AssociationEvents(output, clock).observe({ type: "association-released", association });
 * assert.equal(JSON.parse(written).state, "released");
 * ```
 */
export class AssociationEvents {
  readonly #output: EventOutput;
  readonly #clock: Clock;
  readonly #underway = new Map<string, Underway>();
  /** What is arriving, by SOP Instance UID: two peers may send the same instance at once. */
  readonly #arriving = new Map<string, Set<Store>>();
  /** The files of what is sent next, by SOP Instance UID. */
  readonly #files = new Map<string, InstanceFile>();

  /**
   * Makes an observer.
   *
   * @param output Where the events go.
   * @param clock The clock.
   */
  constructor(output: EventOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  /**
   * Takes note of the file of an instance that was received, before its C-STORE is answered. Where the
   * peer has gone in the meantime, there is nobody to be answered, and nothing to be told.
   *
   * @param sopInstanceUid Of the instance.
   * @param file Where it is.
   */
  holds(sopInstanceUid: string, file: InstanceFile): void {
    for (const store of this.#arriving.get(sopInstanceUid) ?? []) {
      if (store.file !== undefined) continue;
      store.file = file;
      return;
    }
  }

  /**
   * Takes note of the file of an instance that is sent, before it is.
   *
   * @param sopInstanceUid Of the instance.
   * @param file Where it is.
   */
  sends(sopInstanceUid: string, file: InstanceFile): void {
    this.#files.set(sopInstanceUid, file);
  }

  /**
   * Tells that an instance comes for a C-MOVE of somebody else.
   *
   * @param association The association that it comes by.
   * @param sopInstanceUid Of the instance.
   * @param originator Who has asked for it.
   */
  strays(
    { id, peerAddress }: AssociationInfo,
    sopInstanceUid: string,
    { aeTitle, messageId }: Originator,
  ): void {
    this.#output.emit({
      event: "stray",
      association: id,
      peer: peerAddress,
      sopInstanceUid,
      moveOriginatorAeTitle: aeTitle,
      moveOriginatorMessageId: messageId ?? null,
    });
  }

  /**
   * Something happened on an association.
   *
   * @param event The event.
   */
  observe(event: AssociationEvent): void {
    const { id } = event.association;
    switch (event.type) {
      case "association-requested":
        this.#underway.set(id, { role: event.role, syntaxes: new Map(), stores: new Map() });
        return this.#state(event, "requested");
      case "association-accepted":
        for (const context of event.accept.presentationContexts) {
          if (context.result !== 0) continue;
          this.#underway.get(id)?.syntaxes.set(context.id, context.transferSyntax);
        }
        return this.#state(event, "accepted");
      case "association-rejected": {
        const { result, source, reason } = event.reject;
        return this.#state(event, "rejected", { result, source, reason });
      }
      case "association-released":
        return this.#state(event, "released");
      case "association-aborted": {
        const { by, source = null, reason = null, error } = event;
        if (error instanceof ForeignProtocolError) this.#foreign(event, error);
        return this.#state(event, "aborted", { by, source, reason });
      }
      case "message-sent":
      case "message-received":
        return this.#message(event);
      case "connection-closed":
        if (event.error instanceof TlsError) this.#withoutTls(event, event.error);
        for (const store of this.#underway.get(id)?.stores.values() ?? []) this.#over(store);
        this.#underway.delete(id);
    }
  }

  #state(
    { association }: AssociationEvent,
    state: AssociationStateEvent["state"],
    codes: Partial<Pick<AssociationStateEvent, "by" | "result" | "source" | "reason">> = {},
  ): void {
    this.#output.emit({
      event: "association",
      state,
      role: this.#underway.get(association.id)?.role ?? "acceptor",
      association: association.id,
      callingAeTitle: association.callingAeTitle,
      calledAeTitle: association.calledAeTitle,
      peer: association.peerAddress,
      certificate: association.peerCertificate?.subject ?? null,
      by: null,
      result: null,
      source: null,
      reason: null,
      ...codes,
    });
  }

  #foreign({ association }: AssociationEvent, { protocol }: ForeignProtocolError): void {
    this.#output.emit({
      event: "foreign",
      role: this.#underway.get(association.id)?.role ?? "acceptor",
      association: association.id,
      peer: association.peerAddress,
      protocol,
    });
  }

  #withoutTls({ association }: AssociationEvent, { fault, message }: TlsError): void {
    this.#output.emit({
      event: "tls",
      role: this.#underway.get(association.id)?.role ?? "acceptor",
      association: association.id,
      peer: association.peerAddress,
      fault,
      message,
    });
  }

  #message(event: AssociationEvent & { type: "message-sent" | "message-received" }): void {
    const { message, contextId, association } = event;
    const underway = this.#underway.get(association.id);
    if (underway === undefined) return;
    if (message.type === "C-STORE-RQ") {
      this.#begin(underway, contextId, message, event.type);
    } else if (message.type === "C-STORE-RSP") {
      const store = underway.stores.get(message.messageIdBeingRespondedTo);
      if (store === undefined) return;
      underway.stores.delete(message.messageIdBeingRespondedTo);
      this.#over(store);
      this.#instance(association.id, store, message);
    }
  }

  #begin(
    { stores, syntaxes }: Underway,
    contextId: number,
    request: StoreRequestMessage,
    type: "message-sent" | "message-received",
  ): void {
    const { messageId, affectedSopInstanceUid: uid } = request;
    const isSent = type === "message-sent";
    const store: Store = {
      request,
      direction: isSent ? "sent" : "received",
      transferSyntaxUid: syntaxes.get(contextId) ?? "",
      since: this.#clock.now(),
      file: isSent ? this.#files.get(uid) : undefined,
    };
    // A peer that uses a message ID twice is refused for it.
    const before = stores.get(messageId);
    if (before !== undefined) this.#over(before);
    stores.set(messageId, store);
    if (isSent) this.#files.delete(uid);
    else this.#arriving.set(uid, (this.#arriving.get(uid) ?? new Set()).add(store));
  }

  #over(store: Store): void {
    const { affectedSopInstanceUid: uid } = store.request;
    const arriving = this.#arriving.get(uid);
    if (arriving?.delete(store) && arriving.size === 0) this.#arriving.delete(uid);
  }

  #instance(association: string, store: Store, { status }: StoreResponseMessage): void {
    const { request, direction, transferSyntaxUid, since, file } = store;
    this.#output.emit({
      event: "instance",
      direction,
      association,
      sopInstanceUid: request.affectedSopInstanceUid,
      sopClassUid: request.affectedSopClassUid,
      transferSyntaxUid,
      status,
      meaning: describeStatus(status, "C-STORE"),
      bytes: file?.bytes ?? null,
      path: file?.path ?? null,
      durationMs: wholeMilliseconds(this.#clock.now() - since),
    });
  }
}
