/**
 * What to do about a peer that speaks another protocol than DICOM.
 *
 * @module
 */

import type { ForeignProtocol } from "../lib/errors.ts";

/**
 * What to do when such a peer calls us.
 *
 * @param protocol What it speaks.
 * @returns The end of a sentence, without a full stop.
 *
 * @example
 * ```ts
 * import { adviceForAcceptor } from "./foreign_advice.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(adviceForAcceptor("TLS"), /--tls/);
 * ```
 */
export function adviceForAcceptor(protocol: ForeignProtocol): string {
  return CALLER[protocol];
}

/**
 * Says that such a peer called us, and what to do.
 *
 * @param peerAddress Its address.
 * @param protocol What it speaks.
 * @returns A sentence without a full stop.
 */
export function describeForeignCaller(peerAddress: string, protocol: ForeignProtocol): string {
  return `Connection from ${peerAddress} is no DICOM: ${adviceForAcceptor(protocol)}`;
}

/**
 * What to do when such a peer answers us.
 *
 * @param protocol What it speaks.
 * @returns A sentence without a full stop.
 */
export function adviceForRequestor(protocol: ForeignProtocol): string {
  if (protocol === "TLS") return "Give --tls, or the port of the peer that is without TLS";
  return `The port is that of ${
    CALLED[protocol]
  }: give the DICOM port of the peer, often 104 or 11112`;
}

const CALLER: Readonly<Record<ForeignProtocol, string>> = {
  TLS: "the peer speaks TLS; give --tls here, or switch TLS off there",
  HTTP: "the peer speaks HTTP; browsers, DICOMweb and health checks by HTTP need another port",
  SSH: "the peer speaks SSH; this port is for DICOM",
  SMTP: "the peer speaks SMTP or FTP; this port is for DICOM",
  HL7: "the peer speaks HL7; give it the port of the HL7 interface",
  PROXY: "the peer is a load balancer with the PROXY protocol; switch that off for this port",
  text: "the peer sends text; this port is for DICOM",
};

const CALLED: Readonly<Record<Exclude<ForeignProtocol, "TLS">, string>> = {
  HTTP: "a web server",
  SSH: "an SSH server",
  SMTP: "a mail or file server",
  HL7: "an HL7 interface",
  PROXY: "a load balancer",
  text: "another service",
};
