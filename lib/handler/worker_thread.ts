/**
 * One worker, from its start to its end.
 *
 * Host and worker talk over a port of their own: what else runs in the worker and posts by other ways
 * posts to nobody, and the port's closing tells of every end, those included that no event of the worker
 * tells of: `self.close()` and `Deno.exit()`.
 *
 * @module
 */

// In Deno 2.9 a port tells of its closing once this module has been imported.
import "node:worker_threads";

/** Who hears of a worker. */
export interface WorkerThreadListener {
  /** Told what it says. */
  onMessage(data: unknown): void;
  /** Told why, once, when it has ended other than by {@linkcode WorkerThread.terminate}. */
  onEnd(reason: string): void;
}

/** A worker. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #listener: WorkerThreadListener;
  #hasEnded = false;
  #closing: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes a worker that was just started, and greets it: with a message that has its end of the port.
   *
   * @param worker The worker.
   * @param greeting What else is in the message.
   * @param listener Who hears of it.
   */
  constructor(worker: Worker, greeting: object, listener: WorkerThreadListener) {
    this.#worker = worker;
    this.#listener = listener;
    worker.addEventListener("error", (event) => {
      // Else it would be this program's error too.
      event.preventDefault();
      this.end(event.message);
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!this.#hasEnded) listener.onMessage(data);
    };
    port1.addEventListener("messageerror", () => this.end("what it said cannot be read"));
    port1.addEventListener("close", () => {
      if (this.#hasEnded) return;
      // An error that it ended by is told at the same time, and says more.
      this.#closing = setTimeout(() => this.end("it ended itself"), CLOSING_TIME);
    });
    worker.postMessage({ ...greeting, port: port2 }, [port2]);
  }

  /**
   * Says something to it; once it has ended, to nobody.
   *
   * @param message What.
   * @param transfer The buffers that go with it.
   */
  post(message: object, transfer: Transferable[] = []): void {
    if (!this.#hasEnded) this.#port.postMessage(message, transfer);
  }

  /** Ends it. What never waits goes on all the same, until the process ends. */
  terminate(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#closing);
    this.#port.close();
    this.#worker.terminate();
  }

  /**
   * Ends it, for a reason that the listener is told.
   *
   * @param reason Why.
   */
  end(reason: string): void {
    if (this.#hasEnded) return;
    this.terminate();
    this.#listener.onEnd(reason);
  }
}

/** Milliseconds between the closing of a worker's port and the news of why. */
const CLOSING_TIME = 20;
