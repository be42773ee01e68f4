/**
 * The driver of one association core: carries bytes between it and a transport, its events to
 * whoever takes them, and keeps the time.
 *
 * One loop a connection: deliver every event; what has no room yet waits, and meanwhile nothing is
 * read; only when there is no event, read. Writing has a chain of its own, so that two peers that both
 * write first do not wait for each other for ever.
 *
 * @module
 */

import { ConnectionError, RemoteProtocolError, TimeoutError, TlsError } from "../errors.ts";
import type { AssociationCore, CoreOptions } from "../association/core.ts";
import type { CoreEvent } from "../association/event.ts";
import { Alarm } from "./alarm.ts";
import type { Clock } from "./clock.ts";
import { reasonOf } from "./end.ts";
import type { Observer } from "./observer.ts";
import { Outbox } from "./outbox.ts";
import type { PduObserver } from "./pdu_tap.ts";
import type { Transport } from "./transport.ts";

/** One read. Larger buffers are not faster, smaller ones are slower. */
const READ_BUFFER_LENGTH = 256 * 1024;

/**
 * The reads before the first that fills this: room for an association request, so that connections on
 * which nothing follows cost little, however many there are.
 */
const FIRST_BUFFER_LENGTH = 8 * 1024;

/** How long a peer that was aborted may take to read the A-ABORT before the connection is closed. */
const ABORT_GRACE = 2_000;

/** What a driver needs besides its transport. */
export interface DriverOptions extends CoreOptions {
  /** How long one write may take, in milliseconds; 0 is for ever. */
  readonly writeTimeout: number;
  /** Where the time comes from. */
  readonly clock: Clock;
  /** Is told what happens. */
  readonly observer?: Observer;
  /** Is told of each PDU. */
  readonly pduObserver?: PduObserver;
  /** Aborts the association. */
  readonly signal?: AbortSignal;
}

/** Who takes the events of a connection. */
export interface ConnectionUser {
  /**
   * Takes an event.
   *
   * @param event The event.
   * @returns A promise when there is no room now: nothing is read until it resolves.
   * @throws {RemoteProtocolError} When the peer must be aborted for it.
   */
  take(event: CoreEvent): Promise<void> | undefined;
  /**
   * Whether the peer still waits for answers, though it will send nothing more. Who owes us a response
   * itself does not.
   */
  owesAnswers(): boolean;
  /**
   * Whether the peer may be at work on what we sent before, and take no more until that is done: then its
   * response has a deadline, and not our writing.
   */
  isPeerAtWork(): boolean;
  /** Told at the end, with what the connection failed with, if it did. */
  closed(failure: Error | undefined): void;
}

/** A connection with an association core on it. */
export class Connection {
  readonly core: AssociationCore;
  readonly transport: Transport;
  readonly #options: DriverOptions;
  readonly #user: ConnectionUser;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  #answered: PromiseWithResolvers<void> | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #writeDeadline: number | undefined;
  #closeDeadline: number | undefined;
  #abortDeadline: { readonly at: number; readonly error: Error } | undefined;
  /** What is read into; its bytes are used up when the next are read. */
  #buffer = new Uint8Array(FIRST_BUFFER_LENGTH);
  /** Whoever had no room may still have a view of it: the end of the association has not waited for him. */
  #isHeld = false;

