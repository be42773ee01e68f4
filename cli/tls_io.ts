/**
 * Connects and listens by TLS, with the files of the command line. What TLS needs is loaded when it is
 * needed first.
 *
 * @module
 */

import type { Connect } from "../lib/net/transport.ts";
import type { ListenTls, ListenTlsCredentials } from "../lib/net/tls_listen.ts";
import { UsageError } from "./exit_code.ts";
import { type Io, reasonOf } from "./io.ts";
import type { TlsChoice, TlsFiles } from "./tls_options.ts";

/**
 * Surroundings that connect by TLS where that is wanted.
 *
 * @param io The surroundings.
 * @param tls How to use TLS.
 * @returns The same, with `connectTls`; and with `connectPeer`, if the peer is to be called by TLS.
 */
export function withTls(io: Io, tls: TlsChoice): Io {
  let connecting: Promise<Connect> | undefined;
  const connectTls: Connect = async (where) => {
    connecting ??= makeConnect(io, tls.files);
    return await (await connecting)(where);
  };
  return { ...io, connectTls, ...(tls.isOn ? { connectPeer: connectTls } : {}) };
}

async function makeConnect(io: Io, files: TlsFiles): Promise<Connect> {
  const [{ connectTls }, { caCerts, identity }] = await Promise.all([
    import("../lib/net/tls_connect.ts"),
    readFiles(files, io),
  ]);
  return usable(files, () =>
    connectTls({
      ...identity,
      caCerts,
      verifyHostname: files.verifyHost ?? true,
      ...(io.connect ? { connect: io.connect } : {}),
    }));
}

/**
 * Makes what listens by TLS.
 *
 * @param io The surroundings.
 * @param tls How to use TLS.
 * @param warn Told when our certificate is not valid, or not for long.
 * @returns What listens.
 * @throws {UsageError} When a file cannot be read, or what is in it cannot be used.
 */
export async function makeListenTls(
  io: Io,
  tls: TlsChoice,
  warn: (sentence: string) => void = () => {},
): Promise<ListenTls> {
  const [{ listenTls }, credentials] = await Promise.all([
    import("../lib/net/tls_listen.ts"),
    readCredentials(io, tls),
  ]);
  const listen = usable(
    tls.files,
    () => listenTls({ ...credentials, ...(io.listen ? { listen: io.listen } : {}) }),
  );
  await tellValidity(credentials, tls, warn);
  return listen;
}

/**
 * Has connections from now on use what is in the files now.
 *
 * @param listen What listens.
 * @param io The surroundings.
 * @param tls How to use TLS.
 * @param warn Told when our certificate is not valid, or not for long.
 * @throws {UsageError} When a file cannot be read, or what is in it cannot be used; then nothing changes.
 */
export async function reloadTls(
  listen: ListenTls,
  io: Io,
  tls: TlsChoice,
  warn: (sentence: string) => void = () => {},
): Promise<void> {
  const credentials = await readCredentials(io, tls);
  usable(tls.files, () => listen.reload(credentials));
  await tellValidity(credentials, tls, warn);
}

async function tellValidity(
  { cert }: ListenTlsCredentials,
  { files: { certFile = "" } }: TlsChoice,
  warn: (sentence: string) => void,
): Promise<void> {
  const { describeValidity } = await import("./certificate_validity.ts");
  const sentence = describeValidity(cert, certFile, Date.now());
  if (sentence !== undefined) warn(sentence);
}

async function readCredentials(io: Io, tls: TlsChoice): Promise<ListenTlsCredentials> {
  const { caCerts, identity } = await readFiles(tls.files, io);
  if (identity === undefined) {
    throw new UsageError("Cannot listen by TLS without a certificate: give --cert and --key");
  }
  return { ...identity, caCerts, clientCertificate: tls.clientCertificate };
}

/** What is in the files. */
interface TlsTexts {
  readonly caCerts: readonly string[] | undefined;
  readonly identity: { cert: string; key: string; passphrase: string | undefined } | undefined;
}

async function readFiles(files: TlsFiles, io: Io): Promise<TlsTexts> {
  const { caFiles, certFile, keyFile, keyPassphraseFile } = files;
  const read = (path: string, what: string): Promise<string> => readText(path, what, io);
  const caCerts = caFiles.length === 0
    ? undefined
    : await Promise.all(caFiles.map((path) => read(path, "certificates of --ca")));
  if (certFile === undefined || keyFile === undefined) return { caCerts, identity: undefined };
  const cert = await read(certFile, "certificate");
  const key = await read(keyFile, "private key");
  const passphrase = keyPassphraseFile === undefined
    ? undefined
    : (await read(keyPassphraseFile, "passphrase")).replace(/\r?\n$/, "");
  return { caCerts, identity: { cert, key, passphrase } };
}

async function readText(path: string, what: string, io: Io): Promise<string> {
  try {
    return new TextDecoder().decode(await io.readFile(path));
  } catch (error) {
    throw new UsageError(`Cannot read ${what} file ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** What the library says of certificates and keys, with the files that they are of. */
function usable<T>(files: TlsFiles, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const advice = /passphrase$/.test(error.message) ? "; give --key-passphrase-file" : "";
    const names = [files.certFile, files.keyFile, ...files.caFiles].filter((each) =>
      each !== undefined
    );
    throw new UsageError(`${error.message}${advice} (${names.join(", ")})`, { cause: error });
  }
}
