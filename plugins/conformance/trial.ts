/**
 * One handler on trial: instances are delivered to it as a host would, and what must hold of every
 * reply is checked.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Attributes, Awaitable, Handlers } from "../../lib/handler/handler.ts";
import { SOP_CLASS, type SyntheticDataSet, TRANSFER_SYNTAX } from "./data_set.ts";
import type { MemoryDestination } from "./destination.ts";
import { isKept, type Outcome, statusOf } from "./reply.ts";
import { openDataSet, type Progress, storeRequest } from "./store_request.ts";
import { watched, type Way } from "./way.ts";

/** A handler, ready to be tested. */
export interface Subject {
  /** What the factory made. */
  readonly handlers: Handlers;
  /**
   * For a handler that keeps instances, or sends them on: all that it has kept under a UID, each as the
   * bytes of its file or of its data set. The suite then checks that nothing is lost, changed, or half
   * there.
   */
  stored?(sopInstanceUid: string): Awaitable<readonly Uint8Array[]>;
  /** Called when a test is over, after the handlers were disposed of. */
  dispose?(): Awaitable<void>;
}

/** What a handler may use while one rule is checked. */
export interface Bench {
  /** An empty directory for this rule alone, removed afterwards. */
  readonly directory: string;
  /** Where `HandlerContext.associate` leads, unless the options say otherwise. */
  readonly destination: MemoryDestination;
}

/** Where a {@linkcode Trial} takes place. */
export interface TrialOptions {
  /** The handler. */
  readonly subject: Subject;
  /** What it uses. */
  readonly bench: Bench;
  /** Aborts the context's signal. */
  readonly shutdown: () => void;
  /** How long a reply may take, in milliseconds. */
  readonly patience: number;
  /** How the handler may have a data set. Default: by `passDataSet`, or by its stream as ever. */
  readonly way?: Way;
}

/** How an instance comes to the handler. */
export interface Delivery {
  /** The sizes of its portions, over and over. Default: one of 64 KiB. */
  readonly portions?: readonly number[];
  /** How the data set ends: whole (default), broken, or standing still for ever. */
  readonly end?: "close" | "stall" | Error;
  /**
   * When the association is lost: before the handler is called, when the source stands still, when
   * the last byte has come, or when so many have.
   */
  readonly lost?: "before" | "stalled" | "at the end" | number;
  /**
   * Called whenever the handler asks for more, with the number of bytes that it has; nothing comes before
   * what it returns is settled.
   */
  readonly onPull?: (delivered: number) => Awaitable<void>;
}

/** What a handler did with one request. */
export interface Reply {
  /** Undefined when it threw something without a status. */
  readonly status: number | undefined;
  /** How far it read. */
  readonly progress: Progress;
  /** What was sent. */
  readonly dataSet: SyntheticDataSet;
}

/** One handler, and the checks that hold for each of its replies. */
export class Trial {
  readonly #options: TrialOptions;
  #isDisposed = false;
  #hasLooked = false;

  /**
   * Begins a trial.
   *
   * @param options The handler, and what it uses.
   */
  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** What the handler may use. */
  get bench(): Bench {
    return this.#options.bench;
  }

  /** Whether the handler has looked for `passDataSet`: it may do something else where there is none. */
  get hasLooked(): boolean {
    return this.#hasLooked;
  }

  /** What the handler offers. */
  get handlers(): Handlers {
    return this.#options.subject.handlers;
  }

  /** Tells the handler that the host shuts down. */
  shutdown(): void {
    this.#options.shutdown();
  }

