/**
 * Accepts connections and drives an association on each.
 *
 * @module
 */

import type { AssociateRejectPdu, AssociateRequestPdu } from "../pdu/pdu.ts";
import { type AcceptorOptions, Association } from "./association.ts";
import type { Clock } from "./clock.ts";
import type { Decision } from "./request_handler.ts";
import type { TransportListener } from "./transport.ts";

/**
 * Connections that have not yet sent a whole association request, and rejected ones that their peers
 * have not closed yet, are cheap and end with ARTIM; this many at once are a flood, and the next is
 * closed.
 */
export const HALF_OPEN_LIMIT = 256;

/** How long to wait when the system cannot give us a connection: out of descriptors, say. */
const ACCEPT_PAUSE = 100;

/** Rejected-transient by the service-provider (presentation): temporary congestion, try again later. */
const DRAINING: AssociateRejectPdu = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 };

/** How long {@linkcode Acceptor.drain} waits, in milliseconds. */
export interface DrainTimes {
  /** For a peer to release an association on which nothing is under way. */
  readonly grace: number;
  /** For everything; 0 is for ever. */
  readonly timeout: number;
}

/** How to accept associations. */
export interface AcceptOptions extends Omit<AcceptorOptions, "decide"> {
  /** How many associations may stand at once; one more is rejected (transient, local limit). */
  readonly maximumAssociations: number;
  decide(request: AssociateRequestPdu, association: Association): Promise<Decision>;
}

/** Takes connections from a listener until it is closed. */
export class Acceptor {
  readonly #listener: TransportListener;
  readonly #options: AcceptOptions;
  readonly #halfOpen = new Set<Association>();
  readonly #associations = new Set<Association>();
  readonly #all = new Set<Promise<void>>();
  /** The association requests that are being decided on, each with what settles it at once. */
  readonly #deciding = new Map<Association, (decision: Decision) => void>();
  #isClosing = false;
  /** Resolves when the listener and every association are closed. */
  readonly finished: Promise<void>;

  /**
   * Makes an acceptor, and takes connections from then on.
   *
   * @param listener Where the connections come from; closed by {@linkcode Acceptor.shutdown}.
   * @param options Limits, and how to decide.
   */
  constructor(listener: TransportListener, options: AcceptOptions) {
    this.#listener = listener;
    this.#options = options;
    this.finished = this.#run();
  }

  /** How many associations stand. */
  get activeAssociations(): number {
    return this.#associations.size;
  }

  /**
   * Stops listening and aborts what stands.
   *
   * @returns When all is closed.
   */
  async shutdown(): Promise<void> {
    this.#isClosing = true;
    this.#listener.close();
    for (const association of [...this.#halfOpen, ...this.#associations]) void association.abort();
    await this.finished;
  }

  /**
   * Stops listening, and lets what is under way come to its end: an association on which a request
   * is being served goes on until it is answered, and then its peer has a moment to release it. What
   * is no association yet is rejected.
   *
   * @param times How long to wait; then what stands is aborted.
   * @returns When all is closed.
   */
  async drain({ grace, timeout }: DrainTimes): Promise<void> {
    this.#isClosing = true;
    this.#listener.close();
    for (const settle of this.#deciding.values()) settle({ reject: DRAINING });
    for (const association of [...this.#halfOpen, ...this.#associations]) association.drain(grace);
    const giveUp = (): void => void this.shutdown();
    const cancel = timeout === 0 ? () => {} : this.#options.clock.schedule(timeout, giveUp);
    await this.finished;
    cancel();
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        const transport = await this.#listener.accept();
        if (this.#isClosing || this.#halfOpen.size >= HALF_OPEN_LIMIT) transport.close();
        else this.#serve(Association.accept(transport, this.#acceptorOptions()));
      } catch {
        // accept() fails for one connection (ECONNABORTED) or for want of descriptors (EMFILE); the
        // next may do. Only shutdown() ends the loop.
        if (!this.#isClosing) await pause(this.#options.clock, ACCEPT_PAUSE);
      }
    }
    await Promise.all(this.#all);
  }

  #serve(association: Association): void {
    this.#halfOpen.add(association);
    const done = association.closed.finally(() => {
      this.#halfOpen.delete(association);
      this.#associations.delete(association);
      this.#all.delete(done);
    });
    this.#all.add(done);
  }

  #acceptorOptions(): AcceptorOptions {
    return {
      ...this.#options,
      decide: (request, association) => this.#decide(request, association),
    };
  }

  async #decide(request: AssociateRequestPdu, association: Association): Promise<Decision> {
    if (this.#isClosing) return { reject: DRAINING };
    if (this.#associations.size >= this.#options.maximumAssociations) {
      return { reject: { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 } };
    }
    this.#halfOpen.delete(association);
    this.#associations.add(association);
    const { promise: settled, resolve: settle } = Promise.withResolvers<Decision>();
    this.#deciding.set(association, settle);
    const decision = await Promise.race([this.#options.decide(request, association), settled])
      .finally(() => this.#deciding.delete(association));
    // It may have come to its end while it was decided on, and is in neither set then.
    if ("reject" in decision && this.#associations.delete(association)) {
      this.#halfOpen.add(association);
    }
    return decision;
  }
}

function pause(clock: Clock, delay: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(delay, resolve));
}
