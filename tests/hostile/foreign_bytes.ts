/**
 * What other programs send first to a port that is not theirs.
 *
 * @module
 */

import type { ForeignProtocol } from "../../lib/errors.ts";

/** The first bytes of one program. */
export interface ForeignBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is to be recognised as. */
  readonly protocol: ForeignProtocol | undefined;
}

function text(name: string, protocol: ForeignProtocol | undefined, lines: string): ForeignBytes {
  return { name, protocol, bytes: new TextEncoder().encode(lines) };
}

function hex(name: string, protocol: ForeignProtocol | undefined, digits: string): ForeignBytes {
  return { name, protocol, bytes: Uint8Array.fromHex(digits) };
}

/** Both sides of the protocols that are met on a hospital's network, and what is none of them. */
export const FOREIGN: readonly ForeignBytes[] = [
  hex(
    "a ClientHello of TLS 1.0 record version",
    "TLS",
    `16030100c8010000c40303${"5a".repeat(200)}`,
  ),
  hex("a ClientHello of TLS 1.2 record version", "TLS", `160303004a010000460303${"5a".repeat(70)}`),
  hex("a TLS alert, unknown CA", "TLS", "15030300020230"),
  hex("a TLS alert of SSL 3.0", "TLS", "15030000020228"),
  hex("TLS application data", "TLS", `1703030020${"a5".repeat(32)}`),
  ...["GET", "POST", "PUT", "HEAD", "PATCH", "TRACE", "DELETE", "OPTIONS"].map((method) =>
    text(`an HTTP ${method}`, "HTTP", `${method} / HTTP/1.1\r\nHost: archive\r\n\r\n`)
  ),
  text("an HTTP CONNECT", "HTTP", "CONNECT archive:104 HTTP/1.1\r\n\r\n"),
  text("the preface of HTTP/2", "HTTP", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  text("an HTTP answer", "HTTP", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
  text("an SSH banner", "SSH", "SSH-2.0-OpenSSH_9.9\r\n"),
  text("an SMTP greeting", "SMTP", "220 mail.example.org ESMTP\r\n"),
  text("an FTP greeting", "SMTP", "220-Welcome\r\n220 Ready\r\n"),
  text("an SMTP client", "SMTP", "EHLO ct1.example.org\r\n"),
  text("HL7 by MLLP", "HL7", "\x0bMSH|^~\\&|RIS|HOSPITAL|PACS|HOSPITAL|20240101||ADT^A01\r\x1c\r"),
  text("HL7 without a frame", "HL7", "MSH|^~\\&|RIS|HOSPITAL|\r"),
  text("an HL7 batch", "HL7", "FHS|^~\\&|RIS|\r"),
  text("the PROXY protocol", "PROXY", "PROXY TCP4 10.0.0.1 10.0.0.2 5000 104\r\n"),
  hex("the PROXY protocol, version 2", "PROXY", "0d0a0d0a000d0a515549540a21110000"),
  text("an IMAP greeting", "text", "* OK IMAP4rev1 ready\r\n"),
  text("a POP3 greeting", "text", "+OK ready\r\n"),
  text("a line", "text", "hello\r\n"),
  text("empty lines", "text", "\r\n\r\n\r\n"),
  hex("a MySQL greeting", undefined, "4a0000000a382e302e3336"),
  hex("garbage", undefined, "ff5a00e1a0b1c2d3e4f5"),
];
