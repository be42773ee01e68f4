/**
 * The digest of a module: what its pin is compared with. It is apart from the pins, since every tool
 * reads specifiers, and few hash modules.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Digest } from "./pin.ts";

/**
 * Hashes a module.
 *
 * @param bytes Its bytes, as they were fetched.
 * @returns Their digest.
 */
export function digestOf(bytes: Uint8Array): Digest {
  return createHash("sha256").update(bytes).digest("hex");
}
