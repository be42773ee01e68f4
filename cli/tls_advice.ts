/**
 * What to do when there is no TLS with a peer.
 *
 * @module
 */

import type { TlsError, TlsFault } from "../lib/errors.ts";
import type { ToolLog } from "./log.ts";

/**
 * What to do when a peer that we call by TLS is of no use.
 *
 * @param fault Why.
 * @returns A sentence without a full stop; `undefined` when the fault says it all.
 *
 * @example
 * ```ts
 * import { adviceForTls } from "./tls_advice.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(adviceForTls("unknown-authority") ?? "", /--ca/);
 * ```
 */
export function adviceForTls(fault: TlsFault): string | undefined {
  return ADVICE[fault];
}

/**
 * Tells that there is no TLS with a peer that called us, and what to do.
 *
 * @param log Where to.
 * @param error Why.
 */
export function logTlsCaller(log: ToolLog, { message, fault }: TlsError): void {
  const advice = /CertificateExpired/.test(message)
    ? "have the certificate of --cert renewed, if it has expired"
    : ADVICE_FOR_CALLER[fault];
  // Who only looks whether the port is open, as monitors do, is no news.
  if (fault === "closed") log.verbose(message);
  else log.warn(advice === undefined ? message : `${message}; ${advice}`);
}

const ADVICE: Readonly<Partial<Record<TlsFault, string>>> = {
  "unknown-authority": "Give the certificate of the peer's authority with --ca",
  "expired": "The peer needs a new certificate: ask its administrator",
  "wrong-host":
    "Call the peer by a name that its certificate has, or give --no-tls-verify-host with --ca",
  "certificate-wanted": "Give --cert and --key",
  "certificate-refused": "Ask the peer's administrator to trust the authority of --cert",
  "nothing-in-common":
    "Set the peer to TLS 1.2 or 1.3 with ECDHE suites, or put a TLS proxy in between",
  "no-tls": "Call it without --tls, or give the port of the peer that is for TLS, often 2762",
  "closed": "The log of the peer may say why; where it wants a certificate, give --cert and --key",
};

const ADVICE_FOR_CALLER: Readonly<Partial<Record<TlsFault, string>>> = {
  "unknown-authority": "give the certificate of its authority with --ca",
  "no-certificate": "give it one, or --tls-client-cert request here",
  "certificate-refused": "give it the certificate of our authority to trust",
  "no-tls": "switch TLS on there, or give it a port that is without TLS",
};
