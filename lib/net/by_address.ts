/**
 * What is there at once, counted by the address that it comes from, whatever the port.
 *
 * @module
 */

/**
 * A set in the order of arrival, with a count for each address.
 *
 * @typeParam T What is in it.
 *
 * @example
 * ```ts
 * import { ByAddress } from "./by_address.ts";
 * import assert from "node:assert/strict";
 *
 * const connections = new ByAddress<string>();
 * connections.add("a", "10.0.0.6:4711");
 * connections.add("b", "10.0.0.5:4711");
 * connections.add("c", "10.0.0.5:4712");
 * assert.equal(connections.countOf("10.0.0.5:104"), 2);
 * assert.equal(connections.oldestOfMost(), "b");
 * ```
 */
export class ByAddress<T> {
  readonly #hosts = new Map<T, string>();
  readonly #counts = new Map<string, number>();

  /** How many there are. */
  get size(): number {
    return this.#hosts.size;
  }

  /**
   * Adds one that is not there yet.
   *
   * @param entry What.
   * @param peerAddress Where it comes from, `host:port`.
   */
  add(entry: T, peerAddress: string): void {
    const host = hostOf(peerAddress);
    this.#hosts.set(entry, host);
    this.#counts.set(host, (this.#counts.get(host) ?? 0) + 1);
  }

  /**
   * Takes one out.
   *
   * @param entry Which.
   * @returns Whether it was there.
   */
  delete(entry: T): boolean {
    const host = this.#hosts.get(entry);
    if (host === undefined) return false;
    this.#hosts.delete(entry);
    const left = (this.#counts.get(host) ?? 0) - 1;
    if (left > 0) this.#counts.set(host, left);
    else this.#counts.delete(host);
    return true;
  }

  /**
   * How many there are from an address.
   *
   * @param peerAddress The address, `host:port`.
   * @returns The number.
   */
  countOf(peerAddress: string): number {
    return this.#counts.get(hostOf(peerAddress)) ?? 0;
  }

  /**
   * Finds who is the first to make room.
   *
   * @returns The oldest of the address that has the most.
   */
  oldestOfMost(): T | undefined {
    const most = Math.max(0, ...this.#counts.values());
    for (const [entry, host] of this.#hosts) if (this.#counts.get(host) === most) return entry;
    return undefined;
  }
}

/**
 * The address without the port.
 *
 * @param peerAddress `host:port`, an IPv6 host in brackets.
 * @returns The host.
 */
export function hostOf(peerAddress: string): string {
  return peerAddress.replace(/:[0-9]+$/, "");
}
