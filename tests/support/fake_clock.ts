/**
 * A clock that goes forward only when told to.
 *
 * @module
 */

import type { Clock } from "../../lib/net/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock for tests. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  schedule(delay: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(delay, 0), callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the nearest timer fires. */
  get next(): number | undefined {
    const times = [...this.#timers].map((timer) => timer.at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Goes forward, firing what comes due in its order. */
  async advance(milliseconds: number): Promise<void> {
    // What has happened before must not seem to happen later.
    await settle();
    const end = this.#now + milliseconds;
    while (true) {
      const due = [...this.#timers].filter((timer) => timer.at <= end)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything that is ready to go on do so: macrotask turns, not time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => queueTurn(resolve));
}

function queueTurn(callback: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    port2.close();
    callback();
  };
  port2.postMessage(undefined);
}
