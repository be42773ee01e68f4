/**
 * One worker of a server, as the server sees it.
 *
 * @module
 */

import { WorkerThread } from "../lib/handler/worker_thread.ts";
import type { OutputEvent } from "./event_output.ts";
import { UsageError } from "./exit_code.ts";
import type { ServiceBooks } from "./service_tally.ts";
import type { ServingStart, Standing } from "./serving.ts";
import type { HostMessage, WorkerGreeting, WorkerMessage } from "./worker_messages.ts";

/** What a worker asks of the server, and tells it. */
export interface ServiceThreadHost {
  /** It wrote lines of the log. */
  written(text: string): void;
  /** Something happened. */
  happened(event: OutputEvent): void;
  /** An association wants a place: says why there is none. */
  take(peerAddress: string): string | undefined;
  /** An association has left its place. */
  give(peerAddress: string): void;
}

/** What is told to a worker at its start, but for its port. */
export type ThreadStart = Omit<WorkerGreeting, "port">;

const NOTHING: Standing = { associations: 0, receiving: 0, answering: 0, received: 0 };

/** A worker that serves, or is about to. */
export class ServiceThread {
  readonly #thread: WorkerThread;
  readonly #host: ServiceThreadHost;
  readonly #started = Promise.withResolvers<ServingStart>();
  readonly #ended = Promise.withResolvers<string | undefined>();
  #asked = Promise.withResolvers<Standing>();
  #isAsked = false;
  #lately = NOTHING;
  #books: ServiceBooks | undefined;

  /**
   * Starts a worker.
   *
   * @param start What it is told.
   * @param host Whom it asks.
   */
  constructor(start: ThreadStart, host: ServiceThreadHost) {
    this.#host = host;
    // Whoever does not wait for the start must not be ended by it.
    this.#started.promise.catch(() => {});
    const worker = new Worker(new URL("./service_worker.ts", import.meta.url), {
      type: "module",
      name: `worker ${start.index + 1}`,
    });
    this.#thread = new WorkerThread(worker, start, {
      onMessage: (message) => this.#take(readMessage(message)),
      onEnd: (reason) => this.#end(reason),
    });
  }

  /** Resolves when it listens; fails when it cannot. */
  get started(): Promise<ServingStart> {
    return this.#started.promise;
  }

  /** Resolves when it has ended: to nothing where it was told to, else to the reason. */
  get ended(): Promise<string | undefined> {
    return this.#ended.promise;
  }

  /** What was under way when it last said so. */
  get lately(): Standing {
    return this.#lately;
  }

  /** The books as it last told them. */
  get books(): ServiceBooks | undefined {
    return this.#books;
  }

  /**
   * Asks what is under way.
   *
   * @returns What it says, or said last where it has ended.
   */
  standing(): Promise<Standing> {
    if (!this.#isAsked) {
      this.#isAsked = true;
      this.#thread.post({ type: "standing" } satisfies HostMessage);
    }
    return Promise.race([this.#asked.promise, this.ended.then(() => this.#lately)]);
  }

  /**
   * Tells it something.
   *
   * @param message What.
   */
  tell(message: HostMessage): void {
    this.#thread.post(message);
  }

  /** Ends it at once. */
  terminate(): void {
    this.#thread.terminate();
    this.#end(undefined);
  }

  #take(message: WorkerMessage): void {
    switch (message.type) {
      case "started":
        this.#started.resolve(message.start);
        return;
      case "failed":
        this.#fail(message.isUsage, message.error);
        return;
      case "written":
        this.#host.written(message.text);
        return;
      case "event":
        this.#host.happened(message.event);
        return;
      case "standing":
        this.#lately = message.standing;
        this.#books = message.books;
        if (!message.isAnswer) return;
        this.#asked.resolve(message.standing);
        this.#asked = Promise.withResolvers();
        this.#isAsked = false;
        return;
      case "take": {
        const { request, peerAddress } = message;
        this.tell({ type: "place", request, because: this.#host.take(peerAddress) });
        return;
      }
      case "give":
        this.#host.give(message.peerAddress);
        return;
      case "crashed":
        this.#thread.end(message.reason);
        return;
      case "ended":
        this.#books = message.books;
        this.terminate();
    }
  }

  #fail(isUsage: boolean, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#started.reject(isUsage ? new UsageError(message, { cause: error }) : error);
    this.terminate();
  }

  #end(reason: string | undefined): void {
    this.#lately = NOTHING;
    this.#started.reject(new Error(`Cannot start a worker: ${reason ?? "it was ended"}`));
    this.#ended.resolve(reason);
  }
}

/** What comes by the port is of our own program: that it is a message is enough. */
function readMessage(data: unknown): WorkerMessage {
  if (!isMessage(data)) throw new TypeError("Cannot read what a worker said");
  return data;
}

function isMessage(data: unknown): data is WorkerMessage {
  return typeof data === "object" && data !== null && "type" in data;
}
