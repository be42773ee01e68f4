/**
 * Whether our own certificate is valid, and for how long: peers that refuse it say little, and its
 * administrator is told before they do.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";

/** Time enough to have a certificate renewed. */
const NOTICE = 14 * 24 * 60 * 60 * 1000;

/**
 * Says what is to be known of the validity of a certificate.
 *
 * @param cert The certificate as PEM; those of authorities may follow it.
 * @param path Its file.
 * @param now The time of day, in milliseconds since 1970.
 * @returns A sentence without a full stop; `undefined` when it is valid, and remains so for two weeks.
 *
 * @example
 * ```ts
 * import { describeValidity } from "./certificate_validity.ts";
 * import assert from "node:assert/strict";
 *
 * const cert = await Deno.readTextFile(new URL("../fixtures/tls/expired.pem", import.meta.url));
 * const sentence = "Peers will refuse the certificate own.pem: it has expired (2020-02-01 00:00:00 UTC)";
 * assert.equal(describeValidity(cert, "own.pem", Date.now()), sentence);
 * ```
 */
export function describeValidity(cert: string, path: string, now: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(cert);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  if (now > to) return `Peers will refuse the certificate ${path}: it has expired (${format(to)})`;
  if (now < from) {
    return `Peers will refuse the certificate ${path}: it is valid from ${
      format(from)
    } on; is the ` +
      "clock right?";
  }
  if (now > to - NOTICE) {
    return `The certificate ${path} is valid until ${format(to)} only: have it renewed`;
  }
  return undefined;
}

function format(time: number): string {
  return new Date(time).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}
