/**
 * Rules by which a peer's certificate lets it in.
 *
 * @module
 */

import type { PeerCertificate } from "../lib/handler/handler.ts";

/** What a certificate must have; plain data. */
export interface CertificateRule {
  /** The rule as it was given. */
  readonly text: string;
  /** What it is about: parts of the subject, another name, or the certificate itself. */
  readonly about: "subject" | "name" | "fingerprint";
  /** The parts of the subject that must be there; else the one name or fingerprint. */
  readonly values: readonly string[];
}

/**
 * Reads a rule: `CN=CT 1` or `CN=CT 1,O=Hospital` for parts of the subject (RFC 4514), `DNS:ct1.hospital`,
 * `IP:10.1.2.3`, `URI:urn:ct1` or `EMAIL:ct@hospital` for another name, `SHA256:` and hexadecimal digits
 * for one certificate.
 *
 * @param text The rule.
 * @returns It; `undefined` when it is none.
 *
 * @example
 * ```ts
 * import { parseCertificateRule } from "./certificate_rule.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(parseCertificateRule("CN=CT 1,O=Hospital")?.values, ["CN=CT 1", "O=Hospital"]);
 * assert.equal(parseCertificateRule("CT1"), undefined);
 * ```
 */
export function parseCertificateRule(text: string): CertificateRule | undefined {
  const fingerprint = /^SHA-?256:((?:[0-9a-f]{2}:?){32})$/i.exec(text)?.[1];
  if (fingerprint !== undefined) {
    const value = fingerprint.replaceAll(":", "").toLowerCase();
    return { text, about: "fingerprint", values: [value] };
  }
  if (/^(DNS|IP|URI|EMAIL):./.test(text)) {
    return { text, about: "name", values: [normalName(text)] };
  }
  const values = subjectParts(text);
  const isSubject = values.length > 0 && values.every((part) => /^[A-Za-z0-9.]+=./.test(part));
  return isSubject ? { text, about: "subject", values } : undefined;
}

/**
 * Whether a certificate has what a rule asks for.
 *
 * @param rule The rule.
 * @param certificate The certificate.
 * @returns Whether that is so.
 */
export function satisfies(
  { about, values }: CertificateRule,
  certificate: PeerCertificate,
): boolean {
  const own = {
    subject: () => subjectParts(certificate.subject),
    name: () => certificate.alternativeNames.map(normalName),
    fingerprint: () => [certificate.fingerprint],
  }[about]();
  return values.every((value) => own.includes(value));
}

/** The parts are separated by commas, or by plus signs, that no backslash stands before. */
function subjectParts(subject: string): string[] {
  const parts = subject.match(/(?:\\.|[^\\,+])+/g) ?? [];
  return parts.map((part) => part.replace(/^ +/, ""));
}

/** Host names are the same in capitals (RFC 4343). */
function normalName(name: string): string {
  return name.startsWith("DNS:") ? `DNS:${name.slice(4).toLowerCase()}` : name;
}
