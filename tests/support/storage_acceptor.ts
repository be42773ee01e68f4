/**
 * Storage SCPs, foreign ones and ours, that write what they take into a directory.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { freePort, startDaemon } from "./command.ts";
import { storedFiles } from "./our_tools.ts";
import { startPeer } from "./peer_daemon.ts";
import { pynetdicomPython } from "./peer_programs.ts";

/** A running Storage SCP. */
export interface StorageAcceptor extends AsyncDisposable {
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What it wrote so far, for a failure's message. */
  log(): string;
  /** The files that it stored, by SOP Instance UID; who has to be asked for each is asked for these. */
  stored(expected: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/**
 * Start DCMTK's storescp.
 *
 * @param args Its options, such as `+xa`.
 * @returns The running storescp; it keeps the bytes of data sets as they come.
 */
export function startStorescp(args: readonly string[] = []): Promise<StorageAcceptor> {
  return start((port, directory) => [
    "env",
    // Without it a response is written in two pieces, the second of which waits 40 ms for an
    // acknowledgement.
    [
      "TCP_NODELAY=1",
      "storescp",
      "-v",
      "--promiscuous",
      "+B",
      "-od",
      directory,
      ...args,
      String(port),
    ],
  ]);
}

/**
 * Start our own storescp.
 *
 * @returns The running storescp.
 */
export function startOurStorescp(): Promise<StorageAcceptor> {
  const script = fileURLToPath(new URL("../../cli/storescp.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return start((port, directory) => [
    Deno.execPath(),
    [
      ...["run", "--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--config", config],
      ...[script, String(port), "-ba", "127.0.0.1", "-od", directory],
    ],
  ]);
}

/**
 * Start pynetdicom's storescp, which decodes and writes again what it takes.
 *
 * @param args Its options.
 * @returns The running storescp.
 */
export function startPynetdicomStorescp(args: readonly string[] = []): Promise<StorageAcceptor> {
  const python = pynetdicomPython();
  if (python === undefined) throw new Error("Cannot start storescp: no Python has pynetdicom");
  return start((port, directory) => [
    python,
    ["-m", "pynetdicom", "storescp", "-v", "-od", directory, ...args, String(port)],
  ]);
}

/**
 * Start the server of dcmjs-dimse.
 *
 * @param transferSyntaxUids What it accepts.
 * @returns The running server; it writes again what it takes.
 */
export function startDcmjsDimse(
  transferSyntaxUids: readonly string[],
): Promise<StorageAcceptor> {
  const script = fileURLToPath(new URL("./dcmjs_dimse_server.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  return start((port, directory) => [
    Deno.execPath(),
    [
      ...["run", "--allow-all", "--no-lock", "--config", config, script],
      ...[String(port), directory, ...transferSyntaxUids],
    ],
  ]);
}

async function start(
  command: (port: number, directory: string) => [program: string, args: string[]],
): Promise<StorageAcceptor> {
  const port = freePort();
  const peer = await startPeer("acceptor", (directory) => {
    const [program, args] = command(port, directory);
    return startDaemon(program, args, [port], directory);
  });
  return { ...peer, port, stored: () => Promise.resolve(storedFiles(peer.directory)) };
}
