/**
 * IP addresses, and networks of them in CIDR notation, as allow-lists name them.
 *
 * An IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2): a socket that listens on
 * IPv6 shows it so, and there is but one kind to compare.
 *
 * @module
 */

/** The addresses that begin with the same bits. */
export interface IpNetwork {
  /** As it was written. */
  readonly text: string;
  /** The first address, as a number of 128 bits. */
  readonly base: bigint;
  /** How many bits of it count, of 128. */
  readonly prefixLength: number;
}

/**
 * Reads an address.
 *
 * @param text IPv4 as `10.0.0.1`, or IPv6 without brackets; a zone such as `%eth0` is passed over.
 * @returns The address as a number of 128 bits; `undefined` when it is none.
 *
 * @example
 * ```ts
 * import { parseIpAddress } from "./ip_network.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseIpAddress("10.0.0.1"), parseIpAddress("::ffff:10.0.0.1"));
 * assert.equal(parseIpAddress("localhost"), undefined);
 * ```
 */
export function parseIpAddress(text: string): bigint | undefined {
  const version4 = parseIpv4(text);
  if (version4 !== undefined) return MAPPED | version4;
  return parseIpv6(text.replace(/%.*$/, ""));
}

/**
 * Reads a network.
 *
 * @param text An address, or one with a prefix length: `10.0.0.0/8`, `fd00::/8`. What lies behind the
 * prefix does not count.
 * @returns The network; `undefined` when it is none.
 *
 * @example
 * ```ts
 * import { contains, parseIpNetwork } from "./ip_network.ts";
 * import assert from "node:assert/strict";
 *
 * const network = parseIpNetwork("192.168.1.0/24");
 * assert.ok(network && contains(network, "192.168.1.77"));
 * ```
 */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [, address = "", digits] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const value = parseIpAddress(address);
  if (value === undefined) return undefined;
  // Written as IPv4, the length counts from there.
  const offset = parseIpv4(address) === undefined ? 0 : MAPPED_LENGTH;
  const prefixLength = digits === undefined ? BITS : offset + Number(digits);
  if (prefixLength > BITS) return undefined;
  return { text, base: value & maskOf(prefixLength), prefixLength };
}

/**
 * Whether an address is in a network.
 *
 * @param network The network.
 * @param address The address, without brackets.
 * @returns True when it is; what is no address is in no network.
 */
export function contains(network: IpNetwork, address: string): boolean {
  const value = parseIpAddress(address);
  return value !== undefined && (value & maskOf(network.prefixLength)) === network.base;
}

function maskOf(prefixLength: number): bigint {
  const free = BigInt(BITS - prefixLength);
  return ((1n << BigInt(BITS)) - 1n) >> free << free;
}

/** No leading zeros: to some, they make a number octal. */
function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((value, part) => value << 8n | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = withoutDots(text).split("::").map(parseGroups);
  const [head, tail] = halves;
  if (head === undefined || halves.length > 2) return undefined;
  if (halves.length === 1) return head.length === GROUPS ? join(head) : undefined;
  const missing = GROUPS - head.length - (tail?.length ?? GROUPS);
  if (tail === undefined || missing < 1) return undefined;
  return join([...head, ...Array.from({ length: missing }, () => 0n), ...tail]);
}

/** The last 32 bits may be written as IPv4. */
function withoutDots(text: string): string {
  const start = text.lastIndexOf(":") + 1;
  const value = parseIpv4(text.slice(start));
  if (value === undefined) return text;
  return `${text.slice(0, start)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** The groups of 16 bits on one side of `::`. */
function parseGroups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => BigInt(`0x${group}`));
}

function join(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => value << 16n | group, 0n);
}

const BITS = 128;
const GROUPS = 8;
/** `::ffff:0:0/96`. */
const MAPPED = 0xffff_0000_0000n;
const MAPPED_LENGTH = 96;
