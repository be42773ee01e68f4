/**
 * Whom to call: the address in either of the two forms that people are used to.
 *
 * @module
 */

import { type AeAddress, parseAeAddress } from "../lib/ae_title.ts";
import { UsageError } from "./exit_code.ts";

/** The positional arguments, in words. */
export interface PeerArguments {
  readonly address: AeAddress;
  /** What follows the address. */
  readonly rest: readonly string[];
}

/**
 * Reads `addr port …` or `[AE@]host:port …`. An IPv6 address stands in brackets when the port is
 * part of the argument: `[::1]:104`, but `::1 104`.
 *
 * @param positionals The positional arguments.
 * @returns The peer's address, and the arguments after it.
 * @throws {UsageError} When there is no address, or none that can be used.
 *
 * @example
 * ```ts
 * import { readPeerAddress } from "./peer_address.ts";
 * import assert from "node:assert/strict";
 *
 * const expected = { hostname: "pacs", port: 104 };
 * assert.deepEqual(readPeerAddress(["pacs", "104"]).address, expected);
 * assert.deepEqual(readPeerAddress(["pacs:104"]).address, expected);
 * ```
 */
export function readPeerAddress(positionals: readonly string[]): PeerArguments {
  const [first, second, ...others] = positionals;
  if (first === undefined) {
    throw new UsageError("Missing the peer's address: give addr and port, or [AE@]host:port");
  }
  if (hasPort(first)) {
    return { address: parse(first), rest: positionals.slice(1) };
  }
  if (second === undefined) {
    throw new UsageError(
      `Missing the peer's port after "${first}": give addr and port, or [AE@]host:port`,
    );
  }
  const at = first.lastIndexOf("@") + 1;
  const host = first.slice(at);
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return { address: parse(`${first.slice(0, at)}${bracketed}:${second}`), rest: others };
}

/** Whether an argument ends in a port; the colons of a bare IPv6 address are not such. */
function hasPort(argument: string): boolean {
  const host = argument.slice(argument.lastIndexOf("@") + 1);
  return host.startsWith("[") ? host.includes("]:") : /^[^:]*:[^:]*$/.test(host);
}

function parse(text: string): AeAddress {
  try {
    return parseAeAddress(text);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
