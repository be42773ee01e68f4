/**
 * What a certificate (X.509, RFC 5280) says of its subject.
 *
 * TLS has verified it before anybody looks here; it is read again because the texts that runtimes make of
 * names leave open where one name ends and the next begins, and access is granted by these names.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { DataSetError } from "../errors.ts";
import type { PeerCertificate } from "../handler/handler.ts";

/** An element of DER (X.690): its tag and its content. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** The element with its header. */
  readonly whole: Uint8Array;
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
/** RFC 5280 section 4.1: the version and the extensions of a TBSCertificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const BMP_STRING = 0x1e;
const UNIVERSAL_STRING = 0x1c;

/** The OID of the extension subjectAltName, 2.5.29.17. */
const SUBJECT_ALTERNATIVE_NAME = "551d11";

/** RFC 4514 section 3, and what else is in use; other attributes go by their OID. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.4": "SN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.42": "GN",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/**
 * Reads a certificate.
 *
 * @param der The certificate, in DER.
 * @returns What it says of its subject.
 * @throws {DataSetError} When it is no certificate.
 */
export function readCertificate(der: Uint8Array): PeerCertificate {
  const [certificate] = elements(der);
  const [tbs] = elements(contentOf(certificate, SEQUENCE));
  const fields = [...elements(contentOf(tbs, SEQUENCE))];
  if (fields[0]?.tag === VERSION) fields.shift();
  // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
  const [, , issuer, , subject] = fields;
  const extensions = fields.find(({ tag }) => tag === EXTENSIONS);
  return {
    subject: formatName(contentOf(subject, SEQUENCE)),
    issuer: formatName(contentOf(issuer, SEQUENCE)),
    alternativeNames: extensions === undefined ? [] : alternativeNames(extensions.content),
    fingerprint: createHash("sha256").update(der).digest("hex"),
  };
}

function* elements(bytes: Uint8Array): Generator<Element, void> {
  for (let offset = 0; offset < bytes.length;) {
    const element = elementAt(bytes.subarray(offset));
    yield element;
    offset += element.whole.length;
  }
}

/** DER has lengths of at most four bytes where anything is that fits into memory. */
function elementAt(bytes: Uint8Array): Element {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw damaged();
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4 || first === 0x80) throw damaged();
  let length = first;
  if (lengthBytes > 0) {
    length = 0;
    for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 0x100 + byte;
  }
  const start = 2 + lengthBytes;
  if (start + length > bytes.length) throw damaged();
  return {
    tag,
    content: bytes.subarray(start, start + length),
    whole: bytes.subarray(0, start + length),
  };
}

function contentOf(element: Element | undefined | void, tag: number): Uint8Array {
  if (!element || element.tag !== tag) throw damaged();
  return element.content;
}

function damaged(): DataSetError {
  return new DataSetError("Cannot read the peer's certificate: it is no X.509 certificate in DER");
}

/** A Name (RFC 5280 section 4.1.2.4) as RFC 4514 writes it: the last part first. */
function formatName(name: Uint8Array): string {
  return [...elements(name)].reverse().map(({ content }) =>
    [...elements(content)].map((pair) => {
      const [type, value] = elements(contentOf(pair, SEQUENCE));
      const oid = formatOid(contentOf(type, OBJECT_IDENTIFIER));
      return `${ATTRIBUTES[oid] ?? oid}=${escapeValue(value === undefined ? "" : textOf(value))}`;
    }).join("+")
  ).join(",");
}

function formatOid(bytes: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
  const [joint = 0, ...rest] = numbers;
  const first = Math.min(2, Math.floor(joint / 40));
  return [first, joint - first * 40, ...rest].join(".");
}

function textOf({ tag, content }: Element): string {
  const width = tag === BMP_STRING ? 2 : tag === UNIVERSAL_STRING ? 4 : 0;
  if (width === 0) return new TextDecoder().decode(content);
  let text = "";
  for (let offset = 0; offset + width <= content.length; offset += width) {
    let code = 0;
    for (const byte of content.subarray(offset, offset + width)) code = code * 0x100 + byte;
    text += code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
  }
  return text;
}

/** RFC 4514 section 2.4: what has a meaning is escaped, and so is what would not print. */
function escapeValue(text: string): string {
  return text
    .replace(/[\\",+;<>=]/g, "\\$&")
    .replace(/^[ #]| $/g, "\\$&")
    .replace(/\p{Cc}/gu, (control) => "\\" + new TextEncoder().encode(control).toHex());
}

function alternativeNames(extensions: Uint8Array): string[] {
  const [list] = elements(extensions);
  for (const extension of elements(contentOf(list, SEQUENCE))) {
    const parts = [...elements(contentOf(extension, SEQUENCE))];
    if (contentOf(parts[0], OBJECT_IDENTIFIER).toHex() !== SUBJECT_ALTERNATIVE_NAME) continue;
    // Between them stands whether it is critical, if it is.
    const [names] = elements(parts.at(-1)?.content ?? new Uint8Array());
    return [...elements(contentOf(names, SEQUENCE))].flatMap(formatGeneralName);
  }
  return [];
}

/** A GeneralName (RFC 5280 section 4.2.1.6) of one of the kinds that name hosts, people and devices. */
function formatGeneralName({ tag, content }: Element): string[] {
  switch (tag & 0x1f) {
    case 1:
      return [`EMAIL:${printable(content)}`];
    case 2:
      return [`DNS:${printable(content)}`];
    case 4: {
      const [name] = elements(content);
      return name === undefined ? [] : [`DN:${formatName(name.content)}`];
    }
    case 6:
      return [`URI:${printable(content)}`];
    case 7:
      return [`IP:${formatIp(content)}`];
    default:
      return [];
  }
}

function printable(content: Uint8Array): string {
  return new TextDecoder().decode(content).replace(/\p{Cc}/gu, "\ufffd");
}

function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: string[] = [];
  for (let offset = 0; offset + 1 < bytes.length; offset += 2) {
    groups.push((((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)).toString(16));
  }
  return groups.join(":");
}
