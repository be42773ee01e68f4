/**
 * Listens for TLS connections.
 *
 * @module
 */

import { createServer, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import { listenTcp } from "./deno_transport.ts";
import {
  checkAuthorities,
  type OpenIdentity,
  openIdentity,
  type TlsIdentity,
} from "./tls_credentials.ts";
import { codeOf } from "./tls_fault.ts";
import { TlsTransport } from "./tls_transport.ts";
import type { Listen, ListenWhere, Transport, TransportListener } from "./transport.ts";

/**
 * Whether clients have to show a certificate: they must, may, or are not asked. A certificate that is
 * shown must be of a trusted authority.
 */
export type ClientCertificate = "require" | "request" | "none";

/** Who we are to those who connect by TLS, and whom we take. */
export interface ListenTlsCredentials extends TlsIdentity {
  /** The certificates of the authorities that sign those of clients, as PEM. */
  readonly caCerts?: readonly string[] | undefined;
  /** Whether clients have to show a certificate. Default: they must when `caCerts` is given. */
  readonly clientCertificate?: ClientCertificate | undefined;
}

/** How to listen for TLS connections. */
export interface ListenTlsOptions extends ListenTlsCredentials {
  /** What TLS runs on; TCP by default. */
  readonly listen?: Listen;
}

/** Starts listening for TLS connections. */
export interface ListenTls {
  (where: ListenWhere): TransportListener;
  /**
   * Takes other certificates, for connections that come from then on.
   *
   * @param credentials The new ones.
   * @throws {TypeError} When they cannot be used; then the old ones stay.
   */
  reload(credentials: ListenTlsCredentials): void;
}

/** Credentials that have been checked. */
interface Settings {
  readonly identity: OpenIdentity;
  readonly ca: readonly string[] | undefined;
  readonly clients: ClientCertificate;
}

/**
 * Makes what listens for TLS 1.2 and 1.3 (PS3.15 section B.12).
 *
 * A connection counts from when it is there, not from the end of its handshake: who connects and says
 * nothing holds up nobody, and is timed as on TCP.
 *
 * @param options Who we are, and whether clients have to show certificates.
 * @returns For the option `listen` of `serve()`.
 * @throws {TypeError} When a certificate or key cannot be used, or clients are to be asked for
 * certificates of no authority.
 *
 * @example
 * ```ts
 * import { serve } from "@dicom/dimse";
 * import { listenTls } from "@dicom/dimse/tls";
 *
 * async function serveByTls(): Promise<void> {
 *   const listen = listenTls({
 *     cert: await Deno.readTextFile("server.pem"),
 *     key: await Deno.readTextFile("server.key"),
 *     caCerts: [await Deno.readTextFile("hospital.pem")],
 *     clientCertificate: "require",
 *   });
 *   await using server = serve({
 *     port: 2762,
 *     listen,
 *     handlers: {
 *       acceptAssociation: ({ peerCertificate }) =>
 *         peerCertificate?.alternativeNames.includes("DNS:ct1.hospital")
 *           ? { accept: true }
 *           : { accept: false, result: 1, source: 1, reason: 1 },
 *     },
 *   });
 *   await server.finished;
 * }
 * ```
 */
export function listenTls(options: ListenTlsOptions): ListenTls {
  const { listen = listenTcp } = options;
  let settings = check(options);
  const start = (where: ListenWhere): TransportListener => {
    const listener = listen(where);
    return {
      hostname: listener.hostname,
      port: listener.port,
      accept: async () => secured(await listener.accept(), settings),
      close: () => listener.close(),
    };
  };
  return Object.assign(start, {
    reload: (credentials: ListenTlsCredentials): void => {
      settings = check(credentials);
    },
  });
}

function check(credentials: ListenTlsCredentials): Settings {
  const { caCerts, clientCertificate } = credentials;
  const clients = clientCertificate ?? (caCerts === undefined ? "none" : "require");
  if (clients !== "none" && (caCerts === undefined || caCerts.length === 0)) {
    throw new TypeError(
      "Cannot ask clients for certificates: give the certificates of the authorities that sign them",
    );
  }
  return {
    identity: openIdentity(credentials),
    ca: caCerts === undefined ? undefined : checkAuthorities(caCerts),
    clients,
  };
}

function secured(inner: Transport, { identity, ca, clients }: Settings): Transport {
  return new TlsTransport(inner, {
    circumstances: {
      side: "server",
      doing: `take the TLS connection from ${inner.peerAddress}`,
      hasIdentity: true,
    },
    begin: (encrypted, onSecure, onFailed) => {
      // One for each connection: it tells which handshake failed, and a reload is nothing to it.
      const server = createServer({
        ...identity,
        ...(ca === undefined || clients === "none" ? {} : { ca: [...ca] }),
        minVersion: "TLSv1.2",
        requestCert: clients !== "none",
        rejectUnauthorized: clients === "require",
      });
      server.on("secureConnection", (socket) => {
        const fault = clients === "none" ? undefined : refusal(socket, clients);
        if (fault === undefined) return onSecure(socket);
        socket.destroy();
        onFailed(fault);
      });
      server.on("tlsClientError", (error, socket) => onFailed(reasonOf(error, socket)));
      server.emit("connection", encrypted satisfies Duplex);
    },
  });
}

/**
 * Whether a client is let in is decided here as well: `authorized` alone has been true without a
 * certificate in some versions of the runtime.
 */
function refusal(socket: TLSSocket, clients: "require" | "request"): unknown {
  const hasCertificate = socket.getPeerCertificate().raw !== undefined;
  if (!hasCertificate) return clients === "require" ? NO_CERTIFICATE : undefined;
  return socket.authorized ? undefined : reasonOf(socket.authorizationError, socket);
}

const NO_CERTIFICATE = { code: "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE" };

/** A refused certificate ends the connection, and only the socket still knows why. */
function reasonOf(error: unknown, socket: TLSSocket | undefined): unknown {
  const why: unknown = socket?.authorizationError;
  if (typeof why === "string" && codeOf(error) !== "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE") {
    return { code: why, message: why };
  }
  return codeOf(why) === "" ? error : why;
}
