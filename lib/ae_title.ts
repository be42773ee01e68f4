/**
 * Application Entity titles (PS3.5 section 6.2, VR AE) and the addresses they are reached at.
 *
 * @module
 */

/** The longest AE title (PS3.5 section 6.2). */
export const MAXIMUM_AE_TITLE_LENGTH = 16;

/** Where an application entity listens. */
export interface AeAddress {
  /** Its AE title, where one was given. */
  readonly aeTitle?: string;
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly hostname: string;
  /** TCP port, 1 to 65535. */
  readonly port: number;
}

/** The default repertoire without control characters and backslash, which separates values. */
const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]*$/;

const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?$/;
const IPV6 = /^[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._~-]+)?$/;
const PORT = /^[0-9]{1,5}$/;

/**
 * Checks an AE title and takes away the spaces around it, which do not count (PS3.8 section
 * 9.3.2). Slash, dot, colon and `@` are legal in an AE title: it must never be part of a path.
 *
 * @param text The title.
 * @returns The title without leading and trailing spaces.
 * @throws {TypeError} When it is empty, longer than 16 characters, or has a backslash, a control
 * character or a character outside ASCII.
 *
 * @example
 * ```ts
 * import { validateAeTitle } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(validateAeTitle(" STORESCP "), "STORESCP");
 * assert.throws(() => validateAeTitle("A\\B"), TypeError);
 * ```
 */
export function validateAeTitle(text: string): string {
  const title = trimSpaces(text);
  if (title === "") {
    throw new TypeError(`Cannot use AE title ${JSON.stringify(text)}: it is empty`);
  }
  if (!AE_TITLE.test(title)) {
    throw new TypeError(
      `Cannot use AE title ${
        JSON.stringify(text)
      }: only ASCII characters other than backslash and control characters are allowed`,
    );
  }
  if (title.length > MAXIMUM_AE_TITLE_LENGTH) {
    throw new TypeError(
      `Cannot use AE title ${
        JSON.stringify(text)
      }: ${title.length} characters exceed the ${MAXIMUM_AE_TITLE_LENGTH} allowed`,
    );
  }
  return title;
}

/**
 * Reads an address in the form `[AE@]host:port`, where the host is a name, an IPv4 address, or an
 * IPv6 address in brackets. An AE title may hold `@` itself: the last one separates.
 *
 * @param text The address.
 * @returns Its parts.
 * @throws {TypeError} When a part is missing or not in the form it has to have.
 *
 * @example
 * ```ts
 * import { parseAeAddress } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseAeAddress("ARCHIVE@[::1]:11112"), {
 *   aeTitle: "ARCHIVE",
 *   hostname: "::1",
 *   port: 11112,
 * });
 * ```
 */
export function parseAeAddress(text: string): AeAddress {
  const at = text.lastIndexOf("@");
  const location = text.slice(at + 1);
  const colon = location.lastIndexOf(":");
  if (colon === -1 || location.endsWith("]")) throw wrongAddress(text, "the port is missing");
  const hostname = parseHost(text, location.slice(0, colon));
  const port = parsePort(text, location.slice(colon + 1));
  return at === -1
    ? { hostname, port }
    : { aeTitle: validateAeTitle(text.slice(0, at)), hostname, port };
}

/**
 * Writes an address in the form that {@linkcode parseAeAddress} reads.
 *
 * @param address The address.
 * @returns `[AE@]host:port`, with brackets around an IPv6 address.
 *
 * @example
 * ```ts
 * import { formatAeAddress } from "@dicom/dimse";
 * import assert from "node:assert/strict";
 *
 * assert.equal(
 *   formatAeAddress({ aeTitle: "ARCHIVE", hostname: "::1", port: 104 }),
 *   "ARCHIVE@[::1]:104",
 * );
 * ```
 */
export function formatAeAddress(address: AeAddress): string {
  const title = address.aeTitle === undefined ? "" : `${address.aeTitle}@`;
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `${title}${host}:${address.port}`;
}

/** Only spaces: other white space is a wrong character, and `/ +$/` takes quadratic time. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === " ") start += 1;
  while (end > start && text[end - 1] === " ") end -= 1;
  return text.slice(start, end);
}

function parseHost(text: string, host: string): string {
  if (host === "") throw wrongAddress(text, "the host is missing");
  if (host.startsWith("[") && host.endsWith("]")) {
    const address = host.slice(1, -1);
    if (!isIpv6(address)) throw wrongAddress(text, `"${address}" is not an IPv6 address`);
    return address;
  }
  if (host.includes(":")) throw wrongAddress(text, "an IPv6 address needs brackets around it");
  if (!HOST_NAME.test(host)) {
    throw wrongAddress(text, `${JSON.stringify(host)} is not a host name or IP address`);
  }
  return host;
}

function isIpv6(address: string): boolean {
  if (!IPV6.test(address)) return false;
  // A URL knows every form of an IPv6 address, but not the zone of a link-local one.
  const zone = address.indexOf("%");
  return URL.canParse(`dicom://[${zone === -1 ? address : address.slice(0, zone)}]`);
}

function parsePort(text: string, digits: string): number {
  if (digits === "") throw wrongAddress(text, "the port is missing");
  const port = PORT.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65535) {
    throw wrongAddress(text, `port ${JSON.stringify(digits)} is not a number from 1 to 65535`);
  }
  return port;
}

function wrongAddress(text: string, state: string): TypeError {
  return new TypeError(`Cannot read address ${JSON.stringify(text)} as [AE@]host:port: ${state}`);
}
