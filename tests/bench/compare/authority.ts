/**
 * A certificate authority for one run of the benchmark, made by openssl.
 *
 * @module
 */

import { find, outputOf } from "./process.ts";
import type { Credentials } from "./toolkit.ts";

/** Makes a certificate for this machine when one is asked for. */
export class Authority {
  readonly #makeDirectory: () => string;
  #made: (Credentials & { readonly ca: string }) | undefined;

  constructor(makeDirectory: () => string) {
    this.#makeDirectory = makeDirectory;
  }

  /** Why there can be no certificates. */
  get whyMissing(): string | undefined {
    return find("openssl") === undefined ? "there is no openssl to make certificates" : undefined;
  }

  /** A certificate of `localhost` with its key, and that of the authority which signed it. */
  credentials(): Credentials & { readonly ca: string } {
    this.#made ??= this.#make(this.#makeDirectory());
    return this.#made;
  }

  #make(directory: string): Credentials & { readonly ca: string } {
    const at = (name: string): string => `${directory}/${name}.pem`;
    const openssl = (args: readonly string[]): void =>
      void outputOf({
        command: "openssl",
        args: ["req", "-batch", "-newkey", "rsa:2048", ...args],
      });
    openssl([
      ...["-x509", "-nodes", "-days", "2", "-subj", "/CN=Benchmark CA"],
      ...["-keyout", at("ca-key"), "-out", at("ca")],
    ]);
    openssl([
      ...["-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-CA", at("ca"), "-CAkey", at("ca-key"), "-keyout", at("key"), "-out", at("cert")],
    ]);
    return { ca: at("ca"), cert: at("cert"), key: at("key") };
  }
}
