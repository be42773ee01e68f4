/**
 * What Ctrl-C does: the first asks the peer to stop and lets the work end in good order, the second
 * ends it at once.
 *
 * @module
 */

import type { Io } from "./io.ts";

/**
 * What a first SIGTERM does. `abort` both at once: who sends it to a tool does not wait long for the
 * end. `cancel` as Ctrl-C does: who sends it to a server wants it to end in good order.
 */
export type Termination = "abort" | "cancel";

/**
 * The user's wish to stop, as two signals.
 *
 * @example
 * ```ts
 * import { Interrupt } from "./interrupt.ts";
 * import { denoIo } from "./io.ts";
 * import assert from "node:assert/strict";
 *
 * using interrupt = new Interrupt(denoIo);
 * assert.equal(interrupt.cancel.aborted, false);
 * ```
 */
export class Interrupt implements Disposable {
  readonly #cancel = new AbortController();
  readonly #abort = new AbortController();
  readonly #remove: () => void;

  /**
   * Listens for the signals from then on.
   *
   * @param io Where the signals come from.
   * @param termination What a first SIGTERM does.
   */
  constructor(io: Pick<Io, "onSignal">, termination: Termination = "abort") {
    this.#remove = io.onSignal((signal) => {
      const isSecond = this.#cancel.signal.aborted;
      this.#cancel.abort(new InterruptedError());
      const isFinal = signal === "SIGTERM" && termination === "abort";
      if (isSecond || isFinal) this.#abort.abort(new InterruptedError());
    });
  }

  /** Aborted by the first signal. */
  get cancel(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Aborted by the second signal, or by a SIGTERM that is not to wait. */
  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  /** Gives the signals their usual effect again. */
  [Symbol.dispose](): void {
    this.#remove();
  }
}

/** The user pressed Ctrl-C. */
export class InterruptedError extends Error {
  override name = "InterruptedError";
  override message = "Cancelled";
}
