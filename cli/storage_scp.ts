/**
 * The Storage SCP that a tool starts to receive what it asked for.
 *
 * @module
 */

import { ConnectionError } from "../lib/errors.ts";
import type { AssociationEvent } from "../lib/net/observer.ts";
import type { Timeouts } from "../lib/net/timeouts.ts";
import type { Listen } from "../lib/net/transport.ts";
import { serve, type Server } from "../lib/service/serve.ts";
import type { AssociationEvents } from "./association_events.ts";
import { acceptorLog } from "./association_log.ts";
import { UsageError } from "./exit_code.ts";
import type { Io } from "./io.ts";
import type { Ledger } from "./ledger.ts";
import type { ToolLog } from "./log.ts";
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
  readonly ledger: RetrieveLedger | Ledger;
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
  /** The SOP Instance UIDs that are arriving, by association and message ID. */
  readonly #arriving = new Map<string, Set<number>>();
  readonly #associated = new Set<string>();
  #cancelTimer: () => void = () => {};
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
    return this.#arriving.size > 0;
  }

  /** Whether a peer is associated. */
  get isAssociated(): boolean {
    return this.#associated.size > 0;
  }

  /** Stops listening, and aborts what still stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelTimer();
    await this.#server.shutdown();
    await this.#storing[Symbol.asyncDispose]();
  }

  #observe(event: AssociationEvent): void {
    this.reception.observe(event);
    this.#logEvent(event);
    this.#options.events?.observe(event);
    const { id } = event.association;
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
    }
    this.onActivity();
  }

  #begin(association: string, messageId: number): void {
    const messages = this.#arriving.get(association) ?? new Set();
    messages.add(messageId);
    this.#arriving.set(association, messages);
    this.#watch();
  }

  #end(association: string, messageId: number): void {
    const messages = this.#arriving.get(association);
    messages?.delete(messageId);
    if (messages?.size === 0) this.#arriving.delete(association);
  }

  /**
   * An instance may take longer than the DIMSE time-out of the C-MOVE. That it arrives is a sign of
   * life; whether it does is watched over by the time-outs of its own association.
   */
  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.io.clock.schedule(SIGN_OF_LIFE_INTERVAL, () => {
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
