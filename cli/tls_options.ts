/**
 * The options of TLS: whether, with which certificates, and whom to trust.
 *
 * @module
 */

import { choice } from "@optique/core/valueparser";
import type { ClientCertificate } from "../lib/net/tls_listen.ts";
import { UsageError } from "./exit_code.ts";
import { flagOption, listOption, switchOption, valueOption } from "./option.ts";
import { type OptionParser, section, sections } from "./option_parser.ts";
import { filePath } from "./path_parser.ts";

/** The files that TLS goes by, as given on the command line. */
export type TlsFiles = {
  readonly caFiles: readonly string[];
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly keyPassphraseFile: string | undefined;
  readonly verifyHost: boolean | undefined;
};

/** The TLS options as given on the command line. */
export type TlsOptions = TlsFiles & { readonly tls: boolean };

/** The TLS options of who listens as given on the command line. */
export type TlsListenOptions = { readonly clientCertificate: ClientCertificate | undefined };

/** How a tool is to use TLS: the options, resolved. */
export interface TlsChoice {
  /** Whether with the peer of the command line, or on the port that is listened on. */
  readonly isOn: boolean;
  /** The files, for whatever is TLS. */
  readonly files: TlsFiles;
  /** Whether clients have to show certificates; by default when there are authorities. */
  readonly clientCertificate: ClientCertificate | undefined;
}

/** What TLS is for, in the help of a tool. */
export type TlsRole = "requestor" | "acceptor" | "both";

/**
 * The TLS options.
 *
 * @param role What the tool does with it.
 * @returns Their parser.
 */
export function tlsOptions(role: TlsRole = "requestor"): OptionParser<TlsOptions> {
  return section("TLS Options", {
    tls: flagOption(["--tls"], ABOUT_TLS[role]),
    caFiles: listOption(
      ["--ca"],
      filePath(),
      "a file of the certificates of the authorities that are trusted (PEM), those alone; may be " +
        "repeated (default: the well-known ones of the Internet)",
    ),
    certFile: valueOption(
      ["--cert"],
      filePath(),
      "the file of our certificate (PEM), then those of authorities between it and the root" +
        (role === "requestor" ? "; for peers that want one" : ""),
    ),
    keyFile: valueOption(
      ["--key"],
      filePath(),
      "the file of the private key of --cert (PEM)",
    ),
    keyPassphraseFile: valueOption(
      ["--key-passphrase-file"],
      filePath(),
      "the file that holds the passphrase of the private key, when that is encrypted",
    ),
    verifyHost: switchOption(
      "--tls-verify-host",
      "--no-tls-verify-host",
      "the certificate of who is called must be for its host (default)",
      "take any certificate of a trusted authority: with --ca of your own authority, when " +
        "certificates do not name hosts",
    ),
  });
}

/**
 * The TLS options of a tool that is called.
 *
 * @param role What the tool does with TLS.
 * @returns Their parser.
 */
export function tlsListenOptions(
  role: "acceptor" | "both",
): OptionParser<TlsOptions & TlsListenOptions> {
  return sections(
    tlsOptions(role),
    section("TLS Options", {
      clientCertificate: valueOption(
        ["--tls-client-cert"],
        choice(["require", "request", "none"], { metavar: "WHETHER" }),
        "whether who calls has to show a certificate of an authority of --ca: require, request (who " +
          "shows none is taken too), or none (default: require with --ca, else none)",
      ),
    }),
  );
}

const ABOUT_TLS: Readonly<Record<TlsRole, string>> = {
  requestor: "connect by TLS (1.2 or 1.3)",
  acceptor: "take connections by TLS alone (1.2 or 1.3); needs --cert and --key",
  both: "connect, and take connections, by TLS (1.2 or 1.3); the latter needs --cert and --key",
};

/**
 * How to use TLS by the options.
 *
 * @param given The options.
 * @param purpose What else than `--tls` the files may be for.
 * @returns The choice.
 * @throws {UsageError} When options contradict each other.
 */
export function tlsChoice(
  given: TlsOptions & Partial<TlsListenOptions>,
  purpose: "peer" | "others too" = "peer",
): TlsChoice {
  const { tls, certFile, keyFile, keyPassphraseFile, clientCertificate } = given;
  if (!tls && purpose === "peer" && (isChosen(given) || clientCertificate !== undefined)) {
    throw new UsageError(
      "Cannot use --ca, --cert, --key and the like without --tls: nothing would go by TLS",
    );
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError(
      certFile === undefined
        ? "Cannot use --key without --cert: give the certificate that it belongs to"
        : "Cannot use --cert without --key: give the private key that belongs to it",
    );
  }
  if (keyPassphraseFile !== undefined && keyFile === undefined) {
    throw new UsageError("Cannot use --key-passphrase-file without --key");
  }
  if (given.verifyHost === false && given.caFiles.length === 0) {
    throw new UsageError(
      "Cannot use --no-tls-verify-host without --ca: anybody can have a certificate of an authority of " +
        "the Internet",
    );
  }
  const { caFiles, verifyHost } = given;
  return {
    isOn: tls,
    files: { caFiles, certFile, keyFile, keyPassphraseFile, verifyHost },
    clientCertificate,
  };
}

/**
 * Refuses to listen by TLS when there is something missing for it.
 *
 * @param tls The choice.
 * @param instead The option that does without.
 * @throws {UsageError} When there is something missing for it.
 */
export function requireListenFiles(
  { files, clientCertificate }: TlsChoice,
  instead?: string,
): void {
  if (files.certFile === undefined) {
    throw new UsageError(
      "Cannot listen by TLS without a certificate: give --cert and --key" +
        (instead === undefined ? "" : `, or ${instead}`),
    );
  }
  if (clientCertificate !== undefined && clientCertificate !== "none") {
    if (files.caFiles.length > 0) return;
    throw new UsageError(
      `Cannot use --tls-client-cert ${clientCertificate} without --ca: give the authorities that sign ` +
        "the certificates of those who call",
    );
  }
}

/**
 * Whether clients are asked for certificates.
 *
 * @param tls The choice.
 * @returns Whether that is so.
 */
export function asksClients({ files, clientCertificate }: TlsChoice): boolean {
  return clientCertificate === undefined ? files.caFiles.length > 0 : clientCertificate !== "none";
}

function isChosen(
  { caFiles, certFile, keyFile, keyPassphraseFile, verifyHost }: TlsFiles,
): boolean {
  return caFiles.length > 0 ||
    [certFile, keyFile, keyPassphraseFile, verifyHost].some((each) => each !== undefined);
}