  /** Disposes of the handlers, once. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { handlers } = this;
    const disposing = Promise.resolve(handlers[Symbol.asyncDispose]?.());
    await this.#inTime(disposing, () => "The handler cannot be disposed of: that does not end");
  }

  /**
   * Delivers one instance, and checks what does not depend on its contents.
   *
   * @param dataSet The instance.
   * @param delivery How it comes.
   * @returns What the handler did.
   */
  async deliver(dataSet: SyntheticDataSet, delivery: Delivery = {}): Promise<Reply> {
    const { lost } = delivery;
    const { handlers } = this;
    assert(handlers.store, "The handler has no store()");
    const association = new AbortController();
    const lose = (): void => {
      if (association.signal.aborted) return;
      const reason = new Error("Association lost");
      fail(reason);
      association.abort(reason);
    };
    const { stream, progress, fail } = openDataSet({ ...dataSet, ...delivery }, () => {
      const pulled = delivery.onPull?.(progress.delivered);
      if (typeof lost === "number" && progress.delivered >= lost) lose();
      return pulled;
    });
    const request = watched(
      storeRequest({
        ...{ sopClassUid: SOP_CLASS, transferSyntaxUid: TRANSFER_SYNTAX },
        sopInstanceUid: dataSet.sopInstanceUid,
        dataSet: stream,
        signal: association.signal,
        attributes: () => this.#attributes(dataSet, delivery, association.signal, lose),
        isStreamAlone: this.#options.way === "stream alone",
      }),
      () => this.#hasLooked = true,
    );
    if (lost === "before") lose();
    if (lost === "at the end") void progress.over.then(lose);
    let hasReplied = false;
    const outcome = outcomeOf(async () => await handlers.store?.(request))
      .finally(() => hasReplied = true);
    const state = (): string =>
      `The handler does not reply: ${progress.delivered} bytes delivered, ` +
      `${progress.ended ?? "not ended"}`;
    if (lost === "stalled") {
      // A handler that does not come to where the source stands still has replied, or is busy.
      const timer = setTimeout(lose, this.#options.patience / 10);
      await this.#inTime(Promise.race([progress.stalled, progress.over, outcome]), state)
        .finally(() => clearTimeout(timer));
      // What it replied before is settled.
      if (!hasReplied) lose();
    }
    const status = statusOf(await this.#inTime(outcome, state));
    assert(
      !stream.locked || progress.ended !== undefined,
      "The handler replied and still holds the data set",
    );
    // A handler that did not look at the whole data set cannot know; all others must not succeed.
    const sawFailure = progress.ended === "failed";
    assert(
      !(sawFailure && isKept(status)),
      "The handler saw the data set break off, and answered success",
    );
    // Every association ends, and what was answered before stays as it is.
    lose();
    return { status, progress, dataSet };
  }

  /**
   * Checks that of one UID there is what is to be, and that each instance is whole.
   *
   * @param sopInstanceUid The UID.
   * @param contents The data sets that are to be kept.
   */
  async kept(sopInstanceUid: string, contents: readonly Uint8Array[]): Promise<void> {
    const stored = await this.#options.subject.stored?.(sopInstanceUid);
    if (stored === undefined) return;
    assert(
      stored.length === contents.length,
      `Not as many instances are kept as were to be: ${stored.length}, not ${contents.length}`,
    );
    for (const content of contents) {
      const found = stored.some((bytes) => endsWith(bytes, content));
      assert(found, `No instance with the ${content.byteLength} bytes that were sent is kept`);
    }
  }

  /**
   * Checks that an instance is kept if its reply said so, and not otherwise.
   *
   * @param reply The reply.
   */
  async keptAsReplied({ status, dataSet }: Reply): Promise<void> {
    await this.kept(dataSet.sopInstanceUid, isKept(status) ? [dataSet.bytes] : []);
  }

  /**
   * Checks that an instance is kept whole or not at all, where nobody heard the reply.
   *
   * @param dataSet The instance.
   */
  async wholeOrNothing({ sopInstanceUid, bytes }: SyntheticDataSet): Promise<void> {
    for (const stored of await this.#options.subject.stored?.(sopInstanceUid) ?? []) {
      assert(endsWith(stored, bytes), "Of an instance that broke off, a part is kept");
    }
  }

  /** As a host tells them: when the head has come, or cannot come any more. */
  async #attributes(
    { attributes, bytes, headLength }: SyntheticDataSet,
    { end = "close", lost }: Delivery,
    signal: AbortSignal,
    lose: () => void,
  ): Promise<Attributes> {
    signal.throwIfAborted();
    const comes = typeof lost === "number" ? Math.min(lost, bytes.byteLength) : bytes.byteLength;
    if (comes >= headLength) {
      const wanted = this.handlers.attributes ?? [];
      return Object.fromEntries(
        Object.entries(attributes).filter(([keyword]) => wanted.includes(keyword)),
      );
    }
    if (end instanceof Error) throw end;
    if (end === "close" && typeof lost !== "number") return {};
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    // Whoever waits for the head may not read meanwhile, and would not come to where it is lost.
    queueMicrotask(lose);
    return await promise;
  }

  async #inTime<T>(outcome: Promise<T>, message: () => string): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new assert.AssertionError({ message: message() }));
    }, this.#options.patience);
    try {
      return await Promise.race([outcome, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

async function outcomeOf(action: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await action() };
  } catch (error) {
    return { error };
  }
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  if (bytes.byteLength < end.byteLength) return false;
  const tail = bytes.subarray(bytes.byteLength - end.byteLength);
  return tail.every((byte, i) => byte === end[i]);
}
