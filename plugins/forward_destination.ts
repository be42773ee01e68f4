/**
 * The application entity that instances are forwarded to.
 *
 * @module
 */

/** Whom to call, and where. */
export interface Destination {
  /** Its AE title. */
  readonly aeTitle: string;
  /** A host name, or an IP address without brackets. */
  readonly hostname: string;
  /** The TCP port. */
  readonly port: number;
  /** Whether it is called by TLS. */
  readonly tls: boolean;
}

/**
 * Reads `AET@host:port`, or `AET@tls:host:port` for who is to be called by TLS. The AE title may hold `@` itself: the last one separates.
 *
 * @param text The address; an IPv6 address in it stands in brackets.
 * @returns Its parts.
 * @throws {TypeError} When a part is missing or not in the form that it has to have.
 *
 * @example
 * ```ts
 * import { parseDestination } from "./forward_destination.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseDestination("ARCHIVE@[::1]:104"), {
 *   aeTitle: "ARCHIVE",
 *   hostname: "::1",
 *   port: 104,
 *   tls: false,
 * });
 * ```
 */
export function parseDestination(text: string): Destination {
  const found = ADDRESS.exec(text);
  if (found === null) {
    throw new TypeError(
      `Cannot forward to ${JSON.stringify(text)}: it is not of the form AET@host:port, ` +
        "with an IPv6 address in brackets",
    );
  }
  const [, title = "", tls, ipv6, host = "", digits] = found;
  if (ipv6 !== undefined && !URL.canParse(`dicom://[${ipv6.replace(/%.*/, "")}]`)) {
    throw new TypeError(`Cannot forward to ${JSON.stringify(text)}: ${ipv6} is no IPv6 address`);
  }
  const port = Number(digits);
  if (port < 1 || port > 65_535) {
    throw new TypeError(
      `Cannot forward to ${JSON.stringify(text)}: port ${digits} is out of range`,
    );
  }
  return { aeTitle: parseAeTitle(title), hostname: ipv6 ?? host, port, tls: tls !== undefined };
}

/**
 * Checks an AE title (PS3.5 section 6.2) and takes away the spaces around it, which do not count.
 *
 * @param text The title.
 * @returns The title, 1 to 16 characters.
 * @throws {TypeError} When it is none.
 */
export function parseAeTitle(text: string): string {
  const title = text.trim();
  if (AE_TITLE.test(title)) return title;
  throw new TypeError(
    `Cannot use AE title ${JSON.stringify(text)}: it has to be of 1 to 16 ASCII characters ` +
      "without backslash and control characters",
  );
}

/**
 * Writes host and port, as permissions name them.
 *
 * @param destination The destination.
 * @returns `host:port`, with brackets around an IPv6 address.
 */
export function hostAndPort({ hostname, port }: Destination): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

const AE_TITLE = /^[\x20-\x5b\x5d-\x7e]{1,16}$/;
const ADDRESS =
  /^(.*)@(tls:(?=.*:))?(?:\[([0-9A-Fa-f:.]+(?:%[\w.~-]+)?)\]|([A-Za-z0-9_](?:[\w.-]*[\w.])?)):([0-9]{1,5})$/;
