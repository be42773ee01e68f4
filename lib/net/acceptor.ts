/**
 * Accepts connections and drives an association on each.
 *
 * @module
 */

import type { AssociateRejectPdu, AssociateRequestPdu } from "../pdu/pdu.ts";
import { type AssociationLimits, whyFull } from "./association_limits.ts";
import { type AcceptorOptions, Association } from "./association.ts";
import { ByAddress } from "./by_address.ts";
import type { Clock } from "./clock.ts";
import type { Decision } from "./request_handler.ts";
import type { Transport, TransportListener } from "./transport.ts";

/**
 * Connections that have not yet sent a whole association request, and rejected ones that their peers
 * have not closed yet, are cheap and end with ARTIM. This many at once are a flood: for the next, the
 * oldest of the address that has the most is closed. Who means to associate asks at once, and is none
 * of these for long.
 */
export const HALF_OPEN_LIMIT = 256;

/** How long to wait when the system cannot give us a connection: out of descriptors, say. */
const ACCEPT_PAUSE = 100;

/** Rejected-transient by the service-provider (presentation): temporary congestion, try again later. */
const DRAINING: AssociateRejectPdu = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 1 };

/** Local limit exceeded: transient too. */
export const FULL: AssociateRejectPdu = { type: "A-ASSOCIATE-RJ", result: 2, source: 3, reason: 2 };

/** How long {@linkcode Acceptor.drain} waits, in milliseconds. */
export interface DrainTimes {
  /** For a peer to release an association on which nothing is under way. */
  readonly grace: number;
  /** For everything; 0 is for ever. */
  readonly timeout: number;
}

/** How to accept associations. */
export interface AcceptOptions extends Omit<AcceptorOptions, "decide">, AssociationLimits {
  decide(request: AssociateRequestPdu, association: Association): Promise<Decision>;
}

/** A connection that is served. */
interface Served {
  readonly transport: Transport;
  /** Resolves when it is closed, and struck off. */
  readonly done: Promise<void>;
}

/** Takes connections from a listener until it is closed. */
export class Acceptor {
  readonly #listener: TransportListener;
  readonly #options: AcceptOptions;
  readonly #halfOpen = new ByAddress<Association>();
  readonly #associations = new ByAddress<Association>();
  readonly #all = new Map<Association, Served>();
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
    for (const association of this.#all.keys()) void association.abort();
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
    for (const association of this.#all.keys()) association.drain(grace);
    const giveUp = (): void => void this.shutdown();
    const cancel = timeout === 0 ? () => {} : this.#options.clock.schedule(timeout, giveUp);
    await this.finished;
    cancel();
  }

  async #run(): Promise<void> {
    while (!this.#isClosing) {
      try {
        const transport = await this.#listener.accept();
        if (this.#isClosing) transport.close();
        else this.#serve(transport);
      } catch {
        // accept() fails for one connection (ECONNABORTED) or for want of descriptors (EMFILE); the
        // next may do. Only shutdown() ends the loop.
        if (!this.#isClosing) await pause(this.#options.clock, ACCEPT_PAUSE);
      }
    }
    await Promise.all([...this.#all.values()].map(({ done }) => done));
  }

  #serve(transport: Transport): void {
    if (this.#halfOpen.size >= HALF_OPEN_LIMIT) this.#evict();
    const association = Association.accept(transport, this.#acceptorOptions());
    this.#halfOpen.add(association, transport.peerAddress);
    const done = association.closed.finally(() => {
      this.#halfOpen.delete(association);
      this.#associations.delete(association);
      this.#all.delete(association);
    });
    this.#all.set(association, { transport, done });
  }

  #evict(): void {
    const oldest = this.#halfOpen.oldestOfMost();
    if (oldest === undefined) return;
    this.#halfOpen.delete(oldest);
    // At once: neither an A-ABORT nor ARTIM has a place in a flood.
    this.#all.get(oldest)?.transport.close();
  }

  #acceptorOptions(): AcceptorOptions {
    return {
      ...this.#options,
      decide: (request, association) => this.#decide(request, association),
    };
  }

  async #decide(request: AssociateRequestPdu, association: Association): Promise<Decision> {
    if (this.#isClosing) return { reject: DRAINING };
    const { peerAddress } = association.info;
    const because = whyFull(this.#associations, peerAddress, this.#options);
    if (because !== undefined) return { reject: FULL, because };
    this.#halfOpen.delete(association);
    this.#associations.add(association, peerAddress);
    const { promise: settled, resolve: settle } = Promise.withResolvers<Decision>();
    this.#deciding.set(association, settle);
    const decision = await Promise.race([this.#options.decide(request, association), settled])
      .finally(() => this.#deciding.delete(association));
    // It may have come to its end while it was decided on, and is in neither set then.
    if ("reject" in decision && this.#associations.delete(association)) {
      this.#halfOpen.add(association, peerAddress);
    }
    return decision;
  }
}

function pause(clock: Clock, delay: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(delay, resolve));
}
