/**
 * How long a handler may leave a data set alone.
 *
 * @module
 */

import { TimeoutError } from "../errors.ts";
import { Alarm } from "../net/alarm.ts";
import type { Association } from "../net/association.ts";
import type { Clock } from "../net/clock.ts";
import type { Patience } from "./data_set_stream.ts";

/** What the patience with handlers depends on. */
export interface HandlerPatienceOptions {
  /** How long the handler may leave the data set alone, in milliseconds; 0 is for ever. */
  readonly handlerTimeout: number;
  readonly clock: Clock;
  /** Told when its time has run out; the association is then aborted. */
  readonly onHandlerError: (error: unknown) => void;
}

/**
 * Makes the patience of one association: a single timer, however many pieces wait for their reader.
 *
 * @param association The association, aborted in the end.
 * @param options How long, and who is told.
 * @returns Watches the pieces that wait, of which there is never more than one.
 */
export function handlerPatience(
  association: Association,
  options: HandlerPatienceOptions,
): Patience {
  const { handlerTimeout, clock } = options;
  if (handlerTimeout === 0) return () => () => {};
  let deadline: number | undefined;
  const alarm = new Alarm(clock, () => [deadline], () => {
    deadline = undefined;
    const error = new TimeoutError(
      `Gave up after ${handlerTimeout / 1000} s: the handler takes no data`,
      "handler",
    );
    options.onHandlerError(error);
    void association.abort(error);
  });
  association.signal.addEventListener("abort", () => alarm.off(), { once: true });
  const goOn = (): void => {
    deadline = undefined;
  };
  return () => {
    deadline = clock.now() + handlerTimeout;
    alarm.set();
    return goOn;
  };
}
