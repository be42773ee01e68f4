/**
 * One worker, from its start to its end.
 *
 * The host and it talk over a port of their own: what the handler posts by other ways goes nowhere, and
 * the port's closing tells of every end, those included that no event of the worker tells of:
 * `self.close()` and `Deno.exit()`.
 *
 * @module
 */

// In Deno 2.9 a port tells of its closing once this module has been imported.
import "node:worker_threads";
import { HandlerError } from "../errors.ts";
import type { HandlerPermissions } from "./handler.ts";
import { reasonOf } from "./module_fault.ts";
import { readWorkerMessage } from "./sandbox_messages.ts";
import { missingGrants, workerPermissions } from "./sandbox_permissions.ts";
import type { Greeting, HostMessage, WorkerMessage } from "./sandbox_protocol.ts";

/** How a worker is started, and who hears of it. */
export interface SandboxThreadOptions {
  /** What names the handler in messages. */
  readonly label: string;
  /** What it may do, and nothing else. */
  readonly permissions: HandlerPermissions;
  /** Told what it says. */
  readonly onMessage: (message: WorkerMessage) => void;
  /** Told why, once, when it has ended other than by {@linkcode SandboxThread.terminate}. */
  readonly onEnd: (reason: string) => void;
}

/** A worker. */
export class SandboxThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #options: SandboxThreadOptions;
  #hasEnded = false;
  #closing: ReturnType<typeof setTimeout> | undefined;

  /**
   * Starts a worker.
   *
   * @param options How.
   * @throws {HandlerError} When it would have more rights than this program.
   */
  constructor(options: SandboxThreadOptions) {
    this.#options = options;
    const { label, permissions } = options;
    this.#worker = newWorker(label, permissions);
    this.#worker.addEventListener("error", (event) => {
      // Else it would be this program's error too.
      event.preventDefault();
      this.#end(event.message);
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<unknown>) => this.#take(data);
    port1.addEventListener("messageerror", () => this.#end(OUT_OF_HAND));
    port1.addEventListener("close", () => {
      if (this.#hasEnded) return;
      // An error that it ended by is told at the same time, and says more.
      this.#closing = setTimeout(() => this.#end("it ended itself"), CLOSING_TIME);
    });
    const greeting: Greeting = { port: port2, label };
    this.#worker.postMessage(greeting, [port2]);
  }

  /**
   * Says something to it; once it has ended, to nobody.
   *
   * @param message What.
   * @param transfer The buffers that go with it.
   */
  post(message: HostMessage, transfer: Transferable[] = []): void {
    if (!this.#hasEnded) this.#port.postMessage(message, transfer);
  }

  /** Ends it. A handler that never waits goes on all the same, until the process ends. */
  terminate(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#closing);
    this.#port.close();
    this.#worker.terminate();
  }

  #take(data: unknown): void {
    if (this.#hasEnded) return;
    const message = readWorkerMessage(data);
    if (message === undefined) return this.#end(OUT_OF_HAND);
    if (message.type === "crashed") return this.#end(message.text);
    this.#options.onMessage(message);
  }

  #end(reason: string): void {
    if (this.#hasEnded) return;
    this.terminate();
    this.#options.onEnd(reason);
  }
}

/** Milliseconds between the closing of a worker's port and the news of why. */
const CLOSING_TIME = 20;

const OUT_OF_HAND = "what it said is nothing that a sandbox says";

function newWorker(label: string, permissions: HandlerPermissions): Worker {
  try {
    return new Worker(new URL("./sandbox_worker.ts", import.meta.url), {
      type: "module",
      name: label,
      deno: { permissions: workerPermissions(permissions) },
    });
  } catch (error) {
    const missing = missingGrants(permissions);
    const why = error instanceof Deno.errors.NotCapable && missing.length > 0
      ? `it needs ${missing.join(" ")}, which this program does not have itself`
      : reasonOf(error);
    throw new HandlerError(`Cannot start handler ${label} in a sandbox: ${why}`, label, {
      cause: error,
    });
  }
}
