/**
 * The Storage SCP that a tool starts to receive what it asked for.
 *
 * @module
 */

import type { StoreRequestMessage, StoreResponseMessage } from "../lib/dimse/message.ts";
import { ConnectionError } from "../lib/errors.ts";
import type { AssociationInfo } from "../lib/handler/handler.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { Listen } from "../lib/net/transport.ts";
import { serve, type Server } from "../lib/service/serve.ts";
import type { AssociationEvents } from "./association_events.ts";
import { acceptorLog } from "./association_log.ts";
import { UsageError } from "./exit_code.ts";
import type { Io } from "./io.ts";
import type { ToolLog } from "./log.ts";
import type { Originator, OwnMoves } from "./move_originator.ts";
import { Reception } from "./reception.ts";
import { withoutRepetition } from "./repetition.ts";
import type { RetrieveLedger } from "./retrieve_ledger.ts";
import { type StorageHandlers, storageHandlers } from "./storage_handlers.ts";
import type { StorageChoice } from "./storage_options.ts";

/** Where and how to receive. */
export interface StorageScpOptions {
  /** The address to listen on; all by default. */
  readonly hostname: string | undefined;
  readonly port: number;
  /** What becomes of the instances. */
  readonly choice: StorageChoice;
  readonly timeouts: Partial<Timeouts>;
  readonly ledger: RetrieveLedger;
  /** The C-MOVEs that the instances are for; by default nobody asks whose they are. */
  readonly moves?: OwnMoves;
  readonly log: ToolLog;
  readonly io: Io;
  /** How to listen; as `io` does by default. */
  readonly listen?: Listen | undefined;
  /** Told what happens, files included. */
  readonly events?: AssociationEvents | undefined;
  /** Whether an instance is here already, and not to be stored again; none is by default. */
  isHere?(sopInstanceUid: string): boolean;
}

/** How often an instance that takes long to arrive counts as a sign of life, in milliseconds. */
const SIGN_OF_LIFE_INTERVAL = 1000;

/** A Storage SCP that listens. Disposing of it aborts what still stands. */
export class StorageScp implements AsyncDisposable {
  readonly #server: Server;
  readonly #storing: StorageHandlers;
  readonly #options: StorageScpOptions;
  readonly #logEvent: (event: AssociationEvent) => void;
  /** The message IDs of the instances that are arriving, by association. */
  readonly #arriving = new Map<string, Set<number>>();
  /** Of the associations by which instances come for somebody else: these, by message ID. */
  readonly #strays = new Map<string, Map<number, Originator>>();
  readonly #associated = new Set<string>();
  /** Ends the watch over what arrives; `undefined` while there is none. */
  #endWatch: (() => void) | undefined;
  /** How far the peers came. */
  readonly reception: Reception = new Reception();
  /** Called at every sign of life of a peer. */
  onActivity: () => void = () => {};

