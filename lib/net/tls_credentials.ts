/**
 * The certificates and keys that TLS goes by: checked before anything is connected, since what is wrong
 * with them would show only in a handshake, and in words of another layer.
 *
 * @module
 */

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Who we are: a certificate, and the private key that belongs to it. */
export interface TlsIdentity {
  /** The certificate as PEM; those of the authorities between it and the root follow it. */
  readonly cert: string;
  /** The private key as PEM: PKCS#8, PKCS#1 or SEC 1. */
  readonly key: string;
  /** What the private key is encrypted with, if it is. */
  readonly passphrase?: string | undefined;
}

/** An identity that can be used: its key is open. */
export type OpenIdentity = Pick<TlsIdentity, "cert" | "key">;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Checks an identity, and opens its key.
 *
 * @param identity The certificate, and its key.
 * @returns The certificate, and its key in clear.
 * @throws {TypeError} When either cannot be read, or one does not belong to the other.
 */
export function openIdentity(identity: TlsIdentity): OpenIdentity {
  const [certificate] = parseCertificates(identity.cert, "certificate");
  const key = openKey(identity);
  if (!certificate?.checkPrivateKey(key)) {
    throw new TypeError(
      "Cannot use the private key: it does not belong to the certificate; give the key that the " +
        "certificate was made for, and its own certificate before those of authorities",
    );
  }
  return { cert: identity.cert, key: key.export({ type: "pkcs8", format: "pem" }).toString() };
}

/**
 * Checks the certificates of authorities.
 *
 * @param caCerts The certificates as PEM, each text one or more.
 * @returns The same, one a text.
 * @throws {TypeError} When one cannot be read.
 */
export function checkAuthorities(caCerts: readonly string[]): string[] {
  return caCerts.flatMap((text) =>
    parseCertificates(text, "certificate of the authority").map((each) => each.toString())
  );
}

function parseCertificates(text: string, what: string): X509Certificate[] {
  const blocks = text.match(CERTIFICATE);
  if (blocks === null) {
    const instead = /-----BEGIN [A-Z0-9 ]+-----/.exec(text)?.[0];
    throw new TypeError(
      `Cannot use the ${what}: it has no "-----BEGIN CERTIFICATE-----"` +
        (instead === undefined ? "; give it as PEM" : ` but "${instead}"`),
    );
  }
  return blocks.map((block) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new TypeError(`Cannot use the ${what}: it is damaged`, { cause: error });
    }
  });
}

/** What goes wrong here must not be told with its cause: that may quote the key. */
function openKey({ key, passphrase }: TlsIdentity): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw new TypeError(
      'Cannot use the private key: it has no "-----BEGIN PRIVATE KEY-----"; give it as PEM',
    );
  }
  const isEncrypted = /ENCRYPTED/.test(key);
  if (isEncrypted && passphrase === undefined) {
    throw new TypeError("Cannot use the private key: it is encrypted, and there is no passphrase");
  }
  try {
    return createPrivateKey({
      key,
      format: "pem",
      ...(isEncrypted && passphrase !== undefined ? { passphrase } : {}),
    });
  } catch {
    throw new TypeError(
      isEncrypted
        ? "Cannot use the private key: the passphrase does not open it"
        : "Cannot use the private key: it is damaged, or of a kind that is not supported",
    );
  }
}
