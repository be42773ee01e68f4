/**
 * TLS for associations (PS3.15 section B.12): what {@linkcode connectTls} and {@linkcode listenTls} make is
 * given to `associate()` and `serve()`.
 *
 * An entrypoint of its own: `node:tls` takes longer to load than all the rest.
 *
 * @module
 */

export * from "./tls_connect.ts";
export * from "./tls_listen.ts";
export type { TlsIdentity } from "./tls_credentials.ts";
