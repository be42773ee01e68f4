/**
 * A port that is free when it is needed.
 *
 * @module
 */

/** A port that the system has chosen, and that nobody else gets until it is released. */
export interface ReservedPort extends Disposable {
  readonly port: number;
  /** Makes room for who is to listen there. */
  release(): void;
}

/**
 * Reserves a port of this machine.
 *
 * @returns The port.
 */
export function reservePort(): ReservedPort {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let isHeld = true;
  const release = (): void => {
    if (isHeld) listener.close();
    isHeld = false;
  };
  return { port: listener.addr.port, release, [Symbol.dispose]: release };
}
