/**
 * Several workers of one process that serve at the same port, each with an event loop of its own.
 *
 * The system gives each connection to one of them. A worker that dies is replaced, unless it has died
 * at once: then the next would too.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { EXIT_CODE, type ExitCode, UsageError } from "./exit_code.ts";
import type { Io } from "./io.ts";
import type { WorkerPart } from "./offer.ts";
import type { ToolOutput } from "./output.ts";
import type { ServiceChoice } from "./service_settings.ts";
import { ServiceTally } from "./service_tally.ts";
import { ServiceThread } from "./service_thread.ts";
import type { Serving, ServingStart, Standing } from "./serving.ts";
import { EVENT_LENGTH, WorkerCounters } from "./worker_counters.ts";
import { WorkerRoom } from "./worker_room.ts";

/** What a crew works with. */
export interface CrewHost {
  readonly output: ToolOutput;
  readonly io: Io;
  /** Aborted when the server is told to stop. */
  readonly signal: AbortSignal;
}

/** A worker that dies sooner than this after its start is not replaced, in milliseconds. */
const LEAST_LIFE = 10_000;

/** The workers of a server. */
export class WorkerCrew implements Serving {
  readonly #choice: ServiceChoice;
  readonly #host: CrewHost;
  readonly #counters: WorkerCounters;
  readonly #room: WorkerRoom;
  readonly #threads = new Map<number, ServiceThread>();
  /** The books of those that have ended. */
  readonly #closed = new ServiceTally();
  readonly #broken = Promise.withResolvers<void>();
  readonly #onCancel = (): void => this.#tell("cancel");
  /** What the workers wrote before the start was told; `undefined` from then on. */
  #held: (() => void)[] | undefined = [];
  #port: number;
  #hasFailed = false;
  #isStopping = false;

