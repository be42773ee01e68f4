/**
 * pynetdicom's qrscp as a test archive.
 *
 * @module
 */
import type { Archive, LoadReport, MoveDestination } from "./archive.ts";
import { freePort, runOk, startDaemon } from "./command.ts";
import { startPeer } from "./peer_daemon.ts";
import { pynetdicomPython } from "./peer_programs.ts";
import type { RealFile } from "./real_files.ts";

/** Settings of {@link startPynetdicomQrscp}. */
export interface PynetdicomQrscpOptions {
  /** Application entities it may send to. */
  readonly moveDestinations: readonly MoveDestination[];
  /** Its AE title; `PYQRSCP` unless told. */
  readonly aeTitle?: string;
}

/**
 * Start pynetdicom's qrscp with an empty database of its own.
 *
 * @param options Move destinations and AE title.
 * @returns The running archive. `load` sends by C-STORE; qrscp decodes and writes the instance again, so what it
 * holds can differ from what it was given.
 * @throws {Error} If there is no pynetdicom or qrscp does not start.
 */
export async function startPynetdicomQrscp(options: PynetdicomQrscpOptions): Promise<Archive> {
  const python = pynetdicomPython();
  if (python === undefined) throw new Error("Cannot start qrscp: no Python has pynetdicom");
  const aeTitle = options.aeTitle ?? "PYQRSCP";
  const port = freePort();
  const peer = await startPeer("qrscp", async (directory) => {
    await Deno.writeTextFile(
      `${directory}/qrscp.ini`,
      pynetdicomConfiguration(port, aeTitle, directory, options.moveDestinations),
    );
    const args = ["-m", "pynetdicom", "qrscp", "-v", "-c", `${directory}/qrscp.ini`];
    return await startDaemon(python, args, [port], directory);
  });
  const { directory } = peer;
  return {
    ...peer,
    kind: "pynetdicom",
    aeTitle,
    port,
    load: (files) => load(python, aeTitle, port, directory, files),
    held: (sopInstanceUid) => Promise.resolve(`${directory}/instances/${sopInstanceUid}`),
  };
}

/**
 * The text of a qrscp's configuration file.
 *
 * @param port Its port.
 * @param aeTitle Its AE title.
 * @param directory Where it keeps instances and index.
 * @param moveDestinations Application entities it may send to.
 */
export function pynetdicomConfiguration(
  port: number,
  aeTitle: string,
  directory: string,
  moveDestinations: readonly MoveDestination[],
): string {
  return [
    "[DEFAULT]",
    `ae_title: ${aeTitle}`,
    `port: ${port}`,
    "max_pdu: 16382",
    "acse_timeout: 30",
    "dimse_timeout: 30",
    "network_timeout: 30",
    "bind_address: 127.0.0.1",
    `instance_location: ${directory}/instances`,
    `database_location: ${directory}/instances.sqlite`,
    "log_identifier: False",
    ...moveDestinations.flatMap((to) => [
      `[${to.aeTitle}]`,
      "address: 127.0.0.1",
      `port: ${to.port}`,
    ]),
    "",
  ].join("\n");
}

async function load(
  python: string,
  aeTitle: string,
  port: number,
  directory: string,
  files: readonly RealFile[],
): Promise<LoadReport> {
  const list = `${directory}/load.json`;
  await Deno.writeTextFile(list, JSON.stringify(files));
  const script = new URL("./store_files.py", import.meta.url).pathname;
  const output = await runOk(python, [
    script,
    aeTitle,
    String(port),
    list,
    `${directory}/instances.sqlite`,
  ]);
  const reasons: Record<string, string> = JSON.parse(output.stdout);
  const taken: RealFile[] = [];
  const refused: { file: RealFile; reason: string }[] = [];
  for (const file of files) {
    const reason = reasons[file.path];
    if (reason === undefined) taken.push(file);
    else refused.push({ file, reason });
  }
  return { taken, refused };
}