  /**
   * Makes a driver; nothing moves until it is run.
   *
   * @param core The core.
   * @param transport The connection.
   * @param options Time-outs and clock.
   * @param user Who takes the events.
   */
  constructor(
    core: AssociationCore,
    transport: Transport,
    options: DriverOptions,
    user: ConnectionUser,
  ) {
    this.core = core;
    this.transport = transport;
    this.#options = options;
    this.#user = user;
    this.#alarm = new Alarm(
      options.clock,
      () => [
        core.nextDeadline,
        this.#writeDeadline,
        this.#closeDeadline,
        this.#abortDeadline?.at,
      ],
      (now) => this.#ring(now),
    );
    this.#outbox = new Outbox(transport, {
      take: () => core.takeOutput(),
      onWriting: () => this.#startWriteTimeout(),
      // What the peer sent before it went may still tell why: the loop reads on, for a moment.
      onBroken: () => this.#closeWithin(ABORT_GRACE),
    });
  }

  /** The time in milliseconds. */
  get now(): number {
    return this.#options.clock.now();
  }

  /**
   * Drives the connection until it is closed.
   *
   * @returns When it is closed.
   */
  async run(): Promise<void> {
    // Whoever starts this must have returned before anything happens.
    await Promise.resolve();
    const { signal } = this.#options;
    const giveUp = (): void => this.abort(reasonOf(signal));
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    let failure: Error | undefined;
    try {
      failure = await this.#loop();
    } catch (error) {
      // Not the peer's doing: an observer or a consumer threw. The association cannot go on.
      failure = error instanceof Error ? error : new ConnectionError(String(error));
      this.abort(failure);
      await this.#outbox.flush();
    } finally {
      signal?.removeEventListener("abort", giveUp);
      this.#alarm.off();
      this.transport.close();
      this.#user.closed(failure);
      // Its memory is free now, and not when garbage is collected: until then a server would gather those
      // of hundreds of associations.
      if (!this.#isHeld) this.#buffer.buffer.transfer(0);
      this.#ended.resolve();
    }
  }

  /**
   * Writes what the core has to send, and looks at its deadlines anew: to be called after a command.
   *
   * @returns When it is written.
   */
  flush(): Promise<void> {
    this.#alarm.set();
    return this.#outbox.flush();
  }

  /**
   * Aborts the association as its user, and sees to it that the connection is closed soon.
   *
   * @param error Why.
   */
  abort(error: Error | undefined): void {
    this.core.abort(this.now, error);
    this.#deliverLocal();
    this.#closeWithin(ABORT_GRACE);
    if (this.core.wantsClose) this.transport.close();
    void this.#outbox.flush();
  }

  /** Answers the release request that the peer sent: nothing is due to it any more. */
  acceptRelease(): void {
    this.core.acceptRelease(this.now);
    this.#deliverLocal();
    void this.flush();
  }

  /**
   * Aborts the association if it has not ended by then; a connection that is not an association yet,
   * or not any more, is closed.
   *
   * @param delay How long the peer has, in milliseconds.
   * @param error Why.
   */
  abortWithin(delay: number, error: Error): void {
    this.#abortDeadline = { at: this.now + delay, error };
    this.#alarm.set();
  }

  /** Whether the peer has closed its sending side, and is still owed answers. */
  get hasInputEnded(): boolean {
    return this.#answered !== undefined;
  }

  /**
   * Ends a connection whose peer has closed its sending side, and is now to be asked for something: it
   * could not answer.
   *
   * @returns When it is closed, and its user told.
   */
  async endUnanswered(): Promise<void> {
    this.answered();
    await this.#ended.promise;
  }

  /** Tells that no answers are owed any more. */
  answered(): void {
    this.#answered?.resolve();
  }

  /** Ends when the connection is to be closed, with what it failed with, if it did. */
  async #loop(): Promise<Error | undefined> {
    const { core } = this;
    let failure: Error | undefined;
    while (true) {
      for (let full = this.#deliver(); full !== undefined; full = this.#deliver()) {
        await this.#pause(full);
      }
      const written = this.flush();
      if (core.wantsClose || core.isOver) {
        await written;
        return failure;
      }
      let count: number | null;
      try {
        count = await this.transport.read(this.#buffer);
      } catch (error) {
        count = null;
        failure = error instanceof Error ? error : new ConnectionError(String(error));
      }
      if (count === null) {
        // A peer that only closed its sending side still wants the answers to its requests.
        if (failure === undefined) await this.#whenAnswered();
        // What is wrong with certificates may show only when the handshake is over.
        core.transportClosed(this.now, failure instanceof TlsError ? failure : undefined);
        for (let full = this.#deliver(); full !== undefined; full = this.#deliver()) {
          await this.#pause(full);
        }
        return failure;
      }
      core.receive(this.#buffer.subarray(0, count), this.now);
      if (count === this.#buffer.length && count < READ_BUFFER_LENGTH) {
        this.#buffer = new Uint8Array(READ_BUFFER_LENGTH);
      }
    }
  }

  /** Hands out events until there are no more, or their user has no room: then a promise of some. */
  #deliver(): Promise<void> | undefined {
    for (
      let event = this.core.nextEvent(this.now);
      event !== undefined;
      event = this.core.nextEvent(this.now)
    ) {
      try {
        const wait = this.#user.take(event);
        if (wait !== undefined) return wait;
      } catch (error) {
        this.#violated(error);
      }
    }
    return undefined;
  }

  /** Waits for room. */
  async #pause(full: Promise<void>): Promise<void> {
    this.core.paused();
    this.#alarm.set();
    try {
      await full;
    } catch (error) {
      this.#violated(error);
    }
    if (this.core.isEnding || this.core.isOver) this.#isHeld = true;
  }

  /** A violation that shows only above the core: a response that nobody asked for, say. */
  #violated(error: unknown): void {
    if (!(error instanceof RemoteProtocolError)) throw error;
    this.core.abort(this.now, error);
    this.#closeWithin(ABORT_GRACE);
  }

  /** What a deadline or a command caused, while the loop waits for something else. */
  #deliverLocal(): void {
    const { core } = this;
    for (let event = core.nextLocalEvent(); event; event = core.nextLocalEvent()) {
      void this.#user.take(event);
    }
    if (core.isEnding || core.isOver) this.answered();
  }

  async #whenAnswered(): Promise<void> {
    const { core } = this;
    if (!this.#user.owesAnswers() || !core.canSend || !core.isBetweenMessages) return;
    this.#answered = Promise.withResolvers();
    this.#closeWithin(this.#options.timeouts.dimse);
    await this.#answered.promise;
  }

  #startWriteTimeout(): void {
    const { writeTimeout } = this.#options;
    if (writeTimeout === 0) return;
    this.#writeDeadline = this.now + writeTimeout;
    this.#alarm.set();
  }

  #closeWithin(delay: number): void {
    if (delay === 0) return;
    const deadline = this.now + delay;
    if (this.#closeDeadline === undefined || deadline < this.#closeDeadline) {
      this.#closeDeadline = deadline;
    }
    this.#alarm.set();
  }

  #ring(now: number): void {
    const { core } = this;
    if (hasPassed(this.#writeDeadline, now)) {
      this.#writeDeadline = undefined;
      if (this.#outbox.isWriting) {
        if (this.#user.isPeerAtWork()) this.#startWriteTimeout();
        else this.#giveUpWriting(now);
      }
    }
    core.handleDeadline(now);
    this.#deliverLocal();
    const giveUp = this.#abortDeadline;
    if (giveUp !== undefined && hasPassed(giveUp.at, now)) {
      this.#abortDeadline = undefined;
      this.abort(giveUp.error);
    }
    // ARTIM would do, but whoever waits for the end of an association that timed out waited enough.
    if (core.isEnding) this.#closeWithin(ABORT_GRACE);
    if (core.wantsClose || hasPassed(this.#closeDeadline, now)) {
      this.#closeDeadline = undefined;
      this.transport.close();
      this.answered();
    }
    void this.#outbox.flush();
  }

  #giveUpWriting(now: number): void {
    const seconds = this.#options.writeTimeout / 1000;
    const error = new TimeoutError(`Gave up after ${seconds} s: the peer takes no data`, "write");
    this.core.abort(now, error);
    this.#deliverLocal();
    this.transport.close();
  }
}

function hasPassed(deadline: number | undefined, now: number): boolean {
  return deadline !== undefined && deadline <= now;
}
