/**
 * Promises that are rejected, and that nobody awaits: they would end a program.
 *
 * @module
 */

/**
 * Takes what is rejected in the course of some work, and nobody waits for.
 *
 * @param work The work.
 * @returns The reasons.
 */
export async function unawaited(work: () => Promise<unknown> | void): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listen = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", listen);
  try {
    await work();
    // Such are told of when a turn is over.
    await new Promise((resolve) => setTimeout(resolve));
  } finally {
    globalThis.removeEventListener("unhandledrejection", listen);
  }
  return reasons;
}
