/**
 * The worker of a sandbox: started with the rights of its handler, and believed only as far as what it
 * says is what a sandbox says.
 *
 * @module
 */

import { HandlerError } from "../errors.ts";
import type { HandlerPermissions } from "./handler.ts";
import { reasonOf } from "./module_fault.ts";
import { readWorkerMessage } from "./sandbox_messages.ts";
import { missingGrants, workerPermissions } from "./sandbox_permissions.ts";
import type { Greeting, HostMessage, WorkerMessage } from "./sandbox_protocol.ts";
import { WorkerThread } from "./worker_thread.ts";

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
  readonly #thread: WorkerThread;

  /**
   * Starts a worker.
   *
   * @param options How.
   * @throws {HandlerError} When it would have more rights than this program.
   */
  constructor({ label, permissions, onMessage, onEnd }: SandboxThreadOptions) {
    const greeting: Omit<Greeting, "port"> = { label };
    this.#thread = new WorkerThread(newWorker(label, permissions), greeting, {
      onMessage: (data) => {
        const message = readWorkerMessage(data);
        if (message === undefined) this.#thread.end(OUT_OF_HAND);
        else if (message.type === "crashed") this.#thread.end(message.text);
        else onMessage(message);
      },
      onEnd,
    });
  }

  /**
   * Says something to it; once it has ended, to nobody.
   *
   * @param message What.
   * @param transfer The buffers that go with it.
   */
  post(message: HostMessage, transfer: Transferable[] = []): void {
    this.#thread.post(message, transfer);
  }

  /** Ends it. A handler that never waits goes on all the same, until the process ends. */
  terminate(): void {
    this.#thread.terminate();
  }
}

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
