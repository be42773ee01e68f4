/**
 * The host's side of a sandbox: asks a worker, and starts another when it has died.
 *
 * Whatever a handler does to itself, the host goes on: a worker that dies fails what it was asked, and
 * nothing else; one that does not answer any more is waited for no longer than the association lasts
 * that it would answer.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import type { Clock } from "../net/clock.ts";
import type { HandlerPermissions, Log, StoreRequest } from "./handler.ts";
import {
  type Answer,
  type ErrorData,
  errorData,
  type Question,
  type WorkerMessage,
} from "./sandbox_protocol.ts";
import { SandboxThread } from "./sandbox_thread.ts";
import { type ChunkBuffers, storeRequestData, StoreTransfer } from "./sandbox_transfer.ts";

/** For the modules to be evaluated, and the handlers to be made; they may look up a name, or connect. */
export const START_TIMEOUT = 20_000;

/** For what a handler does at its end, or at that of an association: it may have files to remove. */
export const GRACE = 10_000;

/** How a sandbox is made. */
export interface SandboxHostOptions {
  /** What names the handler in messages. */
  readonly label: string;
  /** What the worker may do. */
  readonly permissions: HandlerPermissions;
  /** Measures the time limits. */
  readonly clock: Clock;
  /** Where the handler speaks. */
  readonly log: Log;
  /** Where the buffers of data sets are borrowed. */
  readonly buffers: ChunkBuffers;
}

/** A question that waits for its answer. */
interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly transfer?: StoreTransfer;
}

/** One worker, and the questions that it has not answered. */
export class SandboxHost {
  /** Resolves to the reason when it has ended by itself. */
  readonly ended: Promise<string>;
  readonly #options: SandboxHostOptions;
  readonly #thread: SandboxThread;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  /** Why it answers no more. */
  #end: HandlerError | undefined;
  /** Called when no question is left. */
  #onIdle: (() => void) | undefined;

  /**
   * Starts a worker.
   *
   * @param options How.
   * @throws {HandlerError} When it would have more rights than this program.
   */
  constructor(options: SandboxHostOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#thread = new SandboxThread({
      ...options,
      onMessage: (message) => this.#take(message),
      onEnd: (reason) => {
        const { label } = options;
        const why = `Cannot go on with handler ${label}: its sandbox ended: ${reason}`;
        this.#fail(new HandlerError(why, label));
        resolve(reason);
      },
    });
  }

  /** Whether it can still be asked. */
  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /**
   * Asks something that belongs to the start, which must not last for ever.
   *
   * @param question What is asked.
   * @returns The answer.
   * @throws {HandlerError} When the worker ends, or takes too long, or what it does fails.
   */
  async askAtStart(question: Question): Promise<unknown> {
    const { clock, label } = this.#options;
    const cancel = clock.schedule(START_TIMEOUT, () => {
      const seconds = START_TIMEOUT / 1000;
      this.end(
        new HandlerError(
          `Cannot start handler ${label} in a sandbox: it is not ready after ${seconds} s`,
          label,
        ),
      );
    });
    try {
      return await this.ask(question);
    } finally {
      cancel();
    }
  }

  /**
   * Asks something.
   *
   * @param question What is asked.
   * @returns The answer.
   * @throws {HandlerError} When the worker ends, or what it does fails.
   */
  ask(question: Question): Promise<unknown> {
    return this.#ask(question);
  }

  /**
   * Has an instance taken.
   *
   * @param request The instance.
   * @returns The answer.
   * @throws What the data set failed with, when the handler hands it on; the reason of the signal of
   * the request, when the handler does not reply to that; {@linkcode HandlerError} otherwise.
   */
  async store(request: StoreRequest): Promise<unknown> {
    const { clock } = this.#options;
    const { signal } = request;
    const id = this.#nextId;
    const transfer = new StoreTransfer(request, this.#options.buffers, (news, buffers) => {
      this.#thread.post({ type: "news", id, news }, buffers);
    });
    const answer = this.#ask({ type: "store", request: storeRequestData(request) }, transfer);
    let giveUp: (() => void) | undefined;
    const onAbort = (): void => {
      const error = errorData(signal.reason);
      this.#thread.post({ type: "news", id, news: { type: "abort", error } });
      giveUp = clock.schedule(GRACE, () => this.#settle(id)?.reject(signal.reason));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await answer;
    } finally {
      signal.removeEventListener("abort", onAbort);
      giveUp?.();
      transfer.stop();
    }
  }

  /**
   * Tells the handler that the host shuts down.
   *
   * @param reason The reason of the host's signal.
   */
  shutdown(reason: unknown): void {
    this.#thread.post({ type: "shutdown", error: errorData(reason) });
  }

  /**
   * Disposes of the handlers, lets what is under way come to its end, and ends the worker: all that
   * within {@linkcode GRACE}.
   *
   * @throws {HandlerError} When the handlers cannot be disposed of, or not in time.
   */
  async dispose(): Promise<void> {
    const { clock, label } = this.#options;
    const late = new HandlerError(
      `Cannot end handler ${label}: it is not done after ${GRACE / 1000} s`,
      label,
    );
    const cancel = clock.schedule(GRACE, () => this.end(late));
    try {
      await this.ask({ type: "dispose" });
      await this.#idle();
    } finally {
      cancel();
      this.end(new HandlerError(`Cannot use handler ${label}: it has been disposed of`, label));
    }
  }

  /**
   * Ends the worker.
   *
   * @param reason What its questions fail with, those to come too.
   */
  end(reason: HandlerError): void {
    this.#thread.terminate();
    this.#fail(reason);
  }

  #ask(question: Question, transfer?: StoreTransfer): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pending.set(id, { resolve, reject, ...(transfer && { transfer }) });
    this.#thread.post({ type: "question", id, question });
    return promise;
  }

  #take(message: WorkerMessage): void {
    switch (message.type) {
      case "answer":
        this.#answer(message.id, message.answer);
        return;
      case "wish": {
        const { id, wish } = message;
        const transfer = this.#pending.get(id)?.transfer;
        if (transfer !== undefined) transfer.take(wish);
        else if (wish.type === "spent" && wish.buffer) this.#options.buffers.give(wish.buffer);
        return;
      }
      case "log":
        this.#options.log[message.level](message.text);
        return;
    }
  }

  #answer(id: number, answer: Answer): void {
    const pending = this.#settle(id);
    if (answer.type === "value") return pending?.resolve(answer.value);
    const failure = answer.isDataSetError ? pending?.transfer?.failure : undefined;
    pending?.reject(
      failure ? failure.error : new SandboxedError(answer.error, this.#options.label),
    );
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#onIdle?.();
    return pending;
  }

  #fail(error: HandlerError): void {
    this.#end ??= error;
    for (const [id] of this.#pending) this.#settle(id)?.reject(this.#end);
  }

  #idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#pending.size === 0) resolve();
      else this.#onIdle = resolve;
    });
  }
}

/** What a handler in a sandbox threw. */
class SandboxedError extends HandlerError {
  override name = "SandboxedError";
  /** The DIMSE status that it stands for, where it has one. */
  declare readonly status?: number;

  constructor({ message, status }: ErrorData, label: string) {
    super(message, label);
    if (status !== undefined) this.status = status;
  }
}
