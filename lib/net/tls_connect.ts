/**
 * Connects by TLS.
 *
 * @module
 */

import { connect as connectSocket, type ConnectionOptions, type PeerCertificate } from "node:tls";
import { isIP } from "node:net";
import { TlsError } from "../errors.ts";
import { connectTcp } from "./deno_transport.ts";
import { checkAuthorities, openIdentity, type TlsIdentity } from "./tls_credentials.ts";
import { type TlsCircumstances, tlsError } from "./tls_fault.ts";
import { TlsTransport } from "./tls_transport.ts";
import type { Connect, Transport } from "./transport.ts";

/** Whom to call, and a signal that gives up. */
type Where = Parameters<Connect>[0];

/** How to connect by TLS. */
export interface ConnectTlsOptions extends Partial<TlsIdentity> {
  /**
   * The certificates of the authorities that are trusted, as PEM; those alone. Default: the well-known
   * authorities that the runtime comes with.
   */
  readonly caCerts?: readonly string[] | undefined;
  /**
   * Whether the peer's certificate must be for the host that is called. Default: it must. Without it,
   * whoever has any certificate of a trusted authority can pass for the peer.
   */
  readonly verifyHostname?: boolean;
  /** What TLS runs on; TCP by default. */
  readonly connect?: Connect;
}

/**
 * Makes what connects by TLS 1.2 or 1.3 (PS3.15 section B.12).
 *
 * @param options Whom to trust, and who we are: `cert` and `key` are for peers that want a certificate.
 * @returns For the option `connect` of `associate()` and `serve()`. It throws `TlsError` when there is no
 * TLS with the peer.
 * @throws {TypeError} When a certificate or key cannot be used.
 *
 * @example
 * ```ts
 * import { associate, TlsError, VERIFICATION } from "@dicom/dimse";
 * import { connectTls } from "@dicom/dimse/tls";
 *
 * try {
 *   await using association = await associate({
 *     hostname: "127.0.0.1",
 *     port: 1,
 *     connect: connectTls({ verifyHostname: true }),
 *     callingAeTitle: "ECHOSCU",
 *     calledAeTitle: "ANY-SCP",
 *     presentationContexts: [{
 *       abstractSyntax: VERIFICATION,
 *       transferSyntaxes: ["1.2.840.10008.1.2"],
 *     }],
 *   });
 * } catch (error) {
 *   if (error instanceof TlsError) console.error(error.fault, error.message);
 * }
 * ```
 */
export function connectTls(options: ConnectTlsOptions = {}): Connect {
  const { caCerts, cert, key, passphrase, verifyHostname = true, connect = connectTcp } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError(
      `Cannot use the ${cert === undefined ? "private key" : "certificate"} alone: ` +
        "the two go together",
    );
  }
  const identity = cert === undefined || key === undefined
    ? undefined
    : openIdentity({ cert, key, passphrase });
  const settings: ConnectionOptions = {
    ...identity,
    ...(caCerts === undefined ? {} : { ca: checkAuthorities(caCerts) }),
    ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
  };
  return async (where) => {
    const inner = await connect(where);
    const transport = begin(inner, where, settings);
    try {
      await secured(transport, where.signal);
      return transport;
    } catch (error) {
      if (!(error instanceof TlsError) || error.fault !== "unknown-authority") throw error;
      const validity = await outOfTime(connect, where, settings);
      throw validity === undefined ? error : tlsError(validity, circumstances(where, settings));
    }
  };
}

/** Begins TLS on a connection. */
function begin(
  inner: Transport,
  where: Where,
  settings: ConnectionOptions,
  onCertificate: (certificate: PeerCertificate) => void = () => {},
): TlsTransport {
  return new TlsTransport(inner, {
    circumstances: circumstances(where, settings),
    begin: (encrypted, onSecure, onFailed) => {
      const socket = connectSocket({
        ...settings,
        socket: encrypted,
        host: where.hostname,
        // RFC 6066 section 3: an address is no server name.
        ...(isIP(where.hostname) === 0 ? { servername: where.hostname } : {}),
      });
      socket.once("error", onFailed);
      socket.once("secureConnect", () => {
        socket.off("error", onFailed);
        onCertificate(socket.getPeerCertificate());
        onSecure(socket);
      });
    },
  });
}

function circumstances({ hostname, port }: Where, { cert }: ConnectionOptions): TlsCircumstances {
  return {
    side: "client",
    doing: `connect to ${hostname}:${port} by TLS`,
    hasIdentity: cert !== undefined,
  };
}

async function secured(transport: TlsTransport, signal: AbortSignal): Promise<void> {
  const giveUp = (): void => transport.close();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (signal.aborted) giveUp();
    await transport.secured;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * The runtime has one code for a certificate of a strange authority and for one that is out of its time. To
 * tell them apart the certificate is looked at once more, by a connection that is used for nothing else.
 */
async function outOfTime(
  connect: Connect,
  where: Where,
  settings: ConnectionOptions,
): Promise<{ readonly code: string } | undefined> {
  let shown: PeerCertificate | undefined;
  try {
    const looking = begin(
      await connect(where),
      where,
      { ...settings, rejectUnauthorized: false },
      (certificate) => shown = certificate,
    );
    await secured(looking, where.signal).finally(() => looking.close());
  } catch {
    // What failed first is what is to be told.
  }
  if (shown === undefined) return undefined;
  if (Date.parse(shown.valid_to) < Date.now()) return { code: "CERT_HAS_EXPIRED" };
  if (Date.parse(shown.valid_from) > Date.now()) return { code: "CERT_NOT_YET_VALID" };
  return undefined;
}
