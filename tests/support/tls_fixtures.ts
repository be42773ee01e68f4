/**
 * The certificates and keys of `fixtures/tls`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Who has a certificate and its key. */
export type IdentityName =
  | "server"
  | "renewed"
  | "client"
  | "elsewhere"
  | "expired"
  | "future"
  | "server_only"
  | "stranger"
  | "forged";

/** Whose certificate signs others. */
export type AuthorityName = "authority" | "other_authority" | "forged_authority";

/**
 * Where a file is.
 *
 * @param name Its name.
 * @returns Its path.
 */
export function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url));
}

/**
 * What is in a file.
 *
 * @param name Its name.
 * @returns Its text.
 */
export function tlsText(name: string): string {
  return Deno.readTextFileSync(tlsFile(name));
}

/**
 * A certificate and its key.
 *
 * @param name Whose.
 * @returns Both as PEM.
 */
export function identityOf(name: IdentityName): { readonly cert: string; readonly key: string } {
  return { cert: tlsText(`${name}.pem`), key: tlsText(`${name}.key`) };
}

/**
 * The certificate of an authority.
 *
 * @param name Which; that of all but the stranger.
 * @returns It as PEM.
 */
export function authorityOf(name: AuthorityName = "authority"): string {
  return tlsText(`${name}.pem`);
}
