/**
 * Recognises what is no DICOM by the first bytes of a connection: so that whoever looks into the log
 * reads which program called the wrong port, and not that a PDU has a wrong type.
 *
 * Six bytes, those of a PDU header, are enough. Nothing here is asked before the type of a first PDU is
 * none of the seven.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes.ts";
import { type AbortCode, type ForeignProtocol, ForeignProtocolError } from "../errors.ts";

/** PS3.8 table 9-26. A connection that is no association yet is aborted without it (action AA-1). */
export const UNRECOGNISED_PDU: AbortCode = { source: 2, reason: 1 };

/** What the peer speaks, as the end of a sentence. */
const SPEAKS: Readonly<Record<ForeignProtocol, string>> = {
  TLS: "TLS",
  HTTP: "HTTP",
  SSH: "SSH",
  SMTP: "SMTP or FTP",
  HL7: "HL7",
  PROXY: "the PROXY protocol of a load balancer",
  text: "in text",
};

/** How those begin that are text, or nearly so. */
const BEGINNINGS: readonly (readonly [protocol: ForeignProtocol, beginning: RegExp])[] = [
  // RFC 9112: a request line or a status line; RFC 9113 begins with PRI.
  ["HTTP", /^(HTTP\/|GET |POST |PUT |HEAD |PATCH |TRACE |PRI |DELETE|OPTION|CONNEC)/],
  ["SSH", /^SSH-/],
  // RFC 5321 and RFC 959: the greeting of a server, or what its client begins with.
  ["SMTP", /^([1-5][0-9]{2}[ -]|EHLO |HELO )/],
  // MLLP begins a message with a vertical tab; some leave that out.
  ["HL7", /^(\v|MSH\||FHS\||BHS\|)/],
  // Version 1 is a line, version 2 begins with an empty one.
  ["PROXY", /^(PROXY |\r\n\r\n\0\r)/],
  ["text", /^[\t\r\n\x20-\x7e]{6}/],
];

/**
 * Recognises a protocol by what a peer sends first.
 *
 * @param bytes The first six bytes of the connection, or more.
 * @returns The protocol; `undefined` when it is none of those that are known here.
 *
 * @example
 * ```ts
 * import { foreignProtocol } from "./foreign_protocol.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(foreignProtocol(new TextEncoder().encode("GET / HTTP/1.1")), "HTTP");
 * assert.equal(foreignProtocol(Uint8Array.fromHex("010000000100")), undefined);
 * ```
 */
export function foreignProtocol(bytes: Uint8Array): ForeignProtocol | undefined {
  if (isTlsRecord(bytes)) return "TLS";
  const text = decodeLatin1(bytes, 0, 6);
  return BEGINNINGS.find(([, beginning]) => beginning.test(text))?.[0];
}

/**
 * The error of a peer that speaks something else.
 *
 * @param protocol What it speaks.
 * @returns The error to throw.
 */
export function foreignProtocolError(protocol: ForeignProtocol): ForeignProtocolError {
  const message = `Cannot talk DICOM with the peer: it speaks ${SPEAKS[protocol]}`;
  return new ForeignProtocolError(message, UNRECOGNISED_PDU, protocol);
}

/** RFC 8446 section 5.1: a content type, change_cipher_spec to application_data, and a version 3.x. */
function isTlsRecord(bytes: Uint8Array): boolean {
  const [type = 0, major, minor = 0] = bytes;
  return type >= 20 && type <= 23 && major === 3 && minor <= 4;
}