  /**
   * Makes a crew; nothing is done until it is started.
   *
   * @param choice What is to be served, and how.
   * @param host What it works with.
   * @throws {UsageError} When there can be no workers here.
   */
  constructor(choice: ServiceChoice, host: CrewHost) {
    const { workers, maximumAssociations, maximumAssociationsPerAddress, port } = choice.service;
    requireShared(workers, host.io);
    this.#choice = choice;
    this.#host = host;
    this.#port = port;
    this.#counters = WorkerCounters.make(workers);
    this.#room = new WorkerRoom({
      maximumAssociations,
      maximumAssociationsPerAddress,
    });
  }

  get tally(): ServiceTally {
    const sum = new ServiceTally();
    sum.include(this.#closed.books);
    for (const { books } of this.#threads.values()) {
      if (books !== undefined) sum.include(books);
    }
    return sum;
  }

  get exitCode(): ExitCode {
    return this.#hasFailed ? EXIT_CODE.internal : this.tally.exitCode;
  }

  get lately(): Standing {
    const threads = [...this.#threads.values()];
    // For the next time that it is asked for.
    for (const thread of threads) void thread.standing();
    return sumOf(threads.map(({ lately }) => lately));
  }

  get broken(): Promise<void> {
    return this.#broken.promise;
  }

  async start(): Promise<ServingStart> {
    const { signal } = this.#host;
    signal.addEventListener("abort", this.#onCancel, { once: true });
    const start = await this.#add(0, { prepares: true, maintains: true }, true).started;
    if (start.address === undefined || signal.aborted) return { ...start, address: undefined };
    this.#port = start.address.port;
    const { workers } = this.#choice.service;
    const others = Array.from(
      { length: workers - 1 },
      (_, index) => this.#add(index + 1, { prepares: false, maintains: false }, false).started,
    );
    await Promise.all(others);
    return { ...start, lines: [...start.lines, `Served by ${workers} workers`] };
  }

  open(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const write of held) write();
  }

  async standing(): Promise<Standing> {
    return sumOf(
      await Promise.all([...this.#threads.values()].map((thread) => thread.standing())),
    );
  }

  async drain(): Promise<void> {
    this.#isStopping = true;
    this.#tell("drain");
    await Promise.all([...this.#threads.values()].map(({ ended }) => ended));
  }

  shutdown(): void {
    this.#tell("shutdown");
  }

  /** What was not drained is aborted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#host.signal.removeEventListener("abort", this.#onCancel);
    const draining = this.drain();
    this.shutdown();
    await draining;
    this.open();
  }

  #tell(type: "cancel" | "drain" | "shutdown"): void {
    for (const thread of this.#threads.values()) thread.tell({ type });
  }

  /** Starts a worker; of what it says at its start, only the first is heard. */
  #add(index: number, part: WorkerPart, isHeard: boolean): ServiceThread {
    const { io, signal, output } = this.#host;
    const { service, offer } = this.#choice;
    const { bakedHandler } = io;
    let hasStarted = false;
    this.#counters.reset(index);
    const print = (length: number, write: () => void): void => {
      if (hasStarted || isHeard) this.#write(write, hasStarted);
      this.#counters.printed(index, length);
    };
    const thread = new ServiceThread({
      choice: { offer, service: { ...service, port: this.#port, warnings: [] } },
      part,
      counters: this.#counters.buffer,
      index,
      bakedHandler: bakedHandler?.url === undefined
        ? undefined
        : { specifier: bakedHandler.specifier, url: bakedHandler.url },
    }, {
      written: (text) => print(text.length, () => output.progress.stderr(text)),
      happened: (event) => print(EVENT_LENGTH, () => output.events.emit(event)),
      take: (peerAddress) => this.#room.take(index, peerAddress),
      give: (peerAddress) => this.#room.give(index, peerAddress),
    });
    this.#threads.set(index, thread);
    const startedAt = io.clock.now();
    thread.started.then(() => hasStarted = true, () => {});
    void thread.ended.then((reason) => {
      this.#ended(index, thread);
      if (reason !== undefined && hasStarted) this.#lost(index, reason, io.clock.now() - startedAt);
    });
    if (signal.aborted) thread.tell({ type: "cancel" });
    return thread;
  }

  #write(write: () => void, hasStarted: boolean): void {
    if (hasStarted && this.#held !== undefined) this.#held.push(write);
    else write();
  }

  #ended(index: number, { books }: ServiceThread): void {
    this.#threads.delete(index);
    this.#room.leave(index);
    if (books !== undefined) this.#closed.include(books);
  }

  /** A worker has died. */
  #lost(index: number, reason: string, life: number): void {
    const { log } = this.#host.output;
    const sentence = `Worker ${index + 1} has died, and its associations with it: ${reason}`;
    this.#hasFailed = true;
    if (this.#isStopping) return log.error(sentence);
    if (life < LEAST_LIFE) {
      log.error(`${sentence}; it had just begun, so the server stops`);
      return this.#broken.resolve();
    }
    log.error(`${sentence}; another takes its place`);
    const { started } = this.#add(index, { prepares: false, maintains: index === 0 }, false);
    started.then(
      () => log.info(`Worker ${index + 1} serves again`),
      (error) => {
        const message = error instanceof Error ? error.message : String(error);
        log.error(`Worker ${index + 1} cannot serve again, so the server stops: ${message}`);
        this.#broken.resolve();
      },
    );
  }
}

/** The directory of the program, if its workers cannot be loaded from there. */
function unreadableProgram(): string | undefined {
  const root = new URL("..", import.meta.url);
  // What is inside an executable, or came from a registry, needs no permission to be read.
  if (root.protocol !== "file:" || Deno.build.standalone) return undefined;
  const path = fileURLToPath(root).replace(/[/\\]$/, "");
  return Deno.permissions.querySync({ name: "read", path }).state === "granted" ? undefined : path;
}

function sumOf(all: readonly Standing[]): Standing {
  const sum = (of: (each: Standing) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    associations: sum(({ associations }) => associations),
    receiving: sum(({ receiving }) => receiving),
    answering: sum(({ answering }) => answering),
    received: sum(({ received }) => received),
  };
}

/** Whether threads can share a port here. */
function requireShared(workers: number, { listen, connect, bakedHandler }: Io): void {
  const refuse = (why: string): never => {
    throw new UsageError(`Cannot use --workers ${workers}: ${why}`);
  };
  if (Deno.build.os !== "linux") {
    refuse("only Linux shares the connections of a port out among several; leave it out");
  }
  // What the flag gives us shows in this; to use it without ends the program.
  if (!("listenDatagram" in Deno)) refuse("it needs --unstable-net; start the program with that");
  const unreadable = unreadableProgram();
  if (unreadable !== undefined) {
    refuse(`it needs --allow-read=${unreadable} too, where the program of the workers is`);
  }
  if (listen !== undefined || connect !== undefined) {
    refuse("this program brings its own network, which its workers do not have");
  }
  if (bakedHandler !== undefined && bakedHandler.url === undefined) {
    refuse(`handler ${bakedHandler.specifier} is at hand for one thread only`);
  }
}
