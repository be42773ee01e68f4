/**
 * Who may associate with a server: allow-lists of AE titles, of addresses and of certificates.
 *
 * AE titles are what a peer says of itself: their lists keep mistakes out, not attackers.
 *
 * @module
 */

import type { Acceptance, AssociationRequest } from "../lib/handler/handler.ts";
import type { Listen, Transport } from "../lib/net/transport.ts";
import { type CertificateRule, satisfies } from "./certificate_rule.ts";
import { contains, type IpNetwork } from "./ip_network.ts";

/** The lists; an empty one allows all. */
export interface AccessLists {
  /** The AE titles that may call. */
  readonly callingAeTitles: readonly string[];
  /** The AE titles that may be called. */
  readonly calledAeTitles: readonly string[];
  /** The addresses that connections may come from. */
  readonly addresses: readonly IpNetwork[];
  /** The certificates that peers may show, by TLS. */
  readonly certificates: readonly CertificateRule[];
}

/**
 * Whether a peer may connect.
 *
 * @param lists The lists.
 * @param peerAddress The peer's, `host:port`.
 * @returns True when it may.
 *
 * @example
 * ```ts
 * import { allowsAddress } from "./access_list.ts";
 * import { parseIpNetwork } from "./ip_network.ts";
 * import assert from "node:assert/strict";
 *
 * const network = parseIpNetwork("fd00::/8");
 * assert.ok(network);
 * const lists = { callingAeTitles: [], calledAeTitles: [], addresses: [network], certificates: [] };
 * assert.equal(allowsAddress(lists, "[fd00::5]:104"), true);
 * assert.equal(allowsAddress(lists, "10.0.0.5:104"), false);
 * ```
 */
export function allowsAddress({ addresses }: AccessLists, peerAddress: string): boolean {
  const host = peerAddress.replace(/:[0-9]+$/, "").replace(/^\[(.*)\]$/, "$1");
  return addresses.length === 0 || addresses.some((network) => contains(network, host));
}

/**
 * Answers an association request by the peer's certificate, and by the AE titles in it.
 *
 * @param lists The lists.
 * @param request The request.
 * @returns The acceptance, or the rejection of PS3.8 table 9-21. The certificate counts first, for which
 * the table has no reason; then the called AE title, since who called the wrong number is told nothing of
 * who may call the right one.
 *
 * @example
 * ```ts
 * import { decideAccess } from "./access_list.ts";
 * import assert from "node:assert/strict";
 *
 * const lists = { callingAeTitles: ["CT1"], calledAeTitles: [], addresses: [], certificates: [] };
 * const request = { callingAeTitle: "CT2", calledAeTitle: "STORE", peerAddress: "10.0.0.5:4711" };
 * assert.deepEqual(decideAccess(lists, request), { accept: false, result: 1, source: 1, reason: 3 });
 * ```
 */
export function decideAccess(lists: AccessLists, request: AssociationRequest): Acceptance {
  const { callingAeTitles, calledAeTitles, certificates } = lists;
  const { peerCertificate: shown } = request;
  if (certificates.length > 0) {
    if (!shown || !certificates.some((rule) => satisfies(rule, shown))) {
      return { ...rejection(1), because: "--allow-certificate names no such certificate" };
    }
  }
  const isIn = (titles: readonly string[], title: string): boolean =>
    titles.length === 0 || titles.includes(title);
  if (!isIn(calledAeTitles, request.calledAeTitle)) return rejection(7);
  if (!isIn(callingAeTitles, request.callingAeTitle)) return rejection(3);
  return { accept: true };
}

/**
 * Keeps connections out whose address is not allowed: they are closed before anything is read or said,
 * so that they take no room among those that wait, and learn nothing.
 *
 * @param listen Starts listening.
 * @param lists The lists.
 * @param onRefused Told the address of each that is kept out.
 * @returns Starts listening; only what is allowed comes through.
 */
export function guardListen(
  listen: Listen,
  lists: AccessLists,
  onRefused: (peerAddress: string) => void,
): Listen {
  if (lists.addresses.length === 0) return listen;
  return (options) => {
    const listener = listen(options);
    return {
      hostname: listener.hostname,
      port: listener.port,
      accept: async (): Promise<Transport> => {
        while (true) {
          const transport = await listener.accept();
          if (allowsAddress(lists, transport.peerAddress)) return transport;
          transport.close();
          onRefused(transport.peerAddress);
        }
      },
      close: () => listener.close(),
    };
  };
}

/** Rejected-permanent by the service-user. */
function rejection(reason: 1 | 3 | 7): Acceptance & { accept: false } {
  return { accept: false, result: 1, source: 1, reason };
}
