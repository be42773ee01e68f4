/**
 * A data set on its way from the association to a handler. Who takes piece by piece gets them as they
 * come off the socket, uncopied; who reads a byte stream, straight into the reader's buffer.
 *
 * Nothing is held here. A piece that is not taken, or that the reader has no buffer for, waits, and with
 * it the socket; so a slow disk slows the peer, and memory stays what the reader brought along. Only when
 * somebody asks for elements that have not passed by are pieces held for a reader who is not there yet:
 * 1 MiB at most.
 *
 * @module
 */

import type { Awaitable } from "../handler/handler.ts";
import type { DataConsumer } from "../net/data_consumer.ts";
import { HeldBytes } from "./held_bytes.ts";

/** The buffer given to a reader that brings none. */
const CHUNK_LENGTH = 256 * 1024;

/** Who waits for an element is told by then: there may be none such in a data set of any length. */
const LEADING_LENGTH = 1024 * 1024;

/** Looks at the bytes as they pass; what it throws breaks the stream. */
export interface Inspector {
  /** The next bytes. */
  push(piece: Uint8Array): void;
  /** The end of the data set. */
  finish(): void;
  /** Whether it has seen the elements that somebody waits for. */
  readonly isSatisfied: boolean;
}

/**
 * Told when a piece begins to wait for the reader; what it returns is called when it waits no more.
 * Meanwhile nothing is read of the association, so its loss does not show.
 */
export type Patience = () => () => void;

/** Takes a piece, a view on what was read of the connection; a promise when it needs it for longer. */
export type TakePiece = (piece: Uint8Array) => Awaitable<void>;

/** Who takes the pieces, in the place of a reader. */
interface Taker {
  readonly take: TakePiece;
  readonly done: PromiseWithResolvers<void>;
}

/** How a data set ended. */
export type Arrival =
  | { readonly type: "complete" }
  | { readonly type: "broken"; readonly error: Error }
  | { readonly type: "lost"; readonly error: Error };

/** The consumer of the association's data, and the producer of the handler's stream. */
export class DataSetStream implements DataConsumer {
  /** Resolves when the last byte has come, or none will. */
  readonly arrival: Promise<Arrival>;
  readonly #inspector: Inspector;
  readonly #keepBroken: boolean;
  readonly #patience: Patience;
  readonly #arrived = Promise.withResolvers<Arrival>();
  /** Told when the inspector has seen what is waited for, or there is no more to wait for. */
  #leading: PromiseWithResolvers<Error | undefined> | undefined;
  #hasLed = false;
  #ledTo: Error | undefined;
  /** Somebody waits for what the inspector sees, so the pieces do not wait for their reader. */
  #isAhead = false;
  readonly #held = new HeldBytes();
  #inspected = 0;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #wasRead = false;
  #controller: ReadableByteStreamController | undefined;
  /** How much of the reader's present buffer is filled. */
  #filled = 0;
  #taker: Taker | undefined;
  /** The reader is gone: the rest is passed by. */
  #isSkipping = false;
  #broken: Error | undefined;
  /** What the reader was told. */
  #failure: Error | undefined;
  /** Wakes the piece that waits for the reader. */
  #wake: (() => void) | undefined;
  /** Settles when the taker has done with the piece that it has. */
  #taking: PromiseLike<void> | undefined;
  /** Lets the piece go that the taker has not done with. */
  #abandon: (() => void) | undefined;

  /**
   * Makes the stream of one data set.
   *
   * @param inspector Looks at the bytes as they pass.
   * @param keepBroken Whether what the inspector finds broken is passed on all the same.
   * @param patience Watches how long a piece waits.
   */
  constructor(inspector: Inspector, keepBroken: boolean, patience: Patience = () => () => {}) {
    this.#inspector = inspector;
    this.#keepBroken = keepBroken;
    this.#patience = patience;
    this.arrival = this.#arrived.promise;
  }

