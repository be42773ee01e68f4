/**
 * Why a port cannot be listened on, and what to do about it.
 *
 * @module
 */

import type { ConnectionError } from "../lib/errors.ts";

/**
 * Says what to do when listening failed.
 *
 * @param error What the library threw.
 * @param port The port that was asked for.
 * @returns One sentence.
 *
 * @example
 * ```ts
 * import { ConnectionError } from "@dicom/dimse";
 * import { describeListenFailure } from "./listen_failure.ts";
 * import assert from "node:assert/strict";
 *
 * const cause = new Deno.errors.AddrInUse();
 * const error = new ConnectionError("Cannot listen on port 104 of all addresses: it is in use", { cause });
 * assert.equal(
 *   describeListenFailure(error, 104),
 *   "Cannot listen on port 104 of all addresses: it is in use; " +
 *     "stop the program that has it, or give another port",
 * );
 * ```
 */
export function describeListenFailure(error: ConnectionError, port: number): string {
  const advice = adviceFor(error.cause, port);
  return advice === undefined ? error.message : `${error.message}; ${advice}`;
}

function adviceFor(cause: unknown, port: number): string | undefined {
  if (cause instanceof Deno.errors.AddrInUse) {
    return "stop the program that has it, or give another port";
  }
  if (cause instanceof Deno.errors.AddrNotAvailable) {
    return "give an address of this computer with -ba, or none";
  }
  if (cause instanceof Deno.errors.PermissionDenied && port < UNPRIVILEGED) {
    return `ports below ${UNPRIVILEGED} are for privileged programs: give another, such as 11112, ` +
      "or the right to bind it (CAP_NET_BIND_SERVICE)";
  }
  return undefined;
}

/** The first port that every program may listen on. */
const UNPRIVILEGED = 1024;
