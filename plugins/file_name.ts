/**
 * The one place where a string that came by the network becomes part of a file's name.
 *
 * A peer chooses its UIDs, so a SOP Instance UID may be `../../etc/cron.d/x`, sixty thousand
 * characters long, or `NUL`. A conformant UID (PS3.5 section 9.1) is kept as it is, for people look
 * for their files by UID. Everything else gets a name made of harmless characters and of a hash of
 * the whole value, so that two different values never share a name, not even where the file system
 * does not tell upper from lower case.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";

/**
 * Makes one component of a path out of a UID, or of any other string that a peer sent.
 *
 * A name that had to be changed ends in a hyphen and 32 hexadecimal digits: the head of the SHA-256
 * of the value in UTF-8. The result is ASCII, at most 128 bytes long, has no separator, and neither
 * starts nor ends with a dot; it is no reserved name of Windows either.
 *
 * @param prefix Put before the value with a dot; the caller's own word, such as `CT`, or empty.
 * @param uid The value as the peer sent it.
 * @returns The component: `CT.1.2.3`, or `1.2.3` when the prefix is empty.
 * @throws {RangeError} When the prefix is not made of 0 to 16 ASCII letters and digits.
 *
 * @example
 * ```ts
 * import { safeFileName } from "./file_name.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(safeFileName("CT", "1.2.840.10008.1"), "CT.1.2.840.10008.1");
 * assert.match(safeFileName("CT", "../x"), /^CT\.___x-[0-9a-f]{32}$/);
 * ```
 */
export function safeFileName(prefix: string, uid: string): string {
  if (!PREFIX.test(prefix)) {
    throw new RangeError(`Cannot name a file: prefix ${JSON.stringify(prefix)} is not usable`);
  }
  const component = isPlainUid(uid) ? uid : hashedComponent(uid);
  return prefix === "" ? component : `${prefix}.${component}`;
}

/**
 * Joins components to a path under a directory, and refuses to leave that directory.
 *
 * The second fence after {@linkcode safeFileName}: it holds when a component comes from elsewhere.
 * It looks at the words only, so that no permission is needed to read the current directory.
 *
 * @param root The directory; as trusted as the user who named it.
 * @param components One name for each level below it.
 * @returns The path.
 * @throws {RangeError} When a component is empty, `.` or `..`, or has a separator, a colon or NUL in it.
 *
 * @example
 * ```ts
 * import { resolveInside } from "./file_name.ts";
 * import assert from "node:assert/strict";
 * import { join } from "node:path";
 *
 * assert.equal(resolveInside("received", "CT.1.2.3"), join("received", "CT.1.2.3"));
 * assert.throws(() => resolveInside("received", ".."), RangeError);
 * ```
 */
export function resolveInside(root: string, ...components: readonly string[]): string {
  for (const component of components) {
    if (
      component === "" || component === "." || component === ".." ||
      LEADS_AWAY.some((c) => component.includes(c))
    ) {
      const shown = JSON.stringify(component.slice(0, 64));
      throw new RangeError(`Cannot name a file: component ${shown} leads outside its directory`);
    }
  }
  return join(root, ...components);
}

/** Digits and dots, no empty component, at most 64 characters: cannot be anything but a name. */
function isPlainUid(uid: string): boolean {
  return uid.length <= MAX_UID_LENGTH && PLAIN_UID.test(uid);
}

function hashedComponent(value: string): string {
  const hash = createHash("sha256").update(value).digest("hex").slice(0, HASH_DIGITS);
  // Dots go too: `NUL.txt` is the device NUL to Windows. A leading hyphen would be an option to `rm`.
  const readable = value.slice(0, READABLE_LENGTH).replaceAll(/[^A-Za-z0-9_-]/g, "_")
    .replace(/^-/, "_");
  return `${readable === "" ? "_" : readable}-${hash}`;
}

const MAX_UID_LENGTH = 64;
const PLAIN_UID = /^[0-9]+(?:\.[0-9]+)*$/;
const PREFIX = /^[A-Za-z0-9]{0,16}$/;
/** A colon names a drive or an alternate stream on Windows; both separators count everywhere. */
const LEADS_AWAY = ["/", "\\", ":", "\0"];
/** Enough to recognize the value by; the hash tells the rest. */
const READABLE_LENGTH = 48;
/** 128 bits: nobody finds two values with the same head. */
const HASH_DIGITS = 32;