  /** What the handler reads; made when it is asked for. */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#readable ??= this.#open();
  }

  /**
   * Gives what comes to a function, in the place of a reader, and without the copy that a stream costs.
   *
   * @param take Takes a piece, which is valid until it returns, or until what it returns is settled.
   * @returns Resolves when all was taken; fails as the stream would, or with what the function throws. Never
   * before the function has done with the piece that it has: whoever waits for this may then clean up.
   * Who does not wait for it goes on, and ends no program, when the data set is lost or broken.
   * @throws {TypeError} When the data set is read already.
   */
  passTo(take: TakePiece): Promise<void> {
    if (this.#taker !== undefined || this.#wasRead || this.#readable?.locked) {
      return Promise.reject(new TypeError("Cannot pass the data set on: it is read already"));
    }
    // From here on it is no stream to read: whoever tries is told that it is locked.
    this.#readable?.getReader();
    const done = Promise.withResolvers<void>();
    this.#taker = { take, done };
    if (this.#failure !== undefined) rejectQuietly(done, this.#failure);
    else if (this.#isSkipping) done.resolve();
    else this.#wakeUp();
    return done.promise;
  }

  /**
   * Waits for what the inspector is to see, whether the reader reads or not: what comes by then, at
   * most 1 MiB, is held for it.
   *
   * @returns Resolves when the inspector has seen it, or 1 MiB has passed, or all; to the error when the
   * data set broke or was lost before.
   */
  leading(): Promise<Error | undefined> {
    if (this.#hasLed) return Promise.resolve(this.#ledTo);
    this.#isAhead = true;
    this.#wakeUp();
    this.#leading ??= Promise.withResolvers();
    return this.#leading.promise;
  }

  /** Lets the rest of the data set pass by: the handler has made up its mind. */
  skip(): void {
    this.#taker?.done.resolve();
    this.#passBy();
  }

  push(data: Uint8Array, isLast: boolean): Promise<void> | undefined {
    this.#inspect(data, isLast);
    if (this.#taker !== undefined) return this.#pass(this.#taker, data, isLast);
    const rest = this.#take(data);
    if (rest.byteLength > 0 || (isLast && this.#held.length > 0)) {
      return this.#takeLater(rest, isLast);
    }
    if (isLast) this.#end();
    return undefined;
  }

  fail(error: Error): void {
    this.#arrived.resolve({ type: "lost", error });
    this.#lead(error);
    this.#error(error);
  }

  #open(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const readable = new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: CHUNK_LENGTH,
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#wasRead = true;
        // Not at once: respond() may call this while the same bytes are being given.
        if (this.#held.length > 0) queueMicrotask(() => this.#fillHeld());
        this.#wakeUp();
      },
      cancel: () => this.skip(),
    });
    if (this.#taker !== undefined) readable.getReader();
    else if (this.#failure !== undefined) this.#controller?.error(this.#failure);
    else if (this.#isSkipping) this.#controller?.close();
    return readable;
  }

  #inspect(data: Uint8Array, isLast: boolean): void {
    if (this.#broken !== undefined) return;
    try {
      this.#inspector.push(data);
      this.#inspected += data.byteLength;
      if (isLast) this.#inspector.finish();
      if (isLast || this.#inspector.isSatisfied || this.#inspected >= LEADING_LENGTH) {
        this.#lead(undefined);
      }
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error), { cause: error });
      this.#lead(this.#keepBroken ? undefined : this.#broken);
      if (!this.#keepBroken) this.#error(this.#broken);
    }
  }

  #lead(error: Error | undefined): void {
    if (this.#hasLed) return;
    this.#hasLed = true;
    this.#isAhead = false;
    this.#ledTo = error;
    this.#leading?.resolve(error);
  }

  /** Gives the reader what fits, holds the rest if that is asked for, and says what is left then. */
  #take(data: Uint8Array): Uint8Array {
    const rest = this.#fillHeld() ? this.#fill(data) : data;
    if (!this.#isAhead || rest.byteLength === 0) return rest;
    this.#held.put(rest);
    return rest.subarray(rest.byteLength);
  }

  /** Gives the reader what is held for it; tells whether that was all. */
  #fillHeld(): boolean {
    const { length } = this.#held;
    if (length === 0) return true;
    const rest = this.#fill(this.#held.bytes);
    // Whoever skips has thrown it away already.
    if (this.#held.length > 0) this.#held.take(length - rest.byteLength);
    return rest.byteLength === 0;
  }

  /** Copies into the reader's buffer what fits, and says what is left. */
  #fill(data: Uint8Array): Uint8Array {
    let rest = data;
    while (rest.byteLength > 0 && !this.#isSkipping) {
      const request = this.#controller?.byobRequest;
      const view = request?.view;
      if (!request || !view) return rest;
      const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const room = target.byteLength - this.#filled;
      const piece = rest.byteLength > room ? rest.subarray(0, room) : rest;
      target.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      rest = rest.subarray(piece.byteLength);
      if (this.#filled < target.byteLength) break;
      const filled = this.#filled;
      this.#filled = 0;
      request.respond(filled);
    }
    return this.#isSkipping ? rest.subarray(rest.byteLength) : rest;
  }

  async #takeLater(data: Uint8Array, isLast: boolean): Promise<void> {
    let rest = data;
    while (rest.byteLength > 0 || (isLast && this.#held.length > 0)) {
      const goOn = this.#patience();
      await new Promise<void>((resolve) => this.#wake = resolve);
      goOn();
      if (this.#taker !== undefined) return await this.#passLater(this.#taker, rest, isLast);
      rest = this.#take(rest);
    }
    if (isLast) this.#end();
  }

  /** Gives a piece to the taker. */
  #pass(taker: Taker, data: Uint8Array, isLast: boolean): Promise<void> | undefined {
    if (this.#held.length > 0) return this.#passLater(taker, data, isLast);
    const wait = this.#give(taker, data);
    if (wait !== undefined) return this.#passed(wait, isLast);
    if (isLast) this.#end();
    return undefined;
  }

  /** Gives what is held, which came before, and then a piece. */
  async #passLater(taker: Taker, data: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#held.length > 0) {
      await this.#passed(this.#give(taker, this.#held.bytes), false);
      this.#held.clear();
    }
    await this.#passed(this.#give(taker, data), isLast);
  }

  #give({ take }: Taker, piece: Uint8Array): PromiseLike<void> | undefined {
    if (this.#isSkipping || piece.byteLength === 0) return undefined;
    try {
      return take(piece) ?? undefined;
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  /** Waits until a piece is taken, or the association has no more use for it. */
  async #passed(taken: PromiseLike<void> | undefined, isLast: boolean): Promise<void> {
    if (taken !== undefined) {
      const goOn = this.#patience();
      const abandoned = new Promise<void>((resolve) => this.#abandon = resolve);
      this.#taking = taken;
      try {
        await Promise.race([taken, abandoned]);
      } catch (error) {
        this.#refuse(error);
      }
      this.#taking = undefined;
      goOn();
    }
    if (isLast) this.#end();
  }

  /** The taker has thrown, and is told so. */
  #refuse(error: unknown): void {
    this.#taker?.done.reject(error);
    this.#passBy();
  }

  /** The taker is told of an error when it has done with the piece that it has. */
  #failTaker(error: Error): void {
    const taker = this.#taker;
    if (taker === undefined) return;
    const fail = (): void => rejectQuietly(taker.done, error);
    if (this.#taking === undefined) fail();
    else this.#taking.then(fail, fail);
  }

  /** What is held and what still comes is for nobody. */
  #passBy(): void {
    this.#isSkipping = true;
    if (this.#held.length > 0) this.#held.clear();
    this.#abandon?.();
    this.#wakeUp();
  }

  #end(): void {
    const error = this.#broken;
    this.#arrived.resolve(error ? { type: "broken", error } : { type: "complete" });
    if (this.#isSkipping) return;
    this.#isSkipping = true;
    this.#taker?.done.resolve();
    const controller = this.#controller;
    if (controller === undefined || this.#taker !== undefined) return;
    const request = controller.byobRequest;
    if (request && this.#filled > 0) {
      request.respond(this.#filled);
      this.#filled = 0;
    }
    try {
      controller.close();
      // A read that still waits is told of the end by an empty response.
      controller.byobRequest?.respond(0);
    } catch {
      // The reader asked for units, 16-bit numbers say, that the length is no multiple of: the stream
      // has failed its read, and that is between the two of them.
    }
  }

  #error(error: Error): void {
    if (this.#isSkipping) return;
    this.#failure = error;
    this.#failTaker(error);
    this.#passBy();
    this.#controller?.error(error);
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}

/**
 * Rejects as a stream does that fails: where nobody waits, nobody has to catch it. What became of the
 * data set is told by its arrival; and a promise that nobody awaits would end the program with all its
 * associations, by the doing of one peer.
 */
function rejectQuietly({ promise, reject }: PromiseWithResolvers<void>, error: Error): void {
  promise.catch(() => {});
  reject(error);
}