  private constructor(options: StorageScpOptions, storing: StorageHandlers) {
    this.#options = options;
    this.#storing = storing;
    this.#logEvent = acceptorLog(options.log);
    const { hostname, port, timeouts, io, listen = io.listen, isHere, log } = options;
    const { handlers } = storing;
    this.#server = serve({
      port,
      handlers: isHere === undefined ? handlers : withoutRepetition(handlers, isHere, log),
      timeouts: { ...timeouts, network: patientNetwork(timeouts.network) },
      maximumAssociations: MAXIMUM_ASSOCIATIONS,
      // An archive is one address.
      maximumAssociationsPerAddress: MAXIMUM_ASSOCIATIONS,
      dataSetLimits: options.choice.limits,
      observer: (event) => this.#observe(event),
      clock: io.clock,
      ...(listen ? { listen } : {}),
      ...(hostname === undefined ? {} : { hostname }),
    });
  }

  /**
   * Makes the output directory and listens.
   *
   * @param options Where and how.
   * @returns The Storage SCP, listening.
   * @throws {UsageError} When the directory cannot be made, or the port cannot be listened on.
   */
  static async start(options: StorageScpOptions): Promise<StorageScp> {
    const storing = await storageHandlers(options);
    try {
      return new StorageScp(options, storing);
    } catch (error) {
      await storing[Symbol.asyncDispose]();
      if (error instanceof ConnectionError) throw new UsageError(error.message, { cause: error });
      throw error;
    }
  }

  /** The port that is listened on. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** Whether an instance is on its way. */
  get isReceiving(): boolean {
    return this.#arriving.values().some(({ size }) => size > 0);
  }

  /** Whether a peer is associated. */
  get isAssociated(): boolean {
    return this.#associated.size > 0;
  }

  /** Stops listening, and aborts what still stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#endWatch?.();
    await this.#server.shutdown();
    await this.#storing[Symbol.asyncDispose]();
  }

  #observe(event: AssociationEvent): void {
    this.#logEvent(event);
    this.#options.events?.observe(event);
    const { id } = event.association;
    if (event.type === "message-received" && event.message.type === "C-STORE-RQ") {
      if (this.#hasStrayed(event.association, event.message)) return;
    } else if (event.type === "message-sent" && event.message.type === "C-STORE-RSP") {
      if (this.#hasAnsweredStray(id, event.message)) return;
    }
    this.reception.observe(event);
    switch (event.type) {
      case "association-accepted":
        this.#associated.add(id);
        break;
      case "message-received":
        if (event.message.type === "C-STORE-RQ") this.#begin(id, event.message.messageId);
        break;
      case "message-sent":
        if (event.message.type === "C-STORE-RSP") {
          const { messageIdBeingRespondedTo, affectedSopInstanceUid, status } = event.message;
          this.#end(id, messageIdBeingRespondedTo);
          this.#options.ledger.answered(affectedSopInstanceUid ?? "", status);
        }
        break;
      case "connection-closed":
        this.#arriving.delete(id);
        this.#associated.delete(id);
        this.#strays.delete(id);
    }
    // Whoever sends for others is no sign that ours are on their way.
    if (!this.#strays.has(id)) this.onActivity();
  }

  /** Whether an instance comes for somebody else. What the archive has named is ours, whoever sends it. */
  #hasStrayed(association: AssociationInfo, request: StoreRequestMessage): boolean {
    const { moves, ledger, log } = this.#options;
    const strays = this.#strays.get(association.id);
    const { messageId, affectedSopInstanceUid: uid } = request;
    const other = ledger.expectedUids.has(uid)
      ? undefined
      : moves?.otherOf(request, association.callingAeTitle);
    if (other === undefined) {
      if (strays?.size === 0) this.#strays.delete(association.id);
      return false;
    }
    log.verbose(`Received for a C-MOVE of ${other.aeTitle}, and not for ours: ${uid}`);
    this.#strays.set(association.id, (strays ?? new Map()).set(messageId, other));
    this.#options.events?.strays(association, uid, other);
    return true;
  }

  #hasAnsweredStray(id: string, response: StoreResponseMessage): boolean {
    const strays = this.#strays.get(id);
    const other = strays?.get(response.messageIdBeingRespondedTo);
    if (strays === undefined || other === undefined) return false;
    strays.delete(response.messageIdBeingRespondedTo);
    this.#options.ledger.strayed(other.aeTitle, response.status);
    return true;
  }

  #begin(association: string, messageId: number): void {
    const messages = this.#arriving.get(association);
    if (messages === undefined) this.#arriving.set(association, new Set([messageId]));
    else messages.add(messageId);
    this.#watch();
  }

  #end(association: string, messageId: number): void {
    this.#arriving.get(association)?.delete(messageId);
  }

  /**
   * An instance may take longer than the DIMSE time-out of the C-MOVE. That it arrives is a sign of
   * life; whether it does is watched over by the time-outs of its own association.
   */
  #watch(): void {
    this.#endWatch ??= this.#options.io.clock.schedule(SIGN_OF_LIFE_INTERVAL, () => {
      this.#endWatch = undefined;
      if (!this.isReceiving) return;
      this.onActivity();
      this.#watch();
    });
  }
}

/** An archive that fetches from slow media leaves its association silent for long. */
const LEAST_NETWORK_TIMEOUT = 60_000;

function patientNetwork(timeout = LEAST_NETWORK_TIMEOUT): number {
  return timeout === 0 ? 0 : Math.max(timeout, LEAST_NETWORK_TIMEOUT);
}

/** More than any archive opens at once for one C-MOVE. */
const MAXIMUM_ASSOCIATIONS = 100;
