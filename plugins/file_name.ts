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
 * Makes a piece of a file's name out of the value of an attribute, or of an AE title.
 *
 * Kept as it is, if its UTF-8 has at most 96 bytes: text of letters, digits, spaces and `._^=+,@'()-`
 * that starts with a letter, a digit or one of `_^=+,@'()`, does not end in a space or a dot, is in
 * Unicode's normal form C, and is no reserved name of Windows. So far `DOE^JANE`, `20240131` and `山田`.
 * It must also be the same in upper case, for `doe` and `DOE` are two patients, but one folder to
 * Windows and macOS. No text at all becomes `unknown`.
 *
 * All else, and `UNKNOWN`, becomes readable as far as it goes, and ends in a hyphen and eight
 * hexadecimal digits: the head of the SHA-256 of the value in UTF-8. So `Köln` becomes `Köln-` and its
 * digits. Two values that differ have names that differ everywhere, but for chance.
 *
 * @param text The value, without padding; empty when there is none.
 * @returns The piece: not empty, at most 96 bytes long, fit to be a component by itself.
 *
 * @example
 * ```ts
 * import { safeText } from "./file_name.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(safeText("DOE^JANE"), "DOE^JANE");
 * assert.match(safeText("Köln"), /^Köln-[0-9a-f]{8}$/);
 * assert.match(safeText("../x"), /^___x-[0-9a-f]{8}$/);
 * ```
 */
export function safeText(text: string): string {
  if (text === "") return UNKNOWN;
  const isPlain = byteLength(text) <= MAX_TEXT_BYTES && isPlainText(text) &&
    text === foldCase(text) && text.toLowerCase() !== UNKNOWN && !RESERVED.test(text);
  return isPlain ? text : `${readableText(text, READABLE_BYTES)}-${digest(text, TEXT_DIGITS)}`;
}

/**
 * Makes the component of a path of pieces that are each safe: text of the user's own, and what
 * {@linkcode safeFileName} and {@linkcode safeText} gave.
 *
 * Together they may be too long, or a reserved name of Windows, as `COM` and `1` are. Then the
 * component is cut, and ends in a hyphen and eight digits of its SHA-256.
 *
 * @param pieces The pieces, one at least.
 * @param extension What is to stay at the end of a file's name, such as `.dcm`; at most 32 bytes.
 * @returns The component, at most 240 bytes long: a number may be put to it.
 *
 * @example
 * ```ts
 * import { safeComponent } from "./file_name.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(safeComponent(["CT", ".", "1.2.3"], ".dcm"), "CT.1.2.3.dcm");
 * assert.match(safeComponent(["COM", "1"], ".dcm"), /^COM1-[0-9a-f]{8}\.dcm$/);
 * ```
 */
export function safeComponent(pieces: readonly string[], extension = ""): string {
  // Marks at the start of a piece may join the letter before it.
  const stem = pieces.join("").normalize("NFC");
  const isFit = byteLength(stem) + byteLength(extension) <= MAX_COMPONENT_BYTES &&
    !RESERVED.test(`${stem}${extension}`);
  if (isFit) return `${stem}${extension}`;
  const room = MAX_COMPONENT_BYTES - byteLength(extension) - TEXT_DIGITS - 1;
  return `${readableText(stem, room)}-${digest(stem, TEXT_DIGITS)}${extension}`;
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
  const hash = digest(value, HASH_DIGITS);
  // Dots go too: `NUL.txt` is the device NUL to Windows. A leading hyphen would be an option to `rm`.
  const readable = value.slice(0, READABLE_LENGTH).replaceAll(/[^A-Za-z0-9_-]/g, "_")
    .replace(/^-/, "_");
  return `${readable === "" ? "_" : readable}-${hash}`;
}

// Patterns with classes of Unicode's are in the functions below, and not made when this file is loaded:
// that takes a millisecond, and most names are UIDs.

/** What can be shown of a text, in so many bytes: it may be anything, so no dots, as above. */
function readableText(text: string, room: number): string {
  const harmless = text.slice(0, room).normalize("NFC")
    .replaceAll(/[^\p{L}\p{M}\p{N} _^=+,@'()-]/gu, "_")
    // A space is easily lost, a mark belongs to a letter before it, a hyphen makes an option.
    .replace(/^[ \p{M}-]/u, "_");
  let cut = "";
  let length = 0;
  // By code points: half a surrogate pair is no character.
  for (const character of harmless) {
    length += byteLength(character);
    if (length > room) break;
    cut += character;
  }
  return cut === "" ? "_" : cut;
}

/** What Windows allows, and no shell expands, but for spaces, quotes and parentheses. */
function isPlainText(text: string): boolean {
  return /^[\p{L}\p{N}_^=+,@'()](?:[\p{L}\p{M}\p{N} ._^=+,@'()-]*[\p{L}\p{M}\p{N}_^=+,@'()-])?$/u
    .test(text);
}

/** The same for all texts that a file system may hold to be the same. */
function foldCase(text: string): string {
  return text.normalize("NFC").toLowerCase().toUpperCase().normalize("NFC");
}

/** Most names need none: `node:crypto`, which takes long to load, is asked for with the first that does. */
function digest(value: string, digits: number): string {
  const { createHash } = globalThis.process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(value).digest("hex").slice(0, digits);
}

function byteLength(text: string): number {
  return UTF_8.encode(text).byteLength;
}

const UTF_8 = new TextEncoder();
const MAX_UID_LENGTH = 64;
const PLAIN_UID = /^[0-9]+(?:\.[0-9]+)*$/;
const PREFIX = /^[A-Za-z0-9]{0,16}$/;
/** A colon names a drive or an alternate stream on Windows; both separators count everywhere. */
const LEADS_AWAY = ["/", "\\", ":", "\0"];
/** Enough to recognize the value by; the hash tells the rest. */
const READABLE_LENGTH = 48;
/** 128 bits: nobody finds two values with the same head. */
const HASH_DIGITS = 32;
/** In lower case, which no value keeps without digits after it. */
const UNKNOWN = "unknown";
/** Devices of Windows, with any extension. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i;
/** Any value of VR LO or SH, and most names of persons, in letters of up to three bytes. */
const MAX_TEXT_BYTES = 96;
/** With a hyphen and the digits still less than a text that is kept. */
const READABLE_BYTES = 64;
/** Enough to tell apart what is alike to read; whoever wants one folder can send one value. */
const TEXT_DIGITS = 8;
/** Linux and macOS take 255 bytes, of which a number, as in `-1000`, may need some. */
const MAX_COMPONENT_BYTES = 240;
