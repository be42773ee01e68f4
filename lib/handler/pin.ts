/**
 * Pins: `#sha256-<base64>` behind a URL or path says which bytes are meant.
 *
 * @module
 */

/** A SHA-256 digest, in hexadecimal. */
export type Digest = string;

/** What names a module, and which bytes it must have. */
export interface Pinned {
  /** The text without the pin. */
  readonly target: string;
  /** What the bytes must hash to; `undefined` when any will do. */
  readonly pin: Digest | undefined;
}

/** What a pin that is none should have been. */
export const PIN_FORM = "not #sha256- and the 44 characters of a SHA-256 digest in base64";

const SHA256_LENGTH = 32;

/**
 * Takes the pin off a URL or path.
 *
 * @param text What was given; base64 as well as base64url, padded or not.
 * @returns The rest, and the pin; `undefined` when there is something that means to be a pin and is none.
 */
export function splitPin(text: string): Pinned | undefined {
  const at = text.search(/#sha\d+[-=:][^#]*$/i);
  if (at < 0) return { target: text, pin: undefined };
  const value = /^#sha256-([\w+/-]{43})=?$/.exec(text.slice(at))?.[1];
  if (value === undefined) return undefined;
  const bytes = Uint8Array.fromBase64(value.replaceAll("-", "+").replaceAll("_", "/"));
  if (bytes.byteLength !== SHA256_LENGTH) return undefined;
  return { target: text.slice(0, at), pin: bytes.toHex() };
}

/**
 * Writes a digest as users write pins.
 *
 * @param digest The digest.
 * @returns `sha256-` and base64.
 */
export function pinText(digest: Digest): string {
  return `sha256-${Uint8Array.fromHex(digest).toBase64()}`;
}
