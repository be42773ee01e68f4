/**
 * Why there is no TLS, in sentences: what the runtime throws are codes of OpenSSL and words of rustls.
 *
 * @module
 */

import { ConnectionError, TlsError, type TlsFault } from "../errors.ts";
import { foreignProtocol } from "../pdu/foreign_protocol.ts";

/** Which side of the handshake we are. */
export type TlsSide = "client" | "server";

/** What is known of a connection whose handshake failed. */
export interface TlsCircumstances {
  readonly side: TlsSide;
  /** What could not be done, such as `connect to pacs:2762 by TLS`. */
  readonly doing: string;
  /** Whether we had a certificate to show. */
  readonly hasIdentity: boolean;
  /** The first bytes that came from the peer. */
  readonly beginning?: Uint8Array;
}

/** The codes of Node's `tls` and `crypto` modules. */
const FAULT_OF_CODE: Readonly<Record<string, TlsFault>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown-authority",
  UNABLE_TO_GET_ISSUER_CERT: "unknown-authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown-authority",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown-authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "unknown-authority",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "not-yet-valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrong-host",
  CERT_REVOKED: "bad-certificate",
  INVALID_PURPOSE: "bad-certificate",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "no-certificate",
  ERR_SSL_WRONG_VERSION_NUMBER: "no-tls",
};

/** RFC 8446 section 6.2, as rustls names them. */
const FAULT_OF_ALERT: Readonly<Record<string, TlsFault>> = {
  CertificateRequired: "certificate-wanted",
  NoCertificate: "certificate-wanted",
  UnknownCA: "certificate-refused",
  BadCertificate: "certificate-refused",
  UnsupportedCertificate: "certificate-refused",
  CertificateRevoked: "certificate-refused",
  CertificateExpired: "certificate-refused",
  CertificateUnknown: "certificate-refused",
  AccessDenied: "certificate-refused",
  DecryptError: "certificate-refused",
  HandshakeFailure: "nothing-in-common",
  ProtocolVersion: "nothing-in-common",
  InsufficientSecurity: "nothing-in-common",
};

/**
 * Understands what a TLS connection failed with.
 *
 * @param error What the runtime threw.
 * @returns The fault.
 */
export function tlsFault(error: unknown): TlsFault {
  const code = codeOf(error);
  if (error instanceof ConnectionError) return "closed";
  const known = FAULT_OF_CODE[code];
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  const [, alert = ""] = /received fatal alert: (\w+)/.exec(message) ?? [];
  if (alert !== "") return FAULT_OF_ALERT[alert] ?? "other";
  if (/InvalidContentType|corrupt message/.test(message)) return "no-tls";
  if (/peer is incompatible|peer is misbehaving: .*Version/i.test(message)) {
    return "nothing-in-common";
  }
  if (/NotValidYet/.test(message)) return "not-yet-valid";
  if (/invalid peer certificate/.test(message)) return "bad-certificate";
  if (
    code === "ECONNRESET" || code === "EPIPE" ||
    /unexpected end of file|socket hang up/.test(message)
  ) {
    return "closed";
  }
  return "other";
}

/**
 * Makes the error of a handshake that failed.
 *
 * @param error What the runtime threw.
 * @param circumstances What is known of the connection.
 * @returns The error, which says what went wrong.
 */
export function tlsError(error: unknown, circumstances: TlsCircumstances): TlsError {
  const fault = tlsFault(error);
  const message = error instanceof Error ? error.message : String(error);
  const why = reasonFor(fault, circumstances) ?? message;
  const detail = fault === "bad-certificate" || fault === "certificate-refused" ||
      fault === "nothing-in-common" || fault === "wrong-host"
    ? ` (${message.trim().replace(/[:,;]$/, "")})`
    : "";
  return new TlsError(`Cannot ${circumstances.doing}: ${why}${detail}`, fault, { cause: error });
}

function reasonFor(
  fault: TlsFault,
  { side, hasIdentity, beginning }: TlsCircumstances,
): string | undefined {
  switch (fault) {
    case "unknown-authority":
      // Of a client's certificate the runtime does not tell which.
      return "its certificate is signed by an authority that is not trusted here" +
        (side === "server" ? ", or is not valid today" : "");
    case "expired":
      return "its certificate has expired";
    case "not-yet-valid":
      return "its certificate is not valid yet: is the clock right, here and there?";
    case "wrong-host":
      return "its certificate is for another host";
    case "bad-certificate":
      return "its certificate is of no use";
    case "no-certificate":
      return "it has shown no certificate, and is required to";
    case "certificate-wanted":
      return "it wants a certificate of us";
    case "certificate-refused":
      return "it refuses our certificate";
    case "nothing-in-common":
      return NOTHING_IN_COMMON + (side === "client" && !hasIdentity ? OR_CERTIFICATE : "");
    case "no-tls":
      return `it speaks ${spoken(beginning)}`;
    case "closed":
      return side === "client"
        ? "it closed the connection instead of answering: does it speak TLS there, and does it " +
          `accept ${hasIdentity ? "our certificate" : "who shows no certificate"}?`
        : "it closed the connection during the handshake";
    case "other":
      return undefined;
  }
}

/** What a peer speaks that does not speak TLS. */
function spoken(beginning: Uint8Array = new Uint8Array()): string {
  const [type = 0, reserved] = beginning;
  if (type >= 1 && type <= 7 && reserved === 0) return "DICOM without TLS";
  const protocol = foreignProtocol(beginning);
  return protocol === undefined || protocol === "text" || protocol === "TLS"
    ? "something else than TLS"
    : `${protocol}, not TLS`;
}

/** BCP 195 (RFC 9325) is what the secure transport connection profile of PS3.15 section B.12 asks for. */
const NOTHING_IN_COMMON =
  "the two have no version of TLS or no cipher suite in common; here it is " +
  "TLS 1.2 and 1.3, with ECDHE and AES-GCM or ChaCha20 (BCP 195), so that old peers with RSA key " +
  "exchange or CBC suites cannot connect";

const OR_CERTIFICATE = "; or it wants a certificate of us";

/**
 * The code of an error of Node's modules.
 *
 * @param error The error.
 * @returns Its code, or an empty text.
 */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error &&
      typeof error.code === "string"
    ? error.code
    : "";
}
