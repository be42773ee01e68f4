/**
 * Connects by TLS.
 *
 * @module
 */

import { connect as connectSocket } from "node:tls";
import { isIP } from "node:net";
import { connectTcp } from "./deno_transport.ts";
import { checkAuthorities, openIdentity, type TlsIdentity } from "./tls_credentials.ts";
import { TlsTransport } from "./tls_transport.ts";
import type { Connect } from "./transport.ts";

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
  const settings = {
    ...identity,
    ...(caCerts === undefined ? {} : { ca: checkAuthorities(caCerts) }),
    ...(verifyHostname ? {} : { checkServerIdentity: () => undefined }),
    minVersion: "TLSv1.2" as const,
    rejectUnauthorized: true,
  };
  return async (where) => {
    const { hostname, port, signal } = where;
    const inner = await connect(where);
    const transport = new TlsTransport(inner, {
      circumstances: {
        side: "client",
        doing: `connect to ${hostname}:${port} by TLS`,
        hasIdentity: identity !== undefined,
      },
      begin: (encrypted, onSecure, onFailed) => {
        const socket = connectSocket({
          ...settings,
          socket: encrypted,
          host: hostname,
          // RFC 6066 section 3: an address is no server name.
          ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
        });
        socket.once("error", onFailed);
        socket.once("secureConnect", () => {
          socket.off("error", onFailed);
          onSecure(socket);
        });
      },
    });
    const giveUp = (): void => transport.close();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      if (signal.aborted) giveUp();
      await transport.secured;
      return transport;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  };
}
