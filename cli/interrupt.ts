/**
 * What Ctrl-C does: the first asks the peer to stop and lets the work end in good order, the second
 * ends it at once.
 *
 * @module
 */

import type { Io } from "./io.ts";

/**
 * The user's wish to stop, as two signals. SIGTERM is both at once: whoever sends it does not wait long
 * for the end.
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
   */
  constructor(io: Pick<Io, "onSignal">) {
    this.#remove = io.onSignal((signal) => {
      const isSecond = this.#cancel.signal.aborted;
      this.#cancel.abort(new InterruptedError());
      if (isSecond || signal === "SIGTERM") this.#abort.abort(new InterruptedError());
    });
  }

  /** Aborted by the first Ctrl-C. */
  get cancel(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Aborted by the second Ctrl-C. */
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
